"""The small part of a paper: what is trained, what is taken from published runs, what is left out."""

from pathlib import Path
from typing import Any

import pytest

from a2c.config import ConfigError, Configuration, Paper
from a2c.config.expansion import expand
from a2c.envs import check
from a2c.learn.trainer import bits_of
from a2c.report.origins import origins
from a2c.runs import manifest
from a2c.runs.layout import describe, describe_paper
from a2c.runs.small import small_paper

BASE = {"total_steps": 2000, "hidden_sizes": [8]}
STUDIES = [
    {"name": "gamma", "centres": "all", "base": BASE, "grid": {"gamma": [0.9, 0.99]}, "seeds": "1000-1003"},
    {"name": "other", "base": BASE, "grid": {"gamma": [0.5, 0.6]}, "baseline": {"gamma": 0.5}, "seeds": "1000-1003"},
]
CENTRES = {"article": {}, "wide": {"n_steps": 10}}
SMALL = {"studies": ["gamma"], "centres": ["article"], "seeds": 2}


def paper(small: dict[str, Any], folder: Path) -> Paper:
    content = {"title": "t", "results": "results", "centres": CENTRES, "studies": STUDIES, "small": small}
    return expand(content, "paper.yaml", folder)


def leave(folder: Path, config: Configuration, seeds: str, bits: int | None = None) -> None:
    """What planning needs of a block: its manifest."""
    place = folder / config.env_id / config.name / f"seeds-{seeds}"
    content = {"name": config.name, "seeds": [], "bits": bits or bits_of(config)}
    manifest.write(place, (), content)


def configurations(of: Paper, study: str) -> list[Configuration]:
    (found,) = (one for one in of.studies if one.name == study)
    return [point.configuration for point in found.points]


def test_without_published_runs_the_named_studies_are_trained_and_the_others_left_out(tmp_path: Path) -> None:
    part = small_paper(paper(SMALL, tmp_path), tmp_path / "runs", tmp_path / "published" / "runs")
    assert [(study.name, study.seeds) for study in part.paper.studies] == [("gamma_article", [1000, 1001])]
    assert [[(block.first, block.last, block.folder) for block in blocks] for blocks in part.plan.values()] == [
        [(1000, 1001, "")],
        [(1000, 1001, "")],
    ]
    assert part.left_out == ["gamma_wide", "other"]


def test_published_runs_stand_in_for_the_rest(tmp_path: Path) -> None:
    whole, published = paper(SMALL, tmp_path), tmp_path / "results" / "published" / "paper" / "runs"
    for config in configurations(whole, "gamma_article"):
        leave(published, config, "1002-1003")
    for config in configurations(whole, "other"):
        leave(published, config, "1000-1003")
    part = small_paper(whole, tmp_path / "results" / "runs", published)
    assert [(study.name, study.seeds) for study in part.paper.studies] == [
        ("gamma_article", [1000, 1001, 1002, 1003]),
        ("other", [1000, 1001, 1002, 1003]),
    ]
    folder = "../published/paper/runs"
    first, *_, last = part.plan.values()
    assert [(block.first, block.last, block.folder) for block in first] == [(1000, 1001, ""), (1002, 1003, folder)]
    assert [(block.first, block.last, block.folder) for block in last] == [(1000, 1003, folder)]
    assert last[0].path == f"{folder}/CartPole-v1/{last[0].configuration.name}/seeds-1000-1003"
    facts = {"CartPole-v1": check(last[0].configuration, "test")}
    studies = [describe(part.paper, study, part.plan, facts) for study in part.paper.studies]
    assert origins(describe_paper(part.paper, "paper.yaml", part.left_out), studies) == (
        "4 of the 16 runs on this page were trained here. The others are the published ones, of the folder "
        "published/paper. Studies of published runs alone: Other. Left out, as they are neither trained here nor "
        "published: gamma_wide. snakemake --cores all --configfile paper.yaml --config full=true trains the whole "
        "paper."
    )


def test_published_blocks_with_some_of_the_seeds_complete_what_is_trained(tmp_path: Path) -> None:
    whole, published = paper(SMALL, tmp_path), tmp_path / "results" / "published" / "paper" / "runs"
    for config in configurations(whole, "gamma_article"):
        leave(published, config, "1000-1000")
        leave(published, config, "1001-1003")
    part = small_paper(whole, tmp_path / "results" / "runs", published)
    (study,) = part.paper.studies
    assert study.seeds == [1000, 1001, 1002, 1003]
    first, _ = part.plan.values()
    assert [(block.first, block.last) for block in first] == [(1000, 1001), (1001, 1003)]
    facts = {"CartPole-v1": check(first[0].configuration, "test")}
    record = describe(part.paper, study, part.plan, facts)
    told = origins(describe_paper(part.paper, "paper.yaml", part.left_out), [record])
    assert told.startswith("4 of the 8 runs on this page were trained here.")


def test_a_study_with_looks_has_as_many_seeds_as_at_one_of_them(tmp_path: Path) -> None:
    content = {"title": "t", "results": "results", "small": {"studies": ["other"], "seeds": 2}}
    looked_at = expand({**content, "studies": [{**STUDIES[1], "looks": [2, 4]}]}, "paper.yaml", tmp_path)
    published = tmp_path / "published" / "runs"
    for config in configurations(looked_at, "other"):
        leave(published, config, "1002-1002")  # a third seed, which is no look
    part = small_paper(looked_at, tmp_path / "runs", published)
    assert [study.seeds for study in part.paper.studies] == [[1000, 1001]]


def test_a_seed_that_not_every_point_has_is_left_out(tmp_path: Path) -> None:
    whole, published = paper(SMALL, tmp_path), tmp_path / "published" / "runs"
    first, second = configurations(whole, "other")
    leave(published, first, "1000-1003")
    leave(published, second, "1001-1003")
    part = small_paper(whole, tmp_path / "runs", published)
    assert part.paper.studies[-1].seeds == [1001, 1002, 1003]


def test_published_runs_of_other_arithmetic_are_not_taken(tmp_path: Path) -> None:
    whole, published = paper(SMALL, tmp_path), tmp_path / "published" / "runs"
    for config in configurations(whole, "other"):
        leave(published, config, "1000-1003", bits=1)
    assert "other" in small_paper(whole, tmp_path / "runs", published).left_out


def test_what_was_trained_here_before_is_kept(tmp_path: Path) -> None:
    whole, runs, published = paper(SMALL, tmp_path), tmp_path / "runs", tmp_path / "published" / "runs"
    for config in configurations(whole, "other"):
        leave(published, config, "1000-1003")
        leave(runs, config, "1000-1003")
    *_, blocks = small_paper(whole, runs, published).plan.values()
    assert [block.folder for block in blocks] == [""]


@pytest.mark.parametrize(
    ("small", "told"),
    [
        ({"studies": ["gama"]}, "small.studies[0]: 'gama' is not allowed; allowed: gamma, other"),
        ({"centres": ["broad"]}, "small.centres[0]: 'broad' is not allowed; allowed: article, wide"),
        ({"seeds": 1}, "small.seeds: 1 is not allowed; allowed: a number of at least 2"),
    ],
)
def test_mistakes_are_named(small: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        paper(small, tmp_path)
    assert str(raised.value).removeprefix("paper.yaml: ").startswith(told)
