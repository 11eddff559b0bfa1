"""Insert files and output of commands between the markers of documents: python docs/generate.py [--check].

`--check` changes nothing and fails if a document is out of date. A marker names a file, a file and its last paragraph,
or a command after `$`:

    <!-- begin: results/published/.../final.md -->
    <!-- end -->
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "docs/configuration.md", "docs/atari.md", "docs/tuning.md")
MARKED = re.compile(r"(<!-- begin: (?P<source>.+?) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)


def produced(source: str) -> str:
    """The text that a marker names: of a file, or the output of a command."""
    if not source.startswith("$ "):
        name, comma, _ = source.partition(", last paragraph")
        text = (ROOT / name).read_text(encoding="utf-8")
        return text.strip().rpartition("\n\n")[2] if comma else text
    command = [sys.executable if word == "python" else word for word in source[2:].split()]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout


def renewed(text: str) -> str:
    """The document with every marked part replaced by the present text of its source."""
    return MARKED.sub(lambda part: f"{part[1]}\n{produced(part['source']).strip()}\n\n{part[4]}", text)


def main() -> None:
    stale = []
    for name in DOCUMENTS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        new = renewed(text)
        if new != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(new, encoding="utf-8")
    if stale:
        print("stale" if "--check" in sys.argv else "written", *stale)
    if "--check" in sys.argv:
        sys.exit(bool(stale))


if __name__ == "__main__":
    main()
