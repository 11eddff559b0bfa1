"""Write what documents take from files and commands between their markers: python docs/generate.py [--check].

No number in a document is typed by hand. A marker names a file, its last paragraph alone, or a command after `$`:

    <!-- begin: results/published/.../final.md -->
    <!-- end -->
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "docs/configuration.md", "docs/atari.md")
MARKED = re.compile(r"(<!-- begin: (?P<source>.+?) -->\n)(?P<held>.*?)(<!-- end -->)", re.DOTALL)


def produced(source: str) -> str:
    """The text of a file, or what a command prints."""
    if not source.startswith("$ "):
        name, comma, _ = source.partition(", last paragraph")
        text = (ROOT / name).read_text(encoding="utf-8")
        return text.strip().rpartition("\n\n")[2] if comma else text
    command = [sys.executable if word == "python" else word for word in source[2:].split()]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def renewed(text: str) -> str:
    """The document with every marked part as its source has it now."""
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
