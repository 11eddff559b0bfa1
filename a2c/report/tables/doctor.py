"""The article's debugging checklist on every run."""

from a2c.report.captions import evidence, failures
from a2c.report.cells import place_cells, place_header
from a2c.report.rows import Tables, rows_of
from a2c.report.table import Table, TextTable
from a2c.runs.study import StudyRecord


def text(study: StudyRecord, tables: Tables) -> TextTable:
    header = [*place_header(study), "finding", "runs", "measured, median over those runs", "the article's remedy"]
    findings = tables["doctor"].astype({"measured": object, "remedy": object}).fillna("")
    rows = []
    for environment in study.environments:
        for setting in study.settings:
            place = place_cells(study, setting, environment)
            for _, row in rows_of(findings, setting.configurations.get(environment, "")).iterrows():
                runs = f"{row['n_found']} of {row['n_seeds']}"
                rows.append([*place, row["finding"], runs, row["measured"], row["remedy"]])
    note = (
        "The article's debugging checklist on every run. “Nothing found” does not mean that a run is well trained; "
        f"whether a remedy helps is tested by the claims. {evidence(study, tables)} {failures(study, tables)}"
    )
    return TextTable("doctor", f"{study.title}: checklist", note, header, rows)


TABLE = Table(
    name="doctor",
    sources=["doctor", "summary"],
    formats=["md", "tex"],
    fits=lambda study: True,
    text=text,
)
