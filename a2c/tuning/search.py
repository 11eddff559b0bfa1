"""The trials of a tuner's repeat: ask, train the seeds, tell."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from a2c.config import Configuration
from a2c.config.tunings import Tuning
from a2c.envs import Facts
from a2c.runs.tuning_study import COMPLETE, FAILED, PRUNED
from a2c.tuning.records import FIELD, Row
from a2c.tuning.scores import known, mean
from a2c.tuning.trials import RUNGS, STOPPED_EARLY, Run, train_seeds
from a2c.tuning.tuners import Asked, Tuner
from a2c.tuning.winners import is_used_up

OTHER_VALUES = "other values"


class OtherTrialsError(Exception):
    """A tuner asks for other trials than the recorded ones: another version of a library, or another machine."""

    def __init__(self, trial: int, difference: str) -> None:
        super().__init__(f"trial {trial}: {difference}")
        self.trial, self.has_other_values = trial, difference == OTHER_VALUES


def search(tuning: Tuning, name: str, repeat: int, facts: Facts, recorded: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows of each further trial, until the budget is used up or there is nothing left to try.

    `recorded`: the rows of the trials so far. OtherTrialsError if the tuner would not have asked for them.
    """
    tuner = Tuner(tuning, name, repeat)
    rows = list(recorded)
    retell(tuner, recorded)
    number = len({row["trial"] for row in rows})
    while not tuner.is_exhausted and not is_used_up(rows, tuning):
        asked = tuner.ask()
        new = _trial(tuning, tuner, asked, number, tuning.seeds_of(repeat), facts)
        tuner.tell(asked, new[0]["trial_score"], new[0]["status"] == PRUNED)
        yield new
        rows += new
        number += 1


def retell(tuner: Tuner, recorded: Sequence[Row]) -> None:
    """Tell a new tuner how the recorded trials ended, as it asks for them. OtherTrialsError if it asks for others."""
    for number, group in groupby(recorded, key=itemgetter("trial")):
        rows = list(group)
        if tuner.is_exhausted:
            raise OtherTrialsError(number, "there is none")
        asked = tuner.ask()
        if tuner.tuning.configuration(asked.values).canonical_json() != rows[0]["configuration"]:
            raise OtherTrialsError(number, OTHER_VALUES)
        was_pruned = rows[0]["status"] == PRUNED
        if was_pruned and not tuner.prunes:
            raise OtherTrialsError(number, "it was ended early, which this tuner does not do")
        if tuner.prunes:
            scores = [mean([row["rung_scores"][place] for row in rows]) for place in range(len(rows[0]["rung_scores"]))]
            stops = [asked.should_stop(rung, score) for rung, score in zip(RUNGS, scores, strict=False)]
            if any(stops[:-1]) or (bool(stops) and stops[-1]) != was_pruned:
                raise OtherTrialsError(number, "another end")
        tuner.tell(asked, rows[0]["trial_score"], was_pruned)


def rows_of(tuning: Tuning, number: int, configuration: Configuration, runs: Sequence[Run]) -> list[Row]:
    """The rows of a trial from its runs."""
    status, score = _outcome(runs)
    values = tuning.values(configuration)
    shared = {
        "trial": number,
        "status": status,
        "trial_score": score,
        "configuration": configuration.canonical_json(),
        **{f"{FIELD}{name}": json.dumps(value) for name, value in values.items()},
    }
    return [
        {
            **shared,
            "seed": run.seed,
            "steps": run.steps,
            "score": run.score,
            "content": run.content,
            "cost": run.cost,
            "rung_scores": run.rung_scores,
        }
        for run in runs
    ]


def _trial(tuning: Tuning, tuner: Tuner, asked: Asked, number: int, seeds: Sequence[int], facts: Facts) -> list[Row]:
    configuration = tuning.configuration(asked.values)

    def at_rung(rung: int, scores: list[float]) -> bool:
        return tuner.prunes and asked.should_stop(rung, mean(scores))

    return rows_of(tuning, number, configuration, train_seeds(configuration, seeds, facts, tuning.measure, at_rung))


def _outcome(runs: Sequence[Run]) -> tuple[str, float | None]:
    """The status and the score of a trial."""
    scores = [run.score for run in runs if run.score is not None]
    if len(scores) == len(runs):
        return COMPLETE, mean(scores)
    if all(run.status == STOPPED_EARLY for run in runs):
        return PRUNED, known(mean([run.rung_scores[-1] for run in runs]))
    return FAILED, None
