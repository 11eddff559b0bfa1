import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from docutils.core import publish_parts
from jinja2 import Environment

from a2c.report.catalogue import figures_of
from a2c.report.figures import FIGURES
from a2c.report.reading import read_study
from a2c.report.rows import Tables
from a2c.runs.study import StudyRecord


def caption(name: str, study: StudyRecord, tables: Tables) -> str:
    (figure,) = (figure for figure in FIGURES if figure.name == name)
    return figure.words(study, tables).caption


def test_the_numbers_of_a_caption_are_those_of_the_data(written: Path) -> None:
    study, tables = read_study(written / "studies" / "diverged")
    text = caption("learning_curves", study, tables)
    best = tables["summary"].sort_values("final_return_mean").iloc[-1]
    low, high = best["final_return_low"], best["final_return_high"]
    assert f"highest, learning rate 1e-5 at {best['final_return_mean']:.1f} [{low:.1f}, {high:.1f}]" in text
    assert "n = 10 seeds per setting" in text
    assert "200,000 agent steps" in text
    assert "2 of 30 (learning rate 0.01: 2 of 10)" in text


@pytest.mark.parametrize(
    "name", ["diverged", "few_seeds", "zero_on_log", "two_axes", "five_environments", "recommended"]
)
def test_every_figure_has_a_caption_and_an_alternative_text(written: Path, name: str) -> None:
    study, tables = read_study(written / "studies" / name)
    for figure in figures_of(study):
        for text in (figure.words(study, tables).caption, figure.words(study, tables).alternative):
            assert text.endswith(".")
            assert not re.search(r"\bnan\b|None|  |\{|\}|\.\.", text), text


@pytest.mark.parametrize(
    ("threshold", "env_id", "words"),
    [
        (475.0, "CartPole-v1", "1, the return that counts as solved)"),
        (None, "ALE/Pong-v5", "1, a human player's published score)"),
    ],
)
def test_the_end_of_the_scale_is_named(written: Path, threshold: float | None, env_id: str, words: str) -> None:
    study, tables = read_study(written / "studies" / "five_environments")
    one_kind = [replace(one, env_id=env_id, reward_threshold=threshold) for one in study.configurations]
    assert words in caption("aggregates", replace(study, configurations=one_kind), tables)


def test_the_kind_of_band_is_named_only_where_there_is_one(written: Path) -> None:
    with_bands = caption("learning_curves", *read_study(written / "studies" / "diverged"))
    without = caption("learning_curves", *read_study(written / "studies" / "few_seeds"))
    assert "simultaneous" in with_bands
    assert "no band" in without
    assert "simultaneous" not in without


def test_words_replace_an_undefined_interval(written: Path) -> None:
    assert "too few seeds for an interval" in caption("sensitivity", *read_study(written / "studies" / "few_seeds"))
    assert "all seeds tie" in caption("sensitivity", *read_study(written / "studies" / "zero_on_log"))


def test_a_caption_distinguishes_settings_that_differ_from_those_that_do_not(written: Path) -> None:
    study, tables = read_study(written / "studies" / "diverged")
    table = tables["comparisons"].assign(p_adjusted=[0.04, 0.04, 0.06, 0.06])
    text = caption("comparisons", study, {**tables, "comparisons": table})
    differs, rest = text.split("No difference in final return is shown at: ")
    assert "learning rate 0.01 (" in differs
    assert rest == "learning rate 1e-5."


def test_a_study_whose_runs_all_failed_says_so(written: Path) -> None:
    study, tables = read_study(written / "studies" / "diverged")
    summary = tables["summary"].copy()
    summary["n_failed"] = summary["n_seeds"]
    summary[[f"final_return_{part}" for part in ("mean", "low", "high")]] = float("nan")
    assert pd.isna(summary["final_return_mean"]).all()
    assert "no run finished" in caption("learning_curves", study, {**tables, "summary": summary})


@pytest.mark.parametrize("name", ["diverged", "two_axes", "recommended"])
def test_snakemakes_report_renders_every_caption_without_a_complaint(written: Path, name: str) -> None:
    """It takes captions for reStructuredText, in which some characters have a meaning, and for a template."""
    study, tables = read_study(written / "studies" / name)
    for figure in figures_of(study):
        text = figure.text(study, tables)
        assert Environment().from_string(text).render() + "\n" == text
        html = publish_parts(text, writer="html", settings_overrides={"report_level": 1})["body"]
        assert "system-message" not in html
        assert html.count("<p>") == 2
