"""What a pipeline says when it is done: the headline, and where the results lie."""

from pathlib import Path

from a2c import untrusted

PAPERS = {"page": "index.html", "PDF": "paper.pdf"}


def last_lines(results: Path) -> list[str]:
    """The headline of the paper in `results`, then the paths of its page and PDF."""
    claims = untrusted.read(results / "claims.md").decode().strip().splitlines()
    headline = claims[-1].split(". ")[0].removesuffix(".") + "." if claims else ""
    paths = [f"{kind}: {results / name}" for kind, name in PAPERS.items() if (results / name).exists()]
    return [headline, *paths]
