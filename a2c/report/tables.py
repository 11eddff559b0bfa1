"""Tables for readers: rounded text with intervals, as CSV, Markdown and LaTeX (booktabs)."""

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from a2c.analysis.claims.evidence import TOO_SKEWED
from a2c.report.captions import evidence, failures, kinds_of_interval
from a2c.report.catalogue import TITLES
from a2c.report.numbers import MISSING, bounds, interval, is_missing, number, p_value, percent, share, thousands
from a2c.report.reading import Tables, rows_of
from a2c.report.studies import (
    Setting,
    Study,
    axis_name,
    baseline_label,
    environments,
    setting_axes,
    settings,
    threshold,
    top_of_scale,
    value_name,
)

MEASURES = {"final_return": "final return", "auc": "area under the curve", "eval_return": "evaluation return"}
UNIT = "reward per episode"
VERDICTS = ("supported", "contradicted", "inconclusive", "not tested yet")


@dataclass(frozen=True)
class TextTable:
    """A table ready to be read: all cells are text; `note` says what the numbers are."""

    name: str
    title: str
    note: str
    header: list[str]
    rows: list[list[str]]


def text_table(name: str, study: Study, tables: Tables) -> TextTable:
    """The table `name` (see the catalogue) of a study."""
    return MAKERS[name](study, tables)


def to_csv(table: TextTable) -> str:
    """As CSV: header and rows, quoted where needed, one newline character per line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([table.header, *table.rows])
    return text.getvalue()


def to_markdown(table: TextTable) -> str:
    """As a Markdown table under its title, the note below."""
    lines = [table.header, ["---"] * len(table.header), *table.rows]
    body = "\n".join("| " + " | ".join(map(_markdown, line)) + " |" for line in lines)
    return f"**{table.title}**\n\n{body}\n\n{table.note}\n"


def to_latex(table: TextTable, label: str) -> str:
    """As a LaTeX table, one that breaks over pages where it is long."""
    widths = _column_widths(table)
    columns = "".join(
        "l" if not width else rf">{{\raggedright\arraybackslash\hspace{{0pt}}}}p{{{width:.3f}\linewidth}}"
        for width in widths
    )
    heading = " & ".join(
        _latex(name) if width else _latex_heading(name) for name, width in zip(table.header, widths, strict=True)
    )
    rows = [" & ".join(map(_latex, row)) + r" \\" for row in table.rows]
    caption = rf"\caption{{{_latex(table.title)}. {_latex(table.note)}}}\label{{tab:{label}}}"
    make = _floating_table if _lines(table, widths) <= MOST_LINES else _long_table
    body = [r"\toprule", heading + r" \\", r"\midrule"], [*rows, r"\bottomrule"]
    return "\n".join([r"% Needs the packages array, booktabs and longtable.", *make(columns, caption, *body), ""])


def _floating_table(columns: str, caption: str, head: list[str], body: list[str]) -> list[str]:
    begin = [r"\begin{table}", r"\centering", caption, STYLE, rf"\begin{{tabular}}{{{columns}}}"]
    return [*begin, *head, *body, r"\end{tabular}", r"\end{table}"]


def _long_table(columns: str, caption: str, head: list[str], body: list[str]) -> list[str]:
    begin = [r"\begingroup", STYLE, rf"\begin{{longtable}}{{{columns}}}", caption + r" \\"]
    return [*begin, *head, r"\endhead", *body, r"\end{longtable}", r"\endgroup"]


def _final(study: Study, tables: Tables) -> TextTable:
    columns = {
        **_measure_columns("final_return"),
        "evaluation return, mean [95 %]": lambda row, level: _mean(row, "eval_return"),
        "solved, runs [Wilson 95 %]": _solved,
    }
    note = f"Final return: mean over the last 10 % of the budget, {UNIT}. {_note(study, tables)}"
    return _per_configuration("final", "final return", note, columns, study, tables)


def _auc(study: Study, tables: Tables) -> TextTable:
    note = f"Area under the learning curve: its mean over the budget, {UNIT}. {_note(study, tables)}"
    return _per_configuration("auc", "area under the learning curve", note, _measure_columns("auc"), study, tables)


Cell = Callable[[pd.Series, float | None], str]


def _measure_columns(measure: str) -> dict[str, Cell]:
    def bca(row: pd.Series, level: float | None) -> str:
        return bounds(row[f"{measure}_bca_low"], row[f"{measure}_bca_high"], _words(row[f"{measure}_bca_interval"]))

    return {
        f"{MEASURES[measure]}, mean [95 %]": lambda row, level: _mean(row, measure),
        "BCa 95 %": bca,
    }


def _per_configuration(
    name: str, title: str, note: str, columns: dict[str, Cell], study: Study, tables: Tables
) -> TextTable:
    rows = []
    for environment in environments(study):
        level = threshold(study, environment)
        for setting in settings(study):
            if environment in setting.configurations:
                summary = rows_of(tables["summary"], setting.configurations[environment]).iloc[0]
                failed = share(summary["n_failed"], summary["n_seeds"])
                cells = [make(summary, level) for make in columns.values()]
                rows.append([*_place(study, setting, environment), failed, *cells])
    return TextTable(name, f"{study['title']}: {title}", note, [*_place_header(study), "failed", *columns], rows)


def _comparisons(study: Study, tables: Tables) -> TextTable:
    header = [
        "number",
        *_place_header(study),
        "difference [95 %]",
        "effect size [95 %]",
        "adjusted p",
        "runs",
        "baseline's runs",
    ]
    places = {
        configuration: (setting, environment)
        for setting in settings(study)
        for environment, configuration in setting.configurations.items()
    }
    rows = []
    for _, row in tables["comparisons"].iterrows():
        rows.append(
            [
                MEASURES.get(row["measure"], str(row["measure"])),
                *_place(study, *places[row["configuration"]]),
                interval(row["difference"], row["low"], row["high"]),
                interval(row["effect_size"], row["effect_low"], row["effect_high"]),
                _words(row["method"])
                if is_missing(row["p_adjusted"])
                else p_value(row["p_adjusted"]).removeprefix("= "),
                number(row["n"], 0),
                number(row["n_baseline"], 0),
            ]
        )
    methods = "; ".join(dict.fromkeys(method.split(";")[0] for method in tables["comparisons"]["method"].dropna()))
    note = (
        f"Differences from the baseline, {baseline_label(study)}, {UNIT}. {methods}. "
        f"{evidence(study, tables)} {failures(study, tables)}"
    )
    return TextTable("comparisons", f"{study['title']}: differences from the baseline", note, header, rows)


CLAIM_HEADER = ["claim", "where", "verdict", "effect [95 %]", "adjusted p", "n", "test", "shown in"]


def _claims(study: Study, tables: Tables) -> TextTable:
    rows = [_claim_cells(row, TITLES.get(row["figure"], MISSING)) for _, row in tables["claims"].iterrows()]
    note = f"Verdicts on what the source says. {evidence(study, tables)} {failures(study, tables)}"
    return TextTable("claims", f"{study['title']}: claims", note, CLAIM_HEADER, rows)


def paper_claims(title: str, claims: pd.DataFrame, studies: Mapping[str, str]) -> TextTable:
    """The verdicts of a whole paper (its claims.csv); `studies`: titles of its studies by their names."""
    rows = []
    for _, row in claims.iterrows():
        figure = TITLES.get(row["figure"])
        rows.append(_claim_cells(row, f"{studies[row['study']]}: {figure.lower()}" if figure else MISSING))
    counts = claims["verdict"].value_counts()
    found = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)
    note = (
        f"Tests of {claims['says'].nunique()} sentences: {found}. Effects, in the measure's unit, are levels or "
        "differences (subject less reference) with 95 % intervals; p adjusted within a study. Tests share runs."
    )
    return TextTable("claims", f"{title}: claims", note if rows else "This paper tests no claims.", CLAIM_HEADER, rows)


def _claim_cells(claim: pd.Series, shown_in: str) -> list[str]:
    """A row of claims.csv as text."""
    settles = seeds_that_settle(claim)
    return [
        f"{claim['says']} [{claim['part']}]" if is_text(claim["part"]) else _words(claim["says"]),
        _words(claim["where"]),
        f"{claim['verdict']} ({settles})" if settles else _words(claim["verdict"]),
        claim_effect(claim),
        p_value(claim["p_adjusted"]).removeprefix("= "),
        number(claim["n"], 0) if claim["n"] else MISSING,
        ". ".join(filter(is_text, [claim["test"] if is_text(claim["test"]) else claim["why"], claim["caveat"]])),
        shown_in,
    ]


def is_text(cell: object) -> bool:
    """Whether a cell of a CSV file holds words: an empty one is read as missing."""
    return isinstance(cell, str) and cell != ""


def claim_effect(claim: pd.Series) -> str:
    """The effect with its interval: rates in percent."""
    numbers = claim["effect"], claim["low"], claim["high"]
    if is_text(claim["measure"]) and claim["measure"].endswith("_rate"):
        return f"{percent(numbers[0])} [{percent(numbers[1])}, {percent(numbers[2])}]"
    return interval(*numbers)


def seeds_that_settle(claim: pd.Series) -> str:
    """What an inconclusive claim needs, in words; empty for others."""
    needed = claim["seeds_needed"]
    if claim["verdict"] != "inconclusive" or not is_text(needed):
        return ""
    if needed == TOO_SKEWED:
        return f"{needed} how many seeds would settle it"
    return f"{'about ' if needed.isdigit() else ''}{needed} seeds would settle it"


def _one_setting(study: Study, tables: Tables) -> TextTable:
    header = ["number", "best for all", "score for all", "score of the best in each", "lost [95 %]", "axes to tune"]
    rows = [
        [
            MEASURES[row["measure"]],
            _words(row["best_for_all"]),
            number(row["score_for_all"]),
            number(row["score_tuned"]),
            interval(row["sensitivity"], row["low"], row["high"], _words(row["interval"])),
            f"{number(row['dimensionality'], 0)} ({_words(row['tuned_axes'])})",
        ]
        for _, row in tables["sensitivity"].iterrows()
    ]
    note = (
        f"Normalised score (0 random, 1 {top_of_scale(study)}) lost by taking one setting for all environments instead "
        "of the best for each, and how many axes have to be tuned for 95 % of the tuned score. "
        f"{evidence(study, tables)} {failures(study, tables)}"
    )
    return TextTable("one_setting", f"{study['title']}: one setting for all environments", note, header, rows)


def _tuning(study: Study, tables: Tables) -> TextTable:
    header = [
        "environment",
        *(axis_name(axis) for axis in setting_axes(study)),
        "choice",
        "tuning seeds, mean",
        "reporting seeds, mean [95 %]",
        "shrinkage [95 %]",
        "runs, tuning and reporting",
    ]
    places = {name: setting for setting in settings(study) for name in setting.configurations.values()}
    rows = [
        [
            row["env_id"],
            *_values(study, places[row["configuration"]]),
            _words(row["choice"]),
            number(row["tuning_mean"]),
            interval(row["reporting_mean"], row["reporting_low"], row["reporting_high"], _words(row["interval"])),
            interval(row["shrinkage"], row["shrinkage_low"], row["shrinkage_high"], _words(row["shrinkage_interval"])),
            f"{number(row['n_tuning'], 0)}, {number(row['n_reporting'], 0)}",
        ]
        for _, row in tables["tuning"].iterrows()
    ]
    note = (
        f"The setting with the highest mean final return over the tuning seeds, and its final return ({UNIT}) over "
        "fresh reporting seeds. Choosing the best of noisy means adds to the shrinkage between them; so does chance. "
        f"Budget {thousands(study['total_steps'])} agent steps per run. "
        f"{failures(study, tables).replace('Failed runs', 'Failed reporting runs', 1)}"
    )
    return TextTable("tuning", f"{study['title']}: best setting, tuned and reported", note, header, rows)


def _doctor(study: Study, tables: Tables) -> TextTable:
    header = [*_place_header(study), "finding", "runs", "measured, median over those runs", "the article's remedy"]
    found = tables["doctor"].astype({"measured": object, "remedy": object}).fillna("")
    rows = [
        [*_place(study, setting, environment), row["finding"], f"{row['n_found']} of {row['n_seeds']}", row["measured"],
         row["remedy"]]
        for environment in environments(study)
        for setting in settings(study)
        for _, row in found[found["configuration"] == setting.configurations.get(environment)].iterrows()
    ]  # fmt: skip
    note = (
        "The article's debugging checklist on every run. Nothing found does not mean well trained; whether a remedy "
        f"helps is for the verdicts. {evidence(study, tables)} {failures(study, tables)}"
    )
    return TextTable("doctor", f"{study['title']}: checklist", note, header, rows)


def _published_scores(study: Study, tables: Tables) -> TextTable:
    """The baseline's final returns beside what others have published of the same environments."""
    header = ["environment", "source", "algorithm", "score", "spread", "seeds", "agent steps", "protocol", "comparable"]
    baseline = next((setting for setting in settings(study) if setting.is_baseline), settings(study)[0])
    rows = []
    for environment, name in baseline.configurations.items():
        fields = next(entry["fields"] for entry in study["configurations"] if entry["configuration"] == name)
        rows.append(_own_score(environment, fields, rows_of(tables["runs"], name)["final_return"].dropna()))
        rows += [
            [
                environment,
                f"{score['source']} ({score['where']})",
                score["algorithm"],
                number(score["score"]),
                f"{number(score['spread'])} {score['spread_is']}" if score["spread"] is not None else MISSING,
                number(score["seeds"], 0),
                thousands(score["agent_steps"]),
                score["protocol"],
                comparability(score, fields),
            ]
            for score in study["published_scores"]
            if score["env_id"] == environment
        ]
    note = (
        f"Others' scores as their sources give them, beside the mean final return of {baseline.label}, {UNIT}. "
        f"The last column says what sets a score apart from it. {failures(study, tables)}"
    )
    return TextTable("published_scores", f"{study['title']}: beside published scores", note, header, rows)


def _own_score(environment: str, fields: Mapping[str, Any], returns: pd.Series) -> list[str]:
    protocol = [] if _sticky(fields) is None else [_stickiness(_sticky(fields))]
    return [
        environment,
        "this study",
        fields["algorithm"],
        number(returns.mean()),
        f"{number(returns.std())} over seeds" if len(returns) > 1 else MISSING,
        number(len(returns), 0),
        thousands(fields["total_steps"]),
        "; ".join([*protocol, f"{fields['n_envs']} envs", "training episodes of the last 10 %"]),
        MISSING,
    ]


def comparability(score: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """Whether a published score is of what these `fields` train, and else what sets it apart, in words."""
    steps = score["agent_steps"] / fields["total_steps"]
    apart = {
        f"{score['algorithm'].upper()}, not {fields['algorithm'].upper()}": score["algorithm"] != fields["algorithm"],
        f"{number(steps)} times the agent steps": not 0.9 < steps < 1.1,
        _stickiness(score["sticky_actions"]): score["sticky_actions"] != _sticky(fields),
        f"{score['scored']} episodes": score["scored"] != "training",
        "one run": score["seeds"] == 1,
    }
    found = [words for words, differs in apart.items() if differs]
    return f"no: {', '.join(found)}" if found else "yes"


def _sticky(fields: Mapping[str, Any]) -> float | None:
    """Probability that an action repeats; None where that means nothing."""
    return {"machado": 0.25, "classic": 0.0}[fields["atari_protocol"]] if fields["network"] == "cnn" else None


def _stickiness(probability: float | None) -> str:
    if probability is None:
        return "nothing said of sticky actions"
    return f"sticky actions {probability:g}" if probability else "no sticky actions"


def _place_header(study: Study) -> list[str]:
    environment = ["environment"] if len(environments(study)) > 1 or not setting_axes(study) else []
    return environment + [axis_name(axis) for axis in setting_axes(study)]


def _place(study: Study, setting: Setting, environment: str) -> list[str]:
    shown = [environment] if len(environments(study)) > 1 or not setting_axes(study) else []
    return shown + _values(study, setting)


def _values(study: Study, setting: Setting) -> list[str]:
    return [value_name(setting.point.get(axis, setting.label)) for axis in setting_axes(study)]


def _mean(row: pd.Series, measure: str) -> str:
    mean, low, high = (row[f"{measure}_{part}"] for part in ("mean", "low", "high"))
    return interval(mean, low, high, _words(row[f"{measure}_interval"]))


def _solved(row: pd.Series, level: float | None) -> str:
    if level is None or is_missing(row["solved_rate"]):
        return MISSING
    runs = share(row["solved_rate"] * row["n_seeds"], row["n_seeds"])
    return f"{runs} [{percent(row['solved_low'])}, {percent(row['solved_high'])}]"


def _note(study: Study, tables: Tables) -> str:
    summary = tables["summary"]
    baseline = f"Baseline: {baseline_label(study)}. " if baseline_label(study) else ""
    return f"Intervals: {kinds_of_interval(summary)}. {baseline}{evidence(study, tables)} {failures(study, tables)}"


def _words(value: object) -> str:
    return value if isinstance(value, str) else MISSING


STYLE = r"\footnotesize\setlength{\tabcolsep}{3pt}"
MOST_LINES = 30  # on one page, beside the caption; where words wrap there are more than reckoned
LETTERS = 78  # of that size on a line of the article class
GAP = 1.5  # letters between two columns


def _column_widths(table: TextTable) -> list[float]:
    """Shares of the line for the columns that have to be wrapped; 0 for those that stay as wide as their cells."""
    lengths = [
        max(len(text) for text in [*name.split(", "), *(row[column] for row in table.rows)])
        for column, name in enumerate(table.header)
    ]
    room = LETTERS - GAP * len(lengths)
    if sum(lengths) <= room:
        return [0.0] * len(lengths)
    widest = _cap(lengths, room)
    return [widest / LETTERS if length > widest else 0.0 for length in lengths]


def _lines(table: TextTable, widths: list[float]) -> int:
    """About how many lines the rows take."""
    letters = [width * LETTERS or math.inf for width in widths]
    return sum(
        max(math.ceil(len(cell) / room) if cell else 1 for cell, room in zip(row, letters, strict=True))
        for row in table.rows
    )


def _cap(lengths: Sequence[int], room: float) -> float:
    """The width that no column may exceed for all to fit the room: the long ones share what the others leave."""
    ordered = sorted(lengths)
    for fitting in range(len(ordered)):
        share = (room - sum(ordered[:fitting])) / (len(ordered) - fitting)
        if share <= ordered[fitting]:
            return share
    return ordered[-1]


def _latex_heading(name: str) -> str:
    """A column's name, a line for each of its parts."""
    lines = r",\\ ".join(map(_latex, name.split(", ")))
    return rf"\begin{{tabular}}[b]{{@{{}}l@{{}}}}{lines}\end{{tabular}}" if ", " in name else lines


def _markdown(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "–": "--",
    "“": "``",
    "”": "''",
    "−": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "∞": r"$\infty$",
    "λ": r"$\lambda$",
    "γ": r"$\gamma$",
    "ε": r"$\varepsilon$",
    "\n": " ",
}  # fmt: skip


def _latex(cell: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in cell)


MAKERS: dict[str, Callable[[Study, Tables], TextTable]] = {
    "final": _final,
    "auc": _auc,
    "comparisons": _comparisons,
    "one_setting": _one_setting,
    "tuning": _tuning,
    "doctor": _doctor,
    "published_scores": _published_scores,
    "claims": _claims,
}
