"""The search methods, all Optuna's. Each is seeded, keeps its state in memory, and maximises.

`random`: independent draws. `grid`: each configuration of a grid once, in a drawn order. `tpe`: the tree-structured
Parzen estimator (Bergstra et al. 2011). `cmaes`: CMA-ES (Hansen 2016) with margin for whole numbers; choices are the
whole numbers of their places, and fields without their condition are drawn and not used, as it needs one space for all
trials. `hyperband` (Li et al. 2018) and `asha` (Li et al. 2020): independent draws, of which those that are behind at a
rung are ended.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import TrialState

from a2c.config.space import Dimension
from a2c.config.tunings import PARTS, PRUNING, REDUCTION, Tuning
from a2c.streams import sequence

optuna.logging.set_verbosity(optuna.logging.WARNING)


class Tuner:
    """A search method in one repeat of a tuning: asks for trials one after the other, and is told their scores."""

    def __init__(self, tuning: Tuning, name: str, repeat: int) -> None:
        self.tuning, self.name = tuning, name
        self.prunes = name in PRUNING
        seed = int(sequence(repeat, f"tuning {tuning.name} {name}").generate_state(1)[0])
        self._study = optuna.create_study(
            storage=optuna.storages.InMemoryStorage(),
            sampler=_sampler(tuning, name, seed),
            pruner=_pruner(name),
            study_name=f"{tuning.name} {name} {repeat}",  # decides the brackets of hyperband
            direction="maximize",
        )
        self._left = tuning.n_points if name == "grid" else None
        self._tried: set[str] = set()  # configurations of the grid

    @property
    def is_exhausted(self) -> bool:
        """Whether there is nothing left to try, as in a grid."""
        return self._left == 0

    def ask(self) -> "Asked":
        """The next trial."""
        if self._left is not None:
            self._left -= 1
        asked = self._ask()
        while self.name == "grid" and not self._is_new(asked):
            self._study.tell(asked.trial, state=TrialState.FAIL)  # so that the sampler goes on
            asked = self._ask()
        return asked

    def tell(self, asked: "Asked", score: float | None, was_pruned: bool) -> None:
        """The end of a trial: its score; of a pruned one the score at its last rung; none if it failed."""
        if self.is_exhausted:
            return  # nothing follows, and Optuna would want to stop a loop of its own
        if score is None:
            self._study.tell(asked.trial, state=TrialState.FAIL)
        elif was_pruned:
            self._study.tell(asked.trial, state=TrialState.PRUNED)
        else:
            self._study.tell(asked.trial, score)

    def _ask(self) -> "Asked":
        trial = self._study.ask()
        return Asked(trial, self._values(trial))

    def _is_new(self, asked: "Asked") -> bool:
        """Whether the grid has not given this configuration before: points may differ in unused values alone."""
        before = len(self._tried)
        self._tried.add(self.tuning.configuration(asked.values).canonical_json())
        return len(self._tried) > before

    def _values(self, trial: optuna.Trial) -> dict[str, Any]:
        """The values of a trial by field."""
        if self.name == "grid":
            return {name: _choose(trial, name, values) for name, values in self.tuning.grid.items()}
        values: dict[str, Any] = {}
        for one in self.tuning.space:
            if self.name == "cmaes":
                values[one.field] = _suggest_number(trial, one)
            elif self.tuning.asks_for(one, values):
                values[one.field] = _suggest(trial, one)
        return values


class Asked:
    """A trial that a tuner asked for."""

    def __init__(self, trial: optuna.Trial, values: dict[str, Any]) -> None:
        self.trial, self.values = trial, values

    def should_stop(self, rung: int, score: float) -> bool:
        """Whether the trial is ended at a rung, with this score there (NaN if there is none)."""
        self.trial.report(score, rung)
        return self.trial.should_prune()


def _sampler(tuning: Tuning, name: str, seed: int) -> optuna.samplers.BaseSampler:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        if name == "grid":
            places: Mapping[str, Sequence[int]] = {one: range(len(values)) for one, values in tuning.grid.items()}
            return optuna.samplers.GridSampler(places, seed=seed)
        if name == "tpe":
            return optuna.samplers.TPESampler(seed=seed)
        if name == "cmaes":
            return optuna.samplers.CmaEsSampler(seed=seed, with_margin=True, warn_independent_sampling=False)
        return optuna.samplers.RandomSampler(seed=seed)


def _pruner(name: str) -> optuna.pruners.BasePruner:
    if name == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=PARTS, reduction_factor=REDUCTION)
    if name == "asha":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=REDUCTION)
    return optuna.pruners.NopPruner()


def _suggest(trial: optuna.Trial, one: Dimension) -> Any:
    if one.is_range:
        return _suggest_in_range(trial, one)
    return _choose(trial, one.field, one.choices)


def _choose(trial: optuna.Trial, name: str, values: Sequence[Any]) -> Any:
    """One of the values by its place, as Optuna's choices may not be lists."""
    return values[trial.suggest_categorical(name, list(range(len(values))))]


def _suggest_number(trial: optuna.Trial, one: Dimension) -> Any:
    if one.is_range:
        return _suggest_in_range(trial, one)
    return one.choices[trial.suggest_int(one.field, 0, len(one.choices) - 1)]


def _suggest_in_range(trial: optuna.Trial, one: Dimension) -> Any:
    low, high = one.ends
    if one.whole:
        return trial.suggest_int(one.field, round(low), round(high), log=one.log)
    return one.value(trial.suggest_float(one.field, low, high, log=one.log))
