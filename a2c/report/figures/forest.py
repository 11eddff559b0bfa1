"""A line per setting: its numbers with their intervals, and its differences from the baseline."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from a2c.report.drawing.intervals import DOTS, draw_interval, interval_handles
from a2c.report.drawing.layout import (
    LETTERS_PER_INCH,
    MEASURES,
    least_span,
    legend_below,
    panel_grid,
    scatter_offsets,
    solved_handle,
    widened,
    wrapped,
)
from a2c.report.drawing.style import FAILED, PAGE_WIDTH, REFERENCE, SOLVED, styled
from a2c.report.numbers import p_value, share
from a2c.report.reading import Tables, rows_of
from a2c.report.studies import (
    LABEL,
    Setting,
    Study,
    axis_name,
    baseline_label,
    environments,
    setting_axes,
    settings,
    threshold,
)

LINE = 0.25  # inches: a setting
TEXT_LINE = 0.13  # inches


@styled
def final_auc(study: Study, tables: Tables) -> Figure:
    """Final return, area under the curve and solved rate of every setting. Tables: runs, summary.

    A row of panels per environment.
    """
    measures = [*("final_return", "auc"), *(["solved"] if solved_handle(study) else [])]
    titles = [MEASURES[measure] for measure in measures]
    figure, grid = _forest(study, settings(study), titles, _failed(tables["summary"]))
    for row, name in zip(grid, environments(study), strict=True):
        for place, setting in enumerate(_present(settings(study), name)):
            for axes, measure in zip(row, measures, strict=True):
                _draw_number(axes, place, tables, setting.configurations[name], measure)
        level = threshold(study, name)
        if level is not None:
            row[0].axvline(level, **SOLVED)
        _widen(row[:2], least_span(study, tables, name))
    for axes in grid[:, 2:].flat:
        axes.set_xlim(-0.05, 1.05)
        axes.set_xticks([0, 0.5, 1])
    dot = Line2D([], [], label="one seed", **DOTS)
    bounds = tables["summary"][["final_return_low", "auc_low", "solved_low"]]
    legend_below(figure, [dot, *interval_handles(bounds, "mean or share, 95 % interval"), *solved_handle(study)])
    return figure


@styled
def comparisons(study: Study, tables: Tables) -> Figure:
    """Every setting's difference from the baseline in final return and area under the curve.

    Tables: comparisons, summary. A row of panels per environment; p values are the adjusted ones.
    """
    others = [setting for setting in settings(study) if not setting.is_baseline]
    measures = ("final_return", "auc")
    baseline = wrapped(f"from {baseline_label(study)}", 0.4 * PAGE_WIDTH)
    names = [MEASURES[measure].replace("\n", f"\n{baseline}\n") for measure in measures]
    figure, grid = _forest(study, others, [f"difference in {name}" for name in names], {})
    for row, name in zip(grid, environments(study), strict=True):
        for axes, measure in zip(row, measures, strict=True):
            axes.axvline(0, color=REFERENCE, linewidth=0.9, zorder=1)
            table = tables["comparisons"]
            for place, setting in enumerate(_present(others, name)):
                found = rows_of(table[table["measure"] == measure], setting.configurations[name])
                for _, comparison in found.iterrows():
                    _draw_difference(axes, place, comparison)
        _widen(row, least_span(study, tables, name))
    return figure


def _widen(row: Sequence[Axes], least: float) -> None:
    for axes in row:
        low, high = axes.get_xlim()
        axes.set_xlim(*widened(low, high, least))


def _failed(summary: pd.DataFrame) -> dict[str, str]:
    """configuration: how many of how many of its runs failed, where any did."""
    found = summary[summary["n_failed"] > 0]
    counts = zip(found["configuration"], found["n_failed"], found["n_seeds"], strict=True)
    return {name: f"{share(failed, total)} failed" for name, failed, total in counts}


def _forest(
    study: Study, lines: Sequence[Setting], titles: Sequence[str], notes: Mapping[str, str]
) -> tuple[Figure, np.ndarray]:
    """A row of panels per environment, a column per title, a line per setting; `notes` by configuration."""
    names = environments(study)
    side = ",\n".join(axis_name(axis) for axis in setting_axes(study) if axis != LABEL)
    heights = [_height(len(_present(lines, name)), side) for name in names]
    height = sum(heights) + 0.4 * len(names) + 0.05 + TEXT_LINE * (1 + max(title.count("\n") for title in titles))
    ratios = {"height_ratios": [panel + 0.1 for panel in heights]}
    figure, grid = panel_grid(len(names), len(titles), 0, extra=height, gridspec_kw=ratios)
    figure.set_size_inches(PAGE_WIDTH, height)
    for row, name, panel in zip(grid, names, heights, strict=True):
        _name_lines(row, _present(lines, name), name, notes, len(names) > 1)
        if len(_present(lines, name)) > 1:
            row[0].set_ylabel(wrapped(side, panel))
    for axes, title in zip(grid[-1], titles, strict=True):
        axes.set_xlabel(title)
    return figure, grid


def _height(count: int, side: str) -> float:
    """Inches for that many settings; beside more than one stands what they are, a word on a line at the least."""
    longest_word = max(map(len, side.split()), default=0) / LETTERS_PER_INCH
    return max(LINE * count, longest_word) if count > 1 else LINE


def _name_lines(
    row: Sequence[Axes], present: Sequence[Setting], environment: str, notes: Mapping[str, str], several: bool
) -> None:
    """Of several environments, one line alone goes by the environment's name, which is else above the lines."""
    alone = several and len(present) == 1
    for axes in row:
        axes.set_yticks(range(len(present)), [""] * len(present))
        axes.set_ylim(max(len(present), 1) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.locator_params(axis="x", nbins=5, min_n_ticks=3)
    labels = []
    for setting, tick in zip(present, row[0].get_yticklabels(), strict=True):
        note = notes.get(setting.configurations[environment], "")
        remarks = [remark for remark in ("baseline" if setting.is_baseline else "", note) if remark]
        name = environment if alone else setting.value
        labels.append(f"{name} ({', '.join(remarks)})" if remarks else name)
        if note:
            tick.set_color(FAILED)
    row[0].set_yticks(range(len(present)), labels)
    row[0].set_title(environment if several and not alone else "", loc="left")


def _present(lines: Sequence[Setting], environment: str) -> list[Setting]:
    return [setting for setting in lines if environment in setting.configurations]


def _draw_number(axes: Axes, place: float, tables: Tables, configuration: str, measure: str) -> None:
    summary = rows_of(tables["summary"], configuration).iloc[0]
    if measure == "solved":
        center, low, high = (summary[f"solved_{part}"] for part in ("rate", "low", "high"))
    else:
        center, low, high = (summary[f"{measure}_{part}"] for part in ("mean", "low", "high"))
        values = rows_of(tables["runs"], configuration)[measure]
        axes.plot(values, place + scatter_offsets(len(values), 0.2), zorder=2, **DOTS)
    draw_interval(axes, place, center, low, high, upright=False)


def _draw_difference(axes: Axes, place: float, comparison: pd.Series) -> None:
    draw_interval(axes, place, comparison["difference"], comparison["low"], comparison["high"], upright=False)
    known = pd.notna(comparison["p_adjusted"])
    text = f"p {p_value(comparison['p_adjusted'])}" if known else "no test"
    axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=7)
