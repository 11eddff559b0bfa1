import itertools
import shutil
from pathlib import Path

import pytest
from PIL import Image

from a2c.report.catalogue import figures_of
from a2c.report.drawing.style import lay_out, look, save
from a2c.report.figures import FIGURES
from a2c.report.page.page import page
from a2c.report.reading import read_study
from a2c.runs.study import PAPER, PaperRecord
from tests.processes import in_a_process_of_its_own

DRAW = """
import sys, pathlib
from a2c.report.draw import draw
from a2c.report.kinds import STUDIES
draw(STUDIES, pathlib.Path(sys.argv[1]))
"""
DRAW_SOME = """
import sys
from pathlib import Path
from a2c.report.drawing.style import save
from a2c.report.figures import FIGURES
from a2c.report.reading import read_study
figures = {figure.name: figure for figure in FIGURES}
for study, name in zip(sys.argv[2::2], sys.argv[3::2]):
    save(figures[name].drawn(*read_study(Path(study))), Path(sys.argv[1], name), svg=True)
"""
PAGE = """
import sys
from pathlib import Path
from a2c.report.page.page import page
from a2c.runs.study import read_paper_record
page(Path(sys.argv[1]), read_paper_record(Path(sys.argv[2])))
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_another_process_and_a_users_own_settings_draw_the_same_bytes(
    written: Path, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rc = tmp_path / "matplotlibrc"
    rc.write_text("font.size: 20\naxes.facecolor: red\nsavefig.dpi: 30\n")
    monkeypatch.setenv("MATPLOTLIBRC", str(rc))
    shutil.copytree(written / "studies" / "compared", tmp_path / "compared")
    in_a_process_of_its_own(DRAW, tmp_path / "compared")
    assert contents(tmp_path / "compared") == contents(drawn / "studies" / "compared")


@pytest.mark.slow
def test_another_process_draws_the_other_kinds_of_figure_the_same(written: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    kinds = {"zero_on_log": "sensitivity", "two_axes": "heatmap", "recommended": "profiles"}
    figures = {figure.name: figure for figure in FIGURES}
    for study, figure in kinds.items():
        save(figures[figure].drawn(*read_study(written / "studies" / study)), here / figure, svg=True)
    arguments = [part for study, figure in kinds.items() for part in (written / "studies" / study, figure)]
    in_a_process_of_its_own(DRAW_SOME, there, *arguments)
    files = {f"{figure}.{suffix}" for figure, suffix in itertools.product(kinds.values(), ("pdf", "png", "svg"))}
    assert set(contents(here)) == files
    assert contents(here) == contents(there)


def test_another_process_writes_the_same_page(drawn: Path, paper: PaperRecord, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for results in (here, there):
        shutil.copytree(drawn, results)
    written = page(here, paper)
    (tmp_path / PAPER).write_text(paper.text)
    in_a_process_of_its_own(PAGE, there, tmp_path)
    assert len(written) == 1 + len(paper.studies)
    for path in written:
        assert path.read_bytes() == (there / path.relative_to(here)).read_bytes()


def test_pictures_contain_no_date_and_no_version_of_matplotlib(drawn: Path) -> None:
    vectors, pictures = (sorted((drawn / "studies").glob(f"*/*.{kind}")) for kind in ("pdf", "png"))
    assert len(vectors) == len(pictures) > 0
    for picture in vectors:
        assert not any(mark in picture.read_bytes() for mark in (b"CreationDate", b"ModDate", b"Matplotlib"))
    for picture in pictures:
        assert not Image.open(picture).text


def test_places_in_a_figure_do_not_depend_on_the_last_digits_of_the_solver(drawn: Path) -> None:
    study, tables = read_study(drawn / "studies" / "compared")
    for kind in figures_of(study):
        figure = kind.drawn(study, tables)
        with look():
            lay_out(figure)
        places = [number for axes in figure.axes for number in axes.get_position().bounds]
        assert places == pytest.approx([round(number, 6) for number in places], abs=1e-15)
