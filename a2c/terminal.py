"""Text for terminals and for programs: aligned tables, JSON."""

import json
import math
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Say = Callable[[str], None]  # prints a line for the user


def aligned(headers: Sequence[str], rows: Sequence[Sequence[object]], left: Collection[str]) -> str:
    """A table in columns, of text that is formatted already; columns in `left` begin at the left, others end right.

    Headers are shown without underscores.
    """
    from tabulate import tabulate  # imported here, as few commands print a table

    sides = ["left" if name in left else "right" for name in headers]
    words = [name.replace("_", " ") for name in headers]
    return tabulate(rows, words, tablefmt="simple", colalign=sides, disable_numparse=True)


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a table as mappings; an empty cell is None."""
    import pandas as pd

    rows = table.to_dict("records")
    return [{str(key): None if pd.isna(value) else value for key, value in row.items()} for row in rows]


def as_json(content: Any) -> str:
    """Mappings, lists and numbers as JSON; numbers that are none are null."""
    return json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False)


def _plain(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if hasattr(content, "item"):  # a number of NumPy
        content = content.item()
    return None if isinstance(content, float) and not math.isfinite(content) else content
