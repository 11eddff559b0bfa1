"""The baseline's final returns beside the scores that others have published for the same environments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from a2c.config.measures import UNIT
from a2c.config.names import SETTINGS
from a2c.config.published_scores import PublishedScore
from a2c.report.captions import failures, joined
from a2c.report.numbers import MISSING, number, thousands
from a2c.report.rows import Tables, rows_of
from a2c.report.table import Table, TextTable
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    import pandas as pd


def text(study: StudyRecord, tables: Tables) -> TextTable:
    header = ["environment", "source", "algorithm", "score", "spread", "seeds", "agent steps", "protocol", "comparable"]
    baseline = next((setting for setting in study.settings if setting.is_baseline), study.settings[0])
    named = SETTINGS in study.axes
    own = study.settings if named else [baseline]
    fields_of = {one.name: one.fields for one in study.configurations}
    rows = []
    for environment, name in baseline.configurations.items():
        for setting in own:
            mine = setting.configurations[environment]
            returns = rows_of(tables["runs"], mine)["final_return"].dropna()
            words = f"this study, {setting.label}" if named else "this study"
            rows.append(_own_row(environment, words, fields_of[mine], returns))
        rows += [_row(score, fields_of[name]) for score in study.published_scores if score.env_id == environment]
    note = (
        f"Scores that others have published, beside the mean final return of {joined([one.label for one in own])}, "
        f"{UNIT}. The last column says how a score differs from that of {baseline.label}. {failures(study, tables)}"
    )
    return TextTable("published_scores", f"{study.title}: beside published scores", note, header, rows)


def _row(score: PublishedScore, fields: Mapping[str, Any]) -> list[str]:
    return [
        score.env_id,
        f"{score.source} ({score.where})",
        score.algorithm,
        number(score.score),
        f"{number(score.spread)} {score.spread_is}" if score.spread is not None else MISSING,
        number(score.seeds, 0),
        thousands(score.agent_steps),
        score.protocol,
        comparability(score, fields),
    ]


def _own_row(environment: str, words: str, fields: Mapping[str, Any], returns: pd.Series) -> list[str]:
    sticky = _sticky(fields)
    protocol = [*([] if sticky is None else [_stickiness(sticky)]), *_changes(fields)]
    return [
        environment,
        words,
        fields["algorithm"],
        number(returns.mean()),
        f"{number(returns.std())} over seeds" if len(returns) > 1 else MISSING,
        number(len(returns), 0),
        thousands(fields["total_steps"]),
        "; ".join([*protocol, f"{fields['n_envs']} envs", "training episodes of the last 10 %"]),
        MISSING,
    ]


def comparability(score: PublishedScore, fields: Mapping[str, Any]) -> str:
    """Whether a published score comes from the training that these `fields` describe; if not, how the two differ."""
    steps = score.agent_steps / fields["total_steps"]
    differences = {
        f"{score.algorithm.upper()}, not {fields['algorithm'].upper()}": score.algorithm != fields["algorithm"],
        f"{number(steps)} times the agent steps": not 0.9 < steps < 1.1,
        f"the environment without {joined(_changes(fields))}": bool(_changes(fields)),
        _stickiness(score.sticky_actions): score.sticky_actions != _sticky(fields),
        f"{score.scored} episodes": score.scored != "training",
        "one run": score.seeds == 1,
    }
    words = [name for name, differs in differences.items() if differs]
    return f"no: {', '.join(words)}" if words else "yes"


def _changes(fields: Mapping[str, Any]) -> list[str]:
    """What makes a configuration's environment another one than that of its id: arguments, another time limit."""
    changed = dict(fields.get("env_kwargs") or {})
    if fields.get("max_episode_steps"):
        changed["max_episode_steps"] = fields["max_episode_steps"]
    return [f"{key}: {json.dumps(value)}" for key, value in changed.items()]


def _sticky(fields: Mapping[str, Any]) -> float | None:
    """Probability that an action repeats; None for other environments than Atari's, images or not."""
    is_atari = fields["env_id"].startswith("ALE/")  # a2c.envs.atari knows, and imports gymnasium
    return {"machado": 0.25, "classic": 0.0}[fields["atari_protocol"]] if is_atari else None


def _stickiness(probability: float | None) -> str:
    if probability is None:
        return "nothing said of sticky actions"
    return f"sticky actions {probability:g}" if probability else "no sticky actions"


TABLE = Table(
    name="published_scores",
    sources=["runs", "summary"],
    formats=["csv", "md", "tex"],
    fits=lambda study: bool(study.published_scores),
    text=text,
)
