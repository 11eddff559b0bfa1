"""Registered tests: what their hash covers, and the file that they stand in."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from a2c.config import ConfigError, Paper, load_paper
from a2c.config.registration import (
    Registration,
    check_registrable,
    differences,
    file_of,
    hash_of,
    history_of,
    paper_tests,
    removed_tests,
)

CLAIM: dict[str, Any] = {
    "id": "worse", "says": "It is worse.", "where": "here", "study": "rate", "why": "because",
    "measure": "final_return", "subject": {"learning_rate": 0.01}, "test": "lower",
    "reference": {"learning_rate": 7e-4}, "margin": 25,
}  # fmt: skip
UNTESTED = {**{key: CLAIM[key] for key in ("says", "where", "study", "why")}, "id": "listed", "test": "not_tested"}
BASELINE = {"learning_rate": 7e-4, "total_steps": 9000}
STUDY: dict[str, Any] = {"name": "rate", "grid": {"learning_rate": [0.01, 7e-4]}, "seeds": "1000-1004"}


def paper(folder: Path, claim: dict[str, Any] = CLAIM, study: dict[str, Any] = STUDY) -> Paper:
    (folder / "claims.yaml").write_text(yaml.safe_dump({"claims": [claim, UNTESTED]}))
    (folder / "paper.yaml").write_text(
        yaml.safe_dump({"title": "T", "results": "out", "claims": "claims.yaml", "studies": [study]})
    )
    return load_paper(folder / "paper.yaml")


def entry(tests: dict[str, str]) -> dict[str, Any]:
    return {"date": "2026-11-01", "commit": "a" * 40, "tests_sha256": hash_of(tests), "tests": tests}


@pytest.mark.parametrize(
    ("claim", "study"),
    [
        ({**CLAIM, "margin": 26}, STUDY),
        ({**CLAIM, "measure": "auc"}, STUDY),
        ({**CLAIM, "test": "higher"}, STUDY),
        ({**CLAIM, "reference": "others"}, {**STUDY, "grid": {"learning_rate": [0.01, 7e-4, 1e-4]}}),
        ({**CLAIM, "subject": {"learning_rate": 7e-4}, "reference": {"learning_rate": 0.01}}, STUDY),
        (CLAIM, {**STUDY, "seeds": "1000-1005"}),
        (CLAIM, {**STUDY, "base": {"gamma": 0.9}}),
        (CLAIM, {**STUDY, "base": {"total_steps": 1000}}),
        (CLAIM, {**STUDY, "looks": [3, 5]}),
    ],
)
def test_what_decides_a_verdict_changes_the_hash(tmp_path: Path, claim: dict, study: dict) -> None:
    assert paper_tests(paper(tmp_path, claim, study)) != paper_tests(paper(tmp_path))


def test_the_budget_that_longer_runs_are_judged_on_changes_the_hash(tmp_path: Path) -> None:
    budgets = {"name": "rate", "grid": {"learning_rate": [0.01, 7e-4], "total_steps": [9000]}, "seeds": "1000-1004"}
    tests = [paper_tests(paper(tmp_path, study={**budgets, "base": {"total_steps": steps}, "baseline": BASELINE}))
             for steps in (3000, 9000)]  # fmt: skip
    assert tests[0] != tests[1]


def test_a_test_is_the_same_at_every_look(tmp_path: Path) -> None:
    first, second = ({**STUDY, "seeds": seeds, "looks": [3, 5]} for seeds in ("1000-1002", "1000-1004"))
    assert paper_tests(paper(tmp_path, study=first)) == paper_tests(paper(tmp_path, study=second))


def test_tests_that_were_registered_once_and_are_gone_are_named(tmp_path: Path) -> None:
    history = [Registration(**entry({"worse": "1", "gone": "2"})), Registration(**entry({"worse": "1"}))]
    assert removed_tests(paper(tmp_path), history) == ["gone"]


@pytest.mark.parametrize(
    ("claim", "study"),
    [
        ({**CLAIM, "caveat": "The reference is low.", "why": "another reason"}, STUDY),
        ({**CLAIM, "margin": "2.5e1"}, STUDY),
        ({**CLAIM, "reference": "others"} | {"reference": {"learning_rate": "7e-4"}}, STUDY),
        (CLAIM, {**STUDY, "title": "A title", "seeds": [1004, 1003, 1002, 1001, 1000]}),
        (CLAIM, {**STUDY, "grid": {"learning_rate": [7e-4, 0.01]}}),
    ],
)
def test_words_and_ways_of_writing_do_not(tmp_path: Path, claim: dict, study: dict) -> None:
    assert paper_tests(paper(tmp_path, claim, study)) == paper_tests(paper(tmp_path))


ON_GRADIENTS = {
    **CLAIM, "study": "g", "measure": "gradient_variance", "subject": {"estimator": "one-step"}, "margin": 1.5,
    "reference": {"estimator": "gae 0.95"},
}  # fmt: skip
GRADIENTS = {"name": "g", "seeds": "1000-1004", "estimators": ["one-step", "gae 0.95"]}


def gradient_tests(folder: Path, claim: dict[str, Any] = ON_GRADIENTS, **keys: Any) -> dict[str, str]:
    (folder / "claims.yaml").write_text(yaml.safe_dump({"claims": [claim]}))
    content = {"title": "T", "results": "out", "claims": "claims.yaml", "studies": [STUDY]}
    (folder / "paper.yaml").write_text(yaml.safe_dump({**content, "gradients": [{**GRADIENTS, **keys}]}))
    return paper_tests(load_paper(folder / "paper.yaml"))


@pytest.mark.parametrize(
    "keys",
    [
        {"seeds": "1000-1005"},
        {"batches": 256},
        {"reference_steps": 262144},
        {"snapshots": [0.1, 1.0]},
        {"estimators": ["one-step", "gae 0.95", "gae 1"]},  # the true gradient is sampled until each bias is told
        {"base": {"gamma": 0.9}},
        {"claim": {**ON_GRADIENTS, "margin": 2}},
        {"claim": {**ON_GRADIENTS, "subject": {"estimator": "one-step", "n_envs": 1}}},
    ],
)
def test_what_decides_a_verdict_on_estimators_changes_the_hash(tmp_path: Path, keys: dict[str, Any]) -> None:
    before = gradient_tests(tmp_path)
    assert list(before) == ["worse"]
    assert gradient_tests(tmp_path, **keys) != before


def test_words_of_a_gradient_study_do_not(tmp_path: Path) -> None:
    before = gradient_tests(tmp_path)
    assert gradient_tests(tmp_path, title="Another", description="of them") == before
    named = {**ON_GRADIENTS, "subject": {"estimator": "one-step", "snapshot": 0.1, "n_envs": 8}}
    assert gradient_tests(tmp_path, named)["worse"]


def test_seeds_of_gradient_studies_that_may_have_been_looked_at_are_not_registered(tmp_path: Path) -> None:
    gradient_tests(tmp_path, seeds="0-9")
    with pytest.raises(ConfigError, match=r"gradients\.g\.seeds: 0 is not allowed; allowed: seeds from 1000"):
        check_registrable(load_paper(tmp_path / "paper.yaml"), "paper.yaml")


def test_claims_without_a_test_are_left_out(tmp_path: Path) -> None:
    assert list(paper_tests(paper(tmp_path))) == ["worse"]


def test_differences_name_the_claims() -> None:
    assert differences({"a": "1", "b": "2"}, {"b": "3", "c": "4"}) == ["b: changed", "c: removed", "a: added"]
    assert differences({"a": "1"}, {"a": "1"}) == []


def test_a_file_is_read_back(tmp_path: Path) -> None:
    content = {"paper": "paper.yaml", "registrations": [entry({"a": "1"}), entry({"a": "2"})]}
    file_of(tmp_path / "paper.yaml").write_text(json.dumps(content))
    assert file_of(tmp_path / "paper.yaml").name == "paper.registered.json"
    assert [one.tests for one in history_of(tmp_path / "paper.yaml")] == [{"a": "1"}, {"a": "2"}]
    assert history_of(tmp_path / "other.yaml") == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"tests": {"a": "other"}}, "registrations[0].tests_sha256: '"),
        ({"commit": "HEAD"}, "registrations[0].commit: 'HEAD' is not allowed"),
        ({"date": "today"}, "registrations[0].date: 'today' is not allowed"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, change: dict, line: str) -> None:
    content = {"paper": "paper.yaml", "registrations": [entry({"a": "1"}) | change]}
    file_of(tmp_path / "paper.yaml").write_text(json.dumps(content))
    with pytest.raises(ConfigError) as error:
        history_of(tmp_path / "paper.yaml")
    assert line in str(error.value)


def test_a_manifest_names_the_paper_and_the_hash_over_all_tests() -> None:
    registration = Registration(**entry({"a": "1"}))
    assert registration.for_manifest("paper.yaml") == {
        "paper": "paper.yaml",
        "date": "2026-11-01",
        "commit": "a" * 40,
        "tests_sha256": hash_of({"a": "1"}),
    }


def test_seeds_that_may_have_been_looked_at_are_not_registered(tmp_path: Path) -> None:
    check_registrable(paper(tmp_path), "paper.yaml")
    with pytest.raises(ConfigError, match=r"studies\.rate\.seeds: 999 is not allowed; allowed: seeds from 1000"):
        check_registrable(paper(tmp_path, study={**STUDY, "seeds": "999-1004"}), "paper.yaml")


def test_a_paper_without_tests_is_not_registered(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"claims: no test"):
        check_registrable(paper(tmp_path, {**CLAIM, "study": "elsewhere"}), "paper.yaml")
