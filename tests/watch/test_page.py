"""The page of `a2c watch` in a real browser."""

import shutil
import threading
from pathlib import Path

import pytest

from a2c.watch.server import Server
from tests.browser import needs_browser
from tests.commands import a2c_says, training
from tests.live_browser import tab
from tests.processes import SMALL

ROWS = '[...document.querySelectorAll("#runs tbody tr")].map(row => [...row.cells].map(cell => cell.innerText))'
LEGEND = '[...document.querySelectorAll("#legend li")].map(item => item.innerText.trim())'
DIFFER = '[...document.querySelectorAll("#fields tr.differs")].map(row => [...row.cells].map(cell => cell.innerText))'
HEADS = ["show", "A", "B", "gamma", "seed", "folder", "agent steps", "return now"]


@pytest.mark.slow
@needs_browser
def test_runs_are_filtered_coloured_compared_and_updated(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    shutil.copytree(trained, folder / "first")
    done = a2c_says("train", "-", "--seeds", "0-1", "--out", folder / "second", fields={**SMALL, "gamma": 0.5})
    assert done.returncode == 0, done.stderr
    with Server([folder], 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with tab(server.address, tmp_path) as page:
            page.until('document.querySelectorAll("#runs tbody tr").length === 5')
            assert page.run('[...document.querySelectorAll("#runs th")].map(head => head.innerText)') == HEADS
            state = page.run('document.querySelector("#state").innerText')
            assert state.startswith("5 runs (0 running, 5 finished, 0 stopped)")

            page.run(put("filter", "gamma=0.5 seed>=1"))
            (row,) = page.run(ROWS)
            assert row[3:5] == ["0.5", "1"]
            page.run(put("filter", "gama=1"))
            assert page.run('document.querySelector("#problem").innerText').startswith("gama: no such field; allowed:")
            page.run(put("filter", ""))

            page.run(put("color", "gamma"))
            assert page.run(LEGEND) == ["gamma 0.99", "gamma 0.5"]
            for number in range(3):
                page.run(f'document.querySelectorAll("#runs input[type=checkbox]")[{number}].click()')
            assert page.run(LEGEND) == ["gamma 0.5"]

            page.run('document.querySelectorAll("#runs input[name=a]")[0].click()')
            page.run('document.querySelectorAll("#runs input[name=b]")[4].click()')
            assert page.run(DIFFER) == [
                ["≠", "gamma", "0.99", "0.5"],
                ["≠", "seed", "0", "1"],
                ["≠", "folder", "first", "second"],
            ]
            assert page.run('document.querySelectorAll("#pair canvas").length') == 2

            running = training(folder / "third", "7", {**SMALL, "total_steps": 300_000})
            page.until('document.querySelectorAll("#runs tbody tr").length === 6')
            running.wait()
            page.until('document.querySelector("#state").innerText.includes("6 finished")')
            assert page.complaints == []
        server.shutdown()


def put(field: str, text: str) -> str:
    """A script that enters a value into a field."""
    changed = 'field.dispatchEvent(new Event("input"))'
    return f'(() => {{ const field = document.getElementById("{field}"); field.value = "{text}"; {changed}; }})()'
