"""What a kind of figure consists of. Imports nothing heavy: the Snakefile reads the list of figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

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


class Words(NamedTuple):
    """The words to a figure, in plain text."""

    caption: str  # what it shows, how sure it is, and what there is to see: a paragraph
    alternative: str  # for someone who cannot see it: its kind, and what there is to see


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

    @property
    def svg(self) -> str:
        """The file of a figure that the paper prints."""
        return f"{self.name}.svg"

    def drawn(self, study: Study, tables: Tables) -> Canvas:
        """The figure, in the style of all figures."""
        from a2c.report.drawing.style import look, sentence_alone

        with look():
            reason = self.missing(study, tables)
            return sentence_alone(reason) if reason else self.draw(study, tables)

    def words(self, study: Study, tables: Tables) -> Words:
        """Caption and alternative text of the figure."""
        see = self.see(study, tables)
        caption = " ".join([*(part(study, tables) for part in (self.shows, *self.between)), see])
        alternative = self.missing(study, tables) or f"{self.kind}, study “{title_of(study)}”. {see}"
        return Words(caption.strip(), alternative.strip())

    def text(self, study: Study, tables: Tables) -> str:
        """The content of the text file beside the figure."""
        words = self.words(study, tables)
        return f"{words.caption}\n\nAlternative text: {words.alternative}\n"


def sources_of(figures: Sequence[Figure[Any]], printed: Sequence[Figure[Any]]) -> dict[str, Sequence[str]]:
    """By file of some figures, of which some are printed: the stems of the CSV files that it is made from."""
    return {file: figure.sources for figure in figures for file in figure.files} | {
        figure.svg: figure.sources for figure in printed
    }
