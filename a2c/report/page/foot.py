"""The foot of the pages: by which version the runs were trained, when, and when the tests were fixed."""

from collections.abc import Sequence
from pathlib import Path

from a2c.runs import manifest
from a2c.runs.files import read_sealed
from a2c.runs.study import read_study_record
from a2c.runs.study_tables import LINEAGE


def foot(results: Path, studies: Sequence[Path], removed: Sequence[str] = ()) -> str:
    """From the lineages and manifests of the runs alone, so that the same runs give the same sentence.

    `studies`: the folders of the paper's studies; `removed`: tests that were registered and are no longer made. Empty
    where no manifest of a run is at hand.
    """
    blocks = {block["folder"]: block for folder in studies for block in read_sealed(folder / LINEAGE)["runs"]}
    folders = [results / "runs" / place for place in blocks]
    manifests = [manifest.read(folder) for folder in folders if (folder / manifest.NAME).exists()]
    days = sorted(session["started"][:10] for one in manifests for session in one["timings"]["sessions"])
    if not days:
        return ""
    versions = sorted({f"{one['code']['version']} (sources {one['code']['sources_sha256'][:12]})" for one in manifests})
    when = days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
    words = f"Runs: trained by a2c-bench {', '.join(versions)}, {when}."
    fixed = _registrations(studies)
    if not fixed:
        return words
    since = f"; registered and no longer tested: {', '.join(removed)}" if removed else ""
    return f"{words} Tests: fixed in {', '.join(fixed)}{since}."


def _registrations(studies: Sequence[Path]) -> list[str]:
    """The commits in which the tests of the paper were registered, oldest first."""
    records = [record.registration for record in map(read_study_record, studies) if record.registration is not None]
    history = {one.commit: one.date for record in records for one in record.history}
    return [f"commit {commit[:12]} ({date})" for commit, date in history.items()]
