"""Small parts of sentences, for messages, tables and the page: lists, counts, capital letters."""

from collections.abc import Sequence


def with_and(items: Sequence[str]) -> str:
    """`a, b and c`; empty if there are none."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def counted(count: int, word: str) -> str:
    """`1 run`, `2 runs`, `1,000 runs`: for words whose plural has an s."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def capital(text: str) -> str:
    """The text with a capital first letter; a first word with digits or signs stays as it is."""
    return text[:1].upper() + text[1:] if text.split(" ")[0].isalpha() else text
