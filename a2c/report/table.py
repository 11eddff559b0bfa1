"""What a kind of table consists of. Imports nothing heavy: the Snakefile reads the list of tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from a2c.report.figure import Study
from a2c.report.rows import Tables


@dataclass(frozen=True)
class TextTable:
    """A table ready to be read: all cells are text; `note` says what the numbers are."""

    name: str
    title: str
    note: str
    header: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Table(Generic[Study]):
    """A kind of table: all that drawing, page, lineage and the Snakefile need to know of it."""

    name: str  # of its files
    sources: Sequence[str]  # stems of the CSV files that it is made from, in order
    formats: Sequence[str]  # suffixes of its files; no csv where the data of the study have that file already
    fits: Callable[[Study], bool]  # whether a study has it
    text: Callable[[Study, Tables], TextTable]

    @property
    def files(self) -> list[str]:
        return [f"{self.name}.{suffix}" for suffix in self.formats]
