"""Parts that several figures share: style, panels, axes, marks.

A figure's file imports this package alone, and its modules are loaded when they are first used. So the Snakefile can
read the list of figures without Matplotlib. For the same reason a figure's file imports what it takes from Matplotlib
and NumPy within the function that needs it.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from a2c.report.drawing import bands as bands
    from a2c.report.drawing import forest as forest
    from a2c.report.drawing import layout as layout
    from a2c.report.drawing import looks as looks
    from a2c.report.drawing import marks as marks
    from a2c.report.drawing import metrics as metrics
    from a2c.report.drawing import normalised as normalised
    from a2c.report.drawing import style as style

MODULES = {"bands", "forest", "layout", "looks", "marks", "metrics", "normalised", "style"}


def __getattr__(name: str) -> ModuleType:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")
