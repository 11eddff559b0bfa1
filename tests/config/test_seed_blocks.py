"""Parsing of seeds, and their assignment to the blocks that jobs train."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2c.config import parse_seeds, seed_blocks


@pytest.mark.parametrize(
    ("written", "seeds"),
    [
        ("0-3", [0, 1, 2, 3]),
        ("0-2,7", [0, 1, 2, 7]),
        (" 7 , 0 - 2 ", [0, 1, 2, 7]),
        ("5", [5]),
        (5, [5]),
        ([3, 1], [1, 3]),
        (["0-1", 4], [0, 1, 4]),
        ("5-5", [5]),
        ("2147483647", [2**31 - 1]),
    ],
)
def test_seeds_are_parsed(written: Any, seeds: list[int]) -> None:
    assert parse_seeds(written) == seeds


@pytest.mark.parametrize(
    "written", ["", "a", "-1", "0-4,4", "1,,2", "0..9", "1.5", "2147483648", [], [True], [1, 1], -3]
)
def test_invalid_seeds_are_refused_with_the_allowed_forms(written: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^whole numbers from 0 to 2147483647, as 0-9, as 0-4,7 or as a list, each once$"
    ):
        parse_seeds(written)


def test_a_range_has_a_million_seeds_at_most() -> None:
    assert len(parse_seeds("1-1000000")) == 1_000_000
    with pytest.raises(ValueError, match=r"^at most 1,000,000 seeds in one range$"):
        parse_seeds("0-1000000")


@pytest.mark.parametrize(("written", "allowed"), [("3-1", "1-3"), ("0-4, 9-7", "7-9"), (["12-2"], "2-12")])
def test_a_reversed_range_is_named(written: Any, allowed: str) -> None:
    with pytest.raises(ValueError, match=f"^{allowed}: a range begins with its smaller seed$"):
        parse_seeds(written)


def covered(cover: list[tuple[int, int]]) -> list[int]:
    return [seed for first, last in cover for seed in range(first, last + 1)]


def full(block: tuple[int, int]) -> list[int]:
    return list(range(block[0], block[1] + 1))


wanted_seeds = st.sets(st.integers(0, 60), min_size=1, max_size=40).map(sorted)
longest_block = st.integers(1, 12)


@given(wanted_seeds, longest_block)
def test_blocks_cover_the_requested_seeds_exactly_once(wanted: list[int], longest: int) -> None:
    cover = seed_blocks(wanted, [], longest)
    assert covered(cover) == wanted
    assert all(last - first < longest for first, last in cover)


@given(wanted_seeds, longest_block, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9))))
def test_blocks_cover_the_requested_seeds_for_any_trained_blocks(
    wanted: list[int], longest: int, spans: list[tuple[int, int]]
) -> None:
    trained = [full((first, first + more)) for first, more in spans]
    cover = seed_blocks(wanted, trained, longest)
    seeds = covered(cover)
    assert set(wanted) <= set(seeds)
    assert sorted(set(wanted) & set(seeds)) == [seed for seed in sorted(seeds) if seed in wanted]  # each once
    new = [block for block in cover if full(block) not in trained]
    assert set(covered(new)) <= set(wanted)  # no other seeds are trained


@given(wanted_seeds, wanted_seeds, longest_block, longest_block)
def test_adding_seeds_adds_blocks_and_keeps_the_trained_ones(
    first: list[int], more: list[int], longest: int, then_longest: int
) -> None:
    before = seed_blocks(first, [], longest)
    after = seed_blocks(sorted({*first, *more}), [full(block) for block in before], then_longest)
    assert set(before) <= set(after)
    assert set(covered([block for block in after if block not in before])) == set(more) - set(first)


@given(wanted_seeds, longest_block, st.data())
def test_the_plan_stays_while_its_blocks_finish_in_any_order(
    wanted: list[int], longest: int, data: st.DataObject
) -> None:
    plan = seed_blocks(wanted, [], longest)
    finished = data.draw(st.lists(st.sampled_from(plan), unique=True))
    assert seed_blocks(wanted, [full(block) for block in finished], longest) == plan


@given(wanted_seeds, wanted_seeds, longest_block, st.data())
def test_the_plan_for_added_seeds_stays_while_its_blocks_finish(
    first: list[int], more: list[int], longest: int, data: st.DataObject
) -> None:
    trained = [full(block) for block in seed_blocks(first, [], longest)]
    wanted = sorted({*first, *more})
    plan = seed_blocks(wanted, trained, longest)
    finished = [full(block) for block in data.draw(st.lists(st.sampled_from(plan), unique=True))]
    assert seed_blocks(wanted, [*trained, *(block for block in finished if block not in trained)], longest) == plan


def test_a_gap_in_the_seeds_is_a_gap_between_blocks() -> None:
    assert seed_blocks([0, 1, 2, 10, 11], [], longest=10) == [(0, 2), (10, 11)]


def test_long_ranges_are_cut() -> None:
    assert seed_blocks(list(range(25)), [], longest=10) == [(0, 9), (10, 19), (20, 24)]


def test_seeds_added_later_leave_the_trained_block_whole() -> None:
    assert seed_blocks(list(range(8)), [[0, 1, 2, 3, 4]], longest=10) == [(0, 4), (5, 7)]


def test_fewer_seeds_than_were_trained_use_the_trained_block() -> None:
    assert seed_blocks([0, 1], [[0, 1, 2, 3, 4]], longest=10) == [(0, 4)]
