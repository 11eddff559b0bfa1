"""`schema`: the configuration's JSON schema, or its table of fields."""

import json
from typing import Any

from a2c.config.documentation import fields_table, json_schema


def add(commands: Any) -> None:
    schema = commands.add_parser("schema", help="the configuration's JSON schema, or its table of fields")
    schema.add_argument("--table", action="store_true", help="a Markdown table in place of the JSON schema")
    schema.set_defaults(run=lambda asked: print(fields_table() if asked.table else json.dumps(json_schema(), indent=2)))
