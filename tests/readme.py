"""What the README tells a reader to type."""

import re

from tests.processes import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = r"make|snakemake|conda|a2c|\.venv/bin/\S+"


def typed() -> list[str]:
    """The commands in blocks and in the text, each once."""
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(rf"`((?:{PROGRAMS})(?: [^`]+)?)`", README)
    return list(dict.fromkeys(part.strip() for line in lines for part in line.partition(" #")[0].split("&&")))


def of_table() -> list[str]:
    """The commands of a2c in the table, as they are typed."""
    table = README.partition("## Commands")[2].partition("\n\n## ")[0]
    return [f".venv/bin/a2c {found}" for found in re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE)]


def block(language: str, after: str) -> str:
    """The first code block of a language after a text."""
    found = re.search(rf"```{language}\n(.*?)```", README.partition(after)[2], flags=re.DOTALL)
    assert found is not None
    return found[1]
