"""Every build by every compiler computes the same bits."""

import hashlib
from functools import cache

import pytest

from tests.core.cores import BUILDS, SETTINGS, core


@cache
def digest(cc: str, name: str, which: str) -> str:
    """A hash of all that a training leaves, evaluation included."""
    lane = core(cc, name).lane(SETTINGS[which], 3)
    trained = lane.train(20)
    found = hashlib.sha256()
    for array in (*lane.state().values(), *trained, *lane.evaluate(3, greedy=False)):
        found.update(array.tobytes())
    return found.hexdigest()


@pytest.mark.parametrize("which", SETTINGS)
def test_builds_agree(which: str) -> None:
    assert len({digest(cc, name, which) for cc, name in BUILDS}) == 1


def test_settings_differ() -> None:
    assert len({digest(*BUILDS[-1], which) for which in SETTINGS}) == len(SETTINGS)
