"""Each kind of figure shows the numbers of the tables that it is drawn from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from a2c.config.metrics import all_metrics, metrics_of
from a2c.report.catalogue import figures_of
from a2c.report.drawing.layout import positions, return_limits, widened
from a2c.report.drawing.marks import draw_interval, scatter_offsets
from a2c.report.drawing.metrics import METRICS, set_scale
from a2c.report.drawing.style import COLUMN_WIDTH, PAGE_WIDTH
from a2c.report.figures import (
    FIGURES,
    aggregate_curves,
    aggregates,
    comparisons,
    diagnostics,
    final_auc,
    heatmap,
    learning_curves,
    sensitivity,
)
from a2c.report.reading import read_study
from tests.report.synthetic_study import write_study

UNITS = ("agent steps", "reward per episode", "share", "nats", "squared return", "return)", "score", "loss", "norm")


def draw(results: Path, study: str, figure: str) -> Figure:
    (kind,) = (kind for kind in FIGURES if kind.name == figure)
    return kind.drawn(*read_study(results / "studies" / study))


def labels(figure: Figure) -> list[str]:
    """The labels of all axes that are shown, one per position."""
    found = [figure._supxlabel, figure._supylabel]
    texts = [text.get_text() for text in found if text is not None]
    for axes in figure.axes:
        if axes.get_visible() and axes.axison:
            texts += [axes.get_xlabel(), axes.get_ylabel()]
    return [text for text in texts if text]


@pytest.mark.parametrize(
    "name", ["diverged", "few_seeds", "zero_on_log", "two_axes", "five_environments", "recommended"]
)
def test_every_figure_names_its_axes_with_units_and_is_legible_in_print(written: Path, name: str) -> None:
    study, tables = read_study(written / "studies" / name)
    for figure in figures_of(study):
        drawn = figure.drawn(study, tables)
        if figure.name in ("learning_curves", "diagnostics", "aggregate_curves"):
            assert "agent steps" in labels(drawn)
        assert any(unit in label for label in labels(drawn) for unit in UNITS) or figure.name in (
            "heatmap",
            "improvement",
        )
        assert drawn.get_size_inches()[0] in (COLUMN_WIDTH, PAGE_WIDTH)
        assert min(text.get_fontsize() for text in drawn.findobj(Text) if text.get_text()) >= 7
        assert not [text for text in drawn.findobj(Text) if "$" in text.get_text()]  # mathematics is not set


def test_learning_curves_draw_mean_bands_and_every_seed(written: Path) -> None:
    _, tables = read_study(written / "studies" / "zero_on_log")
    axes = draw(written, "zero_on_log", "learning_curves").axes[0]
    first = tables["curves"]["configuration"].iloc[0]
    curve = tables["curves"][tables["curves"]["configuration"] == first]
    drawn = max(axes.lines, key=lambda line: line.get_linewidth())
    np.testing.assert_allclose(drawn.get_ydata(), curve["mean"])
    seeds, simultaneous, pointwise = axes.collections
    assert len(seeds.get_segments()) == 10
    tops = [band.get_datalim(axes.transData).y1 for band in (simultaneous, pointwise)]
    np.testing.assert_allclose(tops, [curve["band_high"].max(), curve["pointwise_high"].max()])


def test_of_many_seeds_the_first_ones_have_lines(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_curves, "SHOWN", 4)
    study, tables = read_study(written / "studies" / "zero_on_log")
    axes = draw(written, "zero_on_log", "learning_curves").axes[0]
    assert len(axes.collections[0].get_segments()) == 4
    assert "thin lines, the first 4 of 10 seeds" in learning_curves.shows(study, tables)


def test_learning_curves_mark_where_runs_diverged(written: Path) -> None:
    _, tables = read_study(written / "studies" / "diverged")
    axes = draw(written, "diverged", "learning_curves").axes[0]
    crosses = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker() == "x"]
    curves = tables["seed_curves"].dropna(subset="value")
    first = curves[curves["configuration"] == tables["runs"]["configuration"].iloc[0]]
    ends = [first[first["seed"] == seed].iloc[-1] for seed in (2, 5)]
    assert crosses == [(end["step"], end["value"]) for end in ends]


def test_learning_curves_of_few_seeds_draw_no_band(written: Path) -> None:
    axes = draw(written, "few_seeds", "learning_curves").axes[0]
    assert all(len(band.get_paths()) == 0 for band in axes.collections[1:])


def test_a_curve_equal_to_another_is_visible_between_its_dashes(written: Path) -> None:
    axes = draw(written, "recommended", "learning_curves").axes[0]
    first, second = (line for line in axes.lines if line.get_linewidth() == 1.6)
    assert (first.get_linestyle(), second.get_linestyle()) == ("-", "--")
    assert second.get_zorder() > first.get_zorder()


def test_the_threshold_is_drawn_if_there_is_one(written: Path) -> None:
    figure = draw(written, "five_environments", "learning_curves")
    levels = [[line.get_ydata()[0] for line in axes.lines if line.get_linestyle() != "-"] for axes in figure.axes[:5]]
    assert levels == [[475], [-100], [-110], [200], []]


def test_sensitivity_shows_every_seed_the_mean_and_the_baseline(written: Path) -> None:
    study, tables = read_study(written / "studies" / "diverged")
    axes = sensitivity.FIGURE.drawn(study, tables).axes[0]
    dots = np.concatenate([line.get_ydata() for line in axes.lines if line.get_marker() == "."])
    np.testing.assert_allclose(np.sort(dots), np.sort(tables["runs"]["final_return"]))
    means = [line.get_ydata()[0] for line in axes.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(means, tables["summary"]["final_return_mean"])
    (strip,) = (patch for patch in axes.patches if patch.get_width() > 0)
    assert strip.get_x() < np.log10(0.0007) < strip.get_x() + strip.get_width()


def test_a_mean_without_an_interval_is_hollow(written: Path) -> None:
    axes = draw(written, "zero_on_log", "sensitivity").axes[0]
    hollow = [line.get_markerfacecolor() == "white" for line in axes.lines if line.get_marker() == "o"]
    assert hollow == [False, False, True]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("log", [0.01, 0.0001, 0.001], [-2, -4, -3]),
        ("log", [0, 0.01, 1], [-4, -2, 0]),
        ("log", [0.01, 1, None, "named"], [-2, 0, 2, 4]),
        ("linear", [0, 0.5, 1], [0, 0.5, 1]),
        ("linear", [0.5, 1.0, None], [0.5, 1.0, 1.5]),
        ("linear", [0, 0.95, 1], [0, 1, 2]),  # their names would touch
        ("linear", [0.999, 0.99, 0.95, 0.9], [3, 2, 1, 0]),
        ("category", ["adam", "rmsprop"], [0, 1]),
        ("log", [0], [0]),
    ],
)
def test_values_are_at_their_position_on_the_axis(kind: str, values: list, expected: list[float]) -> None:
    np.testing.assert_allclose(positions(kind, values), expected)


def panel_with(written: Path, metric: str, **numbers: float) -> Axes:
    """The panel of a metric, if the first setting's diagnostics are these constant numbers."""
    study, tables = read_study(written / "studies" / "diverged")
    table = tables["diagnostics"].copy()
    chosen = (table["metric"] == metric) & (table["configuration"] == table["configuration"].iloc[0])
    table.loc[chosen, list(numbers)] = list(numbers.values())
    drawn = diagnostics.FIGURE.drawn(study, {**tables, "diagnostics": table})
    return next(axes for axes in drawn.axes if axes.get_title() == METRICS[metric].label)


def test_diagnostics_show_every_recorded_metric_and_every_setting(written: Path) -> None:
    figure = draw(written, "diverged", "diagnostics")
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert {axes.get_title() for axes in panels} == {METRICS[name].label for name in metrics_of("a2c")}
    assert len(panels) == 15
    assert [len(axes.lines) for axes in panels] == [3] * 15
    assert set(METRICS) == set(all_metrics())


def test_explained_variance_below_the_panel_is_drawn_at_its_lower_edge(written: Path) -> None:
    axes = panel_with(written, "explained_variance", median=-1e6, low=-2e6, high=1)
    assert set(axes.lines[0].get_ydata()) == {axes.get_ylim()[0]}
    assert -1.1 < axes.get_ylim()[0] < -1


@pytest.mark.parametrize("low", [-1.0, 0.0, 100.0])
def test_a_band_that_reaches_zero_is_drawn_down_to_the_edge_of_a_log_axis(written: Path, low: float) -> None:
    axes = panel_with(written, "value_loss", median=1e4, low=low, high=2e4)
    assert axes.get_yscale() == "log"
    band = axes.collections[0].get_datalim(axes.transData)
    assert band.y0 == pytest.approx(max(low, axes.get_ylim()[0]))
    assert band.y1 == pytest.approx(min(2e4, axes.get_ylim()[1]))


@pytest.mark.parametrize("median", [-40.0, -1e4, -1e12, 40.0, 1e6])
def test_an_axis_of_both_signs_has_few_ticks_and_zero_among_them(median: float) -> None:
    axes = Figure().subplots()
    set_scale(axes, METRICS["advantage_mean"], np.array([median, -0.5 * np.sign(median)]))
    low, high = axes.get_ylim()
    ticks = axes.get_yticks()
    assert axes.get_yscale() == "symlog"
    assert 0 in ticks
    assert 2 <= len(ticks) <= 5
    assert low <= min(ticks) <= max(ticks) <= high


def test_dots_stay_within_their_width_and_do_not_overlap() -> None:
    offsets = scatter_offsets(30, 0.2)
    assert np.abs(offsets).max() <= 0.2
    assert np.diff(np.sort(offsets)).min() > 0.2 / 60


def test_the_heat_map_shows_each_mean_in_its_cell(written: Path) -> None:
    _, tables = read_study(written / "studies" / "two_axes")
    axes = draw(written, "two_axes", "heatmap").axes[0]
    shown = axes.images[0].get_array().filled(np.nan)
    wide = tables["summary"].pivot(index="learning_rate", columns="entropy_coef", values="final_return_mean")
    np.testing.assert_allclose(shown, wide)
    assert np.isnan(shown).sum() == 1  # all runs of one combination diverged
    assert any("10/10 failed" in text.get_text() for text in axes.texts)


def test_comparisons_show_difference_interval_and_adjusted_p(written: Path) -> None:
    _, tables = read_study(written / "studies" / "zero_on_log")
    axes = draw(written, "zero_on_log", "comparisons").axes[0]
    rows = tables["comparisons"][tables["comparisons"]["measure"] == "final_return"]
    drawn = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(drawn, rows["difference"])
    assert rows["p_adjusted"].iloc[0] < 0.001
    assert [text.get_text() for text in axes.texts] == ["p < 0.001", "no test", "better →"]
    (bar,) = (one for one in axes.collections if len(one.get_segments()) == 1)
    np.testing.assert_allclose(bar.get_segments()[0][:, 0], rows[["low_adjusted", "high_adjusted"]].iloc[0])


def test_an_interval_beyond_the_possible_returns_ends_there_with_an_arrowhead() -> None:
    axes = Figure().subplots()
    draw_interval(axes, 1.0, 487.0, 458.0, 516.0, upright=True, possible=(0.0, 500.0))
    heads = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker() == "^"]
    assert heads == [(1.0, 500.0)]
    (bar,) = axes.collections
    np.testing.assert_allclose(bar.get_segments()[0][:, 1], [458, 500])
    draw_interval(axes, 2.0, 100.0, 90.0, 110.0, upright=True, possible=(0.0, 500.0))
    assert sum(line.get_marker() in "v^" for line in axes.lines) == 1


def test_an_axis_of_returns_shows_a_quarter_of_the_possible_ones_and_none_beyond(written: Path) -> None:
    study, tables = read_study(written / "studies" / "compared")
    low, high = return_limits(study, tables, "CartPole-v1", 495.0, 530.0)
    assert (low, high) == pytest.approx((375 - 6.25, 500 + 6.25))
    low, high = return_limits(study, tables, "CartPole-v1", 5.0, 300.0)
    assert (low, high) == pytest.approx((5 - 14.75, 300 + 14.75))


def test_the_heat_map_has_a_colour_bar_that_spans_the_noise(written: Path) -> None:
    study, tables = read_study(written / "studies" / "two_axes")
    summary = tables["summary"].assign(final_return_mean=100.0, final_return_low=60.0, final_return_high=140.0)
    figure = heatmap.FIGURE.drawn(study, {**tables, "summary": summary})
    norm = figure.axes[0].images[0].norm
    assert (norm.vmin, norm.vmax) == (60.0, 140.0)
    assert [axes.get_ylabel() for axes in figure.axes].count("better →") == 2


def test_nearly_equal_returns_do_not_fill_the_axis(written: Path) -> None:
    study, tables = read_study(written / "studies" / "recommended")
    acrobot = [one.name for one in study.configurations if one.env_id == "Acrobot-v1"]
    spread = {"auc": 0.1, "auc_mean": 0.0, "auc_low": -0.1, "auc_high": 0.1}
    near = dict(tables)
    for name in ("summary", "runs", "comparisons"):
        table = tables[name].copy()
        tied = table["configuration"].isin(acrobot)
        for column in table.columns.intersection(list(spread)):
            table.loc[tied, column] = -500 + spread[column] * np.random.default_rng(0).random(tied.sum())
        for column, value in {"difference": 0.0, "low_adjusted": -0.1, "high_adjusted": 0.1}.items():
            if column in table:
                table.loc[tied, column] = value
        near[name] = table
    # 5 % of the way from -500 to Acrobot's threshold; a quarter of the possible returns, with a margin
    for kind, columns, least in ((comparisons.FIGURE, 2, 20), (final_auc.FIGURE, 3, 137.5)):
        left, right = kind.drawn(study, near).axes[columns + 1].get_xlim()
        assert right - left == pytest.approx(least, rel=0.1)


def test_limits_are_widened_around_their_middle_only_where_they_are_too_narrow() -> None:
    assert widened(-500.0, -499.0, 20.0) == (-509.5, -489.5)
    assert widened(-500.0, -100.0, 20.0) == (-500.0, -100.0)


def test_axes_of_normalised_scores_show_0_and_1(written: Path) -> None:
    study, tables = read_study(written / "studies" / "recommended")
    near = tables["aggregates"].assign(value=-0.001, low=-0.0011, high=-0.001)
    near_curves = tables["aggregate_curves"].assign(iqm=0.01, low=0.005, high=0.02)
    limits = [axes.get_xlim() for axes in aggregates.FIGURE.drawn(study, {**tables, "aggregates": near}).axes]
    curves = aggregate_curves.FIGURE.drawn(study, {**tables, "aggregate_curves": near_curves}).axes[0]
    assert all(low <= 0 and high >= 1 for low, high in [*limits, curves.get_ylim()])


def test_an_axis_of_differences_shows_at_least_three_ticks(written: Path) -> None:
    for axes in draw(written, "diverged", "comparisons").axes:
        left, right = axes.get_xlim()
        assert sum(left <= tick <= right for tick in axes.get_xticks()) >= 3


def test_failed_runs_are_counted_beside_the_setting(written: Path) -> None:
    axes = draw(written, "diverged", "final_auc").axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["0.01 (2 of 10 failed)", "7e-4 (baseline)", "1e-5"]


def test_unknown_scores_are_shown_as_words(written: Path) -> None:
    study, tables = read_study(written / "studies" / "recommended")
    words = "no reward threshold registered for X"
    unknown = tables["aggregates"].assign(value=np.nan, low=np.nan, high=np.nan, interval=words)
    figure = aggregates.FIGURE.drawn(study, {**tables, "aggregates": unknown})
    assert words in figure.texts[0].get_text()


def test_an_environment_whose_runs_recorded_nothing_has_empty_panels(written: Path) -> None:
    study, tables = read_study(written / "studies" / "five_environments")
    empty = [one.name for one in study.configurations if one.env_id == study.environments[0]]
    kept = tables["diagnostics"][~tables["diagnostics"]["configuration"].isin(empty)]
    figure = diagnostics.FIGURE.drawn(study, {**tables, "diagnostics": kept})
    first = figure.axes[0]
    assert not any(len(line.get_xdata()) for line in first.lines)
    assert first.get_xlim() == (kept["step"].min(), kept["step"].max())


def test_returns_beyond_the_registered_range_are_shown_where_the_time_limit_is_another(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "studies" / "long", {"gamma": [0.9, 0.99]}, baseline={"gamma": 0.9})
    study, tables = read_study(folder)
    assert return_limits(study, tables, "CartPole-v1", 2000.0, 3000.0)[1] < 600
    for one in study.configurations:
        one.fields["max_episode_steps"] = 5000
    changed = replace(study)  # without what was computed before
    low, high = return_limits(changed, tables, "CartPole-v1", 2000.0, 3000.0)
    assert low < 2000 < 3000 < high
