"""Whether rows of trials are sound: they fit each other, the space and the budget of a run."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa

from a2c.analysis.references import return_range
from a2c.config import Configuration
from a2c.config.configuration import pays_as_registered
from a2c.config.tunings import PRUNING, Tuning
from a2c.runs.files import DamagedError
from a2c.runs.tuning_study import COMPLETE, FAILED, PRUNED
from a2c.tuning.records import FIELD, Row, table_bytes
from a2c.tuning.scores import known, mean
from a2c.tuning.tested import configuration_of
from a2c.tuning.trials import full_steps, rung_ends

RUN = ("status", "steps", "score", "content")  # columns that follow from a configuration and a seed
CHECKSUM = re.compile("[0-9a-f]{64}")


def check_trials(path: Path, tuning: Tuning, tuner: str, repeat: int, trials: Sequence[Row]) -> None:
    """DamagedError, naming the file, unless the rows of each trial fit each other, the tuning and the repeat."""
    for number, rows in enumerate(by_trial(trials)):
        at = f"{path}: trial {number}"
        first = rows[0]
        if [(row["trial"], row["seed"]) for row in rows] != [(number, seed) for seed in tuning.seeds_of(repeat)]:
            raise DamagedError(f"{at}: other seeds than those of the repeat, or a trial is missing")
        values = tuning.values(configuration_of(first))
        expected = {one.field: json.dumps(values[one.field]) for one in tuning.space if one.field in values}
        if tuning.configuration(values) != configuration_of(first) or not _within(tuning, tuner, values):
            raise DamagedError(f"{at}: its configuration is not within the space")
        shared = ["status", "trial_score", "configuration", *(f"{FIELD}{one.field}" for one in tuning.space)]
        n_rungs = len(first["rung_scores"])
        if not _has_scores(rows) or not all(_is_sound(tuning, row, configuration_of(row), n_rungs) for row in rows):
            raise DamagedError(f"{at}: its status does not fit its scores, steps and cost")
        if tuner in PRUNING and not _ends_at_a_rung(tuning, configuration_of(first), rows):
            raise DamagedError(f"{at}: its rungs do not fit its status and steps")
        if any(row.get(name) != first.get(name) for row in rows for name in shared):
            raise DamagedError(f"{at}: its rows differ in what they share")
        if any(first.get(f"{FIELD}{one.field}") != expected.get(one.field) for one in tuning.space):
            raise DamagedError(f"{at}: its fields are not those of its configuration")
        if not same_bits({"score": first["trial_score"]}, {"score": _score(rows)}):
            raise DamagedError(f"{at}: its score is not the mean of its seeds' scores")
    complete = [row for row in trials if row["status"] == COMPLETE]
    check_same_runs([(row["configuration"], row) for row in complete], path)


def check_same_runs(runs: Iterable[tuple[str, Row]], path: Path) -> None:
    """DamagedError if two rows with the same configuration and seed have other numbers. `runs`: with configurations."""
    firsts: dict[tuple[str, int], Row] = {}
    for config, row in runs:
        first = firsts.setdefault((config, row["seed"]), row)
        if any(row[name] != first[name] for name in RUN):
            raise DamagedError(f"{path}: seed {row['seed']}: the same configuration has two results")


def _has_scores(rows: Sequence[Row]) -> bool:
    """Whether the scores of a trial's seeds fit its status: all of a complete one, none of a pruned one."""
    scored = [row["score"] is not None for row in rows]
    fits = {COMPLETE: all(scored), PRUNED: not any(scored), FAILED: not all(scored)}
    return fits.get(rows[0]["status"], False)


def _is_sound(tuning: Tuning, row: Row, config: Configuration, n_rungs: int) -> bool:
    """Whether a row has possible scores, so many of them at rungs, steps and a cost that fit, and a checksum."""
    at_rungs, full = row["rung_scores"], full_steps(config)
    has_rungs = len(at_rungs) == n_rungs <= len(rung_ends(config)) and None not in at_rungs
    scores = [row["score"], row["trial_score"], *(known(score) for score in at_rungs if score is not None)]
    possible = all(is_possible(tuning, score) for score in scores)
    whole = row["steps"] == full or row["score"] is None or may_stop(tuning)
    costs = 0 <= row["steps"] <= full and row["cost"] == row["steps"] / full
    return has_rungs and possible and whole and costs and CHECKSUM.fullmatch(row["content"] or "") is not None


def is_possible(tuning: Tuning, score: float | None) -> bool:
    """Whether a run may have this score: a finite number that the environment pays, or none."""
    base = tuning.base_configuration
    low, high = (return_range(base.env_id) if pays_as_registered(dict(base)) else None) or (-math.inf, math.inf)
    return score is None or (math.isfinite(score) and low <= score <= high)


def _ends_at_a_rung(tuning: Tuning, config: Configuration, rows: Sequence[Row]) -> bool:
    """Whether a trial of a tuner that prunes was ended at the last of its rungs, or has met all on its way.

    A rung is met at the first report after it (`rung_ends`), unless all runs have ended by then.
    """
    last, n_rungs = max(row["steps"] for row in rows), len(rows[0]["rung_scores"])
    ends = rung_ends(config)
    if rows[0]["status"] != PRUNED:
        return n_rungs == sum(end < last for end in ends)
    together = may_stop(tuning) or all(row["steps"] == last for row in rows)
    return 0 < n_rungs <= len(ends) and ends[n_rungs - 1] == last < full_steps(config) and together


def may_stop(tuning: Tuning) -> bool:
    """Whether a run may end by itself before its budget."""
    base = tuning.base_configuration
    return base.stop_return is not None or base.total_episodes is not None


def _within(tuning: Tuning, tuner: str, values: Mapping[str, Any]) -> bool:
    """Whether a tuner may try these values."""
    if tuner == "grid":
        return all(value in tuning.grid[name] for name, value in values.items() if name in tuning.grid)
    return all(one.contains(values[one.field]) for one in tuning.space if one.field in values)


def _score(rows: Sequence[Row]) -> float | None:
    """The score of a trial, from those of its seeds."""
    if rows[0]["status"] == COMPLETE:
        return mean([row["score"] for row in rows])
    if rows[0]["status"] == PRUNED:
        return known(mean([row["rung_scores"][-1] for row in rows]))
    return None


def by_trial(trials: Sequence[Row]) -> Iterator[list[Row]]:
    return (list(rows) for _, rows in groupby(trials, key=itemgetter("trial")))


def same_bits(old: Row, new: Row) -> bool:
    """Whether two rows have the same bits; a missing column is empty."""
    table = pa.Table.from_pylist([old])
    return table_bytes(table) == table_bytes(pa.Table.from_pylist([new], schema=table.schema))
