"""Which files of a checkout and of a paper's results belong into a crate, and what the crate says of each."""

import os
from collections.abc import Iterator
from pathlib import Path

from a2c import untrusted
from a2c.runs.sources import PACKAGE

CHECKOUT = PACKAGE.parent
RESULTS = (
    *("paper.json", "index.html", "page.js", "answers.txt", "paper.pdf", "paper", "columns.csv"),
    *("claims.csv", "claims.md", "claims.tex"),
    *("verdicts.pdf", "verdicts.png", "verdicts.txt", "drawn.json"),
    *("preamble.tex", "tables.tex"),
    *("runs", "studies", "gradients", "tunings", "films"),
)
CODE = (
    *("Snakefile", "workflow", "config", "profiles", "containers", "a2c"),
    *("requirements.lock", "requirements-cpu.lock", "requirements-cuda.lock", "environment.yml", "pyproject.toml"),
    *("LICENSE", "CITATION.cff"),
)
LEFT_OUT = (".*", "__pycache__", "*.sif", "checkpoint.npz", "progress.json")
# Not `mimetypes`: it lacks four of these, and what it says differs from Python to Python and from system to system.
MEDIA_TYPES = {
    ".bib": "application/x-bibtex",
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".mp4": "video/mp4",
    ".npz": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".tex": "application/x-tex",
    ".ttf": "font/ttf",
    ".yaml": "application/yaml",
}


def crate_files(path: Path) -> Iterator[Path]:
    """The files at or below `path` that belong into a crate, sorted. DamagedError at a link or a special file."""
    return untrusted.files_below(path, LEFT_OUT) if os.path.lexists(path) else iter(())


def file_properties(path: Path, checksum: str | None = None) -> dict[str, str]:
    """Name, media type, size and checksum of a file; `checksum` if it is known already."""
    return {
        "name": path.name,
        "encodingFormat": MEDIA_TYPES.get(path.suffix, "text/plain"),
        "contentSize": str(path.stat().st_size),
        "sha256": checksum or untrusted.checksum(path, at_most=untrusted.LARGEST_ARRAYS),
    }
