"""Figures and tables of a tuning."""

import re

import pandas as pd
import pytest

from a2c.report import tunings
from a2c.report.answers import answers_of
from a2c.report.answers.tuning import pruning
from a2c.report.figure import Figure
from a2c.report.table import Table
from a2c.runs.tuning_study import TuningRecord
from tests.report.tunings.tuned import tuned


@pytest.mark.parametrize("figure", tunings.FIGURES, ids=lambda figure: figure.name)
def test_a_figure_says_what_it_shows_and_what_there_is_to_see(figure: Figure[TuningRecord]) -> None:
    record, tables = tuned()
    assert figure.drawn(record, tables).axes
    caption = figure.words(record, tables).caption
    assert "5 repeats of each tuner, 6 trials of 2 seeds at full length in each" in caption
    assert caption.endswith(".")


@pytest.mark.parametrize("table", tunings.TABLES, ids=lambda table: table.name)
def test_every_row_of_a_table_has_a_cell_for_every_column(table: Table[TuningRecord]) -> None:
    text = table.text(*tuned())
    assert text.rows
    assert {len(row) for row in text.rows} == {len(text.header)}


def test_the_settings_to_copy_stand_beside_those_that_nobody_tuned() -> None:
    text = tunings.settings.TABLE.text(*tuned())
    assert text.header == ["field or result", "article", "tuned"]
    assert next(row for row in text.rows if row[0] == "max_grad_norm") == ["max_grad_norm", "0.5", "none"]
    assert re.match(r"\d+\.\d \[\d+\.\d, \d+\.\d\]", text.rows[-1][2])


def test_a_tuner_stands_beside_random_search_and_beside_each_reference_at_each_budget() -> None:
    text = tunings.tuners.TABLE.text(*tuned())
    assert [row[:2] for row in text.rows] == [
        [budget, tuner] for budget in ("2", "6") for tuner in ("random search", "TPE")
    ]
    assert [row[5] == "–" for row in text.rows] == [True, False, True, False]  # random search with itself
    assert all(", p " in row[-1] for row in text.rows)


def test_the_field_that_decides_is_named_first_with_its_share_of_good_settings() -> None:
    record, tables = tuned()
    rows = tunings.fields.TABLE.text(record, tables).rows
    assert rows[0][0] == "max_grad_norm"
    assert rows[0][2] == "0.5"
    assert tables["ranges"].iloc[1]["good_inside"] == 0
    assert "gradient clipping" in tunings.importance.FIGURE.see(record, tables)


def test_the_answers_say_what_tuning_buys_and_which_fields_matter() -> None:
    no_claims = pd.DataFrame({"says": [], "verdict": []})
    found = {one.question: one.text for one in answers_of({}, {"small": tuned()}, no_claims).answers}
    assert re.fullmatch(
        r"CartPole-v1: \d{3}\.\d \[.*\] instead of 10\d\.\d \[.*\] \(article\)\.", found["What does tuning buy?"]
    )
    assert found["Is a tuner shown to be better or worse than random search?"] == "CartPole-v1: no tuner."
    assert found["Which hyperparameters matter?"].startswith("CartPole-v1: gradient clipping (9")


def test_a_tuner_that_stops_trials_early_is_compared_with_random_search() -> None:
    record, tables = tuned()
    compared = tables["comparisons"].replace({"tuner": {"tpe": "asha"}})
    of_one = compared[(compared["tuner"] == "asha") & (compared["reference"] == "random")].set_index("budget")
    answer = pruning([(record, {**tables, "comparisons": compared})])
    assert answer is not None
    for budget in (2, 6):
        difference = f"{of_one['difference'][budget]:.2g}"
        assert re.search(
            rf"CartPole-v1, {budget} trials: ASHA {re.escape(difference)}[\d.]* \[.*\] \(not shown\)", answer.text
        )
    assert pruning([(record, tables)]) is None  # neither of its tuners does


def test_tuners_that_tie_are_all_named_and_the_words_speak_of_repeats() -> None:
    record, tables = tuned()
    tied = {name: tables[name].copy() for name in ("tuners", "anytime")}
    tied["tuners"][["test_score", "test_score_low", "test_score_high"]] = [500.0, float("nan"), float("nan")]
    tied["tuners"]["test_score_interval"] = "all seeds tie"
    tied["anytime"]["mean"] = 500.0
    read = {**tables, **tied}
    assert "after the cost of 6 trials random search and TPE are ahead, at 500.0." in tunings.anytime.see(record, read)
    leaders = tunings.scores.FIGURE.see(record, read)
    assert leaders.startswith("Random search and TPE have the highest test score, 500.0 (all repeats tie)")


def test_the_axis_of_scores_ends_at_the_possible_returns() -> None:
    record, tables = tuned()
    wide = tables["anytime"].assign(band_low=-400.0, band_high=800.0)
    (axes,) = tunings.anytime.FIGURE.drawn(record, {**tables, "anytime": wide}).axes
    assert axes.get_ylim() == (-25.0, 525.0)  # CartPole-v1 pays 0 to 500; a margin of a twentieth


def test_repeats_without_a_score_are_told_beside_a_mean_that_has_an_interval() -> None:
    record, tables = tuned()
    tuners = tables["tuners"].copy()
    tuners["test_score_interval"] = "t 95 %; left out as failed: 1 of 6 repeats"
    told = tunings.tuners.TABLE.text(record, {**tables, "tuners": tuners}).rows[0][3]
    assert re.fullmatch(r"\d+\.\d \[\d+\.\d, \d+\.\d\] \(left out as failed: 1 of 6 repeats\)", told)
