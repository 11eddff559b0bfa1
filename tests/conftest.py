"""What the rooms share."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from processes import ROOT, SMALL, A2c, unsettle

# The same examples every time, on a machine however busy.
settings.register_profile("house", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first, so that no core is idle at the end."""
    items.sort(key=lambda item: item.path.name != "test_pipeline.py")


@pytest.fixture(scope="session")
def a2c() -> A2c:
    """Run `python -m a2c ...` in a process of its own; `fields` go in as the configuration on standard input."""

    def run(*arguments: str | Path, fields: dict[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "a2c", *map(str, arguments)]
        text = None if fields is None else json.dumps(fields)
        return subprocess.run(command, input=text, capture_output=True, text=True, cwd=ROOT, check=False)

    return run


@pytest.fixture
def unsettled() -> Iterator[None]:
    """Torch's settings put back after a test that trains in this process."""
    yield
    unsettle()


@pytest.fixture(scope="session")
def trained(a2c: A2c, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished result, seeds 0 to 2. Not to be changed: copy it."""
    folder = tmp_path_factory.mktemp("trained") / "seeds-0-2"
    done = a2c("train", "-", "--seeds", "0-2", "--out", folder, fields=SMALL)
    assert done.returncode == 0, done.stderr
    return folder
