"""Damaged and absurd files, for the commands that read them. `benchmarks/fuzz.py` tries more."""

from pathlib import Path

import pytest

from benchmarks.fuzz import a_paper, in_a_child, try_file


@pytest.mark.slow
def test_absurd_files_are_used_or_told_in_one_line(tmp_path: Path) -> None:
    paper = a_paper(tmp_path / "made")
    for number in range(15):
        place = tmp_path / str(number)
        place.mkdir()
        found, ended = try_file(number, paper, place)
        assert found == []
        assert sum(ended.values()) > 0


def test_a_child_that_raises_or_is_killed_is_a_finding(tmp_path: Path) -> None:
    def fail() -> None:
        raise KeyError("gamma")

    assert "KeyError: 'gamma'" in in_a_child(fail, tmp_path)[1]
    assert in_a_child(lambda: bytearray(3 << 30), tmp_path)[1].endswith("MemoryError\n")
    assert in_a_child(lambda: 7, tmp_path) == (7, "")
