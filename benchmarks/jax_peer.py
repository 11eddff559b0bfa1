"""The article's A2C on CartPole in JAX, compiled as a whole with the environment: the fastest known way on one core.

It is the same algorithm as `a2c.learn` with the settings of `Configuration()`, in float32. It supports nothing else:
another environment, optimiser or network would need another program.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration

SETTINGS = Configuration()
N_STEPS, N_ENVS = SETTINGS.n_steps, SETTINGS.n_envs
WIDTHS = (4, *SETTINGS.hidden_sizes, 3)  # observation, hidden layers, two logits and the value side by side
TIME_LIMIT = 500
TINY = 1e-8

Weights = list[tuple[jax.Array, jax.Array]]  # per layer: [inputs, outputs], [outputs]
Training = Callable[[Sequence[int]], NDArray[np.int32]]


class CartPole(NamedTuple):
    """`N_ENVS` environments in NEXT_STEP autoreset: the row after an episode's end resets and ignores its action."""

    state: jax.Array  # [environments, 4]: position, velocity, angle, angular velocity
    length: jax.Array  # [environments]: steps of the episode so far
    done: jax.Array  # [environments]: the next row is a reset row


class Rows(NamedTuple):
    """A rollout, each [steps, environments]."""

    state: jax.Array
    actions: jax.Array
    valid: jax.Array  # false on reset rows
    terminated: jax.Array
    ended: jax.Array  # terminated or at the time limit
    length: jax.Array


class Run(NamedTuple):
    """One run between two updates."""

    weights: Weights
    mean: Weights  # Adam's averages of the gradient and of its square
    square: Weights
    cartpole: CartPole
    key: jax.Array


def compile_training(n_lanes: int, total_steps: int, by: Literal["map", "vmap"]) -> Training:
    """A compiled function from the lanes' seeds to the lengths of their episodes.

    `by`: one lane after the other (`jax.lax.map`), or all in each operation (`jax.vmap`).

    Its result, [lanes, rows, environments], is an episode's length (CartPole's return) where one ended, otherwise 0.
    """
    n_updates = total_steps // (N_STEPS * N_ENVS)

    def run(seed: jax.Array) -> jax.Array:
        _, lengths = jax.lax.scan(_update, _start(seed), jnp.arange(1, n_updates + 1))
        return lengths.reshape(-1, N_ENVS)

    def run_all(seeds: jax.Array) -> jax.Array:
        lengths: jax.Array = jax.lax.map(run, seeds) if by == "map" else jax.vmap(run)(seeds)
        return lengths

    lanes = jax.ShapeDtypeStruct((n_lanes,), jnp.int32)
    compiled = jax.jit(run_all).lower(lanes).compile()
    return lambda seeds: np.asarray(compiled(jnp.asarray(seeds, jnp.int32)))


def _start(seed: jax.Array) -> Run:
    key, *keys = jax.random.split(jax.random.key(seed), 2 * len(WIDTHS))
    weights = []
    for inputs, outputs in pairwise(WIDTHS):
        bound = 1 / math.sqrt(inputs)  # torch.nn.Linear's default
        weight = jax.random.uniform(keys.pop(), (inputs, outputs), minval=-bound, maxval=bound)
        weights.append((weight, jax.random.uniform(keys.pop(), (outputs,), minval=-bound, maxval=bound)))
    zeros = jax.tree.map(jnp.zeros_like, weights)
    first = jax.random.uniform(keys.pop(), (N_ENVS, 4), minval=-0.05, maxval=0.05)
    cartpole = CartPole(first, jnp.zeros(N_ENVS, jnp.int32), jnp.zeros(N_ENVS, bool))
    return Run(weights, zeros, zeros, cartpole, key)


def _update(run: Run, number: jax.Array) -> tuple[Run, jax.Array]:
    """Collect a rollout and take one optimiser step; gives the episodes' lengths, [steps, environments]."""
    key, draws = jax.random.split(run.key)
    cartpole, rows = _rollout(run.weights, run.cartpole, draws)
    gradient = jax.grad(loss)(run.weights, rows, cartpole)
    norm = jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(gradient)))
    scale = jnp.minimum(1.0, SETTINGS.max_grad_norm / (norm + 1e-6))

    def average(decay: float, old: jax.Array, new: jax.Array) -> jax.Array:
        return decay * old + (1 - decay) * new

    mean = jax.tree.map(lambda m, g: average(0.9, m, scale * g), run.mean, gradient)
    square = jax.tree.map(lambda s, g: average(0.999, s, jnp.square(scale * g)), run.square, gradient)
    step_size = SETTINGS.learning_rate / (1 - 0.9**number)
    root = jnp.sqrt(1 - 0.999**number)
    weights = jax.tree.map(
        lambda w, m, s: w - step_size * m / (jnp.sqrt(s) / root + SETTINGS.optimizer_eps), run.weights, mean, square
    )
    return Run(weights, mean, square, cartpole, key), jnp.where(rows.ended, rows.length, 0)


def _rollout(weights: Weights, cartpole: CartPole, key: jax.Array) -> tuple[CartPole, Rows]:
    """Act for `N_STEPS` rows."""
    key_actions, key_resets = jax.random.split(key)
    noise = jax.random.gumbel(key_actions, (N_STEPS, N_ENVS, 2))
    fresh = jax.random.uniform(key_resets, (N_STEPS, N_ENVS, 4), minval=-0.05, maxval=0.05)

    def row(before: CartPole, draws: tuple[jax.Array, jax.Array]) -> tuple[CartPole, Rows]:
        noise, fresh = draws
        logits, _ = _network(weights, before.state)
        actions = jnp.argmax(logits + noise, axis=1)  # the largest of logits plus Gumbel noise is a draw from softmax
        after, terminated = step(before, actions, fresh)
        return after, Rows(before.state, actions, ~before.done, terminated, after.done, after.length)

    return jax.lax.scan(row, cartpole, (noise, fresh))


def loss(weights: Weights, rows: Rows, last: CartPole) -> jax.Array:
    """Policy gradient, squared value error and entropy bonus over the valid rows."""
    logits, values = _network(weights, rows.state)
    _, last_values = _network(weights, last.state)
    advantages, returns = jax.lax.stop_gradient(_gae(values, last_values, rows))
    log_pi = jax.nn.log_softmax(logits)
    surprise = -jnp.take_along_axis(log_pi, rows.actions[..., None], axis=2)[..., 0]
    entropy = -jnp.sum(jnp.exp(log_pi) * log_pi, axis=2)
    count = jnp.sum(rows.valid)

    def mean(x: jax.Array) -> jax.Array:
        return jnp.sum(x * rows.valid) / count

    centred = advantages - mean(advantages)
    deviation = jnp.sqrt(mean(jnp.square(centred)) * count / (count - 1))
    policy_loss = mean(surprise * centred / (deviation + TINY))
    value_loss = mean(jnp.square(values - returns))
    return policy_loss + SETTINGS.value_loss_coef * value_loss - SETTINGS.entropy_coef * mean(entropy)


def _gae(values: jax.Array, last_values: jax.Array, rows: Rows) -> tuple[jax.Array, jax.Array]:
    """Advantages and returns [steps, environments] as in `a2c.learn.returns`; a valid row's reward is 1."""
    discounts = SETTINGS.gamma * ~rows.terminated
    deltas = rows.valid + discounts * jnp.concatenate([values[1:], last_values[None]]) - values
    decays = SETTINGS.gae_lambda * discounts * ~rows.ended
    advantages = [jnp.zeros(N_ENVS)]
    for t in reversed(range(N_STEPS)):
        advantages.insert(0, deltas[t] + decays[t] * advantages[0])
    stacked = jnp.stack(advantages[:-1])
    return stacked, stacked + values


def _network(weights: Weights, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    for weight, bias in weights[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    outputs = x @ weights[-1][0] + weights[-1][1]
    return outputs[..., :2], outputs[..., 2]


def step(cartpole: CartPole, action: jax.Array, fresh: jax.Array) -> tuple[CartPole, jax.Array]:
    """CartPole (Barto, Sutton, Anderson 1983) as in Gymnasium: Euler's method, 20 ms a step; gives `terminated` too."""
    _, x_dot, angle, angle_dot = cartpole.state.T
    sin, cos = jnp.sin(angle), jnp.cos(angle)
    pushed = (jnp.where(action == 1, 10.0, -10.0) + 0.05 * angle_dot**2 * sin) / 1.1
    angle_acceleration = (9.8 * sin - cos * pushed) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
    acceleration = pushed - 0.05 * angle_acceleration * cos / 1.1
    derivative = jnp.stack([x_dot, acceleration, angle_dot, angle_acceleration], axis=1)
    moved = cartpole.state + 0.02 * derivative
    state = jnp.where(cartpole.done[:, None], fresh, moved)
    length = jnp.where(cartpole.done, 0, cartpole.length + 1)
    terminated = (jnp.abs(state[:, 0]) > 2.4) | (jnp.abs(state[:, 2]) > math.radians(12))
    return CartPole(state, length, terminated | (length >= TIME_LIMIT)), terminated
