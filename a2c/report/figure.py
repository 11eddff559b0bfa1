"""What a kind of figure consists of. Imports nothing heavy: the Snakefile reads the list of figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from a2c.report.captions import evidence, failures
from a2c.report.rows import Tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

Study = TypeVar("Study")  # the record of a study, or of a gradient study

MANY = 12  # environments: with more, a row of panels for each is no longer legible


def nothing_missing(study: object, tables: Tables) -> str:
    return ""


def title_of(study: Any) -> str:
    """The title of a study of either kind."""
    return str(study.title)


@dataclass(frozen=True)
class Figure(Generic[Study]):
    """A kind of figure: all that drawing, page, lineage and the Snakefile need to know of it."""

    name: str  # of its files
    title: str  # above it on the page
    kind: str  # of picture, for those who cannot see it
    sources: Sequence[str]  # stems of the CSV files that the drawing and the caption are made from, in order
    fits: Callable[[Study], bool]  # whether a study has it
    draw: Callable[[Study, Tables], Canvas]
    shows: Callable[[Study, Tables], str]  # what is drawn: the caption's first sentence
    see: Callable[[Study, Tables], str]  # what there is to see: its last
    missing: Callable[[Study, Tables], str] = nothing_missing  # why there is nothing to draw; empty where there is
    between: Sequence[Callable[[Any, Tables], str]] = (evidence, failures)  # how sure it is

    @property
    def files(self) -> list[str]:
        """Vector, raster, and caption with alternative text."""
        return [f"{self.name}.pdf", f"{self.name}.png", f"{self.name}.txt"]

    def drawn(self, study: Study, tables: Tables) -> Canvas:
        """The figure, in the style of all figures."""
        from a2c.report.drawing.style import look, sentence_alone

        with look():
            reason = self.missing(study, tables)
            return sentence_alone(reason) if reason else self.draw(study, tables)

    def caption(self, study: Study, tables: Tables) -> str:
        """What the figure shows, how sure it is, and what there is to see: one paragraph of plain text."""
        parts = (self.shows, *self.between, self.see)
        return " ".join(part(study, tables) for part in parts).strip()

    def alternative(self, study: Study, tables: Tables) -> str:
        """For someone who cannot see the figure: its kind, and what there is to see."""
        reason = self.missing(study, tables)
        return reason or f"{self.kind}, study “{title_of(study)}”. {self.see(study, tables)}".strip()

    def text(self, study: Study, tables: Tables) -> str:
        """The content of the text file beside the figure."""
        return f"{self.caption(study, tables)}\n\nAlternative text: {self.alternative(study, tables)}\n"
