"""Tunings: their keys in a paper's YAML file, and what they expand to."""

import itertools
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from a2c.config.configuration import Configuration, Heading, Name, Number, Whole, configuration
from a2c.config.errors import ConfigError, as_written, mistake, unknown_key, validate
from a2c.config.metrics import CURVE_POINTS
from a2c.config.names import is_number
from a2c.config.seeds import checked_seeds
from a2c.config.space import Dimension, SpaceFile, dimensions, extremes, shown, without_conditional

TunerName = Literal["grid", "random", "tpe", "cmaes", "hyperband", "asha"]
PRUNING: tuple[TunerName, ...] = ("hyperband", "asha")  # tuners that end trials early
TUNERS = get_args(TunerName)
# Fields that decide the task, and what a score is: settings that are compared have the same.
TASK = (
    "env_id", "env_kwargs", "modules", "max_episode_steps", "atari_protocol", "total_steps", "total_episodes",
    "stop_return", "eval_episodes",
)  # fmt: skip
# No tuner may choose them, nor those that decide what a run costs or what is recorded.
NOT_TUNED = (*TASK, "algorithm", "network", "snapshots", "device")
# Names of tuners, and headings of tables, which references may not have, in upper or lower case.
TAKEN = (*TUNERS, "random search", "cma-es", "tuned", "field or result")
MOST_TRIALS = 10_000
MOST_POINTS = 1_000_000  # of a grid
MOST_TRIED = 10_000  # points of a grid that are all tried before anything runs
REDUCTION = 3  # hyperband, asha: of the trials at a rung one in so many goes on, and the next rung is so much higher
PARTS = 9  # equal parts of a run: the rungs are after 1 and 3 of them
COMBINATIONS = 1000  # of extreme values that are tried before anything runs, and of a large grid
REFERENCES = "references"  # the name of the job that trains them, beside those of tuners


class TuningFile(BaseModel):
    """The fields of a tuning in a paper's YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name of the tuning and of its folder")
    title: Heading = Field(default="", description="heading on the page; made from the name if empty")
    description: str = Field(default="", description="what the tuning asks")
    base: dict[str, Any] = Field(
        default={}, description="fixed fields; of a field of the space, the value in a grid that does not name it"
    )
    space: dict[str, dict[str, Any]] = Field(
        min_length=1, description="field: {low, high, log} or {choices}, each with a condition `when` if it has one"
    )
    grid: dict[str, list[Any]] = Field(
        default={}, description="field: values that the tuner grid combines; made from the space if left out"
    )
    tuners: list[TunerName] = Field(min_length=1, description="any of grid, random, tpe, cmaes, hyperband, asha")
    measure: Literal["final_return", "auc", "eval_return"] = Field(
        default="final_return", description="what a tuner maximises: the mean of this number over a trial's seeds"
    )
    trials: Whole = Field(ge=1, le=MOST_TRIALS, description="budget of a repeat, in trials at full length")
    small_budgets: list[Annotated[int, Field(ge=1)]] = Field(
        default=[], description="smaller budgets whose winners are tested as well"
    )
    repeats: Whole = Field(ge=1, le=1000, description="independent repeats of every tuner")
    seeds_per_trial: Whole = Field(ge=1, le=1000, description="seeds of a trial; every repeat has its own")
    test_seeds: str | int | list[int] = Field(description="seeds that winners are tested on, which no tuner sees")
    references: dict[Name, dict[str, Any]] = Field(
        default={}, description="name: fields; settings that are trained on the test seeds, to compare winners with"
    )
    recommended: dict[str, list[Any]] = Field(
        default={},
        description="field: [low, high] or values that a text recommends; a table has the share of good trials inside",
    )
    good: Number | None = Field(default=None, description="the lowest score of a good trial; needed with recommended")


@dataclass(frozen=True)
class Tuning:
    """A tuning, expanded and checked."""

    name: str
    title: str
    description: str
    base: dict[str, Any]
    space: list[Dimension]
    grid: dict[str, list[Any]]  # as checked by the configuration
    tuners: list[TunerName]
    measure: str
    trials: int
    small_budgets: list[int]
    repeats: int
    seeds_per_trial: int
    test_seeds: list[int]
    references: dict[str, Configuration]
    recommended: dict[str, list[Any]]  # field: its range's two ends, or values of its choices
    good: float | None  # the lowest score of a good trial
    keys: dict[str, Any]  # as a paper's file has them, all of them
    source: str  # the paper's file, in messages

    @property
    def budgets(self) -> list[int]:
        """The budgets whose winners are tested, in trials at full length; the last is the whole budget."""
        return [*self.small_budgets, self.trials]

    @cached_property
    def base_configuration(self) -> Configuration:
        """The configuration of the base alone."""
        return configuration(self.base, self.source)

    @property
    def jobs(self) -> list[tuple[str, int]]:
        """The tuner and the repeat of each job, and that of the references if there are some."""
        references = [(REFERENCES, 0)] if self.references else []
        return [*((tuner, repeat) for tuner in self.tuners for repeat in range(self.repeats)), *references]

    @cached_property
    def n_points(self) -> int:
        """The configurations of the grid: fewer than its points where it has fields with conditions."""
        tied = {one.field for one in self.space if one.when and one.field in self.grid}
        for one in reversed(self.space):  # conditions stand before their fields
            tied |= one.when.keys() if one.field in tied else set()
        free = math.prod(len(values) for name, values in self.grid.items() if name not in tied)
        different = set()
        for point in _points({name: values for name, values in self.grid.items() if name in tied}):
            fields = self._in_effect(point)
            different.add(json.dumps([fields.get(name) for name in point]))
        return free * len(different)

    def seeds_of(self, repeat: int) -> list[int]:
        """The seeds of every trial of a repeat: all tuners have the same, two repeats have none in common."""
        first = repeat * self.seeds_per_trial
        return list(range(first, first + self.seeds_per_trial))

    def configuration(self, values: Mapping[str, Any]) -> Configuration:
        """The configuration with these values; a field whose condition is not met keeps its default."""
        kept = self._in_effect(values)
        fields = {name: value for name, value in {**self.base, **values}.items() if name in kept}
        return configuration(fields, self.source, f"tunings.{self.name}.space")

    def asks_for(self, dimension: Dimension, values: Mapping[str, Any]) -> bool:
        """Whether the condition of a field is met, beside these values of the fields before it."""
        return dimension.applies(self._in_effect(values))

    def _in_effect(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields with these values, as JSON has them, without those whose condition is not met.

        Conditions are compared with the values of the configuration: in the base, 1e-3 is text.
        """
        fields = {**self._base_fields, **values}
        for dimension in self.space:
            if not dimension.applies(fields):
                fields.pop(dimension.field, None)
        return fields

    @cached_property
    def _base_fields(self) -> dict[str, Any]:
        return self.base_configuration.model_dump(mode="json")

    def values(self, config: Configuration) -> dict[str, Any]:
        """By tuned field, the value that a configuration has, as JSON has it; none of a field without its condition."""
        fields = config.model_dump(mode="json")
        return {one.field: fields[one.field] for one in self.space if one.applies(fields)}


def expand_tunings(entries: Sequence[dict[str, Any]], source: str) -> list[Tuning]:
    """The tunings of a paper, checked. ConfigError at the first mistake."""
    tunings: list[Tuning] = []
    for number, fields in enumerate(entries):
        name = fields.get("name")
        at = f"tunings.{name}" if isinstance(name, str) else f"tunings[{number}]"
        tuning = _expand(validate(TuningFile, fields, source, at), source, at)
        if tuning.name in (other.name for other in tunings):
            raise mistake(source, f"tunings[{number}].name", tuning.name, "a name that no other tuning has")
        tunings.append(tuning)
    return tunings


def _expand(file: TuningFile, source: str, at: str) -> Tuning:
    base = configuration(file.base, source, f"{at}.base")
    _check_lists(file, base, source, at)
    space = dimensions(_space(file, source, at), file.base, source, at)
    references = _references(file, base, source, at)
    seeds = _test_seeds(file, source, f"{at}.test_seeds")
    tuning = Tuning(
        name=file.name,
        title=file.title or f"Tuning: {file.name.replace('_', ' ')}",
        description=file.description,
        base=file.base,
        space=space,
        grid=_grid(file, space, source, at),
        tuners=file.tuners,
        measure=file.measure,
        trials=file.trials,
        small_budgets=file.small_budgets,
        repeats=file.repeats,
        seeds_per_trial=file.seeds_per_trial,
        test_seeds=seeds,
        references=references,
        recommended=_recommended(file, space, source, at),
        good=file.good,
        keys={**file.model_dump(mode="json"), "test_seeds": seeds},
        source=source,
    )
    _check_combinations(tuning)
    return tuning


def _references(file: TuningFile, base: Configuration, source: str, at: str) -> dict[str, Configuration]:
    """The settings that winners are compared with. ConfigError at a taken name and at another task than the base's."""
    references = {}
    for name, fields in file.references.items():
        if " ".join(name.lower().split()) in TAKEN:
            allowed = f"a name that is none of {', '.join(TAKEN)}"
            raise mistake(source, f"{at}.references", name, allowed)
        one = configuration({**file.base, **fields}, source, f"{at}.references.{name}")
        for field in TASK:
            if getattr(one, field) != getattr(base, field):
                allowed = f"{as_written(getattr(base, field))}, the base's, as both are compared"
                raise mistake(source, f"{at}.references.{name}.{field}", getattr(one, field), allowed)
        references[name] = one
    return references


def _space(file: TuningFile, source: str, at: str) -> dict[str, SpaceFile]:
    """The entries of the space, each alone. ConfigError if a field cannot be tuned."""
    allowed = [name for name in Configuration.model_fields if name not in NOT_TUNED]
    for name in file.space:
        if name not in allowed:
            if name not in NOT_TUNED:
                raise unknown_key(source, f"{at}.space.{name}", allowed)
            raise ConfigError(f"{source}: {at}.space.{name}: may not be tuned; allowed: {', '.join(allowed)}")
    return {name: validate(SpaceFile, entry, source, f"{at}.space.{name}") for name, entry in file.space.items()}


def _check_lists(file: TuningFile, base: Configuration, source: str, at: str) -> None:
    """ConfigError at tuners or budgets that come twice, and at tuners that do not fit the base."""
    if len(set(file.tuners)) != len(file.tuners):
        raise mistake(source, f"{at}.tuners", file.tuners, "each tuner once")
    budgets = [*file.small_budgets, file.trials]
    if budgets != sorted(set(budgets)):
        raise mistake(source, f"{at}.small_budgets", file.small_budgets, f"rising numbers below trials, {file.trials}")
    pruning = [tuner for tuner in file.tuners if tuner in PRUNING]
    if pruning and base.algorithm not in ("a2c", "ppo"):
        allowed = f"none of {' and '.join(PRUNING)} with {base.algorithm}, whose seeds are not trained side by side"
        raise mistake(source, f"{at}.tuners", pruning[0], allowed)
    least = CURVE_POINTS * (PARTS if pruning else 1)
    if base.total_steps < least:
        allowed = f"at least {least}{f' with {pruning[0]}' if pruning else ''}"
        raise mistake(source, f"{at}.base.total_steps", base.total_steps, allowed)


def _test_seeds(file: TuningFile, source: str, key: str) -> list[int]:
    """The test seeds. ConfigError if a tuner sees one of them."""
    seeds = checked_seeds(file.test_seeds, source, key)
    if len(seeds) < 2:
        raise mistake(source, key, file.test_seeds, "at least two seeds, as every table gives intervals over seeds")
    n_tuned = file.repeats * file.seeds_per_trial
    if seeds[0] < n_tuned:
        allowed = f"seeds from {n_tuned}: smaller ones are the trials' (repeats * seeds_per_trial)"
        raise mistake(source, key, seeds[0], allowed)
    return seeds


def _grid(file: TuningFile, space: Sequence[Dimension], source: str, at: str) -> dict[str, list[Any]]:
    """The values that the tuner grid combines: those of the file, or levels of every field of the space."""
    if file.grid:
        grid = _values_of("grid", file.grid, file.base, space, source, at)
    else:
        grid = {one.field: one.levels for one in space}
    n_points = math.prod(map(len, grid.values()))
    if "grid" in file.tuners and n_points > MOST_POINTS:
        allowed = f"at most {MOST_POINTS:,} points; these are {n_points:,}"
        raise mistake(source, f"{at}.grid", file.grid, allowed)
    return grid


def _recommended(file: TuningFile, space: Sequence[Dimension], source: str, at: str) -> dict[str, list[Any]]:
    """The recommended values, checked as those of the space are. ConfigError at the first mistake."""
    if file.recommended and file.good is None:
        raise mistake(source, f"{at}.good", None, "a number, as there are recommended values")
    if file.recommended and "random" not in file.tuners:
        allowed = "none without the tuner random, of whose trials the shares of good ones are"
        raise mistake(source, f"{at}.recommended", file.recommended, allowed)
    checked = _values_of("recommended", file.recommended, file.base, space, source, at)
    for one in space:
        if one.is_range and one.field in checked:
            _check_range(checked[one.field], source, f"{at}.recommended.{one.field}")
        for number, value in enumerate(checked.get(one.field, [])):
            if not one.is_range and value not in one.choices:
                key = f"{at}.recommended.{one.field}[{number}]"
                raise mistake(source, key, value, f"one of the field's choices, {shown(one.choices)}")
    return checked


def _check_range(ends: Sequence[Any], source: str, key: str) -> None:
    """ConfigError unless these are two numbers, the larger one last: null may be a field's value, but ends no range."""
    if len(ends) != 2:
        raise mistake(source, key, ends, "the two ends of a range")
    for number, end in enumerate(ends):
        if not is_number(end):
            raise mistake(source, f"{key}[{number}]", end, "a number, as the field has a range")
    if ends[0] > ends[1]:
        raise mistake(source, key, ends, "the two ends of a range, the smaller one first")


def _values_of(
    key: str,
    entries: Mapping[str, list[Any]],
    base: Mapping[str, Any],
    space: Sequence[Dimension],
    source: str,
    at: str,
) -> dict[str, list[Any]]:
    """Lists of values of fields of the space, as JSON has them. ConfigError at the first mistake."""
    known = {one.field: one for one in space}
    for name, values in entries.items():
        if name not in known:
            raise unknown_key(source, f"{at}.{key}.{name}", known)
        if not values:
            raise mistake(source, f"{at}.{key}.{name}", values, "at least one value")
    base = without_conditional(base, {one.field: one.when for one in space})
    checked = {
        name: [known[name].checked(base, value, source, f"{at}.{key}.{name}[{i}]") for i, value in enumerate(values)]
        for name, values in entries.items()
    }
    for name, values in checked.items():
        if twice := [number for number, value in enumerate(values) if value in values[:number]]:
            raise mistake(source, f"{at}.{key}.{name}[{twice[0]}]", entries[name][twice[0]], "each value once")
    return checked


def _check_combinations(tuning: Tuning) -> None:
    """ConfigError if values do not fit each other: of the grid, or of drawn combinations of the space's extremes."""
    for values in _drawn({one.field: extremes(one) for one in tuning.space}):
        _check_fit(tuning, values, "space")
    if "grid" in tuning.tuners:
        n_points = math.prod(map(len, tuning.grid.values()))
        points = _points(tuning.grid) if n_points <= MOST_TRIED else _drawn(tuning.grid)
        for values in points:
            _check_fit(tuning, values, "grid" if tuning.keys["grid"] else "space")


def _drawn(values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """`COMBINATIONS` drawn combinations of the values of each field."""
    generator = random.Random(0)
    return ({name: generator.choice(some) for name, some in values.items()} for _ in range(COMBINATIONS))


def _points(values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """All combinations of the values of each field."""
    return (dict(zip(values, point, strict=True)) for point in itertools.product(*values.values()))


def _check_fit(tuning: Tuning, values: Mapping[str, Any], key: str) -> None:
    """ConfigError if these values do not fit each other; it names no more of them than it takes."""
    if not _refused(tuning, values):
        return
    fewest = dict(values)
    for name in values:
        fewer = {other: value for other, value in fewest.items() if other != name}
        fewest = fewer if _refused(tuning, fewer) else fewest
    allowed = f"values that fit each other; {_refused(tuning, fewest)}"
    raise mistake(tuning.source, f"tunings.{tuning.name}.{key}", fewest, allowed)


def _refused(tuning: Tuning, values: Mapping[str, Any]) -> str:
    """What a configuration with these values says against them; "" if nothing."""
    try:
        tuning.configuration(values)
    except ConfigError as error:
        return str(error).removeprefix(f"{tuning.source}: tunings.{tuning.name}.space.")
    return ""
