"""Absurd configurations and papers are accepted, or refused in one line, quickly. `benchmarks/fuzz.py` tries more."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from a2c.config import ConfigError, configuration, expand, parse_mapping
from tests.fuzz.inputs import CLAIMS, CONFIGURATIONS, PAPER, check_message, try_input


@pytest.mark.parametrize("fields", CONFIGURATIONS)
def test_a_configuration_that_is_changed_is_accepted_unchanged(fields: dict[str, Any]) -> None:
    configuration(fields, "source")


def test_the_paper_that_is_changed_is_accepted_unchanged(tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump({"claims": CLAIMS}))
    assert len(expand(PAPER, "source", tmp_path).studies) > len(PAPER["studies"])  # one for each centre


def test_absurd_input_is_accepted_or_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = [try_input(number, tmp_path) for number in range(1000)]
    assert min(ended.count("accepted"), ended.count("refused")) > 100
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("text", ["a: 0x" + "f" * 4000, "a: " + "9" * 5000, "a: " + ":".join(["59"] * 3000)])
def test_a_number_that_python_does_not_write_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_mapping(text, "x.yaml")
    check_message(str(error.value))


def test_a_mapping_of_many_keys_is_read_quickly() -> None:
    begun = time.process_time()
    assert len(parse_mapping("\n".join(f"k{number}: 1" for number in range(9_000)), "x.yaml")) == 9_000
    assert time.process_time() - begun < 2  # comparing each key with each took longer


@pytest.mark.parametrize(
    "keys",
    [
        {"grid": {"gamma": [1 / (number + 2) for number in range(30_000)]}},
        {"grid": {"n_steps": [*range(1, 1001)], "n_envs": [*range(1, 1001)], "gamma": [0.9, 0.99]}},
        {"points": [{"label": str(number), "n_steps": number + 1} for number in range(20_001)]},
        {"grid": {"gamma": [0.5, 0.6]}, "settings": {str(number): {} for number in range(10_001)}},
    ],
)
def test_a_paper_of_too_many_points_is_refused_before_it_is_expanded(keys: dict[str, Any], tmp_path: Path) -> None:
    paper = {"title": "t", "results": "r", "studies": [{"name": "a", "seeds": "0-1", **keys}]}
    begun = time.process_time()
    with pytest.raises(ConfigError, match="allowed: at most 20,000 points in all studies of a paper"):
        expand(paper, "x.yaml", tmp_path)
    assert time.process_time() - begun < 1
