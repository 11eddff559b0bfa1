"""All kinds of figures, in the order of the page. A new kind is a file of this folder and a line in this list."""

from a2c.report.figure import Figure
from a2c.report.figures import (
    aggregate_curves,
    aggregates,
    comparisons,
    diagnostics,
    final_auc,
    heatmap,
    improvement,
    learning_curves,
    profiles,
    sensitivity,
)
from a2c.runs.study import StudyRecord

FIGURES: list[Figure[StudyRecord]] = [
    learning_curves.FIGURE,
    sensitivity.FIGURE,
    heatmap.FIGURE,
    aggregates.FIGURE,
    aggregate_curves.FIGURE,
    profiles.FIGURE,
    improvement.FIGURE,
    final_auc.FIGURE,
    comparisons.FIGURE,
    diagnostics.FIGURE,
]
