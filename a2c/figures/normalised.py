"""Several environments at once, on normalised scores: aggregates, performance profiles, probability of improvement."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from a2c.figures.intervals import draw_interval
from a2c.figures.layout import legend_below, panel_grid, setting_colors
from a2c.figures.reading import Tables, rows_at
from a2c.figures.studies import Setting, Study, settings
from a2c.figures.style import REFERENCE, styled

SCORE = "normalised score\n(0 random, 1 solved)"
MEASURES = {"final_return": "final return", "auc": "area under the curve"}
STATISTICS = {"iqm": "interquartile mean", "mean": "mean", "median": "median", "optimality_gap": "optimality gap"}
LINE = 0.25  # inches


@styled
def aggregates(study: Study, tables: Tables) -> Figure:
    """Statistics of the normalised scores over all environments, with intervals. Tables: aggregates.

    A row of panels per number of a run, a panel per statistic, a line per setting.
    """
    found = settings(study)
    figure, grid = panel_grid(len(MEASURES), len(STATISTICS), LINE * len(found) + 0.55, extra=0.35, sharex="col")
    for row, measure in zip(grid, MEASURES, strict=True):
        for axes, statistic in zip(row, STATISTICS, strict=True):
            table = tables["aggregates"]
            table = table[(table["measure"] == measure) & (table["statistic"] == statistic)]
            _draw_lines(axes, table, found, "value")
            axes.set_title(STATISTICS[statistic] if axes in grid[0] else "")
            axes.set_xlabel(SCORE if axes in grid[-1] else "")
        _name_lines(row, found, MEASURES[measure].replace("under ", "under\n"), alone=len(found) == 1)
    return figure


@styled
def improvement(study: Study, tables: Tables) -> Figure:
    """Probability that a run of a setting beats one of the baseline, over all environments. Tables: improvement."""
    others = [setting for setting in settings(study) if not setting.is_baseline]
    figure, grid = panel_grid(1, len(MEASURES), LINE * max(len(others), 1) + 0.3, extra=0.5)
    for axes, measure in zip(grid[0], MEASURES, strict=True):
        table = tables["improvement"]
        axes.axvline(0.5, color=REFERENCE, linewidth=0.9, zorder=1)
        _draw_lines(axes, table[table["measure"] == measure], others, "probability")
        axes.set_xlim(-0.03, 1.03)
        axes.set_title(MEASURES[measure])
        axes.set_xlabel("probability of improvement\nover the baseline")
    _name_lines(grid[0], others, "", alone=False)
    return figure


@styled
def profiles(study: Study, tables: Tables) -> Figure:
    """Share of runs whose normalised score is above each value, with bands. Tables: profiles."""
    colors = setting_colors(study)
    figure, grid = panel_grid(1, len(MEASURES), 2.3, extra=0.1, sharey=True)
    for axes, measure in zip(grid[0], MEASURES, strict=True):
        table = tables["profiles"][tables["profiles"]["measure"] == measure]
        for setting in settings(study):
            rows = rows_at(table, setting)
            shade = colors[setting.label]
            axes.fill_between(rows["tau"], rows["low"], rows["high"], color=shade, alpha=0.2, linewidth=0, step="post")
            axes.step(rows["tau"], rows["fraction"], color=shade, where="post")
        axes.set_ylim(-0.02, 1.02)
        axes.margins(x=0)
        axes.set_title(MEASURES[measure])
        axes.set_xlabel(SCORE)
    grid[0, 0].set_ylabel("share of runs above")
    if len(colors) > 1:
        legend_below(figure, [Line2D([], [], color=shade, label=label) for label, shade in colors.items()])
    return figure


def _draw_lines(axes: Axes, table: pd.DataFrame, lines: Sequence[Setting], center: str) -> None:
    for place, setting in enumerate(lines):
        for _, row in rows_at(table, setting).iterrows():
            draw_interval(axes, place, row[center], row["low"], row["high"], upright=False)
    axes.set_ylim(max(len(lines), 1) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=4)


def _name_lines(row: Sequence[Axes], lines: Sequence[Setting], heading: str, alone: bool) -> None:
    """The settings' names at the left, or in their place the heading where one setting stands alone."""
    for axes in row:
        axes.set_yticks(range(len(lines)), [""] * len(lines))
    names = [f"{setting.label}{' (baseline)' if setting.is_baseline else ''}" for setting in lines]
    row[0].set_yticks(range(len(lines)), [heading] if alone else names)
    row[0].set_ylabel("" if alone else heading)
