"""Parts of sentences: lists, counts, capital letters."""

import pytest

from a2c.config.seeds import format_seeds, parse_seeds
from a2c.words import capital, counted, with_and


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_ends_with_and(items: list[str], text: str) -> None:
    assert with_and(items) == text


def test_one_has_no_plural() -> None:
    assert [counted(count, "run") for count in (0, 1, 2, 1000)] == ["0 runs", "1 run", "2 runs", "1,000 runs"]


def test_a_first_word_with_signs_keeps_its_letters() -> None:
    assert [capital(text) for text in ("at the end", "n_steps at", "")] == ["At the end", "n_steps at", ""]


@pytest.mark.parametrize("text", ["0", "0-4", "0-4, 7", "1, 3, 5-6"])
def test_seeds_are_written_as_they_are_read(text: str) -> None:
    assert format_seeds(parse_seeds(text)) == text
