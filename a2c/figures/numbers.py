"""Numbers as text: rounded sensibly, and the same way in figures, captions and tables."""

import math

MISSING = "–"


def number(value: float, decimals: int | None = None) -> str:
    """A number rounded for reading: 1 decimal from 10 on, 2 from 1 on, else 3 significant digits; "–" if missing."""
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if decimals is None and 0 < abs(value) < 1e-3:
        return f"{value:.2e}"
    text = f"{value:.{_decimals(value) if decimals is None else decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def interval(center: float, low: float, high: float, words: str = "") -> str:
    """`123.4 [110.2, 136.6]`; where there is no interval, its place is taken by `words` in brackets."""
    decimals = _decimals(max(abs(value) for value in (center, low, high) if value == value) if center == center else 0)
    if _missing(center):
        return f"{MISSING} ({words})" if words else MISSING
    if _missing(low) or _missing(high):
        return f"{number(center, decimals)} ({words})" if words else number(center, decimals)
    return f"{number(center, decimals)} [{number(low, decimals)}, {number(high, decimals)}]"


def share(count: float, total: float) -> str:
    """`1 of 10`."""
    return f"{count:.0f} of {total:.0f}"


def percent(value: float) -> str:
    """`20 %`; "–" if missing."""
    return MISSING if _missing(value) else f"{100 * value:.0f} %"


def p_value(value: float) -> str:
    """`= 0.031`, `< 0.001`, or "–"."""
    if _missing(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def steps(value: float) -> str:
    """`200,000`."""
    return f"{value:,.0f}"


def _missing(value: float) -> bool:
    return value is None or math.isnan(value)


def _decimals(size: float) -> int:
    size = abs(size)
    if size >= 10:
        return 1
    return 2 if size >= 1 else 3
