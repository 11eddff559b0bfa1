"""Captions and alternative texts, made from the data that the figures are drawn from."""

from collections.abc import Callable, Sequence

import pandas as pd

from a2c.analysis.environments import HALFWAY
from a2c.report.figures.diagnostics import STRETCHES, has_bands
from a2c.report.figures.normalised import why_unscaled
from a2c.report.numbers import interval, number, p_value, percent, share, thousands
from a2c.report.reading import Tables, rows_at, rows_of
from a2c.report.studies import (
    Setting,
    Study,
    axis_name,
    baseline_label,
    environments,
    scale,
    setting_axes,
    settings,
    threshold,
    top_of_scale,
)

MEASURE_NAMES = {"final_return": "final return", "auc": "area under the curve"}
NORMALISED_FIGURES = ("aggregates", "aggregate_curves", "profiles", "improvement")
LISTED = 8  # settings or environments that a sentence still lists


def caption(figure: str, study: Study, tables: Tables) -> str:
    """What a figure shows, how sure it is, and what to see in it: one paragraph of plain text."""
    drawn, seen = CAPTIONS[figure]
    return " ".join(
        [drawn(study, tables), evidence(study, tables), failures(study, tables), seen(study, tables)]
    ).strip()


def alternative(figure: str, study: Study, tables: Tables) -> str:
    """For someone who can't see the figure: its kind, and what it shows."""
    _, seen = CAPTIONS[figure]
    if figure in NORMALISED_FIGURES and (words := why_unscaled(tables)):
        return f"No normalised scores: {words}."
    return f"{KINDS[figure]}, study “{study['title']}”. {seen(study, tables)}".strip()


def evidence(study: Study, tables: Tables) -> str:
    """Seeds and budget, in words."""
    seeds = sorted(set(tables["summary"]["n_seeds"].astype(int)))
    count = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return f"n = {count} seeds per setting; budget {thousands(study['total_steps'])} agent steps per run."


def failures(study: Study, tables: Tables) -> str:
    """How many of how many runs failed, and where."""
    summary = tables["summary"]
    total = share(summary["n_failed"].sum(), summary["n_seeds"].sum())
    if not summary["n_failed"].sum():
        return f"Failed runs: {total}."
    failed = summary[summary["n_failed"] > 0].set_index("configuration")
    where = [
        f"{_place(study, setting, name)}: {share(*failed.loc[configuration, ['n_failed', 'n_seeds']])}"
        for setting in settings(study)
        for name, configuration in setting.configurations.items()
        if configuration in failed.index
    ]
    return (
        f"Failed runs (diverged, or without a finished episode): {total} ({_listed(where, '; ')}); "
        "means are over the others."
    )


def _learning_curves(study: Study, tables: Tables) -> str:
    if len(environments(study)) > 1:
        panels = "a panel per environment"
    else:
        panels = "a panel per setting" if len(settings(study)) > 1 else "one setting"
    curves = tables["curves"]
    bands = (
        "dark, the pointwise 95 % interval; "
        "light, the simultaneous (sup-t bootstrap) band, nominally 95 % for the whole curve at once; "
        "no band where all seeds tie; panels end where the seeds' curves do, bands may go on"
    )
    if not curves["band_low"].notna().any():
        bands = "no band, as the seeds are too few for an interval"
    dashed = "; dashed, the baseline's mean" if _compares(study) else ""
    return (
        f"Return of training episodes against agent steps on {_where(study)}, {panels}: "
        f"thick, the mean over seeds; thin, each seed; {bands}{dashed}{_solved(study, '; dotted, ')}."
    )


def _sensitivity(study: Study, tables: Tables) -> str:
    (axis,) = setting_axes(study)
    beside = "; 0 stands beside the log axis" if scale(study, axis) == "log" and 0 in study["axes"][axis] else ""
    return (
        "Final return (last 10 % of the budget) and area under the learning curve "
        f"on {_where(study)} against {axis_name(axis)}: "
        f"dots, each seed; {_marks(tables)}; "
        f"grey strip, the baseline{_solved(study, '; dotted, ')}{beside}."
    )


def _heatmap(study: Study, tables: Tables) -> str:
    first, second = map(axis_name, setting_axes(study))
    return (
        f"Mean final return and mean area under the learning curve on {_where(study)} "
        f"for every combination of {first} and {second}; the baseline is framed."
    )


def _final_auc(study: Study, tables: Tables) -> str:
    solved = (
        " and share of runs that solved the environment, with its Wilson 95 % interval" if _solved(study, "") else ""
    )
    return (
        f"Final return (last 10 % of the budget), area under the learning curve{solved} on {_where(study)}: "
        f"dots, each seed; {_marks(tables)}"
        f"{_solved(study, '; dotted, ')}."
    )


def _comparisons(study: Study, tables: Tables) -> str:
    methods = "; ".join(dict.fromkeys(method.split(";")[0] for method in tables["comparisons"]["method"].dropna()))
    return (
        f"Difference of each setting from the baseline ({baseline_label(study)}) on {_where(study)}, "
        f"with its 95 % interval and adjusted p ({methods})."
    )


def _diagnostics(study: Study, tables: Tables) -> str:
    known = tables["diagnostics"]["band_low"].notna().any() and has_bands(study)
    bands = ", with the pointwise (dark) and the simultaneous (light) 95 % band" if known else ""
    return (
        f"What the learner records over training on {_where(study)}, mean over seeds{bands}: "
        "losses, entropy, advantages before normalisation, gradient norm before clipping, explained variance. "
        f"Records are averaged over {STRETCHES} equal stretches of the budget; panels end where the means do, bands "
        "may go on; an explained variance below -1 is drawn at -1; on a log axis a band is drawn only where its "
        "low end is above 0."
    )


def _normalised(study: Study) -> str:
    words = {"solved": "the return that counts as solved", "human": "a human player's published score"}
    one = " or ".join(words.get(word, word) for word in top_of_scale(study).split(" or "))
    return f"normalised scores (0, a uniformly random policy; 1, {one})"


def _aggregates(study: Study, tables: Tables) -> str:
    return (
        f"Statistics over {_where(study)} of {_normalised(study)}: interquartile mean, mean, median and optimality gap "
        f"(less is better), with intervals ({_words(tables['aggregates'])})."
    )


def _aggregate_curves(study: Study, tables: Tables) -> str:
    return (
        f"Interquartile mean over {_where(study)} of the learning curves, as {_normalised(study)}, against agent "
        f"steps, with the pointwise interval ({_words(tables['aggregate_curves'])}); a failed run scores 0."
    )


def _profiles(study: Study, tables: Tables) -> str:
    return (
        f"Performance profiles over {_where(study)}: share of runs above each of the {_normalised(study)}, "
        f"with bands ({_words(tables['profiles'])}); higher is better, and a failed run scores 0."
    )


def _improvement(study: Study, tables: Tables) -> str:
    return (
        f"Probability that a run of a setting beats one of the baseline ({baseline_label(study)}), averaged over "
        f"{_where(study)}, with intervals ({_words(tables['improvement'])}); at the line both are as likely to win."
    )


def _see_aggregates(study: Study, tables: Tables) -> str:
    table = tables["aggregates"]
    table = table[(table["measure"] == "final_return") & (table["statistic"] == "iqm")]
    told = [
        f"{setting.label} {interval(row['value'], row['low'], row['high'], row['interval'])}"
        for setting in settings(study)
        for _, row in rows_at(table, setting).iterrows()
    ]
    return f"Interquartile mean of the final return: {_listed(told, '; ')}."


def _see_profiles(study: Study, tables: Tables) -> str:
    table = tables["profiles"][tables["profiles"]["measure"] == "final_return"]
    told = []
    for setting in settings(study):
        rows = rows_at(table, setting)
        told += [f"{setting.label} {percent(row['fraction'])}" for _, row in rows[rows["tau"] == HALFWAY].iterrows()]
    return f"Runs whose final return is more than halfway to {top_of_scale(study)}: {_listed(told, '; ')}."


def _see_improvement(study: Study, tables: Tables) -> str:
    table = tables["improvement"][tables["improvement"]["measure"] == "final_return"]
    told = [
        f"{setting.label} {interval(row['probability'], row['low'], row['high'], row['interval'])}"
        for setting in settings(study)
        for _, row in rows_at(table, setting).iterrows()
    ]
    return f"In final return: {_listed(told, '; ')}."


def _words(table: pd.DataFrame) -> str:
    return "; ".join(dict.fromkeys(table["interval"].dropna()))


def _see_curves(study: Study, tables: Tables) -> str:
    return _extremes(study, tables, "final_return")


def _see_both(study: Study, tables: Tables) -> str:
    return f"{_extremes(study, tables, 'final_return')} {_extremes(study, tables, 'auc')}"


def _see_comparisons(study: Study, tables: Tables) -> str:
    table = tables["comparisons"][tables["comparisons"]["measure"] == "final_return"]
    names = {
        configuration: _place(study, s, env) for s in settings(study) for env, configuration in s.configurations.items()
    }
    differs = [
        f"{names[row['configuration']]} ({interval(row['difference'], row['low'], row['high'])}, "
        f"p {p_value(row['p_adjusted'])})"
        for _, row in table[table["p_adjusted"] < 0.05].iterrows()
    ]
    rest = [names[name] for name in table.loc[table["p_adjusted"] >= 0.05, "configuration"]]
    untested = [names[name] for name in table.loc[table["p_adjusted"].isna(), "configuration"]]
    shown = f"Final return differs from the baseline's at: {_listed(differs, '; ')}." if differs else ""
    not_shown = f"No difference in final return is shown at: {_listed(rest, '; ')}." if rest else ""
    not_tested = f"Not tested, as the table says why: {_listed(untested, '; ')}." if untested else ""
    return " ".join(filter(None, [shown, not_shown, not_tested]))


def _see_diagnostics(study: Study, tables: Tables) -> str:
    entropy = tables["diagnostics"][tables["diagnostics"]["metric"] == "entropy"].dropna(subset="mean")
    last_tenth = entropy[entropy["step"] > 0.9 * study["total_steps"]]
    last = last_tenth.groupby("configuration", sort=False)["mean"].mean()
    ends = [
        f"{_place(study, setting, name)} {number(last[configuration])}"
        for setting in settings(study)
        for name, configuration in setting.configurations.items()
        if configuration in last.index
    ]
    return f"Mean entropy over the last 10 % of the budget, in nats: {_listed(ends, '; ')}." if ends else ""


def _extremes(study: Study, tables: Tables, measure: str) -> str:
    """The highest and the lowest mean per environment, and the baseline's."""
    told = []
    for name in environments(study)[:LISTED]:
        found = [
            (_mean(tables, setting, name, measure), setting)
            for setting in settings(study)
            if name in setting.configurations
        ]
        ranked = sorted((entry for entry in found if entry[0] == entry[0]), key=lambda entry: -entry[0])
        if not ranked:
            continue
        if len(ranked) > 1 and ranked[0][0] == ranked[-1][0]:
            tied = f"the mean of every setting is {number(ranked[0][0])}"
            told.append(f"{name}: {tied}" if len(environments(study)) > 1 else tied)
            continue
        chosen = {
            "highest": ranked[0][1],
            "lowest": ranked[-1][1],
            "baseline": next((s for _, s in ranked if s.is_baseline), None),
        }
        if len(ranked) == 1:
            chosen = {"mean": ranked[0][1]}
        parts = [
            f"{role}, {_told(study, tables, setting, name, measure)}" for role, setting in chosen.items() if setting
        ]
        told.append(f"{name}: {'; '.join(parts)}" if len(environments(study)) > 1 else "; ".join(parts))
    start = MEASURE_NAMES[measure].capitalize()
    return f"{start}: {'. '.join(told)}." if told else f"{start}: no run finished."


def _told(study: Study, tables: Tables, setting: Setting, environment: str, measure: str) -> str:
    row = rows_of(tables["summary"], setting.configurations[environment]).iloc[0]
    told = interval(row[f"{measure}_mean"], row[f"{measure}_low"], row[f"{measure}_high"], row[f"{measure}_interval"])
    return f"{setting.label} at {told}" if len(settings(study)) > 1 else told


def _mean(tables: Tables, setting: Setting, environment: str, measure: str) -> float:
    return float(rows_of(tables["summary"], setting.configurations[environment])[f"{measure}_mean"].iloc[0])


def _marks(tables: Tables) -> str:
    """What the black marks are, with the kinds of interval that the summary names."""
    summary = tables["summary"]
    known = summary[["final_return_low", "auc_low"]].notna().to_numpy().any()
    return f"{'black, the mean with its interval' if known else 'hollow, the mean'} ({kinds_of_interval(summary)})"


def kinds_of_interval(summary: pd.DataFrame) -> str:
    """The intervals of the means in words: their kind, and where there is none."""
    words = dict.fromkeys(pd.concat([summary["final_return_interval"], summary["auc_interval"]]).dropna())
    kinds = [word for word in words if word.startswith("t ")]
    reasons = ", ".join(word for word in words if word not in kinds)
    if not kinds:
        return reasons
    return f"{kinds[0]}, which knows no highest or lowest return{f'; none where: {reasons}' if reasons else ''}"


def _where(study: Study) -> str:
    names = environments(study)
    return names[0] if len(names) == 1 else _listed(names, ", ")


def _place(study: Study, setting: Setting, environment: str) -> str:
    if len(environments(study)) == 1:
        return setting.label
    return f"{environment}, {setting.label}" if len(settings(study)) > 1 else environment


def _solved(study: Study, before: str) -> str:
    levels = {name: threshold(study, name) for name in environments(study)}
    known = [
        number(level) if len(levels) == 1 else f"{name} {number(level)}"
        for name, level in levels.items()
        if level is not None
    ]
    return f"{before}the return that counts as solved ({_listed(known, ', ')})" if known else ""


def _compares(study: Study) -> bool:
    return bool(baseline_label(study)) and len(settings(study)) > 1


def _listed(items: Sequence[str], separator: str) -> str:
    more = f"{separator}and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return separator.join(items[:LISTED]) + more


Sentence = Callable[[Study, Tables], str]

# figure: what is drawn, what to see
CAPTIONS: dict[str, tuple[Sentence, Sentence]] = {
    "learning_curves": (_learning_curves, _see_curves),
    "sensitivity": (_sensitivity, _see_both),
    "heatmap": (_heatmap, _see_both),
    "final_auc": (_final_auc, _see_both),
    "comparisons": (_comparisons, _see_comparisons),
    "diagnostics": (_diagnostics, _see_diagnostics),
    "aggregates": (_aggregates, _see_aggregates),
    "aggregate_curves": (_aggregate_curves, _see_aggregates),
    "profiles": (_profiles, _see_profiles),
    "improvement": (_improvement, _see_improvement),
}

KINDS = {
    "learning_curves": "Line plot of return against agent steps with bands and single seeds",
    "sensitivity": "Dots of each seed and means with intervals against the hyperparameter",
    "heatmap": "Two heat maps of mean final return and mean area under the curve",
    "final_auc": "Dots of each seed and means with intervals, a line per setting",
    "comparisons": "Differences from the baseline with intervals, a line per setting",
    "aggregates": "Statistics of normalised scores over environments with intervals, a line per setting",
    "aggregate_curves": "Line plot of the interquartile mean of normalised scores against agent steps, with bands",
    "profiles": "Curves of the share of runs above each normalised score, with bands",
    "improvement": "Probabilities of improvement over the baseline with intervals, a line per setting",
    "diagnostics": "Line plots of losses, entropy, advantages, gradient norm and explained variance over training",
}
