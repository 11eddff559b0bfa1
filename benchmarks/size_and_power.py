"""Measure how often the one-sided tests of claims reject at 5 %: where nothing is to be found, and where something is.

python -m benchmarks.size_and_power                               prints the table (a minute or two on one core)
python -m benchmarks.size_and_power --write docs/statistics.md    puts it between the markers in that file
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from a2c.analysis.stats.comparisons import Ratio, mean, welch
from a2c.analysis.stats.quantiles import Quantile
from a2c.analysis.stats.rates import Rate, RateDifference
from a2c.analysis.stats.sequential import levels
from a2c.analysis.stats.superiority import brunner_munzel
from a2c.analysis.stats.times import time_difference
from a2c.streams import generator
from benchmarks.interval_coverage import ceiling
from benchmarks.markers import command

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Array]
SEEDS = (10, 30, 100)
ALPHA = 0.05


class Case(NamedTuple):
    """A test on samples that are drawn as if nothing was to be found, and as if something was."""

    test: str
    data: str
    effect: str  # what is to be found
    p: Callable[[Array, Array], float]
    nothing: tuple[Draw, Draw]
    something: tuple[Draw, Draw]


def normal(center: float = 0.0, spread: float = 1.0) -> Draw:
    return lambda rng, n: rng.normal(center, spread, n)


def lognormal(factor: float) -> Draw:
    return lambda rng, n: factor * rng.lognormal(0.0, 1.0, n)


def rate(p: float) -> Draw:
    return lambda rng, n: (rng.random(n) < p).astype(float)


def times(mean_time: float) -> Draw:
    """Exponential times; beyond 1, the budget, the event does not happen."""

    def draw(rng: np.random.Generator, n: int) -> Array:
        found = rng.exponential(mean_time, n)
        return np.where(found <= 1, found, np.inf)

    return draw


def improved(rng: np.random.Generator, n: int) -> Array:
    """As `ceiling`, with one failed seed in twenty in place of one in five."""
    reached = np.minimum(rng.normal(495, 10, size=n), 500)
    return np.where(rng.random(n) < 0.95, reached, rng.uniform(10, 150, size=n))


def _rates(a: Array, b: Array) -> float:
    return RateDifference(Rate(int(a.sum()), a.size), Rate(int(b.sum()), b.size)).p_above(0.0)


@cache
def _levels(looks: tuple[int, ...]) -> list[float]:
    return levels(looks, ALPHA)


def _looks(a: Array, b: Array) -> float:
    """0 if a look at 30, 50 or 100 % of the seeds crosses its bound, else 1: a test of the mean with known spread."""
    looks = [round(share * a.size) for share in (0.3, 0.5, 1.0)]
    bounds = _levels(tuple(looks))
    p = [float(ndtr(-a[:n].mean() * np.sqrt(n))) for n in looks]
    return 0.0 if any(one <= bound for one, bound in zip(p, bounds, strict=True)) else 1.0


def _superiority(a: Array, b: Array) -> float:
    return brunner_munzel(a, b).p_above(0.5)


CASES = [
    Case("Welch", "normal", "1 deviation", lambda a, b: welch(a, b).p_above(0.0),
         (normal(), normal()), (normal(1.0), normal())),
    Case("Welch", "ceiling", "15 % fewer failures", lambda a, b: welch(a, b).p_above(0.0),
         (ceiling, ceiling), (improved, ceiling)),
    Case("Welch on logarithms", "log-normal", "a factor of 2",
         lambda a, b: Ratio(welch(np.log(a), np.log(b))).p_above(1.0),
         (lognormal(1.0), lognormal(1.0)), (lognormal(2.0), lognormal(1.0))),
    Case("Brunner-Munzel", "normal", "1 deviation", _superiority, (normal(), normal()), (normal(1.0), normal())),
    Case("Brunner-Munzel", "normal, spreads 1 and 3", "above in 76 % of pairs", _superiority,
         (normal(), normal(0.0, 3.0)), (normal(float(ndtri(0.76) * np.sqrt(10.0))), normal(0.0, 3.0))),
    Case("Brunner-Munzel", "ceiling", "15 % fewer failures", _superiority, (ceiling, ceiling), (improved, ceiling)),
    Case("exact difference of rates", "50 % in both", "80 % in one", _rates,
         (rate(0.5), rate(0.5)), (rate(0.8), rate(0.5))),
    Case("log-rank", "63 % within the budget", "half the mean time",
         lambda a, b: time_difference(a, b, 1.0).p_below(0.0), (times(1.0), times(1.0)), (times(0.5), times(1.0))),
    Case("exact quantile, 10 %", "normal", "1 deviation",
         lambda a, b: Quantile(a, 0.1).p_above(float(ndtri(0.1))),
         (normal(), normal()), (normal(1.0), normal())),
    Case("O'Brien-Fleming, 3 looks", "normal", "0.5 deviations", _looks, (normal(), normal()), (normal(0.5), normal())),
    Case("Student", "normal", "0.5 deviations", lambda a, b: mean(a).p_above(0.0),
         (normal(), normal()), (normal(0.5), normal())),
]  # fmt: skip


def rejected(case: Case, draws: tuple[Draw, Draw], n: int, trials: int) -> float:
    """The share of trials in which a test rejects."""
    rng = generator(0, f"size {case.test} {case.data} {n}")
    first, second = draws
    return float(np.mean([case.p(first(rng, n), second(rng, n)) <= ALPHA for _ in range(trials)]))


def table(trials: int) -> str:
    """A Markdown table: for each test, how often it rejects without and with an effect."""
    header = ["test", "data", "effect", *(f"{what}, n = {n}" for what in ("false", "found") for n in SEEDS)]
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    for case in CASES:
        shares = [rejected(case, draws, n, trials) for draws in (case.nothing, case.something) for n in SEEDS]
        cells = [case.test, case.data, case.effect, *(f"{100 * share:.0f} %" for share in shares)]
        lines.append(f"| {' | '.join(cells)} |")
    error = 100 * np.sqrt(ALPHA * (1 - ALPHA) / trials)
    note = f"Shares of {trials} trials in which a one-sided test rejects at 5 % (standard error of 5 %: {error:.1f} %)."
    return f"{note}\n\n" + "\n".join(lines)


def main(trials: int, write: Callable[[str], None]) -> None:
    write(table(trials))


if __name__ == "__main__":
    command(__doc__ or "", main, "size", "trials", 1000)
