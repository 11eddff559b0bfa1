"""A small tuning: CartPole-v1, 900 or more agent steps a run."""

from pathlib import Path
from typing import Any

from a2c.config.tunings import Tuning, expand_tunings
from a2c.envs import Facts, check
from a2c.runs.layout import describe_tuning

SPACE: dict[str, Any] = {
    "advantage_estimator": {"choices": ["gae", "n_step"]},
    "gae_lambda": {"low": 0.8, "high": 1, "when": {"advantage_estimator": "gae"}},
    "learning_rate": {"low": "1e-4", "high": "1e-2", "log": True},
    "n_steps": {"low": 4, "high": 16, "log": True},
    "max_grad_norm": {"choices": [0.5, 5, None]},
    "hidden_sizes": {"choices": [[4], [8, 8]]},
}
ENTRY: dict[str, Any] = {
    "name": "small",
    "base": {"total_steps": 1200, "eval_episodes": 1, "n_envs": 4},
    "space": SPACE,
    "grid": {"n_steps": [5, 10], "max_grad_norm": [0.5, None]},
    "tuners": ["grid", "random", "tpe", "cmaes", "hyperband", "asha"],
    "trials": 6,
    "small_budgets": [2],
    "repeats": 2,
    "seeds_per_trial": 2,
    "test_seeds": "100-102",
    "references": {"article": {}, "calm": {"learning_rate": 1e-5}},
}


def tuning_of(**keys: Any) -> Tuning:
    """The small tuning with other keys."""
    return expand_tunings([{**ENTRY, **keys}], "test")[0]


def facts_of(tuning: Tuning) -> Facts:
    return check(tuning.base_configuration, "test")


def written(folder: Path, **keys: Any) -> tuple[Tuning, Path]:
    """The small tuning, with its record below `folder`, as the pipeline writes it; the folder of the tuning."""
    tuning = tuning_of(**keys)
    place = folder / "tunings" / tuning.name
    place.mkdir(parents=True)
    record = describe_tuning(tuning, {tuning.base_configuration.env_id: facts_of(tuning)})
    (place / "tuning.json").write_text(record.text)
    return tuning, place
