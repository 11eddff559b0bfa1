"""`schema`: print the JSON schema of a configuration, or its table of fields."""

import json
from typing import Any

from a2c.config.documentation import fields_table, json_schema


def add(commands: Any) -> None:
    """Add the command `schema` to the parser."""
    schema = commands.add_parser("schema", help="print the JSON schema of a configuration, or its table of fields")
    schema.add_argument("--table", action="store_true", help="a Markdown table instead of the JSON schema")
    schema.set_defaults(run=lambda args: print(fields_table() if args.table else json.dumps(json_schema(), indent=2)))
