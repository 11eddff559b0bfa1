"""Reading a paper: its YAML file is checked and expanded to studies, points and configurations."""

import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from a2c.config.centres import FROM, Around, around_centres, read_centres
from a2c.config.checks import check_claims, check_fresh_seeds, check_return_ranges, check_small
from a2c.config.claims import check_centres, read_claims
from a2c.config.configuration import configuration
from a2c.config.errors import mistake, validate
from a2c.config.files import read_mapping
from a2c.config.gradients import expand_gradients
from a2c.config.paper import Paper, PaperFile, Point, Study, StudyFile
from a2c.config.points import axes_of, baseline_of, points_of, scales_of
from a2c.config.published_scores import PublishedScore, read_published_scores
from a2c.config.seeds import checked_seeds, consecutive
from a2c.config.tunings import expand_tunings

LONGEST_NAME, LONGEST_PATH = 200, 1000  # bytes; systems take 255 and 4096, and files below the folder need room
MOST_POINTS = 20_000  # of a paper: they are expanded in seconds


def load_paper(path: Path) -> Paper:
    """The paper in a YAML file, expanded and checked. ConfigError at the first mistake."""
    return expand(read_mapping(path), str(path), path.parent)


def expand(data: Any, source: str, folder: Path) -> Paper:
    """The paper that a mapping describes, expanded and checked. ConfigError at the first mistake.

    `source`: where the mapping is from, for messages. `folder`: what the paths in it are relative to.
    """
    paper = validate(PaperFile, data, source)
    claims = read_claims(folder / paper.claims) if paper.claims else []
    centres = read_centres(paper.centres, source, folder)
    check_centres(claims, centres, str(paper.claims))
    studies: list[Study] = []
    for number, fields in enumerate(paper.studies):
        left = MOST_POINTS - sum(len(study.points) for study in studies)
        for study in _around_centres(fields, number, centres, left, source, folder):
            if study.name in (other.name for other in studies):
                raise mistake(source, f"studies[{number}].name", study.name, "a name that no other study has")
            studies.append(study)
    gradients = expand_gradients(paper.gradients, source, centres, [study.name for study in studies])
    tunings = expand_tunings(paper.tunings, source)
    check_claims(claims, [*studies, *gradients], str(paper.claims))
    check_fresh_seeds(paper, [*studies, *gradients], tunings, source)
    check_small(paper, studies, centres, source)
    check_return_ranges(paper.return_ranges, studies, source)
    return Paper(
        title=paper.title,
        description=paper.description,
        results=folder_name(paper.results, source, "results"),
        seeds_per_job=paper.seeds_per_job,
        runs_per_gpu=paper.runs_per_gpu,
        cores_per_gpu=paper.cores_per_gpu,
        claims=claims,
        studies=studies,
        claims_file=paper.claims,
        return_ranges=paper.return_ranges,
        gradients=gradients,
        tunings=tunings,
        centres={name: configuration(fields, source) for name, fields in centres.items()},
        centre_files=[fields[FROM] for fields in paper.centres.values() if FROM in fields],
        small=paper.small,
        source=paper.source,
        known_before=paper.known_before,
    )


def _around_centres(
    fields: dict[str, Any], number: int, centres: Mapping[str, dict[str, Any]], left: int, source: str, folder: Path
) -> list[Study]:
    """The study that a mapping describes, once for each of its centres. `number`: of the mapping in the file.

    ConfigError if it has more than `left` points in all.
    """
    name = fields.get("name")
    at = f"studies.{name}" if isinstance(name, str) else f"studies[{number}]"
    study = validate(StudyFile, fields, source, at)
    around = around_centres(study, centres, source, at)
    grid = math.prod(map(len, study.grid.values())) * max(1, len(study.settings)) if study.grid else 0
    if (size := (grid + len(study.points)) * len(around)) > left:
        raise mistake(source, f"{at}.grid", size, f"at most {MOST_POINTS:,} points in all studies of a paper")
    return [_expand_study(one, source, folder) for one in around]


def folder_name(path: str, source: str, key: str) -> str:
    """A folder of results, normalised. ConfigError where the workflow could not name its files: it formats braces."""
    normal = re.sub("^//", "/", os.path.normpath(path))  # which keeps two slashes, and they are the root's
    parts = normal.split("/")
    allowed = ""
    if set("{}") & set(path) or not path.isprintable():
        allowed = "a path without braces and control characters"
    elif any(len(os.fsencode(part)) > LONGEST_NAME for part in parts) or len(os.fsencode(normal)) > LONGEST_PATH:
        allowed = f"at most {LONGEST_NAME} bytes a name and {LONGEST_PATH} in all"
    elif normal in (".", "..", "/") or parts[-1] == "..":
        allowed = "a folder of its own, such as results/mine"
    elif normal.startswith("-"):
        allowed = "a path that does not begin like an option, such as ./-x"
    if allowed:
        raise mistake(source, key, path, allowed)
    return normal


def _expand_study(around: Around, source: str, folder: Path) -> Study:
    study, at = around.study, around.at
    base = configuration(study.base, source, f"{at}.base")
    points = points_of(study, source, at)
    shortest = min(point.configuration.total_steps for point in points)
    if base.total_steps > shortest:
        given = "" if "total_steps" in study.base else ", here the default"
        allowed = f"at most {shortest}, the shortest budget of a point: all runs are judged on the base's{given}"
        raise mistake(source, f"{at}.base.total_steps", base.total_steps, allowed)
    axes = axes_of(points)
    seeds = _seeds(study.seeds, source, f"{at}.seeds")
    tuning = [] if study.tuning_seeds is None else _seeds(study.tuning_seeds, source, f"{at}.tuning_seeds")
    if both := sorted(set(seeds) & set(tuning)):
        raise mistake(source, f"{at}.tuning_seeds", both[0], "seeds that are not among the reporting seeds")
    return Study(
        name=study.name,
        title=study.title or study.name.replace("_", " ").capitalize(),
        description=study.description,
        base=base,
        axes=axes,
        scales=scales_of(study, axes, source, at),
        baseline=baseline_of(study, base, points, source, at),
        points=points,
        seeds=seeds,
        tuning_seeds=tuning,
        published_scores=_published_scores(study, points, source, at, folder),
        group=around.group,
        centre=around.centre,
        question=study.question,
        looks=_looks(study, seeds, source, at),
    )


def _looks(study: StudyFile, seeds: Sequence[int], source: str, at: str) -> list[int]:
    """The numbers of seeds at which the tests are looked at.

    ConfigError unless they rise, the number of these seeds is one of them, and the seeds have no gaps: the next look
    has the next seeds.
    """
    looks = study.looks
    if looks and (looks != sorted(set(looks)) or len(seeds) not in looks):
        allowed = f"rising numbers, one of which is the number of seeds, {len(seeds)}"
        raise mistake(source, f"{at}.looks", looks, allowed)
    if looks and len(consecutive(seeds)) > 1:
        raise mistake(
            source, f"{at}.seeds", study.seeds, "with looks, seeds without gaps: the next look has the next seeds"
        )
    return looks


def _seeds(value: str | int | Sequence[int], source: str, key: str) -> list[int]:
    seeds = checked_seeds(value, source, key)
    if len(seeds) < 2:
        raise mistake(source, key, value, "at least two seeds, as every table gives intervals over seeds")
    return seeds


def _published_scores(
    study: StudyFile, points: Sequence[Point], source: str, at: str, folder: Path
) -> list[PublishedScore]:
    """The scores in the study's file that are of its environments. ConfigError if there are none."""
    if study.published_scores is None:
        return []
    environments = dict.fromkeys(point.configuration.env_id for point in points)
    file = read_published_scores(folder / study.published_scores)
    if scores := [score for score in file if score.env_id in environments]:
        return scores
    allowed = f"a file with scores of {' or '.join(environments)}"
    raise mistake(source, f"{at}.published_scores", study.published_scores, allowed)
