"""Forge published results and try which commands find it.

python -m benchmarks.forgeries           prints the table (a few minutes)
python -m benchmarks.forgeries --write   puts it into docs/provenance.md

The forgeries are those of the tests (tests/verify/forgeries.py): real runs, changed, and sealed again so that all
checksums fit.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.markers import writer
from tests.verify.forgeries import COMMANDS, FORGERIES, Scene, forge, make_scene, outcome

ROOT = Path(__file__).parent.parent
SOURCE = "benchmarks/forgeries.py"


def table(scene: Scene, folder: Path) -> str:
    """The table in Markdown: a row per forgery, and before them one of what was not forged."""
    lines = [f"| forged | {' | '.join(f'`{name}`' for name in COMMANDS)} |", f"| --- |{' --- |' * len(COMMANDS)}"]
    studies = {"nothing": "rates", "LunarLander: nothing": "lunar"}
    studies |= {name: forgery.study for name, forgery in FORGERIES.items()}
    for number, (name, study) in enumerate(studies.items()):
        forged = forge(name if name in FORGERIES else "", scene, folder / str(number))
        said = [outcome(command, forged, study) for command in COMMANDS]
        lines.append(f"| {name} | {' | '.join(said)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def main(write: bool) -> None:
    put = writer(ROOT / "docs" / "provenance.md", SOURCE) if write else print
    with tempfile.TemporaryDirectory(prefix="a2c-forgeries-") as folder:
        put(table(make_scene(Path(folder)), Path(folder)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into docs/provenance.md")
    main(parser.parse_args().write)
