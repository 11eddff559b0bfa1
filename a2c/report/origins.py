"""Whose runs a page shows: those that were trained with it, and published ones that stand in for the rest."""

import re
from collections.abc import Sequence

from a2c.runs.study import OUTSIDE, PaperRecord, StudyRecord, seeds_taken


def origins(paper: PaperRecord, studies: Sequence[StudyRecord]) -> str:
    """In words: how many runs were trained here, which are published ones, what is left out. Empty if all are here."""
    here, published = _runs(studies, outside=False), _runs(studies, outside=True)
    if not published and not paper.left_out:
        return ""
    parts = [f"{len(here)} of the {len(here) + len(published)} runs on this page were trained here."]
    if published:
        folder = next(place for _, place, _ in published).removeprefix(OUTSIDE).split("/runs/")[0]
        parts.append(f"The others are the published ones, of the folder {folder}.")
    if whole := [study.title for study in studies if not _runs([study], outside=False)]:
        parts.append(f"Studies of published runs alone: {'; '.join(whole)}.")
    if paper.left_out:
        parts.append(f"Left out, as they are neither trained here nor published: {', '.join(paper.left_out)}.")
    command = f"snakemake --cores all --configfile {paper.config} --config full=true"
    return " ".join([*parts, f"{command} trains the whole paper."])


def _runs(studies: Sequence[StudyRecord], outside: bool) -> set[tuple[str, str, int]]:
    """The runs of studies that are here, or outside: configuration, folder, seed."""
    found = set()
    for study in studies:
        for one in study.configurations:
            blocks = {place: _seeds_of(place) for place in one.blocks}
            for place, seeds in seeds_taken(blocks, [*study.seeds, *study.tuning_seeds]).items():
                if place.startswith(OUTSIDE) == outside:
                    found |= {(one.name, place, seed) for seed in seeds}
    return found


def _seeds_of(place: str) -> range:
    """The seeds of a block, by its name."""
    first, last = map(int, re.findall(r"\d+", place.rsplit("/", 1)[1]))
    return range(first, last + 1)
