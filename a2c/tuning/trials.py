"""Training some seeds of one configuration in memory: their scores, their costs, and checksums of all they recorded.

Nothing is written. `a2c train` with the same configuration and seeds records the same.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from a2c.analysis import curves
from a2c.config import Configuration
from a2c.config.tunings import PARTS, REDUCTION
from a2c.envs import Facts, closing
from a2c.learn.native import part_rows
from a2c.learn.trainer import Evaluated, Progress, make_trainer, same_bits_anywhere
from a2c.runs.content import content_in_memory
from a2c.runs.recorder import Recorder
from a2c.tuning.scores import known

FINISHED, STOPPED_EARLY, DIVERGED = "finished", "stopped early", "diverged"  # status of a run
RUNGS = [REDUCTION**n for n in range(PARTS) if REDUCTION**n < PARTS]  # in parts of the budget

AtRung = Callable[[int, list[float]], bool]  # a rung and the score of each seed there; whether to stop


@dataclass(frozen=True)
class Run:
    """One seed of a configuration that was trained."""

    seed: int
    status: str
    steps: int  # agent steps that were trained
    cost: float  # in runs at full length
    score: float | None  # none if it diverged, was stopped before the budget, or finished no episode
    content: str  # checksum of all that it recorded
    rung_scores: list[float] = field(default_factory=list)  # NaN where no episode had finished


class _EndOfTrialError(Exception):
    """Raised within a training that ends before the budget."""


@closing()
def train_seeds(
    configuration: Configuration, seeds: Sequence[int], facts: Facts, measure: str, at_rung: AtRung | None = None
) -> list[Run]:
    """Train `seeds` of a configuration side by side; the runs in the order of the seeds.

    `measure`: a name in `a2c.config.tunings`. With `at_rung` the training is over once it returns True at a rung, or
    a seed diverges. A run whose first rung comes before 100 agent steps has no rungs.
    """
    trainer = make_trainer(configuration, seeds, facts)
    records = Recorder(trainer)
    watch = _Watch(records, at_rung)
    ended_early = False
    try:
        trainer.train(watch)
    except _EndOfTrialError:
        ended_early = True
    evaluated = [] if ended_early else records.evaluate()
    content = content_in_memory(records, evaluated)
    full = full_steps(configuration)
    runs = []
    for lane, seed in enumerate(seeds):
        diverged = lane in trainer.diverged
        status = DIVERGED if diverged else STOPPED_EARLY if ended_early else FINISHED
        score = _score(records, evaluated, lane, measure) if status == FINISHED else None
        scores = watch.scores[lane]
        steps = records.last_step(lane)
        runs.append(Run(seed, status, steps, steps / full, score, content[seed], scores))
    return runs


def full_steps(configuration: Configuration) -> int:
    """Agent steps of a run at full length."""
    return configuration.total_steps // configuration.n_envs * configuration.n_envs


def rung_ends(configuration: Configuration) -> list[int]:
    """By rung, the agent steps of the first report after it, at which a trial of A2C or PPO may be ended."""
    report = part_rows(configuration, same_bits_anywhere(configuration)) * configuration.n_envs
    full = full_steps(configuration)
    steps = [_rung_step(configuration, rung) for rung in _rungs(configuration)]
    return [min(full, math.ceil(step / report) * report) for step in steps]


def _rungs(configuration: Configuration) -> list[int]:
    """The rungs of a run; none of a short one, as nothing is judged on so few steps."""
    return list(RUNGS) if _rung_step(configuration, RUNGS[0]) >= curves.POINTS else []


def _rung_step(configuration: Configuration, rung: int) -> int:
    return configuration.total_steps * rung // PARTS


class _Watch:
    """Records the progress of a trainer, and compares scores at each rung."""

    def __init__(self, records: Recorder, at_rung: AtRung | None) -> None:
        self.records, self.at_rung = records, at_rung
        self.rungs = _rungs(records.trainer.configuration)
        self.scores: list[list[float]] = [[] for _ in records.seeds]

    def __call__(self, progress: Progress) -> None:
        self.records.add(progress)
        if self.at_rung is None:
            return
        if self.records.trainer.diverged:
            raise _EndOfTrialError
        config = self.records.trainer.configuration
        while self.rungs and not self._is_over() and self.records.steps >= _rung_step(config, self.rungs[0]):
            rung = self.rungs.pop(0)
            step = _rung_step(config, rung)
            scores = [_final_return(self.records, lane, step) for lane in range(len(self.records.seeds))]
            for lane, score in enumerate(scores):
                self.scores[lane].append(score)
            if self.at_rung(rung, scores):
                raise _EndOfTrialError

    def _is_over(self) -> bool:
        """Whether nothing is left to train: a trial that is ended here would lose its score and save no cost."""
        trainer = self.records.trainer
        return trainer.rows >= trainer.total_rows or len(trainer.stopped) == len(self.records.seeds)


def _score(records: Recorder, evaluated: Sequence[Evaluated], lane: int, measure: str) -> float | None:
    """The measure of a run that finished, computed as that of a study's runs; none if it finished no episode."""
    total_steps = records.trainer.configuration.total_steps
    if measure == "eval_return":
        returns = [one.total_reward for one in evaluated if one.lane == lane and one.mode == "sampled"]
        score = curves.eval_return(np.array(returns))
    elif measure == "auc":
        step, returns_ = _episodes(records, lane)
        score = curves.auc(curves.learning_curve(step, returns_, total_steps))
    else:
        score = _final_return(records, lane, total_steps)
    return known(score)


def _final_return(records: Recorder, lane: int, last_step: int) -> float:
    """The final return up to a step; of a run that stopped before, up to its own end."""
    end = records.trainer.stopped.get(lane, last_step)
    return curves.final_return(*_episodes(records, lane), max(curves.POINTS, min(last_step, end)))


def _episodes(records: Recorder, lane: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps and returns of the episodes of a lane."""
    ended = [one for one in records.ended if one.lane == lane and one.step <= records.last_step(lane)]
    steps = np.array([one.step for one in ended], dtype=np.int64)
    return steps, np.array([one.total_reward for one in ended], dtype=np.float64)
