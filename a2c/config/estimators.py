"""Estimators of the policy gradient: their names in a paper's YAML file, and what the names mean."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from a2c.config.errors import mistake

ESTIMATOR = "estimator"  # the axis that only gradient studies have
ESTIMATORS = (
    "reinforce", "reinforce mean", "reinforce value", "one-step", "n-step 5", "n-step 20", "n-step 128",
    "gae 0", "gae 0.5", "gae 0.9", "gae 0.95", "gae 1",
)  # fmt: skip
NAMED = "reinforce, reinforce mean, reinforce value, one-step, n-step N (a whole number above 0), gae LAMBDA (0 to 1)"


@dataclass(frozen=True)
class Estimator:
    """How the weight of each -log pi is estimated."""

    name: str  # as the paper's file has it
    kind: Literal["reinforce", "n_step", "gae"]
    baseline: Literal["none", "mean", "value"] = "value"
    n_steps: int = 0  # rows of a rollout; 0 for whole episodes
    gae_lambda: float = 1.0

    @property
    def label(self) -> str:
        """In figures and tables."""
        if self.kind == "reinforce":
            return f"REINFORCE{'' if self.baseline == 'none' else f', {self.baseline}'}"
        return self.name.replace("gae", "GAE")


def parse_estimators(names: Sequence[str], n_steps: int, source: str, key: str) -> list[Estimator]:
    """The estimators by their names, each once. ConfigError otherwise; `n_steps`: of the configuration, for GAE."""
    found: dict[tuple[Any, ...], Estimator] = {}
    for number, name in enumerate(names):
        one = parse_estimator(name, n_steps)
        if one is None:
            raise mistake(source, f"{key}[{number}]", name, NAMED)
        same = (one.kind, one.baseline, one.n_steps, one.gae_lambda)
        if same in found:
            allowed = f"each estimator once; this one is {found[same].name}"
            raise mistake(source, f"{key}[{number}]", name, allowed)
        found[same] = one
    return list(found.values())


def parse_estimator(name: str, n_steps: int) -> Estimator | None:
    """The estimator of a name, None if there is none; `n_steps`: rows of a rollout, for GAE."""
    forms: dict[str, Callable[[re.Match[str]], Estimator | None]] = {
        r"reinforce(?: (mean|value))?": lambda match: Estimator(name, "reinforce", match[1] or "none"),  # type: ignore[arg-type]
        r"one-step": lambda match: Estimator(name, "n_step", n_steps=1),
        r"n-step ([1-9]\d{0,6})": lambda match: Estimator(name, "n_step", n_steps=int(match[1])),
        r"gae (\d(?:\.\d+)?)": lambda match: (
            Estimator(name, "gae", n_steps=n_steps, gae_lambda=float(match[1])) if float(match[1]) <= 1 else None
        ),
    }
    for form, make in forms.items():
        if match := re.fullmatch(form, name):
            return make(match)
    return None
