"""Write a command's tables into a Markdown file, between two markers."""

import argparse
from collections.abc import Callable
from pathlib import Path

from a2c.config import ConfigError


def writer(path: Path, name: str, verbatim: bool = False) -> Callable[[str], None]:
    """A function that puts its text between the lines `<!-- NAME: begin -->` and `<!-- NAME: end -->` of the file.

    `verbatim`: as a code block. ConfigError if the file lacks the lines, raised now and not after the measurement.
    """

    def write(text: str) -> None:
        before, after = _around(path, name)
        shown = f"```text\n{text}\n```" if verbatim else text
        path.write_text(f"{before}\n\n{shown}\n\n{after}", encoding="utf-8")

    _around(path, name)
    return write


def command(
    about: str, main: Callable[[int, Callable[[str], None]], None], name: str, option: str, default: int
) -> None:
    """Run `main` as a command: with the number of `option`, it prints its table or writes it with `--write FILE`.

    `about`: the module's docstring. `name`: of the markers. A ConfigError ends it with one line.
    """
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument(
        f"--{option}", dest="number", type=int, default=default, metavar="N", help=f"number of {option} ({default})"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file with the markers")
    arguments = parser.parse_args()
    try:
        main(arguments.number, writer(arguments.write, name) if arguments.write else print)
    except ConfigError as error:
        parser.error(str(error))


def _around(path: Path, name: str) -> tuple[str, str]:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    before, begun, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise ConfigError(f"{path}: has to have the lines {begin} and {end}")
    return before + begin, end + after
