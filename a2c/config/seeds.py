"""Reading seeds (`0-9`, `0-4,7`), and cutting them into the seed blocks that one job trains."""

import re
from collections.abc import Iterable, Sequence
from numbers import Integral

from a2c.config.errors import mistake

LARGEST = 2**31 - 1
ALLOWED = f"whole numbers from 0 to {LARGEST}, as 0-9, as 0-4,7 or as a list, each once"
MAX_RANGE = 1_000_000  # most seeds in one range


def parse_seeds(value: str | int | Sequence[int]) -> list[int]:
    """The seeds in increasing order. ValueError, with what is allowed as its message, if `value` names none."""
    if isinstance(value, str | Integral):  # also a whole number of NumPy
        parts = str(value).split(",")
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        parts = [str(part) for part in value]
    else:
        raise ValueError(ALLOWED)
    seeds: list[int] = []
    for part in parts:
        match = re.fullmatch(r"\s*(\d{1,10})(?:\s*-\s*(\d{1,10}))?\s*", part)
        if match is None:
            raise ValueError(ALLOWED)
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{last}-{first}: a range begins with its smaller seed")
        if last > LARGEST:
            raise ValueError(ALLOWED)
        if last - first >= MAX_RANGE:
            raise ValueError(f"at most {MAX_RANGE:,} seeds in one range")
        seeds.extend(range(first, last + 1))
    if len(set(seeds)) != len(seeds) or not seeds:
        raise ValueError(ALLOWED)
    return sorted(seeds)


def checked_seeds(value: str | int | Sequence[int], source: str, key: str) -> list[int]:
    """The seeds that a key of a file names, as `parse_seeds` gives them. ConfigError if they are none."""
    try:
        return parse_seeds(value)
    except ValueError as error:
        raise mistake(source, key, value, str(error)) from None


def consecutive(seeds: Iterable[int]) -> list[list[int]]:
    """The seeds, sorted, as ranges without gaps."""
    ranges: list[list[int]] = []
    for seed in sorted(seeds):
        if ranges and seed == ranges[-1][-1] + 1:
            ranges[-1].append(seed)
        else:
            ranges.append([seed])
    return ranges


def format_seeds(seeds: Iterable[int]) -> str:
    """Seeds as `0-4, 7`: what `parse_seeds` reads."""
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in consecutive(seeds))


def seed_blocks(seeds: Sequence[int], trained: Iterable[Sequence[int]], longest: int) -> list[tuple[int, int]]:
    """Seed blocks (first, last) that cover `seeds`: blocks that are trained already, and new ones for the other seeds.

    `trained`: the seeds of each trained block. `longest`: most seeds of a new block. Adding seeds to a study trains
    only the new ones. The answer stays the same while the new blocks are trained, in any order.
    """
    missing = set(seeds)
    cover: list[tuple[int, int]] = []
    for block in sorted(trained, key=lambda block: (-len(block), block[0])):
        if missing.intersection(block) and missing.issuperset(set(block) & set(seeds)):
            cover.append((block[0], block[-1]))
            missing.difference_update(block)
    for run in consecutive(missing):
        cover.extend((run[i], run[min(i + longest, len(run)) - 1]) for i in range(0, len(run), longest))
    return sorted(cover)
