"""What the learner records over training: losses, entropy, gradient norm, advantages, explained variance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from a2c.config.names import short_name, value_name
from a2c.report import drawing
from a2c.report.captions import listed, place, where
from a2c.report.figure import Figure
from a2c.report.numbers import number
from a2c.report.rows import Tables, rows_of
from a2c.runs.study import Setting, StudyRecord

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

METRICS = {
    "policy_loss": "policy\nloss",
    "value_loss": "value loss\n(return²)",
    "entropy": "entropy\n(nats)",
    "advantage_mean": "advantage\nmean\n(return)",
    "advantage_std": "advantage\ndeviation\n(return)",
    "grad_norm": "gradient\nnorm",
    "explained_variance": "explained\nvariance\n(share)",
}
MAGNITUDES = ("value_loss", "grad_norm", "advantage_std")  # on a log axis where they span decades
SIGNED = ("advantage_mean",)  # the same for numbers of both signs, linear between -1 and 1
DECADES = 1.5
LABEL_HEIGHT = 0.22  # of an axis: a tick's label with a gap
FLOOR = -1.0  # of explained variance: lower values tell nothing more
STRETCHES = 100  # points on a line
COLUMNS = 6  # the most columns on a page
OVERLAID = 2  # the most lines of a panel that still get bands


@dataclass(frozen=True)
class Column:
    """A column of panels: its title, and the lines in it (configuration: index of its colour)."""

    title: str
    lines: dict[str, int]


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """A row of panels per metric against agent steps, with bands where lines are few.

    Columns: the settings; of two axes the values of the first, with a colour for those of the second; of several
    environments the environments, with a colour for each setting. More than fit on a page share one column.
    """
    layout = drawing.layout
    columns, colors = columns_of(study)
    figure, grid = layout.panel_grid(len(METRICS), len(columns), 0.95, extra=0.5, sharex=True)
    one_environment = len(study.environments) == 1
    for row, (metric, name) in zip(grid, METRICS.items(), strict=True):
        table = tables["diagnostics"][tables["diagnostics"]["metric"] == metric]
        for axes, column in zip(row, columns, strict=True):
            shown = table if one_environment else table[table["configuration"].isin(list(column.lines))]
            _set_scale(axes, metric, shown["mean"].to_numpy(float))
            _draw_panel(axes, metric, table, column, has_bands(study))
            layout.step_axis(axes, ticks=4 if len(columns) <= 3 else 2)
            axes.tick_params(labelleft=axes is row[0] or not one_environment)
        row[0].set_ylabel(name)
    figure.align_ylabels(grid[:, 0])
    for axes, column in zip(grid[0], columns, strict=True):
        axes.set_title(layout.wrapped(column.title, 0.85 * drawing.style.PAGE_WIDTH / len(columns)))
    for axes in grid[-1]:
        axes.set_xlabel(layout.STEPS)
    if 1 < len(colors) <= 10:
        shades = [drawing.style.color(index) for index in range(len(colors))]
        layout.legend_below(figure, drawing.marks.color_handles(shades, colors))
    return figure


def columns_of(study: StudyRecord) -> tuple[list[Column], Sequence[str]]:
    """The columns of panels, and the labels of the colours."""
    if len(study.environments) > 1:
        columns, labels = _environment_columns(study), [setting.label for setting in study.settings]
    elif len(study.setting_axes) == 2:
        columns, labels = _crossed_columns(study, *study.setting_axes)
    else:
        (name,), labels = study.environments, []
        columns = [Column(_title(s), {s.configurations[name]: index}) for index, s in enumerate(study.settings)]
    if len(columns) <= COLUMNS:
        return columns, labels
    together = {name: index for index, column in enumerate(columns) for name in column.lines}
    return [Column("", together)], [column.title.replace("\n", " ") for column in columns]


def _environment_columns(study: StudyRecord) -> list[Column]:
    return [
        Column(name, {s.configurations[name]: i for i, s in enumerate(study.settings) if name in s.configurations})
        for name in study.environments
    ]


def _crossed_columns(study: StudyRecord, first: str, second: str) -> tuple[list[Column], list[str]]:
    """A column per value of the first axis, a colour per value of the second."""
    (name,), values = study.environments, study.axis_values(second)
    columns = [
        Column(
            f"{short_name(first)}\n{value_name(value)}",
            {s.configurations[name]: values.index(s.point[second]) for s in study.settings if s.point[first] == value},
        )
        for value in study.axis_values(first)
    ]
    return columns, [f"{short_name(second)} {value_name(value)}" for value in values]


def _title(setting: Setting) -> str:
    """The setting's label; of one axis with its value on a line of its own."""
    name = setting.label.removesuffix(setting.value)
    title = setting.label if name in ("", setting.label) else f"{name.strip()}\n{setting.value}"
    return f"{title} (baseline)" if setting.is_baseline else title


def has_bands(study: StudyRecord) -> bool:
    """Whether lines are few enough for bands."""
    columns, _ = columns_of(study)
    return max(len(column.lines) for column in columns) <= OVERLAID


def _draw_panel(axes: Axes, metric: str, table: pd.DataFrame, column: Column, with_bands: bool) -> None:
    """Lines and bands, on a scale that is set."""
    for configuration, index in column.lines.items():
        curve, shade = _in_stretches(rows_of(table, configuration)), drawing.style.color(index)
        if with_bands:
            drawing.bands.draw_bands(axes, _above_zero(curve) if axes.get_yscale() == "log" else curve, shade)
        means = curve["mean"].clip(lower=FLOOR) if metric == "explained_variance" else curve["mean"]
        axes.plot(curve["step"], means, color=shade, linewidth=0.9)


def _above_zero(curve: pd.DataFrame) -> pd.DataFrame:
    """The curve without the parts of its bands that reach zero, which a log axis cannot show."""
    lows = ["band_low", "pointwise_low"]
    return curve.assign(**{low: curve[low].where(curve[low] > 0) for low in lows})


def _in_stretches(curve: pd.DataFrame) -> pd.DataFrame:
    """The curve with neighbouring records averaged, to at most `STRETCHES` points."""
    import numpy as np

    neighbours = np.arange(len(curve)) * STRETCHES // max(len(curve), STRETCHES)
    stretches = curve.drop(columns=["configuration", "metric"]).groupby(neighbours)
    return stretches.mean().assign(step=stretches["step"].max())


def _set_scale(axes: Axes, metric: str, means: np.ndarray) -> None:
    """Limits from the means; a log axis where magnitudes span decades."""
    import numpy as np

    means = means[np.isfinite(means)]
    if not len(means):
        return
    low, high = float(means.min()), float(means.max())
    if metric == "explained_variance":
        axes.set_ylim(max(low, FLOOR) - 0.05, 1.05)
    elif metric in MAGNITUDES and low > 0 and np.log10(high / low) > DECADES:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.3, high * 1.3)
    elif metric in SIGNED and max(-low, high) > 10**DECADES:
        axes.set_yscale("symlog", linthresh=1)
        axes.set_ylim(1.3 * min(low, -1), 1.3 * max(high, 1))
        axes.set_yticks(_signed_ticks(*axes.get_ylim()))
    else:
        margin = 0.05 * (high - low) or 1.0
        axes.set_ylim(low - margin, high + margin)


def _signed_ticks(low: float, high: float) -> list[float]:
    """Zero and powers of ten on both sides of it, at most five, so that their labels do not touch.

    On this axis ±1 lie as far from zero as a power of ten from the next.
    """
    negative, positive = 1 + math.log10(-low), 1 + math.log10(high)
    stride = math.ceil(LABEL_HEIGHT * (negative + positive))
    below, above = (
        [10.0**exponent for exponent in range(int(length) - 1, 0, -stride) if exponent + 1 >= stride]
        for length in (negative, positive)
    )
    return [*(-power for power in below), 0.0, *reversed(above)]


def shows(study: StudyRecord, tables: Tables) -> str:
    known = tables["diagnostics"]["band_low"].notna().any() and has_bands(study)
    bands = ", with the pointwise (dark) and the simultaneous (light) 95 % band" if known else ""
    beyond = "; bands may extend beyond the axes; a log axis shows a band only where its lower end is above 0"
    return (
        f"What the learner records over training on {where(study)}, mean over seeds{bands}: "
        "losses, entropy, advantages before normalisation, gradient norm before clipping, explained variance. "
        f"Records are averaged over {STRETCHES} equal stretches of the budget; an explained variance below -1 is drawn "
        f"at -1{beyond if known else ''}."
    )


def see(study: StudyRecord, tables: Tables) -> str:
    """The entropy at the end of training."""
    entropy = tables["diagnostics"][tables["diagnostics"]["metric"] == "entropy"].dropna(subset="mean")
    last_tenth = entropy[entropy["step"] > 0.9 * study.total_steps]
    last = last_tenth.groupby("configuration", sort=False)["mean"].mean()
    ends = [f"{place(study, name)} {number(last[name])}" for name in study.placed if name in last.index]
    return f"Mean entropy over the last 10 % of the budget, in nats: {listed(ends, '; ')}." if ends else ""


FIGURE = Figure(
    name="diagnostics",
    title="Diagnostics",
    kind="Line plots of losses, entropy, advantages, gradient norm and explained variance over training",
    sources=["diagnostics", "summary"],
    fits=lambda study: True,
    draw=draw,
    shows=shows,
    see=see,
)
