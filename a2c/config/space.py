"""The space of a tuning: the values that each field may take, and when it has an effect."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator

from a2c.config.configuration import Configuration, Number, configuration
from a2c.config.errors import ConfigError, as_written, inconsistent, mistake, unknown_key
from a2c.config.names import is_number

DIGITS = 4  # significant, of the numbers that a tuner tries
FEWEST = 10  # values of a range


class SpaceFile(BaseModel):
    """One field of the space in a paper's YAML file: a range or choices."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    low: Number | None = Field(default=None, description="smallest value of a range")
    high: Number | None = Field(default=None, description="largest value of a range")
    log: bool = Field(default=False, description="whether the logarithm of the value is searched evenly")
    choices: list[Any] = Field(default=[], description="the values, in an order that means something if there is one")
    when: dict[str, Any] = Field(
        default={}, description="other field: value, or a list of values; the field is only chosen where all are met"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> "SpaceFile":
        if self.choices:
            for key in ("low", "high"):
                if getattr(self, key) is not None:
                    raise inconsistent(key, getattr(self, key), "a range or choices, not both")
            if self.log:
                raise inconsistent("log", True, "only with low and high")
            if len(self.choices) < 2 or any(value in self.choices[:i] for i, value in enumerate(self.choices)):
                raise inconsistent("choices", self.choices, "at least two values, each once")
            return self
        if self.low is None or self.high is None:
            key = "low" if self.low is None else "high"
            raise inconsistent(key, None, "low and high, or choices")
        if self.high <= self.low:
            raise inconsistent("high", self.high, f"a number above low, {self.low:g}")
        if self.log and self.low <= 0:
            raise inconsistent("low", self.low, "a number above 0 with log: true")
        return self


@dataclass(frozen=True)
class Dimension:
    """One field of the space, checked."""

    field: str
    low: float | None  # of a range
    high: float | None
    log: bool
    whole: bool  # whether the values of a range are whole numbers
    choices: tuple[Any, ...]  # as JSON has them; empty for a range
    when: dict[str, list[Any]]  # other field: values with one of which the field is chosen
    met: dict[str, Any]  # values with which this is so, also of the fields that the others depend on

    @property
    def is_range(self) -> bool:
        return not self.choices

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value of a range."""
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high

    @property
    def levels(self) -> list[Any]:
        """Values in a grid: all choices; of a range its ends and the value halfway, in logarithms with `log`."""
        if not self.is_range:
            return list(self.choices)
        low, high = self.ends
        middle = math.sqrt(low * high) if self.log else (low + high) / 2
        return list(dict.fromkeys(self.value(one) for one in (low, middle, high)))

    def value(self, number: float) -> Any:
        """A number of a range as the field takes it: with few digits, which can be copied."""
        low, high = self.ends
        return round(number) if self.whole else min(max(float(f"{number:.{DIGITS}g}"), low), high)

    def contains(self, value: Any) -> bool:
        """Whether a value, as JSON has it, is one of the choices or in the range."""
        if not self.is_range:
            return value in self.choices
        low, high = self.ends
        return is_number(value) and bool(low <= value <= high)

    def applies(self, fields: Mapping[str, Any]) -> bool:
        """Whether the conditions are met by `fields`, in which those that are missing have their defaults."""
        return all(_value(fields, other) in values for other, values in self.when.items())

    def checked(self, base: Mapping[str, Any], value: Any, source: str, at: str) -> Any:
        """A value as JSON has it. ConfigError if the configuration refuses it, with the conditions met."""
        return _checked(self.field, value, {**base, **self.met}, source, at)


def dimensions(space: Mapping[str, SpaceFile], base: Mapping[str, Any], source: str, at: str) -> list[Dimension]:
    """The fields of a space, checked one by one. ConfigError at the first mistake."""
    known: dict[str, Dimension] = {}
    base = without_conditional(base, {name: entry.when for name, entry in space.items()})
    for name, entry in space.items():
        key = f"{at}.space.{name}"
        when, met = _conditions(entry, base, [one for one in space if one not in known], known, source, f"{key}.when")
        fields = {**base, **met}
        whole = _is_whole(name)
        ends = {"low": entry.low, "high": entry.high}
        for end, number in ends.items():
            if number is not None:
                if not _is_number(name):
                    raise mistake(source, f"{key}.{end}", number, f"choices, as {name} is no number")
                if whole and not number.is_integer():
                    raise mistake(source, f"{key}.{end}", number, "a whole number")
                _checked(name, round(number) if whole else number, fields, source, f"{key}.{end}")
        choices = [_checked(name, one, fields, source, f"{key}.choices[{i}]") for i, one in enumerate(entry.choices)]
        if any(value in choices[:number] for number, value in enumerate(choices)):
            raise mistake(source, f"{key}.choices", entry.choices, "at least two values, each once")
        one = Dimension(name, entry.low, entry.high, entry.log, whole, tuple(choices), when, met)
        if one.is_range and not whole and _n_values(one) < FEWEST:
            allowed = f"a range with {FEWEST} values of {DIGITS} digits or more; choices name single values"
            raise mistake(source, f"{key}.high", entry.high, allowed)
        known[name] = one
    return list(known.values())


def _conditions(
    entry: SpaceFile,
    base: Mapping[str, Any],
    later: Sequence[str],
    before: Mapping[str, Dimension],
    source: str,
    at: str,
) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """The conditions of a field, and values with which they are met (`Dimension`). ConfigError at the first mistake.

    `before`: the fields of the space that come before it; `later`: the others.
    """
    when: dict[str, list[Any]] = {}
    met: dict[str, Any] = {}
    for other, value in entry.when.items():
        if other in later:
            raise mistake(source, at, other, "fields that come before it in the space")
        one = before.get(other)
        met |= one.met if one else {}
        when[other] = _values(other, value, {**base, **met}, source, f"{at}.{other}")
        _check_can_be_met(other, when[other], base, one, source, f"{at}.{other}")
        met[other] = when[other][0]
    return when, met


def _n_values(one: Dimension) -> int:
    """How many values a range of numbers has, at most `FEWEST`."""
    low, high = one.ends
    return len({one.value(low + (high - low) * part / (10 * FEWEST)) for part in range(10 * FEWEST + 1)})


def _check_can_be_met(
    other: str, values: Sequence[Any], base: Mapping[str, Any], before: Dimension | None, source: str, key: str
) -> None:
    """ConfigError if a condition's field can have none of the values: its own field would never be chosen.

    `before`: that field in the space, if it is there.
    """
    if before is None:
        at_base = configuration(dict(base), source).model_dump(mode="json")[other]
        if at_base not in values:
            raise mistake(
                source, key, values, f"{as_written(at_base)}, which the base has, or values of a field of the space"
            )
    elif not any(before.contains(value) for value in values):
        allowed = shown(before.choices) if before.choices else f"numbers from {before.low:g} to {before.high:g}"
        raise mistake(source, key, values, f"values of that field, {allowed}")


def without_conditional(base: Mapping[str, Any], conditions: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The base without the fields that have conditions (by field), as they may not fit where these are not met."""
    return {name: value for name, value in base.items() if not conditions.get(name)}


def shown(values: Sequence[Any]) -> str:
    """Values as a list for a message."""
    return ", ".join(map(as_written, values))


def extremes(dimension: Dimension) -> list[Any]:
    """The values that may not fit others: all choices, or the ends of a range."""
    return dimension.levels if not dimension.is_range else [dimension.levels[0], dimension.levels[-1]]


def _values(other: str, value: Any, fields: Mapping[str, Any], source: str, at: str) -> list[Any]:
    """The values of a condition, as JSON has them. ConfigError if the other field may not have one beside `fields`."""
    if other not in Configuration.model_fields:
        raise unknown_key(source, at, Configuration.model_fields)
    values = value if isinstance(value, list) else [value]
    if not values:
        raise mistake(source, at, value, "at least one value")
    return [_checked(other, one, fields, source, at) for one in values]


def _checked(name: str, value: Any, fields: Mapping[str, Any], source: str, at: str) -> Any:
    """The value of a field as JSON has it, in a configuration with these other fields."""
    try:
        return configuration({**fields, name: value}, source).model_dump(mode="json")[name]
    except ConfigError as error:
        raise ConfigError(f"{source}: {at}: {str(error).removeprefix(f'{source}: ')}") from None


def _value(fields: Mapping[str, Any], name: str) -> Any:
    """The value of a field, its default if it is missing; a list for a tuple, as JSON has it."""
    value = fields[name] if name in fields else Configuration.model_fields[name].default
    return list(value) if isinstance(value, tuple) else value


def _is_number(name: str) -> bool:
    return bool({int, float} & _types(name))


def _is_whole(name: str) -> bool:
    return int in _types(name)


def _types(name: str) -> set[Any]:
    """The types that a field may have, without their bounds; that of a list is `tuple`."""
    annotation = Configuration.model_fields[name].annotation
    if get_origin(annotation) is tuple:
        return {tuple}
    parts: Sequence[Any] = get_args(annotation) or (annotation,)
    return {get_args(part)[0] if get_args(part) else part for part in parts}
