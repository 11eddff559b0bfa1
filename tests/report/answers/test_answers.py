"""The answers of a paper, against sentences and tables written by hand from small studies."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from a2c.report.answers import answers_of
from a2c.report.answers.levels import Studies
from a2c.report.reading import read_study
from a2c.report.rows import Tables
from a2c.runs.study import ConfigurationRecord, StudyRecord

THRESHOLDS = {"CartPole-v1": 475.0, "Acrobot-v1": -100.0, "MountainCar-v0": -110.0, "Pendulum-v1": None}
NO_CLAIMS = pd.DataFrame({"says": [], "verdict": []})
# Setting, environment, mean final return, p adjusted of its difference from the first setting.
Point = tuple[str | float, str, float, float]


def made(name: str, axis: str, points: list[Point], **fields: Any) -> tuple[StudyRecord, Tables]:
    """A study with two seeds per point, 10 below and above its mean; its first value is the baseline."""
    values = list(dict.fromkeys(point[0] for point in points))
    environments = list(dict.fromkeys(point[1] for point in points))
    records = [
        ConfigurationRecord(
            f"c{number}", environment, {axis: value, "env_id": environment}, THRESHOLDS[environment],
            {"env_id": environment, "gamma": 0.99, **({} if axis == "settings" else {axis: value}),
             **fields.get(str(value), {})}, [],
        )
        for number, (value, environment, _, _) in enumerate(points)
    ]  # fmt: skip
    study = StudyRecord(
        name, name.capitalize(), "", {}, {axis: values, "env_id": environments}, {axis: values[0]}, {}, 1000,
        [0, 1], [], records, [],
    )  # fmt: skip
    base = {environment: mean for value, environment, mean, _ in points if value == values[0]}
    summary = [
        {"configuration": one.name, "n_seeds": 2, "n_failed": 0, "final_return_mean": mean,
         "final_return_low": mean - 20, "final_return_high": mean + 20, "final_return_interval": "t 95 %",
         "solved_rate": 0.5, "solved_low": 0.09, "solved_high": 0.91}
        for one, (_, _, mean, _) in zip(records, points, strict=True)
    ]  # fmt: skip
    comparisons = [
        {"measure": measure, "configuration": one.name, "difference": mean - base[environment], "low": 1.0,
         "high": 2.0, "p_adjusted": p if measure == "final_return" else 1.0}
        for one, (value, environment, mean, p) in zip(records, points, strict=True)
        for measure in ("final_return", "auc")
        if value != values[0]
    ]  # fmt: skip
    curves = [
        {"configuration": one.name, "seed": seed, "step": step, "value": mean * step / 1000 + shift}
        for one, (_, _, mean, _) in zip(records, points, strict=True)
        for seed, shift in ((0, -10), (1, 10))
        for step in range(100, 1001, 100)
    ]
    tables = {name: pd.DataFrame(rows) for name, rows in
              {"summary": summary, "comparisons": comparisons, "seed_curves": curves}.items()}  # fmt: skip
    return study, tables


NAMED = made("columns", "settings", [
    ("article", "CartPole-v1", 112.0, np.nan), ("peer", "CartPole-v1", 490.0, 0.001),
    ("article", "Acrobot-v1", -90.0, np.nan), ("peer", "Acrobot-v1", -91.0, 0.7),
], peer={"optimizer": "rmsprop"}, article={"optimizer": "adam"})  # fmt: skip
RATES = made("rates", "learning_rate", [
    (7e-4, "CartPole-v1", 112.0, np.nan), (0.01, "CartPole-v1", 30.0, 0.01), (1e-4, "CartPole-v1", 100.0, 0.4),
])  # fmt: skip
CLIPPING = made("clipping", "max_grad_norm", [(0.5, "CartPole-v1", 112.0, np.nan), (5, "CartPole-v1", 498.5, 0.02)])


def answers(*studies: tuple[StudyRecord, Tables], claims: pd.DataFrame = NO_CLAIMS) -> dict[str, str]:
    found = answers_of(by_name(*studies), {}, claims)
    return {one.question: one.text for one in found.answers}


def by_name(*studies: tuple[StudyRecord, Tables]) -> Studies:
    return {study.name: (study, tables) for study, tables in studies}


def test_the_setting_to_copy_is_the_one_that_is_shown_to_be_better() -> None:
    assert answers(NAMED)["Which settings should I copy?"] == (
        "Peer. Its mean final return is shown to be higher than that of article in CartPole-v1 (490.0 instead of "
        "112.0). No difference is shown in Acrobot-v1 (-91.0 and -90.0). Another setting has a higher mean: article in "
        "Acrobot-v1 (-90.0)."
    )


def test_where_the_setting_to_copy_is_shown_to_be_worse_is_said() -> None:
    study = made("columns", "settings", [
        ("article", "CartPole-v1", 112.0, np.nan), ("peer", "CartPole-v1", 490.0, 0.001),
        ("article", "Pendulum-v1", -1400.0, np.nan), ("peer", "Pendulum-v1", -1500.0, 0.01),
    ])  # fmt: skip
    assert answers(study)["Which settings should I copy?"] == (
        "Peer. Its mean final return is shown to be higher than that of article in CartPole-v1 (490.0 instead of "
        "112.0) and lower in Pendulum-v1 (-1500.0 instead of -1400.0)."
    )


def test_where_the_baseline_is_the_best_it_is_compared_with_the_best_of_the_others() -> None:
    study = made("columns", "settings", [
        ("article", "CartPole-v1", 490.0, np.nan), ("peer", "CartPole-v1", 112.0, 0.001),
        ("other", "CartPole-v1", 300.0, 0.01),
    ])  # fmt: skip
    assert answers(study)["Which settings should I copy?"] == (
        "Article. Its mean final return is shown to be higher than that of other in CartPole-v1 (490.0 instead of "
        "300.0)."
    )


def test_a_higher_mean_alone_is_no_recommendation() -> None:
    study = made(
        "columns", "settings", [("article", "CartPole-v1", 112.0, np.nan), ("peer", "CartPole-v1", 130.0, 0.3)]
    )
    assert answers(study)["Which settings should I copy?"] == (
        "None is shown to be better than article. The highest mean final return: peer in CartPole-v1 (130.0)."
    )


def test_the_best_learning_rate_is_named_with_those_that_differ() -> None:
    assert answers(RATES)["Which learning rate?"] == (
        "7e-4 has the highest mean final return, 112.0 [92.0, 132.0], of 7e-4, 0.01, 1e-4. Shown to be lower: 0.01 "
        "(30.0). Not shown to differ: 1e-4."
    )
    assert answers(CLIPPING)["Which gradient clipping?"].endswith(
        "That this is more than at the baseline's 0.5 (112.0) is shown."
    )


def test_the_largest_change_is_the_largest_of_those_that_are_shown() -> None:
    unsure = made("gamma", "gamma", [(0.99, "CartPole-v1", 112.0, np.nan), (0.9, "CartPole-v1", 499.0, 0.06)])
    assert answers(RATES, CLIPPING, unsure)["Which change of one hyperparameter helps most?"] == (
        "Gradient clipping 5: in CartPole-v1 the mean final return is 498.5 instead of 112.0 (difference 386.5 [1.0, "
        "2.0]). Of 4 changes, 1 are shown to raise it and 1 to lower it."
    )
    assert answers(RATES, unsure)["Which change of one hyperparameter helps most?"].startswith("None of 3 changes")


def test_verdicts_are_counted_in_their_order() -> None:
    verdicts = ["inconclusive", "supported", "not tested yet", "supported"]
    claims = pd.DataFrame({"says": ["a", "a", "b", "c"], "centre": "", "verdict": verdicts})
    assert answers(NAMED, claims=claims)["Are the sentences right?"] == (
        "3 sentences, split into 4 tests: 2 supported, 1 inconclusive and 1 not tested yet."
    )


def test_verdicts_are_counted_in_all_and_at_each_centre() -> None:
    verdicts = ["inconclusive", "supported", "contradicted", "supported"]
    claims = pd.DataFrame({"says": ["a", "a", "b", "c"], "centre": ["one", "two", "two", ""], "verdict": verdicts})
    assert answers(NAMED, claims=claims)["Are the sentences right?"] == (
        "3 sentences, split into 4 tests: 2 supported, 1 contradicted and 1 inconclusive. Around one, 1 inconclusive; "
        "around two, 1 supported and 1 contradicted."
    )


def test_a_study_answers_its_own_question() -> None:
    study, tables = made("why", "label", [
        ("article", "CartPole-v1", 112.0, np.nan), ("no clipping", "CartPole-v1", 490.0, 0.001),
        ("separate trunks", "CartPole-v1", 120.0, 0.4), ("value's part", "CartPole-v1", 40.0, 0.02),
    ])  # fmt: skip
    asking = replace(study, question="Why does it fail?")
    assert answers(NAMED, (asking, tables))["Why does it fail?"] == (
        "In CartPole-v1 the mean final return at article is 112.0; shown to raise it: no clipping (490.0); to "
        "lower it: value's part (40.0); not shown to change it: separate trunks (120.0)."
    )


def test_named_settings_are_compared_over_all_studies_that_name_the_same() -> None:
    study, tables = made("more", "settings", [
        ("article", "MountainCar-v0", -200.0, np.nan), ("peer", "MountainCar-v0", -130.0, 0.001),
    ])  # fmt: skip
    apart = [replace(one, name=f"m{one.name}") for one in study.configurations]
    renamed = {name: table.assign(configuration="m" + table["configuration"]) for name, table in tables.items()}
    both = NAMED, (replace(study, configurations=apart), renamed)
    assert (
        "CartPole-v1 (490.0 instead of 112.0) and MountainCar-v0 (-130.0 instead of -200.0)"
        in (answers(*both)["Which settings should I copy?"])
    )
    table = answers_of(by_name(*both), {}, NO_CLAIMS).tables[0]
    assert table.rows[-3][:2] == ["MountainCar-v0: final return", "-200.0 [-220.0, -180.0]"]
    assert "MountainCar-v0: n = 2 seeds" in table.note


def test_a_selection_is_reported_on_fresh_seeds() -> None:
    study, tables = NAMED
    winner = {"env_id": "CartPole-v1", "configuration": "c1", "choice": "highest", "tuning_mean": 500.0,
              "reporting_mean": 490.0, "shrinkage": 10.0, "shrinkage_low": -5.0, "shrinkage_high": 25.0}  # fmt: skip
    tuned = (replace(study, tuning_seeds=[5, 6]), {**tables, "tuning": pd.DataFrame([winner])})
    assert answers(tuned)["How much does selection overstate the result?"] == (
        "In CartPole-v1 peer is selected: 500.0 on the tuning seeds and 490.0 on fresh ones (difference 10.0 [-5.0, "
        "25.0])."
    )


def test_the_table_of_settings_has_the_fields_that_differ_and_what_each_reaches() -> None:
    (table, _) = answers_of(by_name(NAMED, RATES), {}, NO_CLAIMS).tables
    assert table.header == ["field or result", "article", "peer"]
    assert table.rows == [
        ["optimizer", "adam", "rmsprop"],
        ["CartPole-v1: final return", "112.0 [92.0, 132.0]", "490.0 [470.0, 510.0]"],
        ["CartPole-v1: solved, runs", "1 of 2 [9 %, 91 %]", "1 of 2 [9 %, 91 %]"],
        ["CartPole-v1: time to the threshold", "–", "1,000"],  # 500 at 1,000 steps, the other run 480
        ["Acrobot-v1: final return", "-90.0 [-110.0, -70.0]", "-91.0 [-111.0, -71.0]"],
        ["Acrobot-v1: solved, runs", "1 of 2 [9 %, 91 %]", "1 of 2 [9 %, 91 %]"],
        ["Acrobot-v1: time to the threshold", "100", "100"],
    ]


def test_a_field_that_depends_on_the_environment_has_a_row_for_each() -> None:
    study, tables = NAMED
    records = [
        replace(one, fields={**one.fields, "learning_rate": rate})
        for one, rate in zip(study.configurations, (0.1, 0.2, 0.1, 0.3), strict=True)
    ]
    table = answers_of(by_name((replace(study, configurations=records), tables)), {}, NO_CLAIMS).tables[0]
    assert table.rows[1:3] == [
        ["learning_rate (CartPole-v1)", "0.1", "0.2"],
        ["learning_rate (Acrobot-v1)", "0.1", "0.3"],
    ]


def test_the_table_of_best_values_has_a_row_for_each_hyperparameter() -> None:
    (table,) = answers_of(by_name(RATES, CLIPPING), {}, NO_CLAIMS).tables
    cell = "112.0 [92.0, 132.0]"
    assert table.rows == [
        ["learning rate", "CartPole-v1", "7e-4, 0.01, 1e-4", "7e-4", cell, "7e-4", cell, "–"],
        ["gradient clipping", "CartPole-v1", "0.5, 5", "5", "498.5 [478.5, 518.5]", "0.5", cell, "yes"],
    ]


@pytest.mark.parametrize("name", ["diverged", "few_seeds", "five_environments", "two_axes", "recommended"])
def test_any_study_alone_gives_answers(written: Path, name: str) -> None:
    study, tables = read_study(written / "studies" / name)
    found = answers_of({name: (study, tables)}, {}, NO_CLAIMS)
    assert found.picture == f"studies/{name}"
    assert all(one.text.endswith(".") and "nan" not in one.text.split() for one in found.answers)
    assert bool(found.tables) == (name not in ("five_environments", "two_axes"))
