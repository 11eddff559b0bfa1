"""The environments that the native core steps itself, with the arguments that it knows."""

from a2c.config import Configuration

# The keyword of Gymnasium's constructor that each kind offers beside max_episode_steps, with its default.
OPTIONS: dict[str, tuple[str | None, float]] = {
    "CartPole-v1": ("sutton_barto_reward", 0.0),
    "Acrobot-v1": (None, 0.0),
    "MountainCar-v0": ("goal_velocity", 0.0),
}


def is_native(configuration: Configuration) -> bool:
    """Whether the core steps the environment: it has the kind, and knows all arguments."""
    if configuration.env_id not in OPTIONS:
        return False
    option, _ = OPTIONS[configuration.env_id]
    return set(configuration.env_kwargs) <= {option, "max_episode_steps"}


def option_of(configuration: Configuration) -> float:
    """The value of the kind's option as the core takes it."""
    name, default = OPTIONS[configuration.env_id]
    value = configuration.env_kwargs.get(name, default) if name else default
    assert isinstance(value, int | float)  # the environment was made with it before
    return float(value)
