"""The setting chosen on tuning seeds, and its result on fresh reporting seeds."""

from a2c.config.measures import UNIT
from a2c.config.names import axis_name
from a2c.report.captions import failures
from a2c.report.cells import text_of, value_cells
from a2c.report.numbers import interval, number, thousands
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.runs.study import StudyRecord


def text(study: StudyRecord, tables: Tables) -> TextTable:
    header = [
        "environment",
        *map(axis_name, study.setting_axes),
        "choice",
        "tuning seeds, mean",
        "reporting seeds, mean [95 %]",
        "shrinkage [95 %]",
        "runs, tuning and reporting",
    ]
    rows = [
        [
            row["env_id"],
            *value_cells(study, study.placed[row["configuration"]][0]),
            text_of(row["choice"]),
            number(row["tuning_mean"]),
            interval(row["reporting_mean"], row["reporting_low"], row["reporting_high"], text_of(row["interval"])),
            interval(row["shrinkage"], row["shrinkage_low"], row["shrinkage_high"], text_of(row["shrinkage_interval"])),
            f"{number(row['n_tuning'], 0)}, {number(row['n_reporting'], 0)}",
        ]
        for _, row in tables["tuning"].iterrows()
    ]
    note = (
        f"The setting with the highest mean final return ({UNIT}) over the tuning seeds, evaluated on fresh reporting "
        "seeds. Shrinkage is the difference: the best of noisy means is overestimated, and chance adds to it. "
        f"Budget {thousands(study.total_steps)} agent steps per run. "
        f"{failures(study, tables).replace('Failed runs', 'Failed reporting runs', 1)}"
    )
    return TextTable("tuning", f"{study.title}: best setting, tuned and reported", note, header, rows)


TABLE = Table(
    name="tuning",
    sources=["summary", "tuning"],
    formats=["md", "tex"],
    fits=lambda study: bool(study.tuning_seeds),
    text=text,
)
