"""Checks of a whole paper, after its studies are expanded: claims, fresh seeds, ranges of returns, the small part."""

from collections.abc import Collection, Mapping, Sequence

from a2c.config.claims import (
    Claim,
    Tested,
    Untested,
    check_at_centres,
    check_points,
    check_studies,
    check_untestable,
    claims_of,
    located,
)
from a2c.config.errors import mistake, unknown_key
from a2c.config.gradients import GradientStudy
from a2c.config.measures import NEED_THRESHOLD, measure_of
from a2c.config.metrics import metrics_of
from a2c.config.paper import Paper, PaperFile, Small, Study
from a2c.config.seeds import checked_seeds
from a2c.config.tested import PlannedStudy
from a2c.config.tunings import Tuning


def check_claims(claims: Sequence[Claim], studies: Sequence[PlannedStudy], source: str) -> None:
    """ConfigError if a claim cannot be tested on its study, or seems to mean another one."""
    check_studies(claims, {study.name: study.group for study in studies}, source)
    for study in studies:
        own = claims_of(claims, study.group, study.centre)
        check_untestable(own, study.name, study.centre, source)
        check_points(own, study.name, study.places, study.baseline, source)
        for claim in own:
            if not isinstance(claim, Untested) and not claim.why_not(study.centre):
                _check_recorded(claim, study, source)
                _check_within_budget(claim, study, source)
    centres: dict[str, list[str]] = {}
    for study in studies:
        centres.setdefault(study.group, []).append(study.centre)
    check_at_centres(claims, centres, source)


def _check_recorded(claim: Tested, study: PlannedStudy, source: str) -> None:
    """ConfigError if a claim on a metric looks at runs of an algorithm that does not record it."""
    metric, _, statistic = claim.measure.partition(":")
    subject, references = located(claim, study.places, study.baseline)
    for number in (subject, *references) if statistic else ():
        algorithm = study.places[number]["algorithm"]
        if metric not in metrics_of(algorithm):
            allowed = f"statistics of metrics that {algorithm} records: {', '.join(metrics_of(algorithm))}"
            raise mistake(source, f"{claim.id}.measure", claim.measure, allowed)


def _check_within_budget(claim: Tested, study: PlannedStudy, source: str) -> None:
    """ConfigError if a claim on times has a bound at or beyond the budget, after which no run is observed."""
    bounds = ("value", "low", "high", "margin") if measure_of(claim.measure).compared == "times" else ()
    for key in bounds:
        bound = getattr(claim, key, 0)
        if bound >= study.total_steps:
            allowed = f"agent steps below {study.total_steps}, the budget of study {study.name}"
            raise mistake(source, f"{claim.id}.{key}", bound, allowed)


def check_thresholds(paper: Paper, thresholds: Mapping[str, float | None], source: str) -> None:
    """ConfigError if a claim is about solving an environment without a threshold. `thresholds`: by environment."""
    for study in paper.studies:
        for claim in paper.claims_of(study):
            if isinstance(claim, Untested) or claim.why_not(study.centre) or claim.measure not in NEED_THRESHOLD:
                continue
            subject, references = located(claim, study.places, study.baseline)
            for number in (subject, *references):
                env_id = study.points[number].configuration.env_id
                if thresholds[env_id] is None:
                    allowed = f"measures without a threshold at which {env_id} is solved, as it has none"
                    raise mistake(source, f"claims.{claim.id}.measure", claim.measure, allowed)


def check_fresh_seeds(
    paper: PaperFile, studies: Sequence[Study | GradientStudy], tunings: Sequence[Tuning], source: str
) -> None:
    """ConfigError if a seed that reports or tests was tuned on, or used before."""
    used = set() if paper.used_seeds is None else set(checked_seeds(paper.used_seeds, source, "used_seeds"))
    tuned = {
        seed: f"tuning seeds of study {study.name}"
        for study in studies
        if isinstance(study, Study)
        for seed in study.tuning_seeds
    }
    tuned |= {
        seed: f"seeds of tuning {one.name}" for one in tunings for r in range(one.repeats) for seed in one.seeds_of(r)
    }
    fresh = {f"{study.kind}.{study.name}.seeds": study.seeds for study in studies}
    fresh |= {f"tunings.{tuning.name}.test_seeds": tuning.test_seeds for tuning in tunings}
    for key, seeds in fresh.items():
        for seed in seeds:
            if seed in used or seed in tuned:
                where = "used_seeds" if seed in used else f"the {tuned[seed]}"
                raise mistake(source, key, seed, f"seeds that are not among {where}")


def check_return_ranges(ranges: Collection[str], studies: Sequence[Study], source: str) -> None:
    """ConfigError if a range is of an environment that no study has."""
    known = dict.fromkeys(point.configuration.env_id for study in studies for point in study.points)
    for env_id in ranges:
        if env_id not in known:
            raise unknown_key(source, f"return_ranges.{env_id}", known, "environment")


def check_small(paper: PaperFile, studies: Sequence[Study], centres: Collection[str], source: str) -> None:
    """ConfigError if the small part names a study or a centre that the paper does not have, or ends between looks."""
    if paper.small is None:
        return
    _check_small_names(paper.small, studies, centres, source)
    for study in studies:
        if paper.small.has(study.group, study.centre) and study.looks:
            _check_small_looks(paper.small.seeds, study, source)


def _check_small_names(small: Small, studies: Sequence[Study], centres: Collection[str], source: str) -> None:
    groups = list(dict.fromkeys(study.group for study in studies))
    for key, names, known in (
        ("studies", small.studies, groups),
        ("centres", small.centres, list(centres)),
    ):
        for number, name in enumerate(names or []):
            if name not in known:
                raise mistake(source, f"small.{key}[{number}]", name, ", ".join(known) or "none")


def _check_small_looks(seeds: int, study: Study, source: str) -> None:
    """ConfigError if the first seeds of a study are fewer than all, and it is not looked at with so many."""
    if seeds < len(study.seeds) and seeds not in study.looks:
        allowed = f"one of the looks of study {study.name}, {', '.join(map(str, study.looks))}"
        raise mistake(source, "small.seeds", seeds, allowed)
