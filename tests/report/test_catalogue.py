from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from a2c.report import figures
from a2c.report.catalogue import figures_of, tables_of
from a2c.report.figure import MANY
from a2c.report.figures import FIGURES
from a2c.report.kinds import STUDIES
from a2c.report.reading import read_study
from a2c.report.tables import TABLES
from a2c.runs.study import StudyRecord, read_study_record


def study_of(results: Path, name: str) -> StudyRecord:
    return read_study_record(results / "studies" / name)


def names(kinds: list[Any]) -> list[str]:
    return [kind.name for kind in kinds]


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("diverged", {"learning_curves", "sensitivity", "final_auc", "comparisons", "diagnostics"}),
        ("two_axes", {"learning_curves", "heatmap", "final_auc", "comparisons", "diagnostics"}),
        (
            "five_environments",
            {"learning_curves", "aggregates", "aggregate_curves", "profiles", "final_auc", "diagnostics"},
        ),
        ("recommended", set(names(FIGURES)) - {"sensitivity", "heatmap"}),
    ],
)
def test_a_study_gets_the_figures_that_fit_its_axes(written: Path, name: str, figures: set[str]) -> None:
    assert set(names(figures_of(study_of(written, name)))) == figures


def test_many_environments_do_not_get_a_panel_each(written: Path) -> None:
    study = study_of(written, "five_environments")
    first = study.configurations[0]
    many = replace(study, configurations=[replace(first, env_id=f"E{index}") for index in range(MANY + 1)])
    assert "final_auc" in names(figures_of(study))
    assert "final_auc" not in names(figures_of(many))


@pytest.mark.parametrize("room", ["figures", "tables"])
def test_every_file_of_the_room_is_in_its_list(room: str) -> None:
    folder = Path(figures.__file__).parent.parent / room
    listed = names({"figures": FIGURES, "tables": TABLES}[room])
    assert len(listed) == len(set(listed))
    assert set(listed) == {path.stem for path in folder.glob("*.py")} - {"__init__"}


def test_a_study_without_claims_gets_no_table_of_claims(written: Path) -> None:
    assert "claims" in names(tables_of(study_of(written, "diverged")))
    assert "claims" not in names(tables_of(study_of(written, "few_seeds")))


def test_draw_writes_exactly_the_files_of_the_catalogue(written: Path, drawn: Path) -> None:
    before, after = ({path.name for path in (folder / "studies" / "compared").iterdir()} for folder in (written, drawn))
    assert after - before == set(STUDIES.drawn_files_of(study_of(written, "compared")))


class Recorder(dict[str, Any]):
    """A dictionary that records which of its keys are read."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        super().__init__(content)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)


@pytest.mark.parametrize("name", ["diverged", "two_axes", "recommended"])
def test_figures_and_tables_are_made_from_their_sources_and_from_nothing_else(written: Path, name: str) -> None:
    study, tables = read_study(written / "studies" / name)
    for figure in figures_of(study):
        recorder = Recorder(tables)
        figure.drawn(study, recorder)
        figure.text(study, recorder)
        assert sorted(recorder.read) == figure.sources, figure.name
    for table in tables_of(study):
        recorder = Recorder(tables)
        table.text(study, recorder)
        assert sorted(recorder.read) == table.sources, table.name
