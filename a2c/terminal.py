"""Text for terminals and for programs: aligned tables, JSON."""

import json
import math
from collections.abc import Collection, Sequence
from typing import Any


def aligned(headers: Sequence[str], rows: Sequence[Sequence[object]], left: Collection[str]) -> str:
    """A table in columns, of text that is formatted already; columns in `left` begin at the left, others end right."""
    from tabulate import tabulate  # imported here, as few commands print a table

    sides = ["left" if name in left else "right" for name in headers]
    return tabulate(rows, headers, tablefmt="simple", colalign=sides, disable_numparse=True)


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
