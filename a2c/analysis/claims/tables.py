"""What the tables of measures and verdicts consist of. Imports nothing heavy: the page checks the verdicts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config.claims import CONTRADICTED, ELSEWHERE, NOT_HERE, NOT_YET, SUPPORTED, UNDECIDED, Claim, Untested
from a2c.config.measures import ALPHA

Array = NDArray[np.float64]

HALVES = ("first", "second")  # of the seeds
EFFECT = ("effect", "low", "high")
NUMBERS = [
    *("level", "reference_level", *EFFECT, "p_supported", "p_contradicted", "p_adjusted"),
    *(f"{half}_{name}" for half in HALVES for name in EFFECT),
]
COLUMNS = [
    *("claim", "centre", "says", "part", "where", "measure", "how", "subject", "reference", "verdict"),
    *NUMBERS,
    *("n", "seeds_needed", "figure", "test", "why", "caveat"),
]
MEASURED = ["measure", "configuration", "seed", "value"]
WITHOUT_TEST = {"not_tested": NOT_YET, "tested_elsewhere": ELSEWHERE, "not_testable": NOT_HERE}
BOUNDS = ["low", "high"]  # of a value, where a measure has them: in gradient studies


def verdict_of(adjusted: Array) -> str:
    """The verdict from the two adjusted p values, of support and of contradiction."""
    supported, contradicted = (bool(p <= ALPHA) for p in adjusted)
    return SUPPORTED if supported else CONTRADICTED if contradicted else UNDECIDED


def blank(claim: Claim, centre: str, why_not: str = "") -> dict[str, Any]:
    """The row of a claim that was not tested."""
    verdict, reason = NOT_YET, why_not
    if isinstance(claim, Untested):
        verdict = WITHOUT_TEST[claim.test]
    elif here := claim.why_not(centre):
        verdict, reason = NOT_HERE, why_not or here
    return {
        **dict.fromkeys(COLUMNS, ""),
        **dict.fromkeys(NUMBERS, np.nan),
        **{name: getattr(claim, name) for name in ("says", "part", "where", "why", "caveat")},
        "claim": claim.id,
        "centre": centre,
        "verdict": verdict,
        "n": 0,
        "test": reason,
    }
