"""Which published runs are trained again."""

import shutil
from pathlib import Path

import pytest

from a2c.config import ConfigError, Configuration
from a2c.runs.files import DamagedError
from a2c.runs.result import Result
from a2c.runs.study import ConfigurationRecord, StudyRecord
from a2c.verify.selection import choose, of_study, read_published


def published(**blocks: list[list[int]]) -> dict[str, list[Result]]:
    """Results of the named configurations with blocks of these seeds."""
    results = {}
    for name, seeds in blocks.items():
        config = Configuration(gamma=float(name.removeprefix("gamma_")) / 100)
        results[f"CartPole-v1/{config.name}"] = [Result(Path(name), {"seeds": block}, config) for block in seeds]
    return results


PAPER = published(gamma_90=[[0, 1, 2, 3], [4, 5, 6]], gamma_95=[list(range(10))], gamma_99=[list(range(10))])


def blocks(
    pattern: str = "*", seeds: list[int] | None = None, sample: int | None = None
) -> list[tuple[float, int, int]]:
    chosen = choose(PAPER, pattern, seeds, sample)
    return [(one.block.configuration.gamma, one.block.first, one.block.last) for one in chosen]


def test_the_first_five_seeds_of_each_configuration_are_chosen_in_their_published_blocks() -> None:
    assert sorted(blocks()) == [(0.9, 0, 3), (0.9, 4, 4), (0.95, 0, 4), (0.99, 0, 4)]


def test_selected_seeds_with_gaps_are_divided_into_blocks() -> None:
    assert blocks("*gamma-0.95*", [0, 1, 7]) == [(0.95, 0, 1), (0.95, 7, 7)]


def test_a_sample_is_the_same_every_time() -> None:
    assert len({gamma for gamma, _, _ in blocks(sample=2)}) == 2
    assert blocks(sample=2) == blocks(sample=2)


def test_a_pattern_that_fits_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--configuration: 'nothing' is not allowed; allowed: what fits one of Cart"):
        blocks("nothing")


def test_a_seed_that_was_not_published_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--seeds: 9 is not allowed; allowed: those of CartPole-v1/.*gamma-0.9_"):
        blocks("*gamma-0.9_*", [0, 9])


def test_a_study_has_its_configurations_only(tmp_path: Path) -> None:
    first, *others = PAPER
    write_study(tmp_path, [PAPER[first][0].configuration.name])
    assert list(of_study(PAPER, tmp_path, "gamma")) == [first]
    assert others


def test_an_unknown_study_is_refused(tmp_path: Path) -> None:
    write_study(tmp_path, [])
    with pytest.raises(ConfigError, match="--study: 'delta' is not allowed; allowed: gamma"):
        of_study(PAPER, tmp_path, "delta")


def test_a_study_whose_file_is_damaged_is_named(tmp_path: Path) -> None:
    write_study(tmp_path, [])
    (tmp_path / "studies" / "gamma" / "study.json").write_text("[]")
    with pytest.raises(DamagedError, match=r"study\.json: damaged"):
        of_study(PAPER, tmp_path, "gamma")


def write_study(folder: Path, names: list[str]) -> None:
    (folder / "studies" / "gamma").mkdir(parents=True)
    records = [ConfigurationRecord(name, "CartPole-v1", {}, 475.0, {}, []) for name in names]
    record = StudyRecord("gamma", "Gamma", "", {}, {}, {}, {}, 4000, [0, 1], [], records, [])
    (folder / "studies" / "gamma" / "study.json").write_text(record.text)


def test_a_seed_that_was_published_twice_is_named(trained: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(trained, tmp_path / "paper" / "runs" / name)
    with pytest.raises(DamagedError, match=r"two: seed 0 of CartPole-v1/.* is in another block too"):
        read_published(tmp_path / "paper")
