"""The documentation of the fields, made from the model: JSON schema, help text, table."""

from typing import Any

from a2c.config.configuration import Configuration


def json_schema() -> dict[str, Any]:
    """The JSON schema of a configuration."""
    return Configuration.model_json_schema()


def fields_help() -> str:
    """A line per field, for `--help`."""
    rows = [(name, f"{meaning} ({allowed}; default {default})") for name, allowed, default, _, meaning in _rows()]
    return "\n".join(f"  {name:20} {text}" for name, text in rows)


def fields_table() -> str:
    """A Markdown table with a row per field."""
    lines = ["| field | allowed | default | unit | meaning |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| `{row[0]}` | {' | '.join(cell.replace('|', ',') for cell in row[1:])} |" for row in _rows()]
    return "\n".join(lines)


def _rows() -> list[tuple[str, str, str, str, str]]:
    """Of each field: name, allowed values, default, unit, meaning."""
    return [
        (name, _allowed(schema), _plain(schema["default"]), schema.get("unit", ""), schema["description"])
        for name, schema in json_schema()["properties"].items()
    ]


def _allowed(schema: dict[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return ", ".join(_plain(value) for value in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        return " or ".join(_allowed(option) for option in schema["anyOf"])
    if schema["type"] == "array":
        return f"list of: {_allowed(schema['items'])}"
    words = {"integer": "whole number", "number": "number", "boolean": "true, false", "string": "text",
             "object": "mapping", "null": "null"}[schema["type"]]  # fmt: skip
    bounds = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = ", ".join(f"{sign} {schema[key]}" for key, sign in bounds.items() if key in schema)
    return f"{words} {limits}".strip()


def _plain(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
