"""The work of a training, in units whose times are known.

The time of an update is modelled as a sum: the amount of each unit of work times the seconds of that unit.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from a2c.config import Configuration
from a2c.core.settings import is_native
from a2c.envs import check
from a2c.envs.atari import is_atari
from a2c.learn.trainer import MODES, uses_core, uses_gpu, weight_shapes
from a2c.runs.layout import SeedBlock

EPISODE_ROWS = 100  # assumed of REINFORCE's episodes

Times = Mapping[str, float]  # seconds of a unit of work, by the names in `update_work`


class Shape(NamedTuple):
    """What the work of an update depends on."""

    environment: str  # the name of its unit of work, see `environment_name`
    n_lanes: int
    n_envs: int
    n_steps: int
    n_parameters: int
    n_products: int  # multiply-adds of the dense layers for one observation
    n_convolutions: int = 0  # multiply-adds of the convolutions for one observation
    n_pixels: int = 0  # of one observation, all its frames
    uses_core: bool = False  # the native core trains, not PyTorch
    uses_gpu: bool = False  # lanes on a GPU train
    is_native: bool = False  # the core steps the environments, too
    n_passes: int = 1  # over a rollout, in an update from it
    n_gradients: int = 1  # steps of the optimiser in an update


def shape_of(block: SeedBlock, source: str) -> Shape:
    """The shape of a seed block's training. `source` names the paper, in a ConfigError about the environment."""
    configuration = block.configuration
    facts = check(configuration, source)
    n_parameters = sum(map(math.prod, weight_shapes(configuration, facts).values()))
    by_core = uses_core(configuration)
    shape = Shape(
        environment=environment_name(configuration),
        n_lanes=len(block.seeds),
        n_envs=acting_envs(configuration),
        n_steps=rollout_rows(configuration),
        n_parameters=n_parameters,
        n_products=n_parameters,  # a dense layer uses each weight and bias once
        uses_core=by_core,
        uses_gpu=uses_gpu(configuration),
        is_native=by_core and is_native(configuration),
        n_passes=configuration.n_epochs if configuration.algorithm == "ppo" else 1,
        n_gradients=configuration.n_epochs * configuration.n_minibatches if configuration.algorithm == "ppo" else 1,
    )
    if configuration.network == "mlp":
        return shape
    from a2c.learn.networks import build  # imports PyTorch

    multiply_adds = build(configuration, facts).multiply_adds
    return shape._replace(
        n_products=multiply_adds.dense,
        n_convolutions=multiply_adds.convolutions,
        n_pixels=math.prod(facts.observation_shape),
    )


def environment_name(configuration: Configuration) -> str:
    """The name of an environment's unit of work.

    It includes the arguments, which can make a step slower. Those of native environments do not, nor does the longest
    length of an Atari game.
    """
    if uses_core(configuration) and is_native(configuration):
        return f"core {configuration.env_id}"
    arguments: dict[str, Any] = configuration.env_kwargs
    if is_atari(configuration.env_id):
        arguments = {key: value for key, value in arguments.items() if key != "max_num_frames_per_episode"}
    return f"{configuration.env_id} {json.dumps(arguments)}" if arguments else configuration.env_id


def n_updates(configuration: Configuration) -> int:
    """The number of updates in the budget; the last one may be shorter."""
    n_rollouts = math.ceil(configuration.total_steps // configuration.n_envs / rollout_rows(configuration))
    return n_rollouts * configuration.n_envs // acting_envs(configuration)


def acting_envs(configuration: Configuration) -> int:
    """Environments that act before an update: one of A3C's workers, or all."""
    return 1 if configuration.algorithm == "a3c" else configuration.n_envs


def rollout_rows(configuration: Configuration) -> int:
    """Steps of every environment between two updates, those of the budget at most.

    With REINFORCE a guess: episodes differ in length.
    """
    by_episodes = configuration.algorithm == "reinforce"
    rows = configuration.episodes_per_update * EPISODE_ROWS if by_episodes else configuration.n_steps
    return min(rows, configuration.total_steps // configuration.n_envs)


def update_work(shape: Shape) -> dict[str, float]:
    """The amount of each unit of work in an update: collecting a rollout and learning from it."""
    observations = shape.n_lanes * shape.n_envs
    agent_steps = observations * shape.n_steps
    learnt = agent_steps * (shape.n_passes + (1 / 3 if shape.n_gradients > 1 else 0))  # PPO acts in a pass of its own
    if shape.uses_core:
        return _stepping(shape, shape.n_steps) | {
            "core update": shape.n_lanes * shape.n_gradients,
            "core parameter": shape.n_lanes * shape.n_parameters * shape.n_gradients,  # as in "parameter" below
            "core product": learnt * shape.n_products,  # one forward, two backward
            shape.environment: agent_steps,
        }
    if shape.uses_gpu:
        return _on_gpu(shape, shape.n_steps, observations)
    work: dict[str, float] = {
        "update": shape.n_gradients,  # calls for all lanes together
        "row": shape.n_steps,  # calls for each step of all environments
        "lane": shape.n_lanes,  # calls for each lane
        # reading and writing weights, gradients, optimiser states
        "parameter": shape.n_lanes * shape.n_parameters * shape.n_gradients,
        "product": learnt * shape.n_products,  # matrix products: one forward, two backward
        shape.environment: agent_steps,
    }
    if shape.n_convolutions:
        bootstrap = observations * shape.n_convolutions
        work |= {
            "convolve": shape.n_lanes * (shape.n_steps + shape.n_gradients),  # calls for each lane and step, and more
            "pixel": learnt * shape.n_pixels + observations * shape.n_pixels,  # the emulator's bytes become numbers
            "convolution": 3 * learnt * shape.n_convolutions + bootstrap,  # one forward, two backward
        }
    return work


def evaluation_work(shape: Shape, n_episodes: int, longest: int) -> dict[str, float]:
    """The amount of each unit of work in the final evaluation.

    It lasts until its longest episode is over. One of them almost surely takes `longest` agent steps.
    """
    rows = len(MODES) * longest
    agent_steps = rows * shape.n_lanes * n_episodes
    if shape.uses_core:
        return _stepping(shape, rows) | {
            "core product": agent_steps * shape.n_products / 3,
            shape.environment: agent_steps,
        }
    if shape.uses_gpu:
        return _on_gpu(shape, rows, shape.n_lanes * n_episodes)
    work: dict[str, float] = {
        "row": rows,
        "product": agent_steps * shape.n_products / 3,
        shape.environment: agent_steps,
    }
    if shape.n_convolutions:
        work |= {
            "convolve": rows * shape.n_lanes,
            "pixel": agent_steps * shape.n_pixels,
            "convolution": agent_steps * shape.n_convolutions,
        }
    return work


def _on_gpu(shape: Shape, rows: int, observations: int) -> dict[str, float]:
    """The work of `rows` steps of so many environments beside a GPU. The emulators' time is part of it."""
    work: dict[str, float] = {"gpu row": rows, "gpu step": rows * observations}
    return work if shape.n_convolutions else work | {shape.environment: rows * observations}


def _stepping(shape: Shape, rows: int) -> dict[str, float]:
    """The calls of the core for `rows` steps of environments that Python steps."""
    return {} if shape.is_native else {"core row": rows, "core lane row": rows * shape.n_lanes}


def in_seconds(work: Mapping[str, float], times: Times) -> float:
    """Seconds of an amount of work."""
    return sum(amount * times[name] for name, amount in work.items())
