"""What text calls the axes of a study and the values on them."""

from typing import Any

SETTINGS = "settings"  # the axis of a study's named settings
LABEL = "label"  # the axis of points that are written one by one

# A field that is not listed goes by its own name, with spaces.
NAMES = {
    LABEL: "setting",
    "env_id": "environment",
    "learning_rate": "learning rate",
    "entropy_coef": "entropy coefficient",
    "value_loss_coef": "value loss coefficient",
    "gamma": "discount γ (per agent step)",
    "gae_lambda": "GAE λ",
    "n_envs": "parallel environments",
    "n_steps": "steps per update (agent steps)",
    "max_grad_norm": "gradient clipping (global norm)",
    "optimizer_eps": "optimiser ε",
    "total_steps": "budget (agent steps)",
}


def axis_name(axis: str) -> str:
    """What an axis is called in words, with its unit where it has one."""
    return NAMES.get(axis, axis.replace("_", " "))


def short_name(axis: str) -> str:
    """What an axis is called where its value follows: without the unit."""
    return axis_name(axis).split(" (")[0]


def value_name(value: Any) -> str:
    """A value on an axis, briefly: 0.01, 7e-4, 64×64, none."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "×".join(value_name(item) for item in value)
    if isinstance(value, int | float):
        return _number_name(value)
    return str(value)


def is_number(value: Any) -> bool:
    """Whether a value is a number (true and false are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_name(value: float) -> str:
    if value and abs(value) < 1e-3:
        mantissa, exponent = f"{value:e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:g}"
