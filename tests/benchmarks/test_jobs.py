"""Trainings of a benchmark are kept: a second run trains only what is missing."""

from pathlib import Path

import pytest

from benchmarks.jobs import results


def doubled(number: int) -> list[float]:
    """Fails on the number 3."""
    assert number != 3, "stopped"
    return [2.0 * number]


def test_after_a_stop_only_what_is_missing_is_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError, match="stopped"):
        results("some", doubled, [1, 2, 3], {}, tmp_path)
    capsys.readouterr()
    assert results("some", doubled, [1, 2, 4], {}, tmp_path) == [[2.0], [4.0], [8.0]]
    assert capsys.readouterr().err == "some: 1 of 1 done\n"


def test_other_settings_train_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for settings in ({"rate": 1}, {"rate": 2}):
        results("some", doubled, [1], settings, tmp_path)
        assert capsys.readouterr().err == "some: 1 of 1 done\n"
