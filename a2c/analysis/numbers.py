"""Which numbers of a run figures, tables and verdicts need: what thin runs must have."""

from collections.abc import Iterable
from pathlib import Path

from a2c.analysis.curves import POINTS
from a2c.analysis.doctor.checklist import SIGN, Signs
from a2c.analysis.measures import OF_CURVES, SOLVED_AT, names_of_medians, names_of_metric_numbers
from a2c.config.measures import RETURNS
from a2c.config.metrics import metrics_of
from a2c.runs.files import DamagedError
from a2c.runs.thin import ThinRun

LAST_50 = "last_50"
PARTS = 20  # equal parts of the budget that recorded metrics are averaged over


def names_of_numbers(metrics: Iterable[str]) -> list[str]:
    """The numbers that are taken of a run with these metrics, by name."""
    signs = [SIGN + name for name in Signs._fields]
    of_metrics, medians = names_of_metric_numbers(metrics), names_of_medians(metrics)
    return [*RETURNS, LAST_50, *OF_CURVES, *of_metrics, *signs, SOLVED_AT, *medians]


def check_numbers(path: Path, algorithm: str, runs: Iterable[ThinRun]) -> None:
    """DamagedError unless the thin runs of `algorithm` in the file `path` have exactly the numbers that are drawn."""
    metrics = metrics_of(algorithm)
    names = dict.fromkeys(names_of_numbers(metrics))
    for run in runs:
        expected = {"measures": names.keys(), "metrics": dict.fromkeys(metrics).keys()}
        for column, found in {"measures": run.measures.keys(), "metrics": run.metrics.keys()}.items():
            if other := sorted(expected[column] ^ found):
                what = "missing, which this version draws" if other[0] in expected[column] else "unknown"
                raise DamagedError(f"{path}: {column}: {other[0]}: {what}; publish the runs again")
        sizes = {"curve": (run.curve, POINTS), **{name: (values, PARTS) for name, values in run.metrics.items()}}
        for name, (values, size) in sizes.items():
            if len(values) != size:
                raise DamagedError(f"{path}: seed {run.seed}: {name}: {len(values)} values; allowed: {size}")
