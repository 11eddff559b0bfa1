"""The number of tests that a paper's runs would decide, foretold from a pilot."""

from pathlib import Path

import numpy as np
import pytest

from a2c.config import ConfigError, Paper, load_paper
from a2c.planning.forecast import forecast, render
from a2c.planning.reach import check_reach
from tests.config.test_registration import CLAIM, STUDY, gradient_tests, paper

REACHED = {key: value for key, value in CLAIM.items() if key not in ("reference", "margin")}
REACHED |= {"id": "reached", "measure": "reached_rate", "test": "at_least", "value": 0.5}


def pilot(folder: Path, subject: float, reference: float, reached: list[int] | None = None) -> Path:
    """A runs.csv with five runs of each point, whose returns are about these; and, if given, a measures.csv."""
    names = [point.name for point in paper(folder).studies[0].points]
    levels = dict(zip(names, (subject, reference), strict=False))
    lines = ["configuration,learning_rate,seed,final_return,auc,eval_return"]
    for name, level in levels.items():
        lines += [f"{name},0,{seed},{level + seed},50,50" for seed in range(5)]
    (folder / "runs.csv").write_text("\n".join(lines))
    if reached is not None:
        rows = [f"reached_rate,{names[0]},{seed},{value}" for seed, value in enumerate(reached)]
        (folder / "measures.csv").write_text("\n".join(["measure,configuration,seed,value", *rows]))
    return folder / "runs.csv"


@pytest.mark.parametrize(
    ("reference", "outcome"), [(400.0, "supported"), (100.0, "contradicted"), (125.0, "inconclusive")]
)
def test_a_test_is_foretold_by_what_the_pilots_runs_show(tmp_path: Path, reference: float, outcome: str) -> None:
    # lower by 25 than the reference; at the edge of the region nothing is decided
    table = forecast(paper(tmp_path, {**CLAIM, "margin": 25}), [pilot(tmp_path, 100.0, reference)])
    assert table.loc[0, outcome] >= 0.85


def test_an_early_look_decides_less(tmp_path: Path) -> None:
    looked_at = paper(tmp_path, {**CLAIM, "margin": 25}, {**STUDY, "looks": [5, 40]})
    assert forecast(looked_at, [pilot(tmp_path, 100.0, 130.0)]).loc[0, "inconclusive"] >= 0.9  # supported without looks


def test_measures_beside_the_runs_are_read(tmp_path: Path) -> None:
    made = paper(tmp_path, REACHED)
    table = forecast(made, [pilot(tmp_path, 100.0, 100.0, [1, 1, 1, 1, 1])])
    assert table.loc[0, "supported"] == 1
    assert render(table).startswith("Foretold from the pilot: 1 of 1 tests decided (100%).")


def test_without_runs_of_its_configurations_nothing_is_foretold(tmp_path: Path) -> None:
    table = forecast(paper(tmp_path, REACHED), [pilot(tmp_path, 100.0, 100.0)])
    assert np.isnan(table.loc[0, "supported"])
    assert render(table) == "No pilot has runs of a test's configurations, so nothing is foretold."


def on_gradients(folder: Path) -> Paper:
    """A paper whose test asks whether one-step estimates vary less than GAE's, by a factor of 1.5."""
    gradient_tests(folder)
    return load_paper(folder / "paper.yaml")


def gradient_pilot(folder: Path, made: Paper, ratio: float, first: int = 0) -> Path:
    """A measures.csv of five runs: variances differ by up to a factor of 100 between runs, by `ratio` within one."""
    (study,) = (study for study in made.tested_studies if study.kind == "gradients")
    rows = ["measure,configuration,seed,value,low,high"]
    for name in study.point_names:
        for seed in range(5):
            value = 10.0 ** (seed / 2) * (ratio * (1 + 0.05 * seed) if "one-step" in name else 1.0)
            rows.append(f'gradient_variance,"{name}",{first + seed},{value},{value},{value}')
    folder.mkdir()
    (folder / "measures.csv").write_text("\n".join(rows))
    return folder / "measures.csv"


@pytest.mark.parametrize(("ratio", "outcome"), [(0.2, "supported"), (5.0, "contradicted")])
def test_runs_of_a_gradient_study_are_compared_with_themselves(tmp_path: Path, ratio: float, outcome: str) -> None:
    made = on_gradients(tmp_path)
    table = forecast(made, [gradient_pilot(tmp_path / "g", made, ratio)])
    assert table.loc[0, outcome] >= 0.9


def test_a_gradient_pilot_belongs_to_the_study_that_its_folder_is_named_after(tmp_path: Path) -> None:
    made = on_gradients(tmp_path)
    assert forecast(made, [gradient_pilot(tmp_path / "another", made, 0.2)])["supported"].isna().all()


def test_a_gradient_pilot_may_not_have_run_a_reporting_seed(tmp_path: Path) -> None:
    made = on_gradients(tmp_path)
    with pytest.raises(ConfigError, match=r"gradients\.g\.seeds: 1000 is not allowed"):
        check_reach(made, [gradient_pilot(tmp_path / "g", made, 0.2, first=1000)], "paper.yaml")
