"""Pages in a real browser. Tests that need it are skipped where there is no Chromium."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium on PATH")


def browse(page: Path, home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Open a page in a browser without a window; `home`: a folder for the browser's own files."""
    command = [BROWSER or "", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += ["--no-first-run", "--enable-logging=stderr", f"--user-data-dir={home / 'profile'}", *options]
    return subprocess.run(
        [*command, page.as_uri()], capture_output=True, text=True, timeout=180, env={**os.environ, "HOME": str(home)}
    )


def visit(page: Path, script: str, home: Path, *options: str) -> Any:
    """Run a script at the end of a page and return what it gives to `report`. Fails if the console shows anything.

    The page's content security policy forbids requests, so that an attempted one is an error in the console.
    """
    visited = page.with_name(f"visited-{page.name}")
    report = 'const report = outcome => document.body.setAttribute("data-outcome", JSON.stringify(outcome));'
    text = page.read_text(encoding="utf-8")
    own = visited.with_suffix(".js")  # a page may run files, and nothing that is written in it
    own.write_text(f"{report}\n{script}", encoding="utf-8")
    visited.write_text(text.replace("</body>", f'<script src="{own.name}"></script></body>'), encoding="utf-8")
    done = browse(visited, home, "--virtual-time-budget=200000", "--dump-dom", *options)
    visited.unlink()
    own.unlink()
    assert "CONSOLE" not in done.stderr, done.stderr
    found = re.search(r'<body[^>]* data-outcome="([^"]*)"', done.stdout)
    assert found is not None, done.stdout[-2000:]
    return json.loads(found[1].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def printed_pages(page: Path, home: Path) -> int:
    """How many A4 pages a page prints to."""
    out = home / "printed.pdf"
    browse(page, home, f"--print-to-pdf={out}", "--no-pdf-header-footer", "--virtual-time-budget=10000")
    return len(re.findall(rb"/Type\s*/Page\b", out.read_bytes()))
