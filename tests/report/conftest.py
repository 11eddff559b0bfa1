"""Artificial studies, written and drawn once for all tests of the figures."""

import shutil
from pathlib import Path

import pytest

from a2c.report import kinds
from a2c.report.draw import draw
from a2c.report.drawn import read_drawn, write_drawn
from a2c.report.verdicts import write_verdicts
from a2c.runs.study import PaperRecord
from tests.report.synthetic_study import change_claims, claim, untested, write_study

ENVIRONMENTS = ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "LunarLander-v3", "Pong-v5"]
RATES = {"learning_rate": [0.01, 0.0007, 1e-05]}
CLAIMS = (
    claim("small", "supported"),
    claim("large", "contradicted"),
    claim("recommended", "inconclusive", figure="final_auc"),
    claim("listed", "not tested yet", effect=None, low=None, high=None, p_adjusted=None, n=0, figure=""),
)

STUDIES = {
    "diverged": {"axes": RATES, "scales": {"learning_rate": "log"}, "baseline": {"learning_rate": 0.0007},
                 "diverged": ((0, 2), (0, 5)), "claims": CLAIMS},
    "few_seeds": {"axes": {"n_envs": [1, 8]}, "scales": {"n_envs": "log"}, "baseline": {"n_envs": 8}, "seeds": 3},
    "zero_on_log": {"axes": {"entropy_coef": [0, 0.01, 0.5]}, "scales": {"entropy_coef": "log"},
                    "baseline": {"entropy_coef": 0.01}, "tied": (2,)},
    "two_axes": {"axes": {**RATES, "entropy_coef": [0, 0.01]}, "diverged": tuple((0, seed) for seed in range(10)),
                 "scales": {"learning_rate": "log", "entropy_coef": "log"},
                 "baseline": {"learning_rate": 0.0007, "entropy_coef": 0.01}},
    "five_environments": {"axes": {"env_id": ENVIRONMENTS}},
    "compared": {"axes": {"label": ["article", "other"], "env_id": ENVIRONMENTS[:2]}, "seeds": 4,
                 "scales": {"label": "category"}, "baseline": {"label": "article"}, "claims": CLAIMS,
                 "title": "Columns <& more>"},
    "recommended": {"axes": {"label": ["article", "other"], "env_id": ENVIRONMENTS[:4]},
                    "scales": {"label": "category"}, "baseline": {"label": "article"}},
}  # fmt: skip

A3C = {"claim": "a3c", "says": "A2C is used more than A3C.", "where": "A2C vs A3C", "why": "Needs A3C."}
PAPER = PaperRecord(
    title="Sentences <tested>",
    description="With runs & intervals.",
    studies=["again", "compared"],
    claims=[untested(A3C, "a3c"), *(untested(row, "compared") for row in CLAIMS)],
    source="A chapter <on A2C>.",
    known_before="Ten runs & a pilot.",
)


@pytest.fixture(scope="session")
def paper() -> PaperRecord:
    """The paper whose studies are `drawn`."""
    return PAPER


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results with the tables of all artificial studies, without figures."""
    results = tmp_path_factory.mktemp("written")
    for name, study in STUDIES.items():
        write_study(results / "studies" / name, **study)
    return results


@pytest.fixture(scope="session")
def drawn(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results with one study drawn, and a copy of it under another name. Do not change it."""
    results = tmp_path_factory.mktemp("drawn")
    first, second = results / "studies" / "compared", results / "studies" / "again"
    shutil.copytree(written / "studies" / "compared", first)
    draw(kinds.STUDIES, first)
    shutil.copytree(first, second)
    change_claims(second, [], name="again", claims=[])
    write_drawn(second, [second / name for name in read_drawn(first)])
    write_verdicts(results, PAPER)
    return results
