"""The row of a claim says whether its test stood before the runs."""

import dataclasses

import pytest

from a2c.analysis.claims.registration import note
from a2c.analysis.study import aggregate
from a2c.config.registration import Registration, StudyRegistration, hash_of
from tests.analysis.claims.test_verdicts import BEST, WORST, claim
from tests.analysis.small_study import records, study

OLD, NEW = {"a": "1", "b": "1"}, {"a": "1", "b": "2", "c": "1"}


def registered(tests: dict[str, str], date: str) -> Registration:
    return Registration(date=date, commit=date[-1] * 40, tests_sha256=hash_of(tests), tests=tests)


HISTORY = [registered(OLD, "2026-11-01"), registered(NEW, "2026-11-02")]


@pytest.mark.parametrize(
    ("name", "trained", "words"),
    [
        ("a", OLD, "registered before the runs, 2026-11-01, commit 111111111111"),
        ("a", NEW, "registered before the runs, 2026-11-01, commit 111111111111"),
        ("b", OLD, "changed after the runs"),
        ("b", NEW, "registered before the runs, 2026-11-02, commit 222222222222"),
        ("c", OLD, "added after the runs"),
        ("d", NEW, "added after the runs"),
        ("a", {"z": "1"}, "not registered before the runs"),
        ("a", None, "not registered before the runs"),
    ],
)
def test_a_claim_is_compared_with_what_was_registered_when_its_runs_began(name, trained, words):
    now = StudyRegistration({**NEW, "d": "1"}, HISTORY)
    hashes = {"one": {hash_of(trained) if trained else ""}}
    assert note(name, ["one"], now, hashes) == words


def test_of_several_runs_the_worst_counts():
    now = StudyRegistration(NEW, HISTORY)
    hashes = {"one": {hash_of(NEW)}, "two": {hash_of(NEW), hash_of(OLD)}}
    assert note("b", ["one"], now, hashes).startswith("registered")
    assert note("b", ["one", "two"], now, hashes) == "changed after the runs"
    assert note("b", ["one", "three"], now, hashes) == "not registered before the runs"


def test_a_paper_that_is_not_registered_says_nothing():
    assert note("a", ["one"], None, {}) == ""


def test_the_table_of_verdicts_says_it():
    made = study(
        [{"learning_rate": rate} for rate in (0.1, 0.01)],
        {"learning_rate": 0.01},
        range(5),
        [claim(WORST, "lower", "a", reference=BEST, margin=1), claim(BEST, "at_least", "b", value=100)],
    )
    made = dataclasses.replace(made, registration=StudyRegistration({"a": "1", "b": "2"}, HISTORY))
    held = records(made, {"0.1": [100, 101, 102, 103, 104], "0.01": [300, 301, 302, 303, 304]})
    held["status"]["registration"] = hash_of(OLD)
    rows = aggregate(made, **held)["claims"]
    assert rows["test"].iloc[0].endswith("; registered before the runs, 2026-11-01, commit 111111111111)")
    assert rows["test"].iloc[1].endswith("; changed after the runs)")
    assert list(rows["verdict"]) == ["supported", "supported"]
