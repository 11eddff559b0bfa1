"""The seed blocks that a paper needs, given the trained ones."""

from pathlib import Path
from typing import Any

import pytest

from a2c.config import expand
from a2c.envs import Facts
from a2c.runs.layout import describe, manifests, plan


def paper(seeds: str, **changes: Any) -> Any:
    study = {"name": "s", "grid": {"gamma": [0.9, 0.99]}, "seeds": seeds, **changes}
    return expand({"title": "t", "results": "r", "seeds_per_job": 4, "studies": [study]}, "x.yaml", Path())


def places(seeds: str, runs: Path) -> list[str]:
    return [block.path for blocks in plan(paper(seeds), runs).values() for block in blocks]


def pretend_trained(runs: Path, place: str) -> None:
    (runs / place).mkdir(parents=True)
    (runs / place / "manifest.json").write_text("{}")


def test_seeds_are_cut_into_blocks(tmp_path: Path) -> None:
    names = [place.rsplit("/", 1)[1] for place in places("0-8", tmp_path)]
    assert names == ["seeds-0-3", "seeds-4-7", "seeds-8-8"] * 2


def test_trained_blocks_keep_their_seeds(tmp_path: Path) -> None:
    pretend_trained(tmp_path, places("0-2", tmp_path)[0])
    names = [place.rsplit("/", 1)[1] for place in places("0-6", tmp_path)]
    assert names == ["seeds-0-2", "seeds-3-6", "seeds-0-3", "seeds-4-6"]


def test_a_block_with_more_seeds_than_requested_is_used(tmp_path: Path) -> None:
    pretend_trained(tmp_path, places("0-3", tmp_path)[0])
    assert places("1-2", tmp_path)[0].endswith("seeds-0-3")


def test_folders_that_are_not_blocks_are_ignored(tmp_path: Path) -> None:
    first = places("0-3", tmp_path)[0]
    pretend_trained(tmp_path, first.replace("seeds-0-3", "backup of seeds"))
    assert places("0-3", tmp_path)[0] == first


@pytest.mark.parametrize("name", ["seeds-9-3", "seeds-00-2", "seeds-0-99999999999", "seeds-0", "seeds-0-1,3", "0-3"])
def test_a_folder_whose_name_is_no_blocks_is_ignored(tmp_path: Path, name: str) -> None:
    before = places("0-6", tmp_path)
    pretend_trained(tmp_path, before[0].replace("seeds-0-3", name))
    assert places("0-6", tmp_path) == before


def test_an_unfinished_block_is_planned_again(tmp_path: Path) -> None:
    first = places("0-3", tmp_path)[0]
    (tmp_path / first).mkdir(parents=True)
    (tmp_path / first / "checkpoint.npz").write_bytes(b"")
    assert places("0-3", tmp_path)[0] == first


def test_the_description_of_a_study_names_its_blocks(tmp_path: Path) -> None:
    made = paper("0-4", tuning_seeds="10-11")
    planned = plan(made, tmp_path)
    record = describe(made, made.studies[0], planned, {"CartPole-v1": Facts((4,), 2, 475.0, 500)})
    listed = [f"{place}/manifest.json" for one in record.configurations for place in one.blocks]
    assert listed == manifests(made.studies[0], planned)
    assert [place.split("/")[2] for place in record.configurations[0].blocks] == [
        "seeds-0-3",
        "seeds-4-4",
        "seeds-10-11",
    ]
    assert record.baseline == {"gamma": 0.99}
    assert record.configurations[0].reward_threshold == 475.0
