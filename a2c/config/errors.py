"""Mistakes in config files: one line with the file, the key, the value and what is allowed. Faults of environments."""

import difflib
import json
import re
from collections.abc import Iterable
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

_ADDED = re.compile(
    r"str|int|float|bool|\[key\]|constrained-\w+|(list|dict|tuple|nullable|constrained-\w+|function-\w+)\[.*\]"
)
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
    try:
        shown = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)  # as in YAML
    except ValueError:  # Python refuses to write a whole number of thousands of digits
        shown = "a number of thousands of digits"
    return ConfigError(f"{source}: {key}: {shortened(shown, 120)} is not allowed; allowed: {allowed}")


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
        raise _first_mistake(error, model, source, at) from None


def _first_mistake(error: ValidationError, model: type[BaseModel], source: str, at: str) -> ConfigError:
    first, *others = error.errors(include_url=False)
    if first["type"] == "inconsistent":
        context = first["ctx"]
        return mistake(source, _join(at, _dotted(first["loc"]), context["key"]), context["value"], context["allowed"])
    key = _join(at, _dotted(first["loc"])) or "(whole file)"
    if first["type"] == "missing":
        return ConfigError(f"{source}: {key}: missing; it has to be given")
    if first["type"] == "extra_forbidden":
        return unknown_key(source, key, model.model_fields)
    # A field of several types has an error for each: that of an item of its list, if there is one, else all of them.
    others = [
        one
        for one in others
        if _is_added(first["loc"][-1]) and one["loc"][: len(first["loc"]) - 1] == first["loc"][:-1]
    ]
    if deeper := [one for one in others if isinstance(one["loc"][-1], int)]:
        return mistake(source, _join(at, _dotted(deeper[0]["loc"])), deeper[0]["input"], _allowed(deeper[0]))
    allowed = " or ".join(dict.fromkeys(map(_allowed, [first, *others])))
    return mistake(source, key, first["input"], allowed + _or_null(first, model))


def _or_null(error: ErrorDetails, model: type[BaseModel]) -> str:
    """` or null` for a field that may be null: the error is only about the other type."""
    field = model.model_fields.get(str(error["loc"][0])) if len(error["loc"]) == 1 else None
    return " or null" if field and type(None) in get_args(field.annotation) else ""


def _join(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def _dotted(location: tuple[int | str, ...]) -> str:
    """A place in a file as a key: `grid.gamma[2]`."""
    text = ""
    for part in location:
        if not _is_added(part) and part != "":
            text += f"[{part}]" if isinstance(part, int) else f".{shortened(part, 80)}"
    return text.lstrip(".")


def _is_added(part: int | str) -> bool:
    """Whether the file has no such part of a place: the library adds types of a union and marks of keys."""
    return isinstance(part, str) and _ADDED.fullmatch(part) is not None


def _allowed(error: ErrorDetails) -> str:
    template = ALLOWED.get(error["type"])
    allowed = template.format(**error.get("ctx", {})) if template else error["msg"]
    near = nearest(error["input"], re.findall(r"'(.+?)'", allowed)) if error["type"] == "literal_error" else None
    return f"{allowed}; did you mean {near}?" if near else allowed
