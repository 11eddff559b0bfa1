"""Every configuration's difference from the baseline."""

from a2c.config.measures import TITLES, UNIT
from a2c.report.captions import evidence, failures
from a2c.report.cells import place_cells, place_header, text_of
from a2c.report.numbers import interval, is_missing, number, p_value
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.runs.study import StudyRecord


def text(study: StudyRecord, tables: Tables) -> TextTable:
    header = [
        "number",
        *place_header(study),
        "difference [95 %]",
        "effect size [95 %]",
        "adjusted p",
        "runs",
        "baseline's runs",
    ]
    rows = [
        [
            TITLES.get(row["measure"], str(row["measure"])),
            *place_cells(study, *study.placed[row["configuration"]]),
            interval(row["difference"], row["low"], row["high"]),
            interval(row["effect_size"], row["effect_low"], row["effect_high"]),
            text_of(row["method"]) if is_missing(row["p_adjusted"]) else p_value(row["p_adjusted"]).removeprefix("= "),
            number(row["n"], 0),
            number(row["n_baseline"], 0),
        ]
        for _, row in tables["comparisons"].iterrows()
    ]
    methods = "; ".join(dict.fromkeys(method.split(";")[0] for method in tables["comparisons"]["method"].dropna()))
    note = (
        f"Differences from the baseline, {study.baseline_label}, {UNIT}. {methods}. "
        f"{evidence(study, tables)} {failures(study, tables)}"
    )
    return TextTable("comparisons", f"{study.title}: differences from the baseline", note, header, rows)


TABLE = Table(
    name="comparisons",
    sources=["comparisons", "summary"],
    formats=["md", "tex"],
    fits=lambda study: study.compares,
    text=text,
)
