"""Measure how often nominal 95 % intervals contain the true value, for common numbers of seeds.

python -m benchmarks.interval_coverage                               prints the tables (about a minute on one core)
python -m benchmarks.interval_coverage --write docs/statistics.md    puts them between the markers in that file
"""

import argparse
from collections.abc import Callable
from math import comb
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from a2c.analysis.stats.bands import band
from a2c.analysis.stats.comparisons import welch
from a2c.analysis.stats.intervals import bca_interval, t_interval, wilson_interval
from a2c.streams import generator
from benchmarks.markers import writer

Array = NDArray[np.float64]

SEEDS = (5, 10, 20, 30)
RESAMPLES = 2_000  # of the percentile bootstrap
POINTS = 100


def normal(rng: np.random.Generator, n: int) -> Array:
    return rng.normal(size=n)


def skewed(rng: np.random.Generator, n: int) -> Array:
    """Log-normal: most seeds low, a few far above."""
    return rng.lognormal(sigma=1.0, size=n)


def ceiling(rng: np.random.Generator, n: int) -> Array:
    """Four of five seeds reach the ceiling of 500 or nearly so, the others fail."""
    reached = np.minimum(rng.normal(495, 10, size=n), 500)
    return np.where(rng.random(n) < 0.8, reached, rng.uniform(10, 150, size=n))


def smooth_curves(rng: np.random.Generator, n: int) -> Array:
    """Curves whose points are correlated: a first-order autoregression with mean 0."""
    curves = rng.normal(size=(n, POINTS))
    for point in range(1, POINTS):
        curves[:, point] = 0.95 * curves[:, point - 1] + np.sqrt(1 - 0.95**2) * curves[:, point]
    return curves


def learning_curves(rng: np.random.Generator, n: int) -> Array:
    """Curves that rise from 20 to 500, each at a random time; one of five seeds stays low. Noise of 15."""
    begin, width = rng.normal(0.4, 0.15, size=(n, 1)), rng.uniform(0.03, 0.1, size=(n, 1))
    rise = 20 + 480 / (1 + np.exp(-(np.linspace(0.01, 1, POINTS) - begin) / width))
    top = np.where(rng.random((n, 1)) < 0.2, rng.uniform(20, 150, size=(n, 1)), 500)
    return np.clip(np.minimum(rise, top) + 15 * smooth_curves(rng, n), 9, 500)


DATA: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "normal": normal,
    "skewed": skewed,
    "ceiling": ceiling,
}
CURVES: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "smooth noise": smooth_curves,
    "learning": learning_curves,
}


def percentile_interval(values: Array, rng: np.random.Generator) -> tuple[float, float]:
    """The percentile bootstrap, which the tables of this project do not use."""
    low, high = np.quantile(_resampled_means(values, rng), [0.025, 0.975])
    return float(low), float(high)


def _resampled_means(values: Array, rng: np.random.Generator) -> Array:
    return values[rng.integers(values.size, size=(RESAMPLES, values.size))].mean(axis=1)


def of_means(trials: int) -> dict[tuple[str, str], list[float]]:
    """Coverage by (data, interval), one value for each number of seeds."""
    rows: dict[tuple[str, str], list[float]] = {}
    for name, draw in DATA.items():
        truth = draw(generator(0, f"coverage truth {name}"), 2_000_000).mean()
        for n in SEEDS:
            rng = generator(0, f"coverage {name}", n)
            held = {"t": 0, "BCa bootstrap": 0, "percentile bootstrap": 0}
            for _ in range(trials):
                values = draw(rng, n)
                t, bca = t_interval(values), bca_interval(values, rng)
                low, high = percentile_interval(values, rng)
                held["t"] += t.low <= truth <= t.high
                held["BCa bootstrap"] += bca.low <= truth <= bca.high
                held["percentile bootstrap"] += low <= truth <= high
            for interval, count in held.items():
                rows.setdefault((name, interval), []).append(count / trials)
    return rows


def of_differences(trials: int) -> dict[tuple[str, str], list[float]]:
    """Coverage of a difference of means that is 0, with spreads 1 and 2. An interval without 0 is a false finding."""
    name = "difference of normals"
    rows: dict[str, list[float]] = {"Welch": [], "percentile bootstrap": []}
    for n in SEEDS:
        rng = generator(0, f"coverage {name}", n)
        welchs = bootstraps = 0
        for _ in range(trials):
            a, b = rng.normal(size=n), 2 * rng.normal(size=n)
            low, high = welch(a, b).interval()
            welchs += low <= 0 <= high
            resampled = _resampled_means(a, rng) - _resampled_means(b, rng)
            low, high = np.quantile(resampled, [0.025, 0.975])
            bootstraps += low <= 0 <= high
        rows["Welch"].append(welchs / trials)
        rows["percentile bootstrap"].append(bootstraps / trials)
    return {(name, interval): covered for interval, covered in rows.items()}


def of_rates() -> dict[tuple[str, str], list[float]]:
    """Wilson's interval; exact, by summing over all outcomes."""
    rows = {}
    for rate in (0.5, 0.8, 0.95):
        covered = []
        for n in SEEDS:
            found = [wilson_interval(successes, n) for successes in range(n + 1)]
            chances = np.array([_binomial(successes, n, rate) for successes in range(n + 1)])
            covered.append(float(chances[[one.low <= rate <= one.high for one in found]].sum()))
        rows[f"solved rate {rate}", "Wilson"] = covered
    return rows


def _binomial(successes: int, n: int, rate: float) -> float:
    return comb(n, successes) * rate**successes * (1 - rate) ** (n - successes)


def of_bands(trials: int) -> dict[tuple[str, str], list[float]]:
    """The share of trials in which a band contains the whole true curve."""
    rows: dict[tuple[str, str], list[float]] = {}
    for name, draw in CURVES.items():
        truth = draw(generator(0, f"coverage truth {name}"), 50_000).mean(axis=0)
        for n in SEEDS:
            rng = generator(0, f"coverage {name}", n)
            found = [band(draw(rng, n), rng) for _ in range(trials)]
            simultaneous = [bool(np.all((b.band_low <= truth) & (truth <= b.band_high))) for b in found]
            pointwise = [bool(np.all((b.pointwise_low <= truth) & (truth <= b.pointwise_high))) for b in found]
            rows.setdefault((name, "simultaneous band"), []).append(float(np.mean(simultaneous)))
            rows.setdefault((name, "pointwise band"), []).append(float(np.mean(pointwise)))
    return rows


def table(rows: dict[tuple[str, str], list[float]]) -> list[str]:
    """Markdown, a row for each kind of data and interval."""
    lines = ["| data | interval | " + " | ".join(f"n = {n}" for n in SEEDS) + " |", "| --- " * (2 + len(SEEDS)) + "|"]
    for (name, interval), covered in rows.items():
        lines.append(f"| {name} | {interval} | " + " | ".join(f"{100 * share:.0f} %" for share in covered) + " |")
    return lines


def report(trials: int) -> str:
    """The tables for means and rates and for bands, with the number of trials."""
    return "\n".join(
        [
            f"Coverage for means and differences, {trials} trials each (standard error at most "
            f"{50 / trials**0.5:.1f} %). Wilson's coverage is computed exactly.",
            "",
            *table(of_means(trials) | of_differences(trials) | of_rates()),
            "",
            f"Coverage of a whole curve of {POINTS} points, {trials // 4} trials each:",
            "",
            *table(of_bands(trials // 4)),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1_000, help="trials of each mean, a quarter of each band (1000)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file with the markers")
    arguments = parser.parse_args()
    write = writer(arguments.write, "coverage") if arguments.write else print
    write(report(arguments.trials))


if __name__ == "__main__":
    main()
