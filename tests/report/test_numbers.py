import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2c.report.numbers import bounds, interval, number, p_value, percent, share, thousands, tick


@pytest.mark.parametrize(
    ("value", "text"),
    [(123.44, "123.4"), (9.999, "10.00"), (0.12345, "0.123"), (-0.001, "-0.001"), (0, "0.000"), (-0.04, "-0.040"),
     (2e-5, "2.0e-05"), (math.nan, "–"), (None, "–"), (math.inf, "∞"), (-math.inf, "−∞")],
)  # fmt: skip
def test_numbers_are_rounded_for_reading(value: float, text: str) -> None:
    assert number(value) == text


def test_a_number_that_rounds_to_zero_has_no_sign() -> None:
    assert number(-0.04, 1) == "0.0"


@pytest.mark.parametrize(
    ("parts", "text"),
    [((123.4, 110.2, 136.6, ""), "123.4 [110.2, 136.6]"), ((9.0, -2.0, 20.0, ""), "9.0 [-2.0, 20.0]"),
     ((500.0, math.nan, math.nan, "all seeds tie"), "500.0 (all seeds tie)"),
     ((math.nan, math.nan, math.nan, "no finished run"), "– (no finished run)"),
     ((0.5, 0.25, math.inf, ""), "0.500 [0.250, ∞]")],
)  # fmt: skip
def test_both_ends_of_an_interval_are_rounded_alike_and_words_replace_it(parts: tuple, text: str) -> None:
    assert interval(*parts) == text


def test_words_replace_missing_bounds() -> None:
    assert bounds(1.0, 2.0, "") == "[1.00, 2.00]"
    assert bounds(math.nan, math.nan, "all seeds tie") == "all seeds tie"


@given(st.floats(-1e6, 1e6))
def test_rounding_loses_less_than_the_last_digit(value: float) -> None:
    assert float(number(value)) == pytest.approx(value, abs=0.0501, rel=0.06)


def test_p_values_shares_percents_and_thousands() -> None:
    assert [p_value(p) for p in (0.0004, 0.0314, math.nan)] == ["< 0.001", "= 0.031", "–"]
    assert (share(1.0, 10), percent(0.275), percent(math.nan), thousands(2e5)) == ("1 of 10", "28 %", "–", "200,000")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1e-6, "1e-6"), (1.5e-4, "1.5e-4"), (-2.5e-4, "-2.5e-4"), (0.05, "0.05"), (200, "200"), (50_000, "50k"),
     (2.5e6, "2.5M"), (1e7, "1e7"), (1.5e7, "1.5e7"), (2.5e7, "2.5e7")],
)  # fmt: skip
def test_different_ticks_of_an_axis_have_different_labels(value: float, text: str) -> None:
    assert tick(value) == text
