"""All kinds of tables, in the order of the page. A new kind is a file of this folder and a line in this list."""

from a2c.report.table import Table
from a2c.report.tables import (
    auc,
    claims,
    comparisons,
    doctor,
    final,
    one_setting,
    published_scores,
    tuning,
)
from a2c.runs.study import StudyRecord

TABLES: list[Table[StudyRecord]] = [
    final.TABLE,
    auc.TABLE,
    comparisons.TABLE,
    one_setting.TABLE,
    tuning.TABLE,
    doctor.TABLE,
    published_scores.TABLE,
    claims.TABLE,
]
