"""The verdicts of a whole paper: claims.csv and its formatted tables."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from a2c.report.verdicts import write_verdicts
from a2c.runs.files import DamagedError
from a2c.runs.study import PaperRecord


def test_every_claim_of_the_paper_has_a_row_in_the_papers_order(drawn: Path, paper: PaperRecord) -> None:
    claims = pd.read_csv(drawn / "claims.csv")
    assert claims["claim"].tolist() == ["a3c", "small", "large", "recommended", "listed"]
    assert claims["study"].tolist() == ["a3c", *["compared"] * 4]
    assert claims["verdict"].tolist()[:2] == ["not tested yet", "supported"]


def test_a_row_equals_that_of_the_study(drawn: Path) -> None:
    ours = pd.read_csv(drawn / "claims.csv").iloc[1:].reset_index(drop=True)
    theirs = pd.read_csv(drawn / "studies" / "compared" / "claims.csv")
    pd.testing.assert_frame_equal(ours[theirs.columns], theirs, check_dtype=False)
    assert set(ours) - set(theirs) == {"study", "p_paper", "verdict_paper", "over_centres"}


def test_a_claim_without_a_study_says_why(drawn: Path) -> None:
    row = pd.read_csv(drawn / "claims.csv").iloc[0]
    assert row["why"] == "Needs A3C."
    assert pd.isna(row["test"])
    assert pd.isna(row["effect"])


@pytest.mark.parametrize("suffix", ["md", "tex"])
def test_the_text_counts_the_verdicts(drawn: Path, suffix: str) -> None:
    text = (drawn / f"claims.{suffix}").read_text()
    assert "1 supported, 1 contradicted, 1 inconclusive, 2 not tested yet" in text


def test_a_missing_file_of_verdicts_is_reported(drawn: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(drawn / "studies", tmp_path / "studies")
    (tmp_path / "studies" / "compared" / "claims.csv").unlink()
    with pytest.raises(DamagedError, match=r"compared/claims\.csv: missing"):
        write_verdicts(tmp_path, paper)


def test_a_paper_without_claims_says_so(drawn: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(drawn / "studies", tmp_path / "studies")
    write_verdicts(tmp_path, replace(paper, claims=[]))
    assert "This paper tests no claims." in (tmp_path / "claims.md").read_text()
    assert len(pd.read_csv(tmp_path / "claims.csv")) == 0
