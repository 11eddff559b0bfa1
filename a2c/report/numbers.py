"""Numbers as text: rounded sensibly, and the same way in figures, captions and tables."""

import math

MISSING = "–"
HUGE = 1e5  # from here on three digits say as much as all of them


def number(value: float, decimals: int | None = None) -> str:
    """A number rounded for reading: 1 decimal from 10 on, 2 from 1 on, else 3; "–" if missing."""
    if is_missing(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if decimals is None and 0 < abs(value) < 5e-4:
        return f"{value:.1e}"
    if abs(value) >= HUGE:
        return f"{value:.2e}".replace("e+0", "e").replace("e+", "e")
    text = f"{value:.{_decimals(value) if decimals is None else decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def tick(value: float) -> str:
    """A number on an axis: `0.05`, `200`, `50k`, `1e-6`; of the same value the same everywhere."""
    size = abs(value)
    if size == 0:
        return "0"
    if size < 1e-3 or size >= 1e7:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    if size >= 1e4:
        return f"{value / 1e6:g}M" if size >= 1e6 else f"{value / 1e3:g}k"
    return f"{value:.4g}"


def interval(center: float, low: float, high: float, words: str = "") -> str:
    """`123.4 [110.2, 136.6]`, one rounding for all three; where there is no interval, `words` say why."""
    known = [abs(value) for value in (center, low, high) if not is_missing(value) and math.isfinite(value)]
    decimals = _decimals(max(known, default=0))
    if is_missing(low) or is_missing(high):
        return f"{number(center, decimals)} ({words})" if words else number(center, decimals)
    return f"{number(center, decimals)} [{number(low, decimals)}, {number(high, decimals)}]"


def bounds(low: float, high: float, words: str) -> str:
    """`[110.2, 136.6]`, or `words` where there is no interval."""
    if is_missing(low) or is_missing(high):
        return words or MISSING
    decimals = _decimals(max(abs(low), abs(high)))
    return f"[{number(low, decimals)}, {number(high, decimals)}]"


def share(count: float, total: float) -> str:
    """`1 of 10`."""
    return f"{count:.0f} of {total:.0f}"


def percent(value: float) -> str:
    """`20 %`; "–" if missing."""
    return MISSING if is_missing(value) else f"{100 * value:.0f} %"


def p_value(value: float) -> str:
    """`= 0.031`, `< 0.001`, or "–"."""
    if is_missing(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def thousands(value: float) -> str:
    """`200,000`."""
    return f"{value:,.0f}"


def is_missing(value: float | None) -> bool:
    """Whether a number is None or NaN."""
    return value is None or math.isnan(value)


def _decimals(size: float) -> int:
    return 1 if abs(size) >= 10 else 2 if abs(size) >= 1 else 3
