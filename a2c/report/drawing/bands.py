"""A mean curve's bands."""

import pandas as pd
from matplotlib.axes import Axes

BANDS = {"band": 0.12, "pointwise": 0.14}  # opacities; together below 0.25, so that lines stand out


def draw_bands(axes: Axes, curve: pd.DataFrame, shade: str) -> None:
    """The simultaneous band and, inside it, the pointwise one."""
    for name, opacity in BANDS.items():
        low, high = curve[f"{name}_low"], curve[f"{name}_high"]
        axes.fill_between(curve["step"], low, high, color=shade, alpha=opacity, linewidth=0, zorder=1)
