"""REINFORCE (Williams 1992; Sutton and Barto 2018, sections 13.3 and 13.4), for one lane.

    loop:
        collect    play `episodes_per_update` episodes with the policy pi
        estimate   G_t = r_t + gamma G_{t+1} for each step of each episode
        update     descend the gradient of mean(-log pi(a_t | s_t) (G_t - b_t))

The baseline b_t is 0, the mean return of all steps in earlier updates, or the value of a critic that is fitted to G_t.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.config.configuration import longest_rollout
from a2c.config.metrics import MOST_ROWS, close_rows, metrics_of, passes_grid
from a2c.envs import Ended, Facts, Observations, Row
from a2c.learn.actors import Actors
from a2c.learn.algorithms.a2c import A2C, Estimates, Rollout, Update
from a2c.learn.evaluation import evaluate
from a2c.learn.learner import scheduled, without_gradient
from a2c.learn.networks import Output, join
from a2c.learn.own_clocks import Part
from a2c.learn.policy import Model
from a2c.learn.stopping import StoppingRule
from a2c.learn.trainer import Evaluated

Floats = NDArray[np.float32]
STRETCH = 128  # rows that are acted at a time: a training can be interrupted in the middle of an episode


class Step(NamedTuple):
    """One row of the rollout in progress."""

    observations: Observations  # before the action
    action: NDArray[Any]  # [1, 1, ...]
    valid: NDArray[np.bool_]
    row: Row


class Reinforce:
    """A lane's policy, environment and rollout in progress."""

    def __init__(self, configuration: Configuration, seed: int, facts: Facts) -> None:
        self.configuration = configuration
        self.model = Model(configuration, [seed], facts)
        self.actors = Actors(configuration, [seed], facts, self.model.normalizer)
        self.has_critic = configuration.baseline == "value"
        no_critic = {} if self.has_critic else {"value_loss_coef": 0.0, "time_limit": "terminal"}
        self.learning = A2C(configuration.model_copy(update={"advantage_estimator": "n_step", **no_critic}))
        total_rows = self.actors.total_rows
        most_rows = longest_rollout(configuration.episodes_per_update, facts.time_limit, total_rows)
        self.grids = MOST_ROWS, close_rows(total_rows, most_rows, 1)
        self.rollout: list[Step] = []  # in progress
        self.outputs: list[Output] = []  # the network's, of the same rows
        self.n_ended = 0  # episodes that ended in it
        self.past_returns = np.zeros(2)  # of all steps in earlier updates: their sum and number
        self.n_episodes = 0
        self.rule = StoppingRule(configuration.stop_return, 1)
        self.diverged: tuple[int, str] | None = None
        self.stopped: int | None = None

    @property
    def steps(self) -> int:
        """Agent steps so far."""
        return self.actors.steps

    @property
    def common_steps(self) -> int:
        """The same: there is one environment."""
        return self.actors.steps

    def advance(self) -> Part:
        """Act for a while, and learn once the rollout's episodes have ended."""
        actions, ended = self.collect()
        is_over = self.is_over
        metrics = self.learn() if is_over else None
        return Part([(None, np.stack(actions))], ended, [] if metrics is None else [(self.steps, metrics)], is_over)

    @torch.inference_mode()
    def collect(self) -> tuple[list[NDArray[Any]], list[Ended]]:
        """Act for `STRETCH` rows, fewer where the rollout is over; actions by row, and the episodes that ended."""
        actors, space = self.actors, self.actors.action_space
        actions: list[NDArray[Any]] = []
        ended: list[Ended] = []
        while len(actions) < STRETCH and not self.is_over:
            output = self.model.forward(actors.observations)
            noise = space.noise(actors.generators, (actors.n_envs,))
            action = space.sample(output.logits.cpu().numpy(), noise)
            ended += self._step(action)
            self.outputs.append(output)
            actions.append(action[0])
        return actions, ended

    def _step(self, action: NDArray[Any]) -> list[Ended]:
        """Step the environment, and add the row to the rollout."""
        observations, valid = self.actors.observations, ~self.actors.episodes.reset_row
        row, ended = self.actors.step(action)
        self.rollout.append(Step(observations, action, valid, row))
        self.n_ended += len(ended)
        self.n_episodes += len(ended)
        self.rule.watch(ended)
        return ended

    @property
    def is_over(self) -> bool:
        """Whether the rollout has its episodes, or the run ends."""
        return self.n_ended == self.configuration.episodes_per_update or self.ends

    @property
    def ends(self) -> bool:
        """Whether the budget is used, the last episode has ended, or the stopping rule holds."""
        is_last = self.n_episodes == self.configuration.total_episodes
        return is_last or bool(self.rule.reached) or self.actors.rows == self.actors.total_rows

    def learn(self) -> Floats | None:
        """An update from the rollout, if an episode has ended in it; its metrics, on the grid of steps only."""
        rollout, before = self.whole_rollout(), self.actors.rows - len(self.rollout)
        self._begin_rollout()
        if not rollout.valid.any():
            return None
        estimates = self.estimate(rollout)
        self.model.optimizer.learning_rate = scheduled(self.configuration, before / self.actors.total_rows)
        rows, total_rows = self.actors.rows, self.actors.total_rows
        on_grid, closely = (passes_grid(before, rows, total_rows, n) for n in self.grids)
        update = self.learning.update(self.model, rollout, estimates, closely)
        self._note_end(update)
        if self.diverged or not on_grid:
            return None
        return self.measure(rollout, estimates, update)

    def _begin_rollout(self) -> None:
        self.rollout, self.outputs, self.n_ended = [], [], 0

    @torch.inference_mode()
    def whole_rollout(self) -> Rollout:
        """The rollout as A2C's update takes it. Rows after the last end are not valid: the episode is not finished."""
        final = self.model.forward(self.actors.observations)
        rows = [step.row for step in self.rollout]
        done = np.stack([row.done for row in rows], axis=1)
        unfinished = np.cumsum(done[:, ::-1], axis=1)[:, ::-1] == 0
        return Rollout(
            logits=torch.cat([output.logits for output in self.outputs], dim=1),
            values=torch.cat([output.values for output in [*self.outputs, final]], dim=1),
            kept=join([output.kept for output in self.outputs]),
            actions=np.stack([step.action for step in self.rollout], axis=1),
            rewards=np.stack([row.rewards.astype(np.float32) for row in rows], axis=1),
            terminated=np.stack([row.terminated for row in rows], axis=1),
            truncated=np.stack([row.truncated for row in rows], axis=1),
            valid=np.stack([step.valid for step in self.rollout], axis=1) & ~unfinished,
            ended=[],
            observations=[step.observations for step in self.rollout],
            first_row=self.actors.rows - len(self.rollout),
        )

    def estimate(self, rollout: Rollout) -> Estimates:
        """Returns G_t, and as advantages G_t - b_t. At a time limit the critic's value goes on, if there is one."""
        returns = self.learning.estimate(rollout).returns
        valid = rollout.valid.reshape(returns.shape)
        if self.configuration.returns == "episode_mean":
            ended = rollout.terminated | rollout.truncated
            returns = episode_means(returns, ended.reshape(returns.shape), valid)
        total, number = self.past_returns.tolist()
        self.past_returns += (returns[valid].sum(dtype=np.float64), valid.sum())
        if self.has_critic:
            return Estimates(returns - rollout.values.cpu().numpy()[:, :-1], returns)
        mean = total / number if self.configuration.baseline == "mean" and number else 0.0
        return Estimates(returns - np.float32(mean), returns)

    def measure(self, rollout: Rollout, estimates: Estimates, update: Update) -> Floats:
        """The metrics of an update. What is measured of the critic has no meaning without one."""
        metrics = self.learning.measure(self.model, rollout, estimates, update)[0]
        if not self.has_critic:
            names = metrics_of("reinforce")
            metrics[[names.index(name) for name in ("value_loss", "explained_variance", "value_max")]] = np.nan
        return metrics

    def _note_end(self, update: Update) -> None:
        if (reason := without_gradient(update).get(0)) is not None:
            self.diverged = (self.steps, reason)
        elif self.n_episodes == self.configuration.total_episodes or self.rule.reached:
            self.stopped = self.steps

    def weights(self) -> dict[str, Floats]:
        """Copies of the parameters by name."""
        return self.model.weights(0)

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the policy in each mode."""
        return evaluate(self.model, self.configuration, self.model.seeds, ())

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of the arrays from which `restore` goes on. They are those of the rollout's start."""
        return {**self.model.state(), "returns": self.past_returns.copy()}

    def restore(self, state: Mapping[str, NDArray[Any]], actions: NDArray[Any], rows: NDArray[np.int64]) -> list[Ended]:
        """Go on from `state`: the rows of the rollout in progress are made again from the log."""
        moments = self.model.normalizer.state.copy()  # as before the first action: replaying the log changes them again
        self.model.restore(state)
        self.model.normalizer.state[:] = moments
        self.past_returns = np.array(state["returns"])
        ended: list[Ended] = []
        for logged in actions[: int(rows[0])]:
            ended += self._step(self.actors.action_space.from_log(logged[None]))
            if self.is_over:
                self._begin_rollout()
        with torch.inference_mode():  # row by row, as they were acted
            self.outputs = [self.model.forward(step.observations) for step in self.rollout]
        self.actors.skip_noise()
        return ended


def episode_means(returns: Floats, ended: NDArray[np.bool_], valid: NDArray[np.bool_]) -> Floats:
    """For each step of one lane the mean return of its episode's steps; all arrays [1, steps]."""
    last = np.flatnonzero(ended[0])
    episode = np.searchsorted(last, np.arange(returns.shape[1]))  # rows after the last end have a number of their own
    sums, counts = (np.bincount(episode, weights * valid[0]) for weights in (returns[0].astype(np.float64), 1.0))
    return (sums / np.maximum(counts, 1))[episode][None].astype(np.float32)
