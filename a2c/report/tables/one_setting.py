"""The cost of one setting for all environments, and the number of axes worth tuning for each."""

from a2c.analysis.references import MIN_ENVIRONMENTS, top_of_scale
from a2c.config.measures import TITLES
from a2c.report.captions import evidence, failures
from a2c.report.cells import text_of
from a2c.report.numbers import interval, number
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.runs.study import StudyRecord


def text(study: StudyRecord, tables: Tables) -> TextTable:
    header = ["number", "best for all", "score for all", "score of the best in each", "lost [95 %]", "axes to tune"]
    rows = [
        [
            TITLES[row["measure"]],
            text_of(row["best_for_all"]),
            number(row["score_for_all"]),
            number(row["score_tuned"]),
            interval(row["sensitivity"], row["low"], row["high"], text_of(row["interval"])),
            f"{number(row['dimensionality'], 0)} ({text_of(row['tuned_axes'])})",
        ]
        for _, row in tables["sensitivity"].iterrows()
    ]
    note = (
        f"Normalised score (0 random, 1 {top_of_scale(study.thresholds)}) lost by taking one setting for all "
        "environments instead of the best for each, and how many axes have to be tuned for 95 % of the tuned score. "
        f"{evidence(study, tables)} {failures(study, tables)}"
    )
    return TextTable("one_setting", f"{study.title}: one setting for all environments", note, header, rows)


TABLE = Table(
    name="one_setting",
    sources=["sensitivity", "summary"],
    formats=["md", "tex"],
    fits=lambda study: len(study.environments) >= MIN_ENVIRONMENTS and study.compares,
    text=text,
)
