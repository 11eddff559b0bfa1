"""What `make docs` adds to MkDocs: the documents where they lie in the checkout, and API pages made from docstrings.

The site has the folders of the checkout, so that a link which works in the checkout works on the site.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
DOCUMENTS = (
    *("*.md", "docs/*.md", "config/README.md", "benchmarks/README.md"),
    *("results/published/README.md", "results/published/*/claims.md"),
)
LINK = re.compile(r"\]\(([^):#\s]+)(?:#[^)]*)?\)")
NOT_PUBLIC = {"core", "cli", "pipeline"}  # native code, commands, and what the Snakefile calls


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the API pages to the navigation."""
    assert config.nav is not None
    pages: list[Any] = [{f"a2c.{room.name}": f"api/{room.name}.md"} for room in _rooms()]
    config.nav.append({"API": pages})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace the files of docs/ by all documents, the files that they link to, and the API pages."""
    for file in files.documentation_pages():
        files.remove(file)
    for path in sorted(_documents() | _linked()):
        files.append(File(path.as_posix(), str(ROOT), config.site_dir, config.use_directory_urls))
    for room in _rooms():
        files.append(File.generated(config, f"api/{room.name}.md", content=_api_page(room)))
    return files


def _rooms() -> list[Path]:
    """The packages of a2c whose functions are public."""
    return sorted(path.parent for path in ROOT.glob("a2c/*/__init__.py") if path.parent.name not in NOT_PUBLIC)


def _documents() -> set[Path]:
    return {path.relative_to(ROOT) for pattern in DOCUMENTS for path in ROOT.glob(pattern)}


def _linked() -> set[Path]:
    """The files of the checkout, other than documents, that documents link to: images, tables, source files."""
    targets = {
        (ROOT / document).parent.joinpath(link).resolve()
        for document in _documents()
        for link in LINK.findall((ROOT / document).read_text(encoding="utf-8"))
    }
    return {target.relative_to(ROOT) for target in targets if target.is_file()} - _documents()


def _api_page(room: Path) -> str:
    """A page with every module of a room."""
    modules = sorted(path for path in room.rglob("*.py") if path.name != "__init__.py")
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in modules]
    return f"# a2c.{room.name}\n\n" + "\n\n".join(f"::: {name}" for name in names) + "\n"
