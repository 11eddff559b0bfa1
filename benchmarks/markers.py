"""Write a command's tables into a Markdown file, between two markers."""

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
