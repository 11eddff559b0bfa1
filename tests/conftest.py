"""Fixtures that the tests of several folders share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.commands import a2c_says
from tests.processes import SMALL, unsettle

LONGEST = [
    "test_container.py", "test_slurm.py", "test_pipeline.py", "test_faults.py", "test_figures.py", "test_games.py",
    "test_lane_independence.py", "test_again.py", "test_verdicts.py", "test_trainer.py", "test_action_kinds.py",
    "test_legible.py", "test_training.py", "test_export.py", "test_own_environment.py", "test_own_clocks.py",
    "test_results.py", "test_imports.py", "test_atari.py",
]  # fmt: skip
# The same examples every time, and no time limit for slow machines.
settings.register_profile("house", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_configure() -> None:
    """Signals that a shell in the background or nohup ignores end processes in the tests nevertheless."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest files first, so that no core is idle at the end."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture
def unsettled() -> Iterator[None]:
    """Restore torch's settings after a test that trains in this process."""
    yield
    unsettle()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished result, seeds 0 to 2. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("trained") / "seeds-0-2"
    done = a2c_says("train", "-", "--seeds", "0-2", "--out", folder, fields=SMALL)
    assert done.returncode == 0, done.stderr
    return folder
