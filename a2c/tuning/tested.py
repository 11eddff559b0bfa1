"""What is trained on the test seeds: the winners of a repeat, or the references."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from a2c.config import Configuration, configuration
from a2c.config.errors import mistake
from a2c.config.tunings import REFERENCES, Tuning
from a2c.runs.files import one_line
from a2c.runs.tuning_study import TRIALS
from a2c.tuning.records import Row
from a2c.tuning.trials import Run
from a2c.tuning.winners import winners

LANES = 10  # seeds that are trained side by side


class Test(NamedTuple):
    """Some test seeds of one configuration."""

    columns: list[Row]  # of the rows of tests.parquet, each of which has a row per seed
    configuration: Configuration
    seeds: list[int]

    def rows(self, runs: Sequence[Run]) -> list[Row]:
        """The rows of tests.parquet of these runs."""
        numbers = [
            {"seed": run.seed, "status": run.status, "steps": run.steps, "score": run.score, "content": run.content}
            for run in runs
        ]
        return [{**columns, **row} for columns in self.columns for row in numbers]


def planned_tests(tuning: Tuning, tuner: str, trials: Sequence[Row]) -> list[Test]:
    """All trainings on test seeds, in order. A trial that wins at several budgets is trained once."""
    seeds = [tuning.test_seeds[first : first + LANES] for first in range(0, len(tuning.test_seeds), LANES)]
    if tuner == REFERENCES:
        tested = [
            ([{"reference": name, "configuration": one.canonical_json()}], one)
            for name, one in tuning.references.items()
        ]
    else:
        tested = _winners(tuning, trials)
    return [Test(columns, config, block) for columns, config in tested for block in seeds]


def in_order(tests: Sequence[Row]) -> list[Row]:
    """The rows of tests.parquet in its order: by budget and seed; references as they come."""
    return sorted(tests, key=lambda row: (row["budget"], row["seed"]) if "budget" in row else (0, 0))


def configuration_of(row: Row) -> Configuration:
    """The configuration of a row of trials.parquet. ConfigError if it is none."""
    try:
        fields = json.loads(row["configuration"])
    except (ValueError, RecursionError) as error:
        raise mistake(TRIALS, "configuration", row["configuration"], f"JSON ({one_line(error)})") from None
    return configuration(fields, TRIALS, "configuration")


def _winners(tuning: Tuning, trials: Sequence[Row]) -> list[tuple[list[Row], Configuration]]:
    won = winners(trials, tuning)
    rows = {row["trial"]: row for row in trials}
    return [
        (
            [{"budget": budget, "trial": trial} for budget, winner in won.items() if winner == trial],
            configuration_of(rows[trial]),
        )
        for trial in dict.fromkeys(won.values())
    ]
