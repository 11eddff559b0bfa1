"""What the article says to do about a finding, without what a run has done already."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

DIVERGED, TOO_LITTLE, NOTHING = "diverged", "too little to tell", "nothing found"


@dataclass(frozen=True)
class Advice:
    """One setting to change, and the values that the article recommends."""

    verb: Literal["lower", "raise", "clip gradients by"]
    field: str
    low: float
    high: float

    def is_open(self, fields: Mapping[str, Any]) -> bool:
        """Whether the run's value is on the wrong side of what is recommended."""
        value = fields[self.field]
        return value is None or (value < self.low if self.verb == "raise" else value > self.high)

    def covers(self, value: Any) -> bool:
        """Whether a value is a recommended one."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def text(self, fields: Mapping[str, Any]) -> str:
        recommended = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return f"{self.verb} {self.field} ({shown(fields[self.field])}; recommended {recommended})"


LOWER_RATE = Advice("lower", "learning_rate", 7e-4, 1e-3)
RAISE_RATE = Advice("raise", "learning_rate", 7e-4, 1e-3)
CLIP = Advice("clip gradients by", "max_grad_norm", 0.5, 0.5)
HEAVIER_CRITIC = Advice("raise", "value_loss_coef", 0.5, 0.5)
LONGER_VIEW = Advice("raise", "gamma", 0.99, 0.99)
MORE_ENTROPY = Advice("raise", "entropy_coef", 0.001, 0.05)
LONGER = Advice("raise", "total_steps", 200_000, 200_000)

PLACES = {  # of the advice in the article, in our words
    DIVERGED: "Hyperparameter Tuning, Learning Rate",
    TOO_LITTLE: "the length of its own trainings",
    "return flat": "Debugging Tips, reward not changing",
    "return collapsing": "Debugging Tips, reward dropping sharply",
    "entropy collapsed": "Debugging Tips, entropy converging to 0",
    "value loss exploding": "Debugging Tips, a cause of reward dropping sharply",
    "value loss not falling": "Debugging Tips, value loss not decreasing",
    "gradients vanishing": "Debugging Tips, a cause of reward not changing",
    "gradients exploding": "Metrics to Monitor, the gradient's norm",
    "advantages off": "Metrics to Monitor, the mean of the advantages",
}
ADVICE: dict[str, list[Advice]] = {
    DIVERGED: [LOWER_RATE, CLIP],
    TOO_LITTLE: [LONGER],
    "return flat": [RAISE_RATE, MORE_ENTROPY],
    "return collapsing": [LOWER_RATE, CLIP],
    "entropy collapsed": [MORE_ENTROPY, LOWER_RATE],
    "value loss exploding": [LOWER_RATE, CLIP],
    "value loss not falling": [HEAVIER_CRITIC, LONGER_VIEW],
    "gradients vanishing": [RAISE_RATE],
    "gradients exploding": [CLIP, LOWER_RATE],
    "advantages off": [HEAVIER_CRITIC, LONGER_VIEW],
}


def open_advice(finding: str, fields: Mapping[str, Any]) -> list[Advice]:
    """The article's advice that a run with these fields does not follow yet."""
    return [advice for advice in ADVICE[finding] if advice.is_open(fields)]


def remedy(finding: str, fields: Mapping[str, Any]) -> str:
    """The open advice in words, with its place in the article; where there is none, what the run has set already."""
    advice = open_advice(finding, fields)
    if advice:
        return f"{PLACES[finding]}: {', '.join(one.text(fields) for one in advice)}"
    done = ", ".join(f"{one.field} {shown(fields[one.field])}" for one in ADVICE[finding])
    return f"{PLACES[finding]}: nothing that is not set already ({done})"


def shown(value: Any) -> str:
    """A field's value in a message."""
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
