"""The kinds of study of a paper: where one lies, and what its aggregation and its drawing write.

Imports nothing heavy: the Snakefile imports this.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from a2c.report import catalogue, gradients, tunings
from a2c.report.drawn import DRAWN
from a2c.report.figure import Figure, Study, sources_of
from a2c.report.table import Table
from a2c.runs import gradient_study, tuning_study
from a2c.runs.gradient_study import GradientRecord
from a2c.runs.study import STUDY, StudyRecord
from a2c.runs.study_tables import LINEAGE
from a2c.runs.tuning_study import TuningRecord


@dataclass(frozen=True, eq=False)
class Kind(Generic[Study]):
    """A kind of study: of runs, of gradients, or a tuning."""

    folder: str  # of its studies, below that of the results
    record: str  # the file that describes one
    word: str  # before the name of one where names of all kinds stand together; empty for studies of runs
    figures_of: Callable[[Study], Sequence[Figure[Study]]]
    printed_of: Callable[[Study], Sequence[Figure[Study]]]  # the figures that the paper's PDF prints
    tables_of: Callable[[Study], Sequence[Table[Study]]]
    made_of: Callable[[Study], Sequence[str]]  # the files that its aggregation makes

    def figure_files_of(self, study: Study) -> Mapping[str, Sequence[str]]:
        """By file of the figures: the stems of the CSV files that it is made from."""
        return sources_of(self.figures_of(study), self.printed_of(study))

    def sources_of(self, study: Study) -> Mapping[str, Sequence[str]]:
        """By file of the figures and tables: the stems of the CSV files that it is made from."""
        tables = {file: table.sources for table in self.tables_of(study) for file in table.files}
        return {**self.figure_files_of(study), **tables}

    def data_files_of(self, study: Study) -> list[str]:
        """The files that the aggregation writes into the folder of a study."""
        return [*self.made_of(study), LINEAGE]

    def drawn_files_of(self, study: Study) -> list[str]:
        """The files that the drawing writes there."""
        return [*self.sources_of(study), DRAWN]


STUDIES: Kind[StudyRecord] = Kind(
    folder="studies",
    record=STUDY,
    word="",
    figures_of=catalogue.figures_of,
    printed_of=catalogue.printed_of,
    tables_of=catalogue.tables_of,
    made_of=lambda study: [f"{name}.csv" for name in catalogue.data_of(study)],
)
GRADIENTS: Kind[GradientRecord] = Kind(
    folder="gradients",
    record=gradient_study.RECORD,
    word="gradients",
    figures_of=gradients.figures_of,
    printed_of=gradients.figures_of,
    tables_of=gradients.tables_of,
    made_of=lambda record: [gradient_study.ESTIMATES, *(f"{name}.csv" for name in gradients.data_of(record))],
)
TUNINGS: Kind[TuningRecord] = Kind(
    folder=tuning_study.FOLDER,
    record=tuning_study.RECORD,
    word="tuning",
    figures_of=tunings.figures_of,
    printed_of=tunings.figures_of,
    tables_of=tunings.tables_of,
    made_of=lambda record: [*(f"{name}.csv" for name in tunings.DATA), tunings.BEST],
)
