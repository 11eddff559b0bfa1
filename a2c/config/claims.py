"""Claims: a sentence with its source, and the test that decides it, as data. Validated on every dry run."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_serializer,
    model_validator,
)

from a2c.config.configuration import Number
from a2c.config.errors import inconsistent, mistake, nearest, one_of, unknown_key, validate
from a2c.config.estimators import ESTIMATOR
from a2c.config.files import read_mapping
from a2c.config.measures import OF_GRADIENTS, PATTERN, How, measure_of
from a2c.config.names import LABEL, SETTINGS

LATER = {"centres", "not_testable", "compare", "quantile"}  # keys of a claim that came after version 0.1.0

EVERYWHERE = "all"
SLIP = 0.85  # how alike the name of a study that is not there and that of one that is are (difflib), if it is a slip

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "inconclusive"
NOT_YET, ELSEWHERE, NOT_HERE = "not tested yet", "tested in another paper", "not testable here"
UNTESTED = (NOT_YET, ELSEWHERE, NOT_HERE)  # verdicts without a test
VERDICTS = (SUPPORTED, CONTRADICTED, UNDECIDED, *UNTESTED)
TOO_SKEWED = "too skewed to say"  # in place of the number of seeds that would settle a claim

# YAML 1.1 reads 1e-2 (no dot) as text: numbers are tried before text.
Value = Annotated[bool | int | Number | str | None, Field(union_mode="left_to_right")]
OF_NAMES = (LABEL, SETTINGS, ESTIMATOR)  # axes on which text is text, even if it looks like a number


def _with_names(point: Any, check: ValidatorFunctionWrapHandler) -> Any:
    """A checked point, its names as they are written."""
    checked = check(point)
    return {axis: point[axis] if axis in OF_NAMES else value for axis, value in checked.items()}


PointOfClaim = Annotated[dict[str, Value], WrapValidator(_with_names)]


class _Claim(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name of the claim, once in a file")
    says: str = Field(min_length=1, description="the sentence")
    part: str = Field(default="", description="its words that are tested, where it says more than one thing")
    where: str = Field(min_length=1, description="where it stands")
    study: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="the study whose runs decide it")
    centres: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="the centres of the study at which it is tested; left out if at all of them"
    )
    why: str = Field(min_length=1, description="why this test and this margin; why not, if not tested")
    caveat: str = Field(
        default="", description="what the data showed about the test itself; written after them, it changes no verdict"
    )

    @model_serializer(mode="wrap")
    def _without_defaults(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Later keys are left out at their defaults: records and registrations from before stay as they are."""
        return {name: value for name, value in dump(self).items() if value or name not in LATER}


class _Tested(_Claim):
    measure: str = Field(pattern=PATTERN, description="number of a run, rate over runs, or metric:statistic")
    subject: PointOfClaim = Field(description="the point it is about; axes left out are at the baseline")
    not_testable: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default={}, description="centre: why no result can decide it there; all for a study without centres"
    )

    @property
    def how(self) -> How:
        """How its effect is tested."""
        return measure_of(self.measure).compared

    @property
    def is_paired(self) -> bool:
        """Whether its points share their runs, so that each run is compared with itself: those of gradient studies."""
        return self.measure in OF_GRADIENTS

    def why_not(self, centre: str) -> str:
        """Why the claim cannot be tested at a centre (empty without centres); empty if it can."""
        return self.not_testable.get(centre or EVERYWHERE, "")


class Comparison(_Tested):
    """The subject's level against that of a reference point, or of every other point of the same environment."""

    test: Literal["lower", "higher", "not_lower", "not_higher", "equivalent", "differs"] = Field(
        description="lower, higher: by at least the margin; not_lower, not_higher, equivalent: within it, for every "
        "reference; differs: by more than it, for some reference"
    )
    reference: PointOfClaim | Literal["others"] = Field(description="a point, or others: every other point")
    margin: Number = Field(
        ge=0,
        description="smallest difference that matters, in the measure's unit; a factor if it is compared by ratios",
    )
    compare: Literal["means", "superiority"] | None = Field(
        default=None, description="another comparison than the measure's own; superiority: how often a run beats one"
    )

    @property
    def how(self) -> How:
        return self.compare or super().how

    @model_validator(mode="after")
    def _defined(self) -> "Comparison":
        how, smallest = self.how, 0.0
        if self.compare and self.is_paired:
            raise inconsistent("compare", self.compare, f"none with {self.measure}, which is compared within runs")
        if self.compare and measure_of(self.measure).compared in ("rates", "times"):
            raise inconsistent("compare", self.compare, f"none with {self.measure}, which has its own test")
        if how == "ratios":
            smallest = 1.0
            if self.margin < 1:
                raise inconsistent(
                    "margin", self.margin, f"a factor from 1 on, as {self.measure} is compared by ratios"
                )
        if how == "superiority" and self.margin >= 0.5:
            raise inconsistent("margin", self.margin, "a probability below 0.5, the distance from even chances")
        if self.test in ("equivalent", "differs") and self.margin == smallest:
            raise inconsistent("margin", self.margin, f"a number above {smallest:g} with test: {self.test}")
        return self


class Threshold(_Tested):
    """The subject's level, or rate, against a value."""

    test: Literal["at_least", "at_most"]
    value: Number = Field(description="the bound, in the measure's unit")
    quantile: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="share of runs below the level that is tested; left out: the mean"
    )

    @property
    def how(self) -> How:
        return super().how if self.quantile is None else "quantiles"

    @model_validator(mode="after")
    def _defined(self) -> "Threshold":
        if self.quantile is not None and super().how == "rates":
            raise inconsistent("quantile", self.quantile, "none with a rate")
        if self.how == "ratios" and self.value <= 0:
            raise inconsistent("value", self.value, f"a number above 0 with {self.measure}")
        return self


class Between(_Tested):
    """The subject's level, or rate, between two values."""

    test: Literal["between"]
    low: Number
    high: Number

    @model_validator(mode="after")
    def _ordered(self) -> "Between":
        if self.low >= self.high:
            raise inconsistent("high", self.high, f"a number above low, {self.low:g}")
        if self.how == "ratios" and self.low <= 0:
            raise inconsistent("low", self.low, f"a number above 0 with {self.measure}")
        return self


class Untested(_Claim):
    """A sentence that is listed without a test: not yet, in another paper, or not testable, as no run can tell."""

    test: Literal["not_tested", "tested_elsewhere", "not_testable"]


Tested = Comparison | Threshold | Between
AnyClaim = Comparison | Threshold | Between | Untested
Claim = Annotated[AnyClaim, Field(discriminator="test")]
KINDS: dict[str, type[AnyClaim]] = {
    test: kind for kind in get_args(AnyClaim) for test in get_args(kind.model_fields["test"].annotation)
}


class _ClaimsFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    claims: list[dict[str, Any]] = Field(description="the claims")


def parse_claim(data: Mapping[str, Any], source: str, at: str = "") -> Claim:
    """One claim from a mapping; its `test` decides which keys it has. ConfigError at the first mistake."""
    test = data.get("test")
    if not isinstance(test, str) or test not in KINDS:
        raise mistake(source, f"{at}.test".lstrip("."), test, one_of(test, KINDS))
    return validate(KINDS[test], data, source, at)


def read_claims(path: Path) -> list[Claim]:
    """All claims of a YAML file, in its order. ConfigError at the first mistake."""
    contents = validate(_ClaimsFile, read_mapping(path), str(path)).claims
    claims: list[Claim] = []
    for number, data in enumerate(contents):
        claim = parse_claim(data, str(path), f"claims[{number}]")
        if claim.id in (other.id for other in claims):
            raise mistake(str(path), f"claims[{number}].id", claim.id, "an id that no other claim has")
        claims.append(claim)
    return claims


def locate(point: Mapping[str, Any], places: Sequence[Mapping[str, Any]], baseline: Mapping[str, Any]) -> list[int]:
    """Indices of the places that `point` names; the axes it does not name are at the baseline.

    A place is a point of a study as one mapping: the configuration's fields, and over them its values on the axes.
    """
    values = {**baseline, **point}
    return [
        number
        for number, place in enumerate(places)
        if all(key in place and place[key] == value for key, value in values.items())
    ]


def claims_of(claims: Sequence[Claim], study: str, centre: str) -> list[Claim]:
    """The claims on a study at one of its centres. `study`: its name in the paper's file; `centre`: empty without."""
    return [claim for claim in claims if claim.study == study and (not claim.centres or centre in claim.centres)]


def key_of(claim: Claim, centre: str) -> str:
    """The name of a claim's test at a centre: `lr_fast@article`; without a centre the claim's own."""
    return f"{claim.id}@{centre}" if centre else claim.id


def check_centres(claims: Sequence[Claim], centres: Collection[str], source: str) -> None:
    """ConfigError if a claim names a centre that the paper does not have."""
    for claim in claims:
        for name in () if isinstance(claim, Untested) else claim.not_testable:
            if name not in (known := [*centres, EVERYWHERE]):
                raise unknown_key(source, f"{claim.id}.not_testable.{name}", known, "centre")
        for name in claim.centres:
            if name not in centres:
                raise mistake(
                    source, f"{claim.id}.centres", name, one_of(name, centres) or "none: the paper has no centres"
                )


def check_untestable(claims: Sequence[Claim], study: str, centre: str, source: str) -> None:
    """ConfigError if one of the claims on a study says why it is not testable at a centre where nobody tests it.

    `centre`: that the study is made around; empty without.
    """
    for claim in claims:
        for name in () if isinstance(claim, Untested) else claim.not_testable:
            if (name == EVERYWHERE) == bool(centre):
                allowed = f"names of centres, as {study} has one" if centre else f"all, as {study} has no centres"
                raise mistake(source, f"{claim.id}.not_testable", name, allowed)
            if claim.centres and name not in claim.centres:
                allowed = f"{', '.join(claim.centres)}, the centres of the claim"
                raise mistake(source, f"{claim.id}.not_testable", name, allowed)


def check_at_centres(claims: Sequence[Claim], centres_of: Mapping[str, Collection[str]], source: str) -> None:
    """ConfigError if a claim names a centre that its study is not made around. `centres_of`: by study in the file."""
    for claim in claims:
        if claim.study not in centres_of:
            continue
        known = [name for name in centres_of[claim.study] if name]
        told = [] if isinstance(claim, Untested) else [name for name in claim.not_testable if name != EVERYWHERE]
        for key, names in (("centres", claim.centres), ("not_testable", told)):
            for name in names:
                if name not in known:
                    allowed = ", ".join(known) or f"none, as {claim.study} has no centres"
                    raise mistake(source, f"{claim.id}.{key}", name, allowed)


def check_studies(claims: Sequence[Claim], groups: Mapping[str, str], source: str) -> None:
    """ConfigError if a claim with a test names a study that the paper lacks and that is a slip for one that it has.

    Papers may share claims: other studies may be elsewhere, and such claims are listed as not tested yet. `groups`: by
    name of each study, its name in the paper's file.
    """
    names = list(dict.fromkeys(groups.values()))
    for claim in claims:
        if claim.study in names or isinstance(claim, Untested):
            continue
        if claim.study in groups:
            allowed = f"{groups[claim.study]}; the key centres says at which of its centres"
            raise mistake(source, f"{claim.id}.study", claim.study, allowed)
        if nearest(claim.study, names, SLIP):
            raise mistake(source, f"{claim.id}.study", claim.study, one_of(claim.study, names))


def check_points(
    claims: Sequence[Claim],
    study: str,
    places: Sequence[Mapping[str, Any]],
    baseline: Mapping[str, Any],
    source: str,
) -> None:
    """ConfigError if one of the claims on a study names a point that the study does not have, or several.

    `places` are the study's points as `locate` takes them.
    """
    for claim in claims:
        if isinstance(claim, Untested):
            continue
        _check_measure(claim, study, places[0], source)
        points = {"subject": claim.subject}
        if isinstance(claim, Comparison) and claim.reference != "others":
            points["reference"] = claim.reference
        found = {key: locate(point, places, baseline) for key, point in points.items()}
        for key, numbers in found.items():
            if len(numbers) != 1:
                allowed = f"a mapping that names one point of study {study}, whose baseline is {dict(baseline)}"
                raise mistake(source, f"{claim.id}.{key}", points[key], allowed)
        if found.get("reference") == found["subject"]:
            raise mistake(source, f"{claim.id}.reference", points["reference"], "another point than the subject")
        if isinstance(claim, Comparison) and claim.reference == "others":
            (subject,) = locate(claim.subject, places, baseline)
            if not others(subject, places):
                raise mistake(source, f"{claim.id}.reference", "others", f"a point; study {study} has no others")


def _check_measure(claim: Tested, study: str, place: Mapping[str, Any], source: str) -> None:
    """ConfigError if a claim on a gradient study has a measure of runs, or the other way round."""
    of_gradients = ESTIMATOR in place
    if (claim.measure in OF_GRADIENTS) != of_gradients:
        allowed = ", ".join(OF_GRADIENTS) if of_gradients else "a measure of runs"
        kind = "estimators" if of_gradients else "runs"
        raise mistake(source, f"{claim.id}.measure", claim.measure, f"{allowed}, as {study} is a study of {kind}")


def located(claim: Tested, places: Sequence[Mapping[str, Any]], baseline: Mapping[str, Any]) -> tuple[int, list[int]]:
    """Index of the claim's subject, and of each of its references: none if it compares with numbers.

    The claim's points have been checked (`check_points`).
    """
    (subject,) = locate(claim.subject, places, baseline)
    if not isinstance(claim, Comparison):
        return subject, []
    if claim.reference == "others":
        return subject, others(subject, places)
    return subject, locate(claim.reference, places, baseline)


def others(subject: int, places: Sequence[Mapping[str, Any]]) -> list[int]:
    """Indices of the other places that "others" refers to.

    They are in the same environment; of a gradient study, the other estimators at the same snapshot in batches of as
    many environments.
    """
    shared = ("snapshot", "n_envs") if ESTIMATOR in places[subject] else ("env_id",)
    here = [places[subject][axis] for axis in shared]
    return [
        number for number, place in enumerate(places) if [place[axis] for axis in shared] == here and number != subject
    ]
