import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from a2c.report.captions import alternative, caption
from a2c.report.catalogue import MANY, TITLES, figures_of, files_of, sources_of, tables_of
from a2c.report.draw import FIGURES
from a2c.report.reading import read_study
from a2c.report.tables import text_table

REPORT = Path(__file__).parents[2] / "workflow" / "report"


def study_of(results: Path, name: str) -> dict:
    return json.loads((results / "studies" / name / "study.json").read_text())


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("diverged", {"learning_curves", "sensitivity", "final_auc", "comparisons", "diagnostics"}),
        ("two_axes", {"learning_curves", "heatmap", "final_auc", "comparisons", "diagnostics"}),
        (
            "five_environments",
            {"learning_curves", "aggregates", "aggregate_curves", "profiles", "final_auc", "diagnostics"},
        ),
        ("recommended", set(TITLES) - {"sensitivity", "heatmap"}),
    ],
)
def test_a_study_gets_the_figures_that_fit_its_axes(written: Path, name: str, figures: set[str]) -> None:
    assert set(figures_of(study_of(written, name))) == figures


def test_many_environments_do_not_get_a_panel_each(written: Path) -> None:
    study = study_of(written, "five_environments")
    entry = study["configurations"][0]
    study["configurations"] = [{**entry, "env_id": f"E{index}"} for index in range(MANY + 1)]
    assert "final_auc" not in figures_of(study)


def test_every_figure_can_be_drawn_and_has_a_caption_in_the_report() -> None:
    assert set(FIGURES) == set(TITLES) == {path.stem for path in REPORT.glob("*.rst")} - {"claims"}


def test_a_study_without_claims_gets_no_table_of_claims(written: Path) -> None:
    assert "claims" in tables_of(study_of(written, "diverged"))
    assert "claims" not in tables_of(study_of(written, "few_seeds"))


def test_draw_writes_exactly_the_files_of_the_catalogue(written: Path, drawn: Path) -> None:
    before, after = ({path.name for path in (folder / "studies" / "compared").iterdir()} for folder in (written, drawn))
    assert after - before == set(files_of(study_of(written, "compared")))


class Recorder(dict[str, Any]):
    """A dictionary that records which of its keys were read."""

    def __init__(self, held: Mapping[str, Any]) -> None:
        super().__init__(held)
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)


@pytest.mark.parametrize("name", ["diverged", "two_axes", "recommended"])
def test_figures_and_tables_are_made_from_their_sources_and_from_nothing_else(written: Path, name: str) -> None:
    study, tables = read_study(written / "studies" / name)
    for figure in figures_of(study):
        asked = Recorder(tables)
        FIGURES[figure](study, asked)
        caption(figure, study, asked)
        alternative(figure, study, asked)
        assert sorted(asked.asked) == sources_of(figure), figure
    for table in tables_of(study):
        asked = Recorder(tables)
        text_table(table, study, asked)
        assert sorted(asked.asked) == sources_of(table), table
