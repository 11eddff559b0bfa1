"""What the page says of the paper's sentences."""

from typing import Any

from a2c.report.page.claims import sentences


def claim(part: str, over_centres: str, verdict: str = "supported") -> dict[str, Any]:
    words = {"says": "It works", "part": part, "where": "Summary", "over_centres": over_centres}
    return {**words, "verdict": verdict, "symbol": "x"}


def test_one_part_has_its_sentence_over_all_centres_once() -> None:
    (found,) = sentences([claim("works", "Supported at all 2 centres."), claim("works", "Supported at all 2 centres.")])
    assert found["over_centres"] == "Supported at all 2 centres."
    assert [count for count, _ in found["verdicts"]] == [2]


def test_several_parts_are_named() -> None:
    (found,) = sentences(
        [claim("works", "Supported at a; contradicted at b."), claim("7e-4 is best", "Supported at b.")]
    )
    assert found["over_centres"] == "Works: supported at a; contradicted at b. 7e-4 is best: supported at b."
    assert sentences([claim("works", "")])[0]["over_centres"] == ""
