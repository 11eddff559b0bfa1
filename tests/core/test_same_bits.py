"""Every build by every compiler computes the same bits."""

import hashlib
from dataclasses import replace
from functools import cache

import pytest

from a2c.core.workers import Workers
from tests.core.cores import BUILDS, INSTALLED, SETTINGS, core

OF_COMPILERS = [
    pytest.param(INSTALLED, id="installed"),
    pytest.param(BUILDS, id="every compiler", marks=pytest.mark.slow),
]


@cache
def digest(cc: str, name: str, which: str) -> str:
    """A hash of all that a training leaves, evaluation included."""
    lane = core(cc, name).lane(SETTINGS[which], 3)
    trained = lane.train(20)
    found = hashlib.sha256()
    for array in (*lane.state().values(), *trained, *lane.evaluate(3, greedy=False)):
        found.update(array.tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("builds", OF_COMPILERS)
@pytest.mark.parametrize("which", SETTINGS)
def test_builds_agree(which: str, builds: list[tuple[str, str]]) -> None:
    assert len({digest(cc, name, which) for cc, name in builds}) == 1


@cache
def digest_of_workers(cc: str, name: str) -> str:
    """The same of A3C's workers."""
    workers = Workers(core(cc, name), replace(SETTINGS["widths 7 and 33"], algorithm="a3c", n_envs=3), 3)
    trained, _ = workers.take_turns([2, 0, 1, 1, 0, 2, 2, 2, 0, 1] * 4)
    found = hashlib.sha256()
    for array in (*workers.state().values(), *trained):
        found.update(array.tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("builds", OF_COMPILERS)
def test_builds_agree_on_workers(builds: list[tuple[str, str]]) -> None:
    assert len({digest_of_workers(cc, name) for cc, name in builds}) == 1


def test_settings_differ() -> None:
    assert len({digest(*INSTALLED[-1], which) for which in SETTINGS}) == len(SETTINGS)
