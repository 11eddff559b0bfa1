"""Mistakes in config files: one line with the file, the key, the value and what is allowed. Faults of environments."""

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

ALLOWED = {
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "string_pattern_mismatch": "text that matches {pattern}",
    "string_too_short": "text of at least {min_length} character(s)",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "too_short": "at least {min_length} item(s)",
    "too_long": "at most {max_length} items",
    "invalid-json-value": "text, a number, true, false, null, a list or a mapping",
}

LONGEST = 1500  # characters of a message

Model = TypeVar("Model", bound=BaseModel)


class ConfigError(ValueError):
    """A mistake of the user, explained in one line. Exit code 2."""

    def __init__(self, message: str) -> None:
        super().__init__(shortened(" ".join(message.splitlines()), LONGEST))  # a key may have several lines


class EnvironmentFaultError(Exception):
    """An environment raised, or broke Gymnasium's interface. The message names it. Exit code 1."""


def mistake(source: str, key: str, value: Any, allowed: str) -> ConfigError:
    """The error with the message `config/x.yaml: learning_rate: -1 is not allowed; allowed: a number above 0`."""
    return ConfigError(f"{source}: {key}: {shortened(as_written(value), 120)} is not allowed; allowed: {allowed}")


def as_written(value: Any) -> str:
    """A value for a message: null, true and false as in YAML, else as Python has it."""
    try:
        return json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    except ValueError:  # Python refuses to write a whole number of thousands of digits
        return "a number of thousands of digits"


def shortened(text: str, most: int) -> str:
    """The text, cut to `most` characters."""
    return text if len(text) <= most else text[: most - 3] + "..."


def nearest(name: object, known: Iterable[str], alike: float = 0.7) -> str | None:
    """The known name that is most like a mistyped one, upper and lower case alike; None if none is `alike` (0 to 1)."""
    by_lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=alike)
    return by_lower[found[0]] if found else None


def one_of(name: object, known: Iterable[str]) -> str:
    """What is allowed in place of a name that is not known, for `mistake`."""
    names = list(known)
    near = nearest(name, names)
    return ", ".join(names) + (f"; did you mean {near}?" if near else "")


def unknown_key(source: str, key: str, known: Iterable[str], what: str = "key") -> ConfigError:
    """The error about a key, such as `base.gama`, that is none of the known ones."""
    names = list(known)
    near = nearest(key.rpartition(".")[2], names)
    place = f"{source}: " if source else ""
    return ConfigError(
        f"{place}{key}: unknown {what}; " + (f"did you mean {near}?" if near else f"allowed: {', '.join(names)}")
    )


def inconsistent(key: str, value: Any, allowed: str) -> PydanticCustomError:
    """The error that a model's own validators raise: a value that does not fit the other values."""
    return PydanticCustomError("inconsistent", "does not fit", {"key": key, "value": value, "allowed": allowed})


def validate(model: type[Model], data: Any, source: str, at: str = "") -> Model:
    """`data` as a `model`. Raises ConfigError about the first mistake in it.

    `source` names the file; `at` the key of `data` in it, such as "studies.learning_rate.base".
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _first_mistake(error, model, data, source, at) from None


def _first_mistake(error: ValidationError, model: type[BaseModel], data: Any, source: str, at: str) -> ConfigError:
    errors = error.errors(include_url=False)
    first, places = errors[0], [_place(one, data) for one in errors]
    place = places[0]
    if first["type"] == "inconsistent":
        context = first["ctx"]
        return mistake(source, _join(at, _dotted(place), context["key"]), context["value"], context["allowed"])
    key = _join(at, _dotted(place)) or "(whole file)"
    if first["type"] == "missing":
        return ConfigError(f"{source}: {key}: missing; it has to be given")
    if first["type"] == "extra_forbidden":
        return unknown_key(source, key, model.model_fields)
    # A field of several types has an error for each: that of an item of its list, if there is one, else all of them.
    within = [(one, where) for one, where in zip(errors, places, strict=True) if where[: len(place)] == place]
    for one, where in within:
        if where != place:
            return mistake(source, _join(at, _dotted(where)), one["input"], _allowed(one))
    allowed = " or ".join(dict.fromkeys(_allowed(one) for one, _ in within))
    return mistake(source, key, first["input"], allowed + _or_null(first, model))


def _place(error: ErrorDetails, data: Any) -> tuple[int | str, ...]:
    """Where an error is in the data, without what the library adds: types of a union, marks of keys."""
    place: list[int | str] = []
    for part in error["loc"]:
        is_key = isinstance(data, dict) and part in data
        is_item = isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)
        if is_key or is_item:
            data = data[part]
            place.append(part)
    if error["type"] == "missing":
        place.append(error["loc"][-1])
    return tuple(place)


def _or_null(error: ErrorDetails, model: type[BaseModel]) -> str:
    """` or null` for a field that may be null: the error is only about the other type."""
    field = model.model_fields.get(str(error["loc"][0])) if len(error["loc"]) == 1 else None
    return " or null" if field and type(None) in get_args(field.annotation) else ""


def _join(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def _dotted(place: Sequence[int | str]) -> str:
    """A place in a file as a key: `grid.gamma[2]`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{shortened(part, 80)}"
    return text.strip(".")


def _allowed(error: ErrorDetails) -> str:
    template = ALLOWED.get(error["type"])
    allowed = template.format(**error.get("ctx", {})) if template else error["msg"]
    near = nearest(error["input"], re.findall(r"'(.+?)'", allowed)) if error["type"] == "literal_error" else None
    return f"{allowed}; did you mean {near}?" if near else allowed
