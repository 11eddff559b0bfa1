"""The effect of a claim as text, from a row of claims.csv. Imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.config.measures import RATES, measure_of
from a2c.report.numbers import bounds, interval, is_missing, number, percent

if TYPE_CHECKING:
    import pandas as pd


def is_text(cell: object) -> bool:
    """Whether a cell of a CSV file holds text; pandas reads an empty one as missing."""
    return isinstance(cell, str) and cell != ""


def claim_effect(claim: pd.Series) -> str:
    """The effect with its interval; rates in percent."""
    numbers = claim["effect"], claim["low"], claim["high"]
    if is_text(claim["measure"]) and claim["measure"] in RATES:
        return f"{percent(numbers[0])} [{percent(numbers[1])}, {percent(numbers[2])}]"
    return interval(*numbers)


def effect_in_words(claim: pd.Series) -> str:
    """`112.0 instead of 500.0 reward per episode [difference 388.0, 95 % 361.0 to 415.0; worse]`.

    The level of the subject first, then that of the reference. `worse` or `better` where the measure has a better side
    and the interval lies on one side of no effect. Empty for a claim without a test, and in results from before levels
    were recorded.
    """
    if not is_text(claim["measure"]) or is_missing(claim.get("level", None)):
        return ""
    measure = measure_of(claim["measure"])
    unit = f" {measure.unit}" if measure.unit else ""
    if not is_text(claim["reference"]):
        return f"{_level(claim, claim['level'])}{unit} [{_interval(claim)}]"
    both = f"{_level(claim, claim['level'])} instead of {_level(claim, claim['reference_level'])}{unit}"
    kind = {"ratios": "ratio", "superiority": "higher in"}.get(claim["how"], "difference")
    effect = percent(claim["effect"]) if claim["how"] in ("rates", "superiority") else number(claim["effect"])
    of_pairs = " of pairs" if claim["how"] == "superiority" else ""
    side = _side(claim)
    return f"{both} [{kind} {effect}{of_pairs}, {_interval(claim)}{f'; {side}' if side else ''}]"


def still_possible(claim: pd.Series) -> str:
    """What the interval of an undecided test leaves open; empty for others."""
    if claim["verdict"] != "inconclusive" or is_missing(claim["low"]) or is_missing(claim["high"]):
        return ""
    kind = {"ratios": "a ratio", "superiority": "a probability"}.get(claim.get("how", ""), "a difference")
    what = kind if is_text(claim["reference"]) else "a level"
    return f"What is still possible: {what}, {_interval(claim)}."


def halves(claim: pd.Series) -> tuple[str, str]:
    """The effect with its interval on each half of the seeds; empty where it is not recorded."""
    first, second = (
        "" if is_missing(claim.get(f"{half}_effect", None)) else claim_effect(_of_half(claim, half))
        for half in ("first", "second")
    )
    return first, second


def _of_half(claim: pd.Series, half: str) -> pd.Series:
    found = claim.copy()
    for name in ("effect", "low", "high"):
        found[name] = claim[f"{half}_{name}"]
    return found


def _level(claim: pd.Series, value: float) -> str:
    return percent(value) if claim["measure"] in RATES else number(value)


def _interval(claim: pd.Series) -> str:
    if is_missing(claim["low"]) or is_missing(claim["high"]):
        return "no interval"
    shares = claim["measure"] in RATES or claim["how"] == "superiority"
    low, high = claim["low"], claim["high"]
    return f"95 % {percent(low)} to {percent(high)}" if shares else f"95 % {_span(low, high)}"


def _span(low: float, high: float) -> str:
    """`-30.1 to 9.0`, with one rounding."""
    return " to ".join(bounds(low, high, "").strip("[]").split(", "))


def _side(claim: pd.Series) -> str:
    """`better` or `worse` of the subject; empty where the data do not say, or the measure has no better side."""
    none = {"ratios": 1.0, "superiority": 0.5}.get(claim["how"], 0.0)
    better = measure_of(claim["measure"]).better
    if not better or is_missing(claim["low"]) or is_missing(claim["high"]):
        return ""
    if not (claim["low"] > none or claim["high"] < none):
        return ""
    return "better" if (claim["low"] > none) == (better == "higher") else "worse"
