"""Seeds as people write them (`0-9`, `0-4,7`), and the seed blocks that one job trains."""

import re
from collections.abc import Iterable, Sequence

LARGEST = 2**31 - 1
ALLOWED = f"whole numbers from 0 to {LARGEST}, as 0-9, as 0-4,7 or as a list, each once"


def parse_seeds(written: str | int | Sequence[int]) -> list[int]:
    """The seeds in increasing order. ValueError, whose message says what is allowed, if they are none."""
    parts = str(written).split(",") if isinstance(written, str | int) else [str(part) for part in written]
    seeds: list[int] = []
    for part in parts:
        match = re.fullmatch(r"\s*(\d{1,10})(?:\s*-\s*(\d{1,10}))?\s*", part)
        if match is None:
            raise ValueError(ALLOWED)
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last > LARGEST or last - first > 1_000_000:
            raise ValueError(ALLOWED)
        seeds.extend(range(first, last + 1))
    if len(set(seeds)) != len(seeds) or not seeds:
        raise ValueError(ALLOWED)
    return sorted(seeds)


def consecutive(seeds: Iterable[int]) -> list[list[int]]:
    """Sorted seeds cut where a number is missing."""
    ranges: list[list[int]] = []
    for seed in sorted(seeds):
        if ranges and seed == ranges[-1][-1] + 1:
            ranges[-1].append(seed)
        else:
            ranges.append([seed])
    return ranges


def blocks(wanted: Sequence[int], trained: Iterable[Sequence[int]], longest: int) -> list[tuple[int, int]]:
    """Seed blocks (first, last) that cover `wanted`: those already trained, then new ones for what is missing.

    So that adding seeds to a study trains only those, whatever the blocks before were. While the new blocks are being
    trained, in any order, the answer stays the same: the rest of a range is cut where it was cut before.
    """
    missing = set(wanted)
    cover: list[tuple[int, int]] = []
    for block in sorted(trained, key=lambda block: (-len(block), block[0])):
        if missing.intersection(block) and missing.issuperset(set(block) & set(wanted)):
            cover.append((block[0], block[-1]))
            missing.difference_update(block)
    for run in consecutive(missing):
        cover.extend((run[i], run[min(i + longest, len(run)) - 1]) for i in range(0, len(run), longest))
    return sorted(cover)
