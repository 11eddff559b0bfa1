"""A new kind of figure is one file and one line in the list: nothing else has to know of it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from matplotlib.figure import Figure as Canvas

from a2c.pipeline.reading import read_folders
from a2c.report.catalogue import figures_of
from a2c.report.draw import draw
from a2c.report.figure import Figure
from a2c.report.figures import FIGURES
from a2c.report.kinds import STUDIES
from a2c.report.lineage import lineage
from a2c.report.page.page import page
from a2c.report.rows import Tables
from a2c.runs.study import PaperRecord, StudyRecord, read_study_record


def draw_toy(study: StudyRecord, tables: Tables) -> Canvas:
    canvas = Canvas(figsize=(2, 1))
    canvas.add_subplot().plot(tables["summary"]["final_return_mean"], "o")
    return canvas


TOY = Figure(
    name="toy",
    title="A toy",
    kind="A dot per configuration",
    sources=["summary"],
    fits=lambda study: study.compares,
    draw=draw_toy,
    shows=lambda study, tables: "Mean final returns.",
    see=lambda study, tables: f"{len(tables['summary'])} dots.",
)


@pytest.fixture
def toy() -> Iterator[Figure[StudyRecord]]:
    FIGURES.append(TOY)
    yield TOY
    FIGURES.remove(TOY)


@pytest.mark.slow
def test_it_is_drawn_and_shown_where_a_study_has_it(
    toy: Figure[StudyRecord], drawn: Path, paper: PaperRecord, tmp_path: Path
) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    for name in paper.studies:
        assert set(toy.files) <= {path.name for path in draw(STUDIES, tmp_path / "studies" / name)}
    text = (tmp_path / "studies" / "compared" / "toy.txt").read_text()
    assert text.startswith("Mean final returns. n = 4 seeds per setting")
    assert text.endswith("4 dots.\n\nAlternative text: A dot per configuration, study “Columns <& more>”. 4 dots.\n")
    page(tmp_path, paper)
    html = (tmp_path / "studies" / "compared" / "index.html").read_text(encoding="utf-8")
    assert 'id="toy"' in html
    assert "<h2>A toy</h2>" in html


def test_it_is_in_the_catalogue_and_in_the_lineage(toy: Figure[StudyRecord], written: Path) -> None:
    study = read_study_record(written / "studies" / "compared")
    assert figures_of(study)[-1] is toy
    assert set(toy.files) <= set(STUDIES.sources_of(study))
    chain = lineage(study, {}, written / "runs")
    assert chain["figures and tables"]["toy.png"] == ["summary.csv"]
    json.dumps(chain)


def test_the_snakefile_has_its_files_and_its_caption(toy: Figure[StudyRecord], tmp_path: Path) -> None:
    study = {"name": "gamma", "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-4"}
    content = {"title": "T", "results": "out", "studies": [study]}
    (tmp_path / "paper.yaml").write_text(yaml.safe_dump(content))
    results, _ = read_folders([str(tmp_path / "paper.yaml")], content, "paper.yaml")
    assert "out/studies/gamma/toy.pdf" in results.drawn_files(STUDIES, "gamma")
    assert "out/studies/gamma/toy.pdf" in results.figure_files()
    mark = results.marks(STUDIES, "gamma")["out/studies/gamma/toy.png"]
    assert mark.labels == {"figure": "A toy"}
    assert mark.caption.endswith("out/studies/gamma/toy.txt")
