"""The rules on constructed records: a healthy run, and the same run with one fault."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2c.analysis.doctor.checklist import (
    ENOUGH,
    RULES,
    Finding,
    Number,
    diagnose,
    signs_of,
)
from a2c.analysis.doctor.remedies import ADVICE, DIVERGED, PLACES, TOO_LITTLE
from a2c.config import Configuration

STEPS = 10_000
FIELDS = Configuration(total_steps=STEPS).model_dump(mode="json")
FINISHED = {"status": "finished"}
SCALED = {"value_loss": 2, "advantage_mean": 1, "advantage_std": 1, "grad_norm": 1}  # powers of the reward's scale

Tables = tuple[pd.DataFrame, pd.DataFrame]
Change = Callable[[pd.DataFrame, pd.DataFrame], None]


def healthy() -> Tables:
    """Episodes whose returns rise from 20 to 400 with a deviation of 10, and metrics as they should be."""
    step = np.arange(50, STEPS + 1, 50)
    noise = 10 * np.random.default_rng(0).standard_normal(step.size)
    episodes = pd.DataFrame({"step": step, "return": np.linspace(20, 400, step.size) + noise})
    at = np.arange(100, STEPS + 1, 100)
    falling = np.linspace(1, 0.3, at.size)
    metrics = pd.DataFrame(
        {"step": at, "entropy": 0.69 * falling, "value_loss": 10 * falling, "grad_norm": 5 * falling}
    )
    return episodes, metrics.assign(advantage_mean=0.01, advantage_std=1.0, explained_variance=0.8)


def found_in(tables: Tables, reward_threshold: float | None = 475.0, fields: dict[str, Any] = FIELDS) -> list[Finding]:
    """The findings in a run that finished."""
    return diagnose(signs_of(*tables, STEPS), fields, reward_threshold, FINISHED)


def names(tables: Tables, reward_threshold: float | None = 475.0) -> list[str]:
    return [finding.name for finding in found_in(tables, reward_threshold)]


def spoilt(change: Change) -> Tables:
    tables = healthy()
    change(*tables)
    return tables


def flat(episodes: pd.DataFrame, metrics: pd.DataFrame) -> None:
    episodes["return"] = 20 + 10 * np.sin(np.arange(len(episodes)))


def collapse(episodes: pd.DataFrame, metrics: pd.DataFrame) -> None:
    episodes.loc[episodes["step"] > 0.7 * STEPS, "return"] = 60.0


def setting(column: str, value: Any, last: bool = False) -> Change:
    """A metric at one value, always or in the last tenth."""

    def change(episodes: pd.DataFrame, metrics: pd.DataFrame) -> None:
        metrics.loc[metrics["step"] > (0.9 * STEPS if last else 0), column] = value

    return change


def stuck_critic(episodes: pd.DataFrame, metrics: pd.DataFrame) -> None:
    metrics["value_loss"], metrics["explained_variance"] = 10.0, 0.0


SICK: dict[str, Change] = {
    "return flat": flat,
    "return collapsing": collapse,
    "entropy collapsed": setting("entropy", 0.01, last=True),
    "value loss exploding": setting("value_loss", 1e6, last=True),
    "value loss not falling": stuck_critic,
    "gradients vanishing": setting("grad_norm", 1e-6, last=True),
    "gradients exploding": setting("grad_norm", 1e3, last=True),
    "advantages off": setting("advantage_mean", 20.0),
}


def test_nothing_is_found_in_a_healthy_run() -> None:
    assert names(healthy()) == []


@pytest.mark.parametrize("sickness", SICK)
def test_each_fault_is_found_and_nothing_else(sickness: str) -> None:
    assert names(spoilt(SICK[sickness])) == [sickness]


def test_every_rule_is_tested_on_a_faulty_run() -> None:
    assert set(SICK) == set(RULES)


def test_no_run_counts_as_solved_without_a_threshold() -> None:
    assert names(spoilt(flat), reward_threshold=None) == ["return flat"]


def test_a_return_that_never_differs_is_flat() -> None:
    episodes, metrics = healthy()
    assert names((episodes.assign(**{"return": -200.0}), metrics)) == ["return flat"]


@pytest.mark.parametrize("column", [*SCALED, "entropy"])
def test_missing_numbers_are_no_finding(column: str) -> None:
    assert names(spoilt(setting(column, np.nan))) == []


@pytest.mark.parametrize("explained", [np.nan, -np.inf])
def test_a_critic_of_returns_that_are_all_equal_explains_nothing(explained: float) -> None:
    def change(episodes: pd.DataFrame, metrics: pd.DataFrame) -> None:
        metrics["value_loss"], metrics["explained_variance"] = 10.0, explained

    assert names(spoilt(change)) == ["value loss not falling"]


def test_an_infinite_value_loss_explodes() -> None:
    assert "value loss exploding" in names(spoilt(setting("value_loss", np.inf, last=True)))


def test_returns_of_zero_give_no_scale_for_the_critics_error() -> None:
    episodes, metrics = healthy()
    assert names((episodes.assign(**{"return": 0.0}), metrics)) == ["return flat"]


@given(scale=st.floats(1e-3, 1e3), sickness=st.sampled_from([*SICK, "none"]))
def test_the_unit_of_rewards_changes_nothing(scale: float, sickness: str) -> None:
    episodes, metrics = spoilt(SICK[sickness]) if sickness in SICK else healthy()
    before = names((episodes, metrics))
    episodes["return"] *= scale
    for column, power in SCALED.items():
        metrics[column] *= scale**power
    assert names((episodes, metrics), reward_threshold=475.0 * scale) == before


@pytest.mark.parametrize("sickness", SICK)
def test_the_order_of_rows_changes_nothing(sickness: str) -> None:
    tables = spoilt(SICK[sickness])
    episodes, metrics = (table.sample(frac=1, random_state=1) for table in tables)
    assert found_in((episodes, metrics)) == found_in(tables)


@pytest.mark.parametrize("few", [0, 1, 2])
def test_a_run_with_few_records_has_too_little_to_tell(few: int) -> None:
    tables = list(spoilt(flat))
    for number in {0, 1} - {few}:  # few episodes, few metrics, or few of both
        tables[number] = tables[number].head(ENOUGH - 1)
    assert names((tables[0], tables[1])) == [TOO_LITTLE]


def test_a_run_without_records_has_too_little_to_tell() -> None:
    episodes, metrics = healthy()
    assert names((episodes.iloc[:0], metrics.iloc[:0])) == [TOO_LITTLE]


def test_a_diverged_run_is_judged_by_what_it_recorded_before() -> None:
    episodes, metrics = spoilt(setting("grad_norm", 1e4))
    metrics.loc[metrics["step"] <= 500, "grad_norm"] = 1.0
    half = episodes[episodes["step"] <= 5_000], metrics[metrics["step"] <= 5_000]
    status = {"status": "diverged", "step": 5_000, "reason": "value loss is inf"}
    found = diagnose(signs_of(*half, 5_000), FIELDS, 475.0, status)
    assert [finding.name for finding in found] == [DIVERGED, "gradients exploding"]
    assert found[0].note == "at step 5000: value loss is inf"


def test_a_finding_has_the_numbers_that_led_to_it() -> None:
    tables = spoilt(setting("entropy", 0.01, last=True))
    (found,) = found_in(tables)
    assert [str(number) for number in found.numbers] == ["last entropy in nats: 0.01 (a finding from at most 0.1)"]


def test_a_remedy_names_the_runs_own_values() -> None:
    (found,) = found_in(spoilt(collapse), fields={**FIELDS, "learning_rate": 0.3, "max_grad_norm": None})
    assert found.remedy == (
        "Debugging Tips, reward dropping sharply: lower learning_rate (0.3; recommended 0.0007 to 0.001), "
        "clip gradients by max_grad_norm (none; recommended 0.5)"
    )


def test_what_is_set_already_is_not_advised() -> None:
    (found,) = found_in(spoilt(collapse), fields={**FIELDS, "learning_rate": 0.3})
    assert found.remedy == (
        "Debugging Tips, reward dropping sharply: lower learning_rate (0.3; recommended 0.0007 to 0.001)"
    )
    (found,) = found_in(spoilt(collapse))
    assert found.remedy.endswith(": nothing that is not set already (learning_rate 0.0007, max_grad_norm 0.5)")


@pytest.mark.parametrize("sickness", SICK)
def test_a_run_that_solved_its_task_has_no_finding(sickness: str) -> None:
    assert names(spoilt(SICK[sickness]), reward_threshold=-1000.0) == []


def test_every_finding_has_a_remedy() -> None:
    assert set(ADVICE) == set(PLACES) == {DIVERGED, TOO_LITTLE, *RULES}


@pytest.mark.parametrize(
    ("value", "side", "beyond"),
    [(1.0, "at most", True), (1.1, "at most", False), (1.0, "at least", True), (0.9, "at least", False)],
)
def test_a_number_at_its_limit_is_a_finding(value: float, side: str, beyond: bool) -> None:
    assert Number("x", value, side, 1.0).is_beyond is beyond


def test_a_missing_number_is_within_the_limit() -> None:
    assert not any(Number("x", np.nan, side, 1.0).is_beyond for side in ("at most", "at least"))


def test_a_run_that_stopped_early_is_judged_by_its_own_length() -> None:
    """The first half of a healthy run: by the whole budget, its last tenth would have no episode."""
    half = [table[table["step"] <= STEPS // 2] for table in healthy()]
    stopped = {"status": "finished", "step": STEPS // 2}
    assert diagnose(signs_of(half[0], half[1], STEPS // 2), FIELDS, None, stopped) == []
