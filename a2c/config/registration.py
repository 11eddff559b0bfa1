"""Registration: the tests of a paper are fixed before its runs, and every run's manifest says which tests these were.

`config/x.registered.json` lies beside the paper `config/x.yaml`. It has an entry for each registration: the hash of
every test, the commit in which the paper's files stood as they were registered, and its date. The hash over all tests
goes into the manifests. So it can be seen from a run alone which tests were fixed when it began.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from a2c.config.claims import Comparison, Tested, Untested, key_of, located
from a2c.config.errors import ConfigError, mistake, validate
from a2c.config.files import read_mapping
from a2c.config.paper import Paper
from a2c.config.tested import PlannedStudy

ENDING = ".registered.json"
FIRST_SEED = 1000  # of what is registered: smaller seeds are for pilots and tuning, and many are published
SENTENCE = {
    "id",
    "says",
    "part",
    "where",
    "why",
    "caveat",
    "centres",
    "not_testable",
}  # fields of a claim that decide no verdict


class Registration(BaseModel):
    """The tests of a paper as they were fixed at one time."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    date: str = Field(pattern=r"^\d{4}-\d\d-\d\d$", description="of the commit")
    commit: str = Field(pattern=r"^[0-9a-f]{40,64}$", description="that contains the paper's files in this state")
    tests_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of `tests`")
    tests: dict[str, str] = Field(description="by claim, SHA-256 of its test")

    def for_manifest(self, paper: str) -> dict[str, str]:
        """What a manifest says of the registration; `paper` is the name of its file."""
        return {"paper": paper, **self.model_dump(include={"date", "commit", "tests_sha256"})}


class RegistrationFile(BaseModel):
    """The content of a file of registrations, oldest first."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    paper: str
    registrations: list[Registration] = Field(min_length=1)


@dataclass(frozen=True)
class StudyRegistration:
    """The registrations of a paper as one of its studies needs them."""

    tests: dict[str, str]  # by claim of the study: the hash of its test as it is now
    history: list[Registration]  # with the tests of these claims alone, and the hash over all tests of the paper


def file_of(paper: Path) -> Path:
    """The file of registrations of a paper: `config/x.registered.json` of `config/x.yaml`."""
    return paper.with_name(f"{paper.stem}{ENDING}")


def read_registrations(path: Path) -> RegistrationFile:
    """The content of a file of registrations. ConfigError if it is damaged or a hash is not that of its tests."""
    content = validate(RegistrationFile, read_mapping(path), str(path))
    for number, one in enumerate(content.registrations):
        if one.tests_sha256 != hash_of(one.tests):
            key = f"registrations[{number}].tests_sha256"
            raise mistake(str(path), key, one.tests_sha256, f"{hash_of(one.tests)}, the hash of its tests")
    return content


def history_of(paper: Path) -> list[Registration]:
    """The registrations of the paper in this file, oldest first; none if it was never registered."""
    path = file_of(paper)
    return read_registrations(path).registrations if path.exists() else []


def paper_tests(paper: Paper) -> dict[str, str]:
    """By claim that a study of the paper tests, the hash of its test; by tuning, the hash of all that decides it."""
    tests = {claim: test for study in paper.tested_studies for claim, test in study_tests(paper, study).items()}
    words = ("title", "description")
    tunings = {
        f"tuning {one.name}": hash_of({key: value for key, value in one.keys.items() if key not in words})
        for one in paper.tunings
    }
    return {**tests, **tunings}


def study_registration(paper: Paper, study: PlannedStudy, history: Sequence[Registration]) -> StudyRegistration | None:
    """What a study needs of the registrations of its paper; None if there is none."""
    if not history:
        return None
    tests = study_tests(paper, study)
    kept = [{claim: one.tests[claim] for claim in tests if claim in one.tests} for one in history]
    return StudyRegistration(
        tests, [one.model_copy(update={"tests": of_study}) for one, of_study in zip(history, kept, strict=True)]
    )


def study_tests(paper: Paper, study: PlannedStudy) -> dict[str, str]:
    """By claim that the study tests, with its centre (`key_of`): SHA-256 of all that decides its verdict but the data.

    That is its measure, test and margin, the points that it compares with all that decides their numbers, and their
    seeds. The words of the claim do not count: a caveat may be added after the runs.
    """
    return {
        key_of(claim, study.centre): hash_of(_decisive(claim, study))
        for claim in paper.claims_of(study)
        if not isinstance(claim, Untested) and not claim.why_not(study.centre)
    }


def _decisive(claim: Tested, study: PlannedStudy) -> dict[str, Any]:
    """What decides the verdict on a claim."""
    names = study.point_names
    fields = claim.model_dump(mode="json", exclude=SENTENCE)
    subject, references = located(claim, study.places, study.baseline)
    besides = {"looks": list(study.looks), study.kind: study.numbers_from}
    seeds = seeds_of_all_looks(study)
    fields |= {"subject": names[subject], "seeds": seeds, **{key: one for key, one in besides.items() if one}}
    if isinstance(claim, Comparison):
        fields["reference"] = sorted(names[number] for number in references)
    return fields


def seeds_of_all_looks(study: PlannedStudy) -> list[int]:
    """The seeds of a study; with looks those of the last one, so that each look has the test that was registered."""
    return list(range(study.seeds[0], study.seeds[0] + study.looks[-1])) if study.looks else list(study.seeds)


def removed_tests(paper: Paper, history: Sequence[Registration]) -> list[str]:
    """The claims and tunings that were registered once and are tested no longer."""
    now = paper_tests(paper)
    return list(dict.fromkeys(name for one in history for name in one.tests if name not in now))


def hash_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a mapping as JSON, keys sorted."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def differences(now: Mapping[str, str], registered: Mapping[str, str]) -> list[str]:
    """The claims whose tests are not as registered, each with what happened to it."""
    return [
        f"{claim}: {'removed' if claim not in now else 'added' if claim not in registered else 'changed'}"
        for claim in {**registered, **now}
        if now.get(claim) != registered.get(claim)
    ]


def check_registrable(paper: Paper, source: str) -> None:
    """ConfigError if the paper tests nothing, or a reporting or test seed may have been looked at before."""
    if not paper_tests(paper):
        allowed = "at least one claim that a study of the paper tests, or a tuning"
        raise ConfigError(f"{source}: claims: no test; allowed: {allowed}")
    fresh = {f"{study.kind}.{study.name}.seeds": study.seeds for study in paper.tested_studies}
    fresh |= {f"tunings.{tuning.name}.test_seeds": tuning.test_seeds for tuning in paper.tunings}
    for key, seeds in fresh.items():
        if seeds[0] < FIRST_SEED:
            raise mistake(source, key, seeds[0], f"seeds from {FIRST_SEED}, as smaller ones are for pilots and tuning")
