"""Folders and files of any name go through the pipeline, or are refused in one line before anything is made."""

import os
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from a2c.config import ConfigError
from a2c.config.expansion import folder_name
from tests.processes import run_snakemake

STUDY = {
    "name": "gamma",
    "base": {"hidden_sizes": [16], "total_steps": 800, "eval_episodes": 1},
    "grid": {"gamma": [0.9, 0.99]},
    "seeds": "0-1",
}
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40)


def write_paper(folder: Path, name: str, results: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(yaml.safe_dump({"title": "A {title}", "results": results, "studies": [STUDY]}))
    return str(folder / name)


@given(st.lists(NAMES, min_size=1, max_size=3))
def test_a_folder_is_taken_normalised_or_refused_with_what_is_allowed(names: list[str]) -> None:
    path = "/".join(names)
    try:
        taken, told = folder_name(path, "x.yaml", "results"), ""
    except ConfigError as error:
        taken, told = "", str(error)
    if told:
        assert re.fullmatch(r"x\.yaml: results: .* is not allowed; allowed: .*", told)
    else:
        assert taken == os.path.normpath(path)
        assert taken.isprintable()
        assert not set("{}") & set(taken)
        assert not taken.startswith("-")


@pytest.mark.parametrize(
    ("results", "allowed"),
    [
        ("results/{x}", "a path without braces and control characters"),
        ("a\nb", "a path without braces and control characters"),
        ("x" * 300, "at most 200 bytes a name and 1000 in all"),
        (".", "a folder of its own, such as results/mine"),
        ("a/..", "a folder of its own, such as results/mine"),
        ("../..", "a folder of its own, such as results/mine"),
        ("-rf", "a path that does not begin like an option, such as ./-x"),
    ],
)
def test_what_the_workflow_cannot_name_is_refused(results: str, allowed: str) -> None:
    with pytest.raises(ConfigError) as error:
        folder_name(results, "x.yaml", "results")
    assert str(error.value).endswith(f"; allowed: {allowed}")


def test_a_config_file_with_braces_in_its_name_is_refused_in_one_line(tmp_path: Path) -> None:
    done = run_snakemake(tmp_path, "-n", "--configfile", write_paper(tmp_path, "a{b}.yaml", "out"))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("a path without braces and control characters")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("results", ["res(ults", "c++/[1] ünï *?", 'it\'s "$HOME" `x`; a&b|c'])
def test_special_characters_go_through_the_pipeline(results: str, tmp_path: Path) -> None:
    config = write_paper(tmp_path, "a(b+.yaml", results)
    done = run_snakemake(tmp_path, "-n", "--configfile", config)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(NAMES)
def test_any_name_makes_a_page_or_is_refused(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("names")
    done = run_snakemake(folder, "--cores", "2", "--configfile", write_paper(folder, "paper.yaml", f"x/{name}"))
    if done.returncode:
        assert "; allowed: " in done.stderr.splitlines()[-1]
        assert not (folder / "x").exists()
    else:
        assert (folder / "x" / name / "index.html").exists()


def test_a_folder_of_another_paper_is_refused(tmp_path: Path) -> None:
    first = write_paper(tmp_path, "first.yaml", "out")
    run_snakemake(tmp_path, "--cores", "1", "--configfile", first, "--", "out/paper.json")
    before = (tmp_path / "out" / "paper.json").read_bytes()
    second = write_paper(tmp_path, "second.yaml", "out")
    done = run_snakemake(tmp_path, "--cores", "1", "--configfile", second)
    told = "a2c: out: holds the results of first.yaml; allowed: another folder for second.yaml, by its key `results`"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, told)
    assert (tmp_path / "out" / "paper.json").read_bytes() == before
