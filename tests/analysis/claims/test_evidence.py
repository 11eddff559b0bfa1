"""P values of a claim from the evidence of its comparisons: how they are joined, how often they are wrong."""

import numpy as np
import pytest

from a2c.analysis.claims.evidence import Evidence, exact, gather, p_values, points_of, seeds_needed
from a2c.analysis.stats.comparisons import welch
from a2c.config.claims import parse_claim
from tests.analysis.claims.claimed import BEST, NOISE, POINTS, SEEDS, WORST, claim
from tests.analysis.small_study import study


def evidence(inside, outside):
    return Evidence(welch(NOISE, NOISE), (), (NOISE, NOISE), (0.0, 0.0), inside, outside, "")


def test_support_takes_the_largest_p_value_and_contradiction_multiplies_the_smallest():
    lower = parse_claim(claim(BEST, "lower", reference="others", margin=0), "x")
    assert p_values(lower, [evidence(0.01, 0.9), evidence(0.2, 0.03)]) == (0.2, 0.06)


def test_differs_swaps_support_and_contradiction():
    differs = parse_claim(claim(BEST, "differs", reference="others", margin=1), "x")
    assert p_values(differs, [evidence(0.01, 0.9), evidence(0.2, 0.03)]) == (0.06, 0.2)


@pytest.mark.parametrize("test", ["lower", "not_lower", "equivalent", "differs"])
def test_an_effect_at_the_edge_of_the_region_is_decided_wrongly_in_at_most_5_percent(test):
    claimed = parse_claim(claim(WORST, test, reference=BEST, margin=1.0), "x")
    made = study(POINTS, BEST, SEEDS)
    edge = -1.0 if test in ("lower", "not_lower") else 1.0
    rng, found = np.random.default_rng(8), []
    for first, second in rng.normal(size=(2_000, 2, 10)):
        found.append(p_values(claimed, gather(claimed, points_of(made), exact({"0.1": first + edge, "0.01": second}))))
    assert (np.mean(np.array(found) <= 0.05, axis=0) <= 0.065).all()


def test_the_seeds_needed_are_those_that_settle_a_claim():
    claimed = parse_claim(claim(WORST, "lower", reference=BEST, margin=1.0), "x")
    rng = np.random.default_rng(9)
    pilot = [gather(claimed, points_of(study(POINTS, BEST, SEEDS)), exact({"0.1": NOISE / 5 - 2, "0.01": NOISE / 5}))]
    n = int(seeds_needed(claimed, pilot[0], 0.05))
    spread = NOISE.std(ddof=1) / 5
    samples = rng.normal(0, spread, size=(2_000, 2, n))
    settled = np.mean([welch(a - 2, b).p_below(-1.0) <= 0.05 for a, b in samples])
    assert settled == pytest.approx(0.8, abs=0.04)
