import csv
import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from a2c.config.published_scores import PublishedScore
from a2c.report.catalogue import tables_of
from a2c.report.formats import PREAMBLE, latex_document, to_csv, to_latex, to_markdown
from a2c.report.reading import read_study
from a2c.report.rows import Tables
from a2c.report.table import TextTable
from a2c.report.tables import TABLES
from a2c.report.tables.published_scores import comparability
from a2c.runs.study import StudyRecord

NASTY = "50 % of $x_1$ & {y} ~ a^b # c\\d | “q” – λ ≥ 2"
TABLE = TextTable("t", "Title & more", "Note 95 %.", ["a", "b"], [["1", NASTY], ["2, or 3", "plain"]])


def text_table(name: str, study: StudyRecord, tables: Tables) -> TextTable:
    (table,) = (table for table in TABLES if table.name == name)
    return table.text(study, tables)


def test_the_final_table_shows_means_intervals_failures_and_solved_runs(written: Path) -> None:
    study, tables = read_study(written / "studies" / "diverged")
    table = text_table("final", study, tables)
    row = tables["summary"].iloc[0]
    mean, low, high = (row[f"final_return_{part}"] for part in ("mean", "low", "high"))
    assert table.header[:3] == ["learning rate", "failed", "final return, mean [95 %]"]
    assert table.rows[0][:3] == ["0.01", "2 of 10", f"{mean:.1f} [{low:.1f}, {high:.1f}]"]
    assert table.rows[0][-1] == "0 of 10 [0 %, 28 %]"


def test_words_replace_missing_intervals(written: Path) -> None:
    few = text_table("auc", *read_study(written / "studies" / "few_seeds"))
    assert all("too few seeds for an interval" in row[-1] for row in few.rows)
    tied = text_table("auc", *read_study(written / "studies" / "zero_on_log"))
    assert "(all seeds tie)" in tied.rows[2][2]


def test_a_table_over_environments_names_them(written: Path) -> None:
    table = text_table("final", *read_study(written / "studies" / "recommended"))
    assert table.header[:2] == ["environment", "setting"]
    assert table.rows[1][:2] == ["CartPole-v1", "other"]


def test_an_inconclusive_claim_says_how_many_seeds_would_settle_it(written: Path) -> None:
    table = text_table("claims", *read_study(written / "studies" / "diverged"))
    verdicts = [row[2] for row in table.rows]
    assert verdicts == ["supported", "contradicted", "inconclusive (about 37 seeds would settle it)", "not tested yet"]


def test_the_tuned_setting_is_listed_with_its_shrinkage(written: Path) -> None:
    study, tables = read_study(written / "studies" / "diverged")
    winner = {"env_id": "CartPole-v1", "configuration": study.configurations[2].name,
              "learning_rate": 1e-05, "choice": "highest", "n_tuning": 5, "tuning_mean": 300.0, "n_reporting": 10,
              "reporting_mean": 280.0, "reporting_low": 260.0, "reporting_high": 300.0, "interval": "t 95 %",
              "shrinkage": 20.0,
              "shrinkage_low": -5.0, "shrinkage_high": 45.0, "shrinkage_interval": "Welch 95 %"}  # fmt: skip
    table = text_table("tuning", study, {**tables, "tuning": pd.DataFrame([winner])})
    assert table.rows == [
        ["CartPole-v1", "1e-5", "highest", "300.0", "280.0 [260.0, 300.0]", "20.0 [-5.0, 45.0]", "5, 10"],
    ]


def test_csv_reads_back_to_the_same_cells() -> None:
    assert list(csv.reader(io.StringIO(to_csv(TABLE)))) == [TABLE.header, *TABLE.rows]


def test_markdown_has_one_cell_per_column_for_any_content() -> None:
    lines = [line for line in to_markdown(TABLE).splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [3, 3, 3, 3]


def test_latex_escapes_special_characters() -> None:
    expected = (
        r"50 \% of \$x\_\allowbreak{}1\$ \& \{y\} \textasciitilde{} a\textasciicircum{}b \# c\textbackslash{}d | "
        r"``q'' -- $\lambda$ $\geq$ 2"
    )
    assert rf"1 & {expected} \\" in to_latex(TABLE, "t").splitlines()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on PATH")
@pytest.mark.parametrize("name", ["diverged", "zero_on_log", "recommended"])
def test_latex_tables_fit_the_page(written: Path, tmp_path: Path, name: str) -> None:
    study, tables = read_study(written / "studies" / name)
    texts = [to_latex(table.text(study, tables), table.name) for table in tables_of(study)]
    for number, text in enumerate(texts):
        (tmp_path / f"table{number}.tex").write_text(text)
    (tmp_path / "preamble.tex").write_text(PREAMBLE)
    (tmp_path / "tables.tex").write_text(latex_document(f"table{number}" for number in range(len(texts))))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "too large for page" not in done.stdout
    too_wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", done.stdout)]
    assert max(too_wide, default=0.0) < 1, done.stdout


@pytest.mark.parametrize("name", ["diverged", "zero_on_log", "recommended"])
def test_latex_tables_are_balanced(written: Path, name: str) -> None:
    study, tables = read_study(written / "studies" / name)
    for kind in tables_of(study):
        table = kind.text(study, tables)
        latex = to_latex(table, "label")
        bare = re.sub(r"\\[\\{}$&%#_]", "", latex)
        assert re.findall(r"\\begin\{(\w+)", latex) == re.findall(r"\\end\{(\w+)", latex)[::-1]
        assert bare.count("{") == bare.count("}")
        assert bare.count("$") % 2 == 0
        assert bare.count("&") == (len(table.header) - 1) * (len(table.rows) + 1)
        assert latex.isascii()


def score(**changes: Any) -> PublishedScore:
    """A published score of CartPole, with other fields."""
    fields = {"source": "A paper", "algorithm": "a2c", "env_id": "CartPole-v1", "score": 480.5, "spread": 10.0,
              "spread_is": "over seeds", "seeds": 3, "agent_steps": 200_000, "sticky_actions": None,
              "scored": "training", "protocol": "last 100 episodes", "where": "table 1"}  # fmt: skip
    return PublishedScore(**{**fields, **changes})


def test_a_published_score_is_listed_with_the_differences_of_its_protocol() -> None:
    fields = {"algorithm": "a2c", "total_steps": 2_500_000, "atari_protocol": "machado", "env_id": "ALE/Pong-v5"}
    same = score(agent_steps=2_500_000, sticky_actions=0.25)
    other = score(algorithm="ppo", agent_steps=10_000_000, sticky_actions=0.0, scored="best evaluation", seeds=1)
    assert comparability(same, fields) == "yes"
    assert comparability(other, fields) == (
        "no: PPO, not A2C, 4.00 times the agent steps, no sticky actions, best evaluation episodes, one run"
    )
    silent = score(agent_steps=2_500_000)
    assert comparability(silent, fields) == "no: nothing said of sticky actions"
    assert comparability(silent, {**fields, "env_id": "Own-v0", "network": "cnn"}) == "yes"


def test_a_published_score_is_of_another_task_where_arguments_or_a_time_limit_change_it() -> None:
    fields = {"algorithm": "a2c", "total_steps": 200_000, "atari_protocol": "machado", "env_id": "ALE/Pong-v5"}
    same = score(sticky_actions=0.25)
    assert comparability(same, {**fields, "env_kwargs": {}, "max_episode_steps": None}) == "yes"
    assert comparability(same, {**fields, "env_kwargs": {"frameskip": 1, "full_action_space": True}}) == (
        "no: the environment without frameskip: 1 and full_action_space: true"
    )
    assert comparability(score(), {**fields, "env_id": "CartPole-v1", "max_episode_steps": 40}) == (
        "no: the environment without max_episode_steps: 40"
    )


def test_published_scores_are_listed_below_the_studys_own_mean(written: Path) -> None:
    study, tables = read_study(written / "studies" / "recommended")
    fields = {"algorithm": "a2c", "total_steps": 200_000, "atari_protocol": "machado", "env_id": "CartPole-v1",
              "n_envs": 8, "max_episode_steps": 40}  # fmt: skip
    records = [replace(one, fields=fields) for one in study.configurations]
    table = text_table("published_scores", replace(study, configurations=records, published_scores=[score()]), tables)
    own, theirs = table.rows[0], table.rows[1]
    runs = tables["runs"]
    returns = runs[runs["configuration"] == records[0].name]["final_return"]
    assert own[:4] == ["CartPole-v1", "this study", "a2c", f"{returns.mean():.1f}"]
    assert own[7] == "max_episode_steps: 40; 8 envs; training episodes of the last 10 %"
    assert theirs == ["CartPole-v1", "A paper (table 1)", "a2c", "480.5", "10.0 over seeds", "3", "200,000",
                      "last 100 episodes", "no: the environment without max_episode_steps: 40"]  # fmt: skip
