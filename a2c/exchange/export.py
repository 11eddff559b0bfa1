"""Exporting a paper's results as a Workflow Run RO-Crate, a folder or a zip file."""

import os
import shutil
import zipfile
from pathlib import Path

from a2c import untrusted
from a2c.config import ConfigError
from a2c.exchange.crate import Crate
from a2c.exchange.crate_files import CHECKOUT, crate_files
from a2c.runs.files import DamagedError, write_whole
from a2c.runs.result import Result, read_result, result_folders
from a2c.runs.study import OUTSIDE, PAPER, STUDY, PaperRecord, read_paper_record, read_study_record
from a2c.temporary import sweep_folders, temporary_folder


def export(results: Path, out: Path, author: str | None) -> int:
    """Write the results of a paper in the folder `results` as a crate to `out`; the number of files in it.

    `out` is a new folder or a file that ends in .zip. The same results give the same bytes. `author`: the name of
    whose results they are and who ran the workflow; the authors in CITATION.cff if None. Raises ConfigError if
    `out` exists or lies within `results`, if the paper has tunings alone or takes published runs, or if this is no
    checkout; DamagedError, naming the file, if a result is damaged.
    """
    sweep_folders("export", out.parent)
    if out.exists():
        raise ConfigError(f"--out: '{out}' is not allowed; allowed: a folder or file that does not exist")
    if out.resolve().is_relative_to(results.resolve()):
        raise ConfigError(f"--out: '{out}' is not allowed; allowed: a path outside of {results}")
    if not (CHECKOUT / "Snakefile").exists():
        raise ConfigError(f"export: {CHECKOUT} has no Snakefile; allowed: a checkout of the repository")
    paper = _read_paper(results)
    if paper.tunings and not paper.studies:
        raise ConfigError(f"export: {results}: a paper of tunings alone; allowed: one with studies")
    _check_holds_its_runs(paper, results)
    blocks = [_read_checked(folder) for folder in result_folders(results / "runs")]
    crate = Crate(paper.title, paper.description, results, blocks, author)
    out.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder("export", beside=out.parent) as temporary:
        folder = temporary / "crate"
        crate.write(folder)
        if out.suffix == ".zip":
            write_whole(out, lambda file: _zip(folder, file))
        else:
            folder.rename(out)
    return len(crate.files)


def _check_holds_its_runs(paper: PaperRecord, results: Path) -> None:
    """ConfigError if a study takes runs from elsewhere: the crate would lack them."""
    records = [results / "studies" / name for name in paper.studies]
    studies = [read_study_record(folder) for folder in records if (folder / STUDY).exists()]
    blocks = [block for study in studies for one in study.configurations for block in one.blocks]
    if outside := next((block for block in blocks if block.startswith(OUTSIDE)), None):
        published = os.path.normpath(results / "runs" / outside.split("/runs/")[0])
        allowed = f"a paper that is trained whole (--config full=true), or {published}"
        raise ConfigError(f"export: {results}: takes runs from {published}; allowed: {allowed}")


def _read_checked(folder: Path) -> Result:
    result = read_result(folder)
    result.check_files()
    return result


def _read_paper(results: Path) -> PaperRecord:
    if not (results / PAPER).exists():
        raise DamagedError(f"{results / PAPER}: missing; RESULTS is a paper's folder, and snakemake writes it")
    return read_paper_record(results)


def _zip(folder: Path, file: Path) -> None:
    """Zip the folder. The bytes depend on the files' names and content alone: dates and modes are fixed."""
    with zipfile.ZipFile(file, "w") as archive:
        for path in crate_files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            entry.file_size = path.stat().st_size  # decides on the extension for files over 2 GiB
            with untrusted.opened(path) as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target)
