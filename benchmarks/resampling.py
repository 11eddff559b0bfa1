"""Time the stratified bootstrap of an IQM curve: ours, and a plain one with one resample and one point at a time.

    python -m benchmarks.resampling [--resamples 50000] [--plain 100] [--write benchmarks/README.md]

Both run in one process on one core, so that the ratio depends little on the machine. The plain one works like
rliable's examples: it draws runs with replacement within each environment, then takes the trimmed mean of every point.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from scipy.stats import trim_mean

from a2c.analysis.stats.aggregates import bootstrap, percentile_interval
from benchmarks.markers import writer

SEEDS, ENVIRONMENTS, POINTS = 10, 5, 100


def plain(scores: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """IQM curves of resamples, [resamples, points]."""
    found = np.empty((resamples, POINTS))
    for resample in range(resamples):
        drawn = np.stack([scores[rng.integers(SEEDS, size=SEEDS), e] for e in range(ENVIRONMENTS)], axis=1)
        found[resample] = [trim_mean(drawn[:, :, point], 0.25, axis=None) for point in range(POINTS)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resamples", type=int, default=50_000, help="resamples of ours (50000)")
    parser.add_argument("--plain", type=int, default=100, help="resamples of the plain one (100)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file with the markers")
    arguments = parser.parse_args()
    write = writer(arguments.write, "resampling", verbatim=True) if arguments.write else print
    scores = np.random.default_rng(0).normal(0.5, 0.3, size=(SEEDS, ENVIRONMENTS, POINTS))

    start = time.perf_counter()
    percentile_interval(bootstrap(scores, "iqm", arguments.resamples, np.random.default_rng(1)))
    ours = time.perf_counter() - start
    start = time.perf_counter()
    plain(scores, arguments.plain, np.random.default_rng(1))
    theirs = time.perf_counter() - start

    per_resample = theirs / arguments.plain / (ours / arguments.resamples)
    lines = [
        f"{SEEDS} seeds x {ENVIRONMENTS} environments x {POINTS} points, IQM, stratified percentile interval, one core",
        f"ours   {arguments.resamples:>7} resamples {ours:6.2f} s",
        f"plain  {arguments.plain:>7} resamples {theirs:6.2f} s",
        f"ours is {per_resample:.0f} times as fast per resample",
    ]
    write("\n".join(lines))


if __name__ == "__main__":
    main()
