"""Verification of published runs: identical, tested if the platform differs, different if it does not."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from a2c.runs import manifest
from a2c.verify.selection import choose, read_published
from a2c.verify.statistical import DIFFERENT, EQUAL, NO_DIFFERENCE, UNTESTED
from a2c.verify.verdicts import IDENTICAL, Verification, passed, summary, verify
from tests.commands import a2c_says
from tests.processes import SMALL
from tests.runs.other_runs import Change, by_another_arithmetic, relabelled

FIVE = dict(zip(range(5), range(5), strict=True))
TEN = dict(zip(range(10), range(10), strict=True))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """15 seeds of one configuration."""
    return trained_seeds(tmp_path_factory.mktemp("many") / "seeds-0-14", "0-14", {})


@pytest.fixture(scope="module")
def learning_nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5 seeds of another configuration, which does not learn."""
    return trained_seeds(tmp_path_factory.mktemp("nothing") / "seeds-0-4", "0-4", {"learning_rate": 0.0})


def trained_seeds(folder: Path, seeds: str, fields: dict[str, Any]) -> Path:
    config = {**SMALL, "total_steps": 8000, "learning_rate": 0.005, **fields}
    done = a2c_says("train", "-", "--seeds", seeds, "--out", folder, fields=config)
    assert done.returncode == 0, done.stderr
    return folder


def as_the_configuration_of(other: Path) -> Change:
    source = manifest.read(other)

    def change(content: dict[str, Any]) -> None:
        content.update(name=source["name"], configuration=source["configuration"])

    return change


def verified(published: Path, again: Path, out: Path, margin: float | None = None) -> Verification:
    """The verification of `published` if `again` is what training its seeds once more gives."""
    results = read_published(published)
    (retraining,) = choose(results, "*", manifest.read(again)["seeds"], None)
    shutil.copytree(again, out / retraining.block.path)
    (verification,) = verify(results, [retraining], out, margin)
    return verification


def kinds(verification: Verification) -> set[str]:
    return set(verification.verdicts.values())


def test_a_paper_trained_again_here_is_identical(trained: Path) -> None:
    done = a2c_says("verify", trained, "--seeds", "1-2", "--cores", "1")
    label = f"CartPole-v1/{manifest.read(trained)['name']}"
    assert done.stdout.splitlines() == [
        f"{label} seed 1: identical",
        f"{label} seed 2: identical",
        "2 runs: 2 identical",
        "docs/provenance.md says what each verdict means",
    ]
    assert done.returncode == 0


def test_one_other_bit_on_the_same_platform_is_different_even_if_returns_are_close(many: Path, tmp_path: Path) -> None:
    again = relabelled(many, tmp_path / "again", FIVE)
    published = relabelled(many, tmp_path / "published", {**FIVE, 4: 5, 5: 4})
    verification = verified(published, again, tmp_path / "out", margin=1000)
    assert verification.verdicts == {**dict.fromkeys(range(4), IDENTICAL), 4: DIFFERENT}
    assert "nothing in the manifests differs" in verification.lines[-1]


def test_other_draws_of_the_same_distribution_are_equal_within_a_margin(many: Path, tmp_path: Path) -> None:
    published = relabelled(many, tmp_path / "published", TEN, by_another_arithmetic)
    again = relabelled(many, tmp_path / "again", dict(zip(range(10, 15), range(5), strict=True)))
    verification = verified(published, again, tmp_path / "out", margin=100)
    assert kinds(verification) == {EQUAL}
    assert "published: Another" in verification.lines[-1]


def test_without_shown_equivalence_the_verdict_is_no_difference_found(many: Path, tmp_path: Path) -> None:
    published = relabelled(many, tmp_path / "published", TEN, by_another_arithmetic)
    again = relabelled(many, tmp_path / "again", dict(zip(range(10, 15), range(5), strict=True)))
    assert kinds(verified(published, again, tmp_path / "out", margin=0.1)) == {NO_DIFFERENCE}


def test_runs_of_another_configuration_are_different(many: Path, learning_nothing: Path, tmp_path: Path) -> None:
    published = relabelled(many, tmp_path / "published", TEN, by_another_arithmetic)
    again = relabelled(learning_nothing, tmp_path / "again", FIVE, as_the_configuration_of(many))
    assert kinds(verified(published, again, tmp_path / "out")) == {DIFFERENT}


def test_too_few_seeds_are_untested_and_do_not_pass(many: Path, tmp_path: Path) -> None:
    published = relabelled(many, tmp_path / "published", TEN, by_another_arithmetic)
    again = relabelled(many, tmp_path / "again", {10: 0, 11: 1, 12: 2})
    verification = verified(published, again, tmp_path / "out")
    assert kinds(verification) == {UNTESTED}
    assert any("too few seeds for a test" in line for line in verification.lines)
    assert not passed(list(verification.verdicts.values()))


def test_a_run_with_the_same_bits_by_another_arithmetic_is_identical(many: Path, tmp_path: Path) -> None:
    published = relabelled(many, tmp_path / "published", FIVE, by_another_arithmetic)
    again = relabelled(many, tmp_path / "again", FIVE)
    assert kinds(verified(published, again, tmp_path / "out")) == {IDENTICAL}


def test_a_diverged_run_is_reported_without_a_final_return(many: Path, tmp_path: Path) -> None:
    def one_diverged(content: dict[str, Any]) -> None:
        content["runs"]["0"] = {"status": "diverged", "step": 8000, "reason": "a loss is not finite"}

    published = relabelled(many, tmp_path / "published", TEN, by_another_arithmetic)
    again = relabelled(many, tmp_path / "again", dict(zip(range(9, 15), range(6), strict=True)), one_diverged)
    verification = verified(published, again, tmp_path / "out")
    assert "final return nan" in verification.lines[0]
    assert any(
        line.startswith("  share of failed runs 0.1667 (6 runs), published 0 (10)") for line in verification.lines
    )


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [((IDENTICAL, EQUAL, NO_DIFFERENCE), True), ((IDENTICAL, UNTESTED), False), ((IDENTICAL, DIFFERENT), False)],
)
def test_identical_equal_and_no_difference_found_pass(verdicts: Iterable[str], expected: bool) -> None:
    assert passed(list(verdicts)) == expected


def test_runs_are_counted_by_verdict() -> None:
    assert summary([DIFFERENT, IDENTICAL, DIFFERENT]) == "3 runs: 1 identical, 2 different"
