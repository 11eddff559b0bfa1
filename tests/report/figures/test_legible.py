"""No text of a figure is cut off at its edge or overlaps another, also with long names and few rows."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from a2c.report.catalogue import figures_of
from a2c.report.drawing.style import look
from a2c.report.figures import FIGURES
from a2c.report.reading import read_study
from a2c.report.rows import Tables
from tests.report.synthetic_study import write_study

LONG = "hyperparameter_of_the_second_optimiser"
LONG_NAMES: dict[str, dict[str, Any]] = {
    "two_rows": {"axes": {LONG: [0.5, 1]}, "scales": {LONG: "linear"}, "baseline": {LONG: 1}},
    "five_columns": {"axes": {"max_grad_norm": [0.1, 0.25, 0.5, 5, None]}, "baseline": {"max_grad_norm": 0.25},
                     "diverged": ((1, 0), (1, 1))},
    "near_one": {"axes": {"gamma": [0.9, 0.99, 0.999]}, "scales": {"gamma": "linear"}, "baseline": {"gamma": 0.99}},
    "crossed": {"axes": {LONG: [0.001, 0.01], "value_loss_coef": [0.25, 0.5]},
                "scales": {"value_loss_coef": "log", LONG: "log"}, "baseline": {"value_loss_coef": 0.5, LONG: 0.01}},
    "several": {"axes": {"gradient_clipping": ["stable-baselines3", "article"],
                         "env_id": ["CartPole-v1", "Acrobot-v1", "MountainCar-v0"]},
                "scales": {"gradient_clipping": "category"}, "baseline": {"gradient_clipping": "article"}},
    "broken_names": {"axes": {"settings": ["article", "tuned on Pendulum-v1", "tuned on LunarLander-v3"],
                              "env_id": ["CartPole-v1", "Acrobot-v1", "MountainCar-v0"]},
                     "scales": {"settings": "category"}, "baseline": {"settings": "article"}},
}  # fmt: skip


def over_decades(tables: Tables) -> Tables:
    """Tables with diagnostics that span decades, with both signs, and with an explained variance far below zero."""
    table = tables["diagnostics"].copy()
    numbers = ["median", "low", "high"]
    for metric, factor in {"advantage_mean": -1e3, "value_loss": 1e4, "explained_variance": -1e6}.items():
        chosen = table["metric"] == metric
        table.loc[chosen, numbers] *= factor
    signs = (-1.0) ** (table["step"] // 20_000)
    table.loc[table["metric"] == "advantage_mean", "median"] *= signs
    return {**tables, "diagnostics": table}


def texts_of(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Bbox]]:
    """All drawn texts with their positions."""
    found: list[Text] = []
    draw = Text.draw

    def note(text: Text, renderer: RendererBase, *more: Any) -> None:
        found.append(text)
        draw(text, renderer, *more)

    with look(), monkeypatch.context() as patch:
        patch.setattr(Text, "draw", note)
        figure.draw_without_rendering()
    return [(text.get_text(), text.get_window_extent()) for text in found if is_shown(text)]


def is_shown(text: Artist) -> bool:
    return isinstance(text, Text) and text.get_visible() and bool(text.get_text().strip())


@pytest.fixture(scope="module")
def long_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long_names")
    for name, study in LONG_NAMES.items():
        write_study(folder / name, **study)
    return folder


@pytest.mark.parametrize("name", LONG_NAMES)
def test_all_text_lies_inside_the_figure_and_does_not_overlap(
    long_names: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, tables = read_study(long_names / name)
    for figure in figures_of(study):
        drawn = figure.drawn(study, over_decades(tables))
        texts = texts_of(drawn, monkeypatch)
        page = drawn.bbox.padded(0.5)
        cut = [text for text, place in texts if not (page.contains(*place.min) and page.contains(*place.max))]
        assert (figure.name, cut) == (figure.name, [])
        over = [(a, b) for (a, at), (b, there) in itertools.combinations(texts, 2) if at.padded(-0.5).overlaps(there)]
        assert (figure.name, over) == (figure.name, [])


def test_every_kind_of_figure_is_tested(long_names: Path) -> None:
    kinds = {figure.name for name in LONG_NAMES for figure in figures_of(read_study(long_names / name)[0])}
    assert kinds == {figure.name for figure in FIGURES}
