"""Bias and variance of gradient estimators at one frozen policy."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c.config.gradients import Estimator, GradientStudy
from a2c.core.choose import load
from a2c.core.gradients import Differentiator
from a2c.core.settings import settings_of
from a2c.envs import Facts, closing
from a2c.learn.gradients import statistics
from a2c.learn.gradients.sampling import Floats, Recording, Window, phases, play
from a2c.learn.gradients.weights import (
    episode_weights,
    mean_return,
    monte_carlo,
    rollout_weights,
    starts,
)

Doubles = NDArray[np.float64]

GROUPS = 32  # sets of environments that have nothing in common: what a bootstrap draws from
CHUNK = 256  # observations that the core takes at a time
SHARE = 0.1  # of the bias: the largest standard error of the reference with which it counts as resolved


class Rows(NamedTuple):
    """Steps of some environments with their weights, one after the other."""

    observations: Floats  # [rows, numbers]
    actions: Floats  # [rows, action_size]
    weights: Floats  # [rows]


class Batch(NamedTuple):
    """What is known of a batch's gradient."""

    group: int
    square: float  # of its norm
    along: float  # its inner product with the reference of the other groups


@closing()
def measure(
    study: GradientStudy, facts: Facts, weights: Mapping[str, Floats], seed: int, share: float
) -> list[dict[str, Any]]:
    """A row for each estimator and number of environments, at the policy of a run's snapshot.

    `weights`: by name; `seed` and `share`: of the run and its snapshot, from which all streams are derived. The
    columns are those of docs/gradients.md.
    """
    return Measurement(study, facts, weights, seed, f"gradients {share!r}").rows()


class Measurement:
    """The samples at one policy, and what was computed from them so far."""

    def __init__(
        self, study: GradientStudy, facts: Facts, weights: Mapping[str, Floats], seed: int, purpose: str
    ) -> None:
        self.study = study
        self.together = study.n_envs[-1]  # environments of a group
        n_envs = GROUPS * self.together
        settings = settings_of(study.configuration, facts)
        self.differentiator = Differentiator(load(), settings, weights, CHUNK)
        longest = max([1, *(one.n_steps for one in study.estimators)])
        self.window_rows = max(-(-study.steps // n_envs), longest)
        plays = play(study.configuration, facts, weights, seed, n_envs, purpose)
        offsets = phases(seed, purpose, n_envs, facts.time_limit)
        self.recording = Recording(plays, study.configuration, facts.time_limit, offsets)
        self.resamples = statistics.resampled(GROUPS, seed, f"{purpose} bootstrap")
        self.window = self.recording.next(self.window_rows)
        self.mean_return = mean_return(self.window.part(0, self.window_rows))
        self.starts = starts(self.window.valid)

    def rows(self) -> list[dict[str, Any]]:
        """Everything that is measured, estimator by estimator."""
        means = {one.name: self._mean_gradients(one) for one in self.study.estimators}
        self._sample_reference([means[one.name] for one in self.study.estimators if one.kind != "reinforce"])
        return [row for one in self.study.estimators for row in self._rows_of(one, means[one.name])]

    # ------------------------------------------------------------------------------------------------------ reference

    def _sample_reference(self, means: list[Floats]) -> None:
        """Sample the reference until its error is a tenth of the bias of each estimator, or its steps are used.

        The number of steps doubles from look to look. `means`: of the estimators that count, by group.
        """
        window, n_envs = self.window, GROUPS * self.together
        sums, rows, goal = np.zeros((GROUPS, self.differentiator.size)), 0, self.window_rows
        while True:
            sums += self._sums(window.part(0, self.window_rows), monte_carlo(window)[: self.window_rows])
            rows += self.window_rows
            if rows >= goal:
                self.reference, self.reference_steps = sums / (rows * self.together), rows * n_envs
                self.of_reference = self._inner(self.reference)
                self.reference_error = float(np.sqrt(statistics.error_squared(self.of_reference)))
                goal = 2 * rows
                if goal * n_envs > self.study.reference_steps or all(map(self._is_resolved, means)):
                    return
            window = self.recording.next(self.window_rows)

    def _is_resolved(self, means: Floats) -> bool:
        """Whether the reference's error is at most a tenth of the bias of an estimator with these means."""
        bias = statistics.squared_norm(np.ones((1, GROUPS)), self._inner(means - self.reference))[0]
        return bool(self.reference_error <= SHARE * statistics.root(bias))

    # ----------------------------------------------------------------------------------------------------- estimators

    def _rows_of(self, estimator: Estimator, means: Floats) -> Iterator[dict[str, Any]]:
        """The rows of one estimator, by number of environments."""
        own = statistics.squared_norm(self.resamples, self._inner(means))
        apart = statistics.squared_norm(self.resamples, self._inner(means - self.reference))
        true = statistics.squared_norm(self.resamples, self.of_reference)
        bias = statistics.root(apart)
        relative = statistics.ratio(bias, true)
        along = (own + true - apart) / 2  # the inner product of the mean gradient and the reference
        known = {
            "reference_steps": self.reference_steps,
            "reference_error": self.reference_error,
            **_columns("reference_norm", statistics.root(true)),
            **_columns("bias", bias),
            **_columns("relative_bias", relative),
            **_columns("mean_cosine", statistics.ratio(statistics.ratio(along, own), true)),
            "resolved": bool(self.reference_error <= SHARE * bias[0] and statistics.interval(apart)[1] > 0),
        }
        for n_envs in self.study.n_envs:
            steps, batches = self._batches(estimator, n_envs)
            yield {
                "estimator": estimator.name,
                "n_envs": n_envs,
                "batches": len(batches),
                "batch_steps": steps,
                **known,
                **self._spread(batches, steps, own, true),
            }

    def _spread(self, batches: list[Batch], steps: float, own: Doubles, true: Doubles) -> dict[str, float]:
        """Variance, signal-to-noise ratio and cosine of batches of `steps` agent steps each.

        `own`, `true`: the squared norms of the estimator's mean and of the reference, of the sample and its resamples.
        """
        by_group = np.zeros((3, GROUPS))
        for group, square, along in batches:
            by_group[:, group] += 1.0, square, along / np.sqrt(square) if square > 0 else 0.0
        number, squares, cosines = (statistics.total(self.resamples, values) for values in by_group)
        number = np.maximum(number, 1.0)
        trace = np.maximum(squares / number - own, 0.0)
        cosine = statistics.ratio(cosines / number, true)
        return {
            **_columns("trace", trace),
            **_columns("trace_per_step", trace * steps),
            **_columns("relative_noise", statistics.ratio(statistics.root(trace), true)),
            **_columns("snr", statistics.root(own) / np.sqrt(np.maximum(trace, np.finfo(float).tiny))),
            **_columns("cosine", cosine),
        }

    def _mean_gradients(self, estimator: Estimator) -> Floats:
        """The mean gradient by agent step of each group, [groups, numbers]."""
        if estimator.kind == "reinforce":
            begun_within = (self.starts >= 0) & (self.starts < self.window_rows)
            weights = np.where(begun_within, episode_weights(self.window, estimator, self.mean_return), np.float32(0))
            window, rows = self.window, self.window_rows
        else:
            rows = self.window_rows // estimator.n_steps * estimator.n_steps
            window = self.window.part(0, rows)
            weights = rollout_weights(window, estimator)
        return (self._sums(window, weights) / (rows * self.together)).astype(np.float32)

    def _batches(self, estimator: Estimator, n_envs: int) -> tuple[float, list[Batch]]:
        """The agent steps of a batch, and the batches: rollouts of `n_envs` environments, or so many episodes."""
        per_group = -(-self.study.batches // GROUPS)
        if estimator.kind == "reinforce":
            rows_of_episode, batches = self._episodes(estimator, n_envs, per_group)
            steps = rows_of_episode * n_envs
        else:
            steps, batches = estimator.n_steps * n_envs, self._rollouts(estimator, n_envs, per_group)
        return steps, [self._batch(group, parts, steps) for group, parts in batches]

    def _rollouts(self, estimator: Estimator, n_envs: int, per_group: int) -> Iterator[tuple[int, list[Rows]]]:
        """Rollouts of `n_envs` environments of a group, at equal distances over the window."""
        teams = self.together // n_envs
        times = -(-per_group // teams)
        n = estimator.n_steps
        for begin in ((self.window_rows - n) * time // max(1, times - 1) for time in range(times)):
            window = self.window.part(begin, begin + n)
            weights = rollout_weights(window, estimator)
            for group in range(GROUPS):
                for team in range(teams):
                    first = group * self.together + team * n_envs
                    yield group, [_valid_rows(window, weights, slice(first, first + n_envs))]

    def _episodes(
        self, estimator: Estimator, n_episodes: int, per_group: int
    ) -> tuple[float, Iterator[tuple[int, list[Rows]]]]:
        """The mean rows of an episode with its reset row, and batches of episodes that began within the window."""
        weights = episode_weights(self.window, estimator, self.mean_return)
        first_rows = (self.starts == np.arange(len(self.starts))[:, None])[: self.window_rows]
        per_episode = first_rows.size / max(1, int(first_rows.sum()))

        def batches() -> Iterator[tuple[int, list[Rows]]]:
            for group in range(GROUPS):
                columns = slice(group * self.together, (group + 1) * self.together)
                places = np.argwhere(first_rows[:, columns].T)  # environment by environment
                whole = len(places) // n_episodes
                for number in range(min(per_group, whole)):
                    begin = number * whole // min(per_group, whole) * n_episodes
                    chosen = places[begin : begin + n_episodes]
                    yield group, [self._episode(weights, columns.start + env, row) for env, row in chosen.tolist()]

        return per_episode, batches()

    def _episode(self, weights: Floats, env: int, row: int) -> Rows:
        """The steps of the episode that begins on a row of an environment."""
        length = int(np.argmax(self.window.ended[row:, env])) + 1
        return _valid_rows(self.window.part(row, row + length), weights[row : row + length], slice(env, env + 1))

    # ------------------------------------------------------------------------------------------------------ gradients

    def _sums(self, window: Window, weights: Floats) -> Doubles:
        """The sum of the gradients of each group's steps, [groups, numbers]."""
        sums = np.zeros((GROUPS, self.differentiator.size))
        for group in range(GROUPS):
            columns = slice(group * self.together, (group + 1) * self.together)
            self._add(_valid_rows(window, weights, columns), sums[group])
        return sums

    def _batch(self, group: int, parts: list[Rows], steps: float) -> Batch:
        """The gradient of a batch by agent step, in numbers."""
        gradient = np.zeros(self.differentiator.size)
        for rows in parts:
            self._add(rows, gradient)
        gradient /= steps
        inner = self.differentiator.inner
        return Batch(group, inner(gradient, gradient), inner(gradient, self._reference_without[group]))

    @cached_property
    def _reference_without(self) -> Doubles:
        """The reference of all groups but one, by that one, [groups, numbers]: it has no noise in common with it."""
        whole = np.zeros(self.differentiator.size)
        for group in self.reference:
            whole += group
        return (whole - self.reference) / (GROUPS - 1)

    def _add(self, rows: Rows, total: Doubles) -> None:
        """Add the gradient of sum(-weight log pi) over the rows to `total`."""
        for begin in range(0, len(rows.weights), CHUNK):
            observations, actions, weights = (array[begin : begin + CHUNK] for array in rows)
            self.differentiator.look(observations)
            total += self.differentiator.gradient(actions, weights)

    def _inner(self, vectors: NDArray[Any]) -> Doubles:
        """The inner products of the groups' vectors, [groups, groups]."""
        doubles = np.ascontiguousarray(vectors, dtype=np.float64)
        result = np.empty((GROUPS, GROUPS))
        for i in range(GROUPS):
            for j in range(i + 1):
                result[i, j] = result[j, i] = self.differentiator.inner(doubles[i], doubles[j])
        return result


def _valid_rows(window: Window, weights: Floats, columns: slice) -> Rows:
    """The steps of some environments that are no reset rows and have a weight, environment by environment."""
    kept = (window.valid & (weights != 0))[:, columns].T
    arrays = (window.observations, window.actions, weights)
    return Rows(*(np.swapaxes(array[:, columns], 0, 1)[kept] for array in arrays))


def _columns(name: str, values: Doubles) -> dict[str, float]:
    """The estimate of a number and its interval, as columns."""
    estimate, low, high = statistics.interval(values)
    return {name: estimate, f"{name}_low": low, f"{name}_high": high}
