"""The paper of two artificial studies as a PDF."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from a2c.report.numbers import number
from a2c.report.paper.document import HERE, TEMPLATE, TUNER_SOURCES, typeset, write_paper
from a2c.report.paper.limitations import limitations
from a2c.report.paper.typst import markup
from a2c.report.reading import PaperTables, read_paper, read_study
from a2c.runs.files import DamagedError
from a2c.runs.study import PaperRecord


@pytest.fixture(scope="module")
def made(drawn: Path, paper: PaperRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results with the paper's PDF."""
    results = tmp_path_factory.mktemp("paper")
    shutil.copytree(drawn, results, dirs_exist_ok=True)
    write_paper(results, paper)
    return results


def contents(results: Path) -> dict[str, bytes]:
    files = [results / "paper.pdf", *sorted((results / "paper").rglob("*"))]
    return {path.relative_to(results).as_posix(): path.read_bytes() for path in files if path.is_file()}


def test_two_calls_write_the_same_bytes(made: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    (tmp_path / "paper" / "left over.svg").write_text("of an earlier paper")
    write_paper(tmp_path, paper)
    assert contents(tmp_path) == contents(made)
    assert not list(tmp_path.glob(".paper-*"))


def test_the_pdf_is_tagged_and_accessible_and_says_no_date(made: Path) -> None:
    pdf = (made / "paper.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert b"/MarkInfo" in pdf
    assert b"CreateDate" not in pdf


def test_the_sources_give_the_pdf_again_wherever_they_lie(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "paper", tmp_path / "moved")
    assert typeset(tmp_path / "moved") == (made / "paper.pdf").read_bytes()


def test_answers_figures_tables_and_verdicts_are_those_of_the_studies(made: Path, paper: PaperRecord) -> None:
    source = (made / "paper" / "paper.typ").read_text()
    read = read_paper(made, paper)
    _, tables = read.studies["compared"]
    assert all(f"== {markup(study.title)}\n" in source for study, _ in read.studies.values())
    for mean in tables["summary"]["final_return_mean"]:
        assert markup(number(mean)) in source
    for name in ("compared", "again"):
        assert f"<fig-{name}-learning_curves>" in source
        assert (made / "paper" / "figures" / name / "learning_curves.svg").exists()
    assert "are those of: A chapter" in source
    assert "== What was known before the runs\n\nTen runs & a pilot." in source
    assert source.count("<tab-compared-verdicts>") == 1
    assert "<tab-again-verdicts>" not in source  # it tests nothing


def test_the_letters_of_figures_are_text_in_a_font_of_the_sources(made: Path) -> None:
    assert b"A2CSans" in (made / "paper.pdf").read_bytes()
    assert (made / "paper" / "fonts" / "A2CSans.ttf").exists()
    assert ">agent steps</text>" in (made / "paper" / "figures" / "compared" / "learning_curves.svg").read_text()


def test_a_paper_with_letters_that_no_font_has_is_made_without_the_standard(
    made: Path, paper: PaperRecord, tmp_path: Path
) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    write_paper(tmp_path, replace(paper, title="\ud55c\uad6d\uc5b4"))
    assert b"pdfuaid:part" in (made / "paper.pdf").read_bytes()
    assert b"pdfuaid:part" not in (tmp_path / "paper.pdf").read_bytes()


def test_every_work_that_is_cited_is_a_reference() -> None:
    cited = set(re.findall(r"@([a-z]+\d{4})", (HERE / TEMPLATE).read_text())) | set(TUNER_SOURCES.values())
    assert cited <= set(re.findall(r"^@\w+\{(\w+),", (HERE / "references.bib").read_text(), flags=re.M))


def test_limitations_are_those_of_the_data(made: Path, paper: PaperRecord) -> None:
    sentences = limitations(read_paper(made, paper))
    assert "The results hold for CartPole-v1 and Acrobot-v1 and budgets of 200,000 agent steps." in sentences
    words = " ".join(sentences)
    assert "Settings have 4 seeds or more; there is no interval for fewer than 5." in words
    assert "part of 2 of 2 studies" in words
    assert "Of 5 tests 1 are inconclusive." in sentences
    assert "2 tests were not made; claims.md says why." in sentences


def test_the_events_that_ten_seeds_may_not_show_are_those_of_wilsons_interval(written: Path) -> None:
    claims = pd.DataFrame({"verdict": [], "caveat": []})
    read = PaperTables({"diverged": read_study(written / "studies" / "diverged")}, {}, {}, claims)
    assert any("in up to 28 % of runs" in sentence for sentence in limitations(read))  # 3.84 / (10 + 3.84)


def test_a_paper_without_claims_has_no_verdicts(made: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(made / "studies" / "again", tmp_path / "studies" / "again")
    (tmp_path / "claims.csv").write_text((made / "claims.csv").read_text().splitlines()[0] + "\n")
    write_paper(tmp_path, replace(paper, claims=[], studies=["again"]))
    assert "All verdicts" not in (tmp_path / "paper" / "paper.typ").read_text()


def test_a_damaged_table_is_reported_and_the_last_paper_stays(made: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "studies" / "again" / "summary.csv").open("a") as file:
        file.write("0\n")
    with pytest.raises(DamagedError, match=r"again/summary\.csv: damaged"):
        write_paper(tmp_path, paper)
    assert contents(tmp_path) == contents(made)


def test_a_figure_that_was_changed_is_reported(made: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    picture = tmp_path / "studies" / "compared" / "learning_curves.svg"
    picture.write_bytes(picture.read_bytes().replace(b"#0173b2", b"#ff0000"))
    with pytest.raises(DamagedError, match=r"learning_curves\.svg: damaged"):
        write_paper(tmp_path, paper)
