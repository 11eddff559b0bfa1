"""Several environments at once, on normalised scores: aggregates, profiles, probability of improvement."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from a2c.report.drawing.intervals import draw_interval
from a2c.report.drawing.layout import STEPS, legend_below, panel_grid, setting_colors, step_axis, wrapped
from a2c.report.drawing.style import PAGE_WIDTH, REFERENCE, styled
from a2c.report.reading import Tables, rows_at
from a2c.report.studies import Setting, Study, baseline_label, settings, top_of_scale

MEASURES = {"final_return": "final return", "auc": "area under the curve"}
STATISTICS = {"iqm": "interquartile mean", "mean": "mean", "median": "median", "optimality_gap": "optimality gap"}
LINE = 0.25  # inches


@styled
def aggregates(study: Study, tables: Tables) -> Figure:
    """Statistics of the normalised scores over all environments, with intervals. Tables: aggregates.

    A row of panels per number of a run, a panel per statistic, a line per setting.
    """
    if words := why_unscaled(tables):
        return _words_alone(words)
    found, table = settings(study), tables["aggregates"]
    figure, grid = panel_grid(len(MEASURES), len(STATISTICS), LINE * len(found) + 0.55, extra=0.35, sharex="col")
    for row, (measure, heading) in zip(grid, MEASURES.items(), strict=True):
        for axes, statistic in zip(row, STATISTICS, strict=True):
            shown = table[(table["measure"] == measure) & (table["statistic"] == statistic)]
            axes.update_datalim([(0, 0), (1, 0)], updatey=False)  # a score means something beside these two only
            _draw_lines(axes, shown, found, "value")
        _name_lines(row, found, heading.replace("under ", "under\n"), alone=len(found) == 1)
    for axes, title in zip(grid[0], STATISTICS.values(), strict=True):
        axes.set_title(title)
    figure.supxlabel(_score(study).replace("\n", " "))
    return figure


@styled
def aggregate_curves(study: Study, tables: Tables) -> Figure:
    """Interquartile mean of normalised learning curves against agent steps, with bands. Tables: aggregate_curves."""
    if words := why_unscaled(tables):
        return _words_alone(words)
    colors = setting_colors(study)
    figure, grid = panel_grid(1, 1, 2.2, extra=0.2)
    axes = grid[0, 0]
    axes.update_datalim([(0, 0), (0, 1)], updatex=False)
    for setting in settings(study):
        rows, shade = rows_at(tables["aggregate_curves"], setting), colors[setting.label]
        axes.fill_between(rows["step"], rows["low"], rows["high"], color=shade, alpha=0.25, linewidth=0)
        axes.plot(rows["step"], rows["iqm"], color=shade)
    step_axis(axes)
    axes.set_xlabel(STEPS)
    axes.set_ylabel(f"interquartile mean of the\n{_score(study)}")
    _name_colors(figure, colors)
    return figure


@styled
def profiles(study: Study, tables: Tables) -> Figure:
    """Share of runs whose normalised score is above each value, with bands. Tables: profiles."""
    if words := why_unscaled(tables):
        return _words_alone(words)
    colors = setting_colors(study)
    figure, grid = panel_grid(1, len(MEASURES), 2.3, extra=0.1, sharey=True)
    for axes, (measure, title) in zip(grid[0], MEASURES.items(), strict=True):
        table = tables["profiles"][tables["profiles"]["measure"] == measure]
        for setting in settings(study):
            rows, shade = rows_at(table, setting), colors[setting.label]
            axes.fill_between(rows["tau"], rows["low"], rows["high"], color=shade, alpha=0.25, linewidth=0, step="post")
            axes.step(rows["tau"], rows["fraction"], color=shade, where="post")
        axes.set_ylim(-0.02, 1.02)
        axes.margins(x=0)
        axes.set_title(title)
        axes.set_xlabel(_score(study))
    grid[0, 0].set_ylabel("share of runs above")
    _name_colors(figure, colors)
    return figure


@styled
def improvement(study: Study, tables: Tables) -> Figure:
    """Probability that a run of a setting beats one of the baseline, over all environments. Tables: improvement."""
    if words := why_unscaled(tables):
        return _words_alone(words)
    others = [setting for setting in settings(study) if not setting.is_baseline]
    table = tables["improvement"]
    figure, grid = panel_grid(1, len(MEASURES), LINE * len(others) + 0.3, extra=0.5)
    for axes, (measure, title) in zip(grid[0], MEASURES.items(), strict=True):
        axes.axvline(0.5, color=REFERENCE, linewidth=0.9, zorder=1)
        _draw_lines(axes, table[table["measure"] == measure], others, "probability")
        axes.set_xlim(-0.03, 1.03)
        axes.set_title(title)
        axes.set_xlabel(wrapped(f"probability of improvement\nover {baseline_label(study)}", 0.4 * PAGE_WIDTH))
    _name_lines(grid[0], others, "", alone=False)
    return figure


def why_unscaled(tables: Tables) -> str:
    """Why there are no normalised scores, in the aggregation's words; empty where there are."""
    table = tables["aggregates"]
    return "" if table["value"].notna().any() else "; ".join(dict.fromkeys(table["interval"].dropna()))


def _score(study: Study) -> str:
    return f"normalised score\n(0 random, 1 {top_of_scale(study)})"


def _words_alone(words: str) -> Figure:
    """In place of a figure that has nothing to show: why."""
    figure = Figure(figsize=(PAGE_WIDTH, 0.6))
    figure.text(0.5, 0.5, f"No normalised scores: {words}.", ha="center", va="center")
    return figure


def _name_colors(figure: Figure, colors: dict[str, str]) -> None:
    if len(colors) > 1:
        legend_below(figure, [Line2D([], [], color=shade, label=label) for label, shade in colors.items()])


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
    names = [wrapped(f"{setting.label}{' (baseline)' if setting.is_baseline else ''}", 1.75) for setting in lines]
    row[0].set_yticks(range(len(lines)), [heading] if alone else names)
    row[0].set_ylabel("" if alone else heading)
