"""What the core must know of a configuration, and how it is handed over."""

import math
from collections.abc import Sequence
from ctypes import Structure, c_double, c_int64
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol

from a2c.config.metrics import close_rows

if TYPE_CHECKING:
    from a2c.config import Configuration

MOST_LAYERS = 32  # core.h
ALGORITHMS = ("a2c", "reinforce", "a3c", "ppo")  # by the core's numbers
# Native environments by the core's numbers, each with the keyword of Gymnasium's constructor that it takes.
KINDS = {"CartPole-v1": "sutton_barto_reward", "Acrobot-v1": None, "MountainCar-v0": "goal_velocity"}


class Facts(Protocol):
    """What the core must know of an environment: part of `a2c.envs.Facts`, which comes after the core."""

    @property
    def observation_shape(self) -> tuple[int, ...]: ...

    @property
    def action_space(self) -> Any: ...

    @property
    def time_limit(self) -> int: ...


@dataclass(frozen=True)
class Settings:
    """What the core must know of a configuration; the names and values are those of `Configuration`.

    `env_id` is one of KINDS, or None where the caller steps the environments.
    """

    env_id: str | None
    max_episode_steps: int
    n_observation: int
    n_outputs: int  # of the policy, for one action of `action_size` numbers
    hidden_sizes: Sequence[int] = (256, 256)
    shared_trunk: bool = True
    activation: str = "relu"
    init: str = "torch"
    optimizer: str = "adam"
    learning_rate: float = 7e-4
    lr_schedule: str = "constant"
    optimizer_eps: float = 1e-8
    rmsprop_alpha: float = 0.99
    gamma: float = 0.99
    gae_lambda: float = 0.95
    advantage_estimator: str = "gae"
    normalize_advantage: bool = True
    n_envs: int = 8
    n_steps: int = 5
    value_loss_coef: float = 0.5
    entropy_coef: float = 0.01
    max_grad_norm: float | None = 0.5
    reward_clip: float | None = None
    time_limit: str = "bootstrap"
    stop_return: float | None = None
    algorithm: str = "a2c"
    train_on_reset_rows: bool = False
    clip_by: str = "batch"
    clip_part: str = "all"
    n_epochs: int = 4
    n_minibatches: int = 4
    clip_range: float | None = 0.2
    clip_range_value: float | None = None
    total_steps: int = 200_000
    action_size: int = 1
    option: float = 0.0  # the value of the native environment's keyword

    @property
    def total_rows(self) -> int:
        return self.total_steps // self.n_envs

    @property
    def passes(self) -> int:
        """Passes over a rollout in an update from it."""
        return self.n_epochs if self.algorithm == "ppo" else 1


def is_native(configuration: "Configuration") -> bool:
    """Whether the core steps the environment itself: it has the kind, and knows all arguments."""
    known = {KINDS.get(configuration.env_id), "max_episode_steps"}
    return configuration.env_id in KINDS and set(configuration.env_kwargs) <= known


def settings_of(configuration: "Configuration", facts: Facts) -> Settings:
    """What the core needs of a configuration with flat observations and discrete actions."""
    native = is_native(configuration)
    keyword = KINDS[configuration.env_id] if native else None
    option: Any = configuration.env_kwargs.get(keyword, 0.0) if keyword else 0.0
    shared = {field.name for field in fields(Settings)} & set(type(configuration).model_fields) - {
        "env_id",
        "max_episode_steps",
    }
    return Settings(
        env_id=configuration.env_id if native else None,
        max_episode_steps=facts.time_limit,
        n_observation=facts.observation_shape[0],
        n_outputs=facts.action_space.width,
        option=float(option),
        **{name: getattr(configuration, name) for name in shared},
    )


class Config(Structure):
    """`struct config` of core.h."""

    _fields_ = [
        *(
            (name, c_int64)
            for name in (
                "environment", "max_episode_steps", "n_observation", "n_outputs", "action_size", "n_hidden",
            )
        ),
        ("hidden_sizes", c_int64 * MOST_LAYERS),
        *(
            (name, c_int64)
            for name in (
                "shared_trunk", "activation", "init", "optimizer", "linear_schedule", "estimator",
                "normalize_advantage", "terminal_limit", "n_envs", "n_steps", "total_rows",
            )
        ),
        *(
            (name, c_double)
            for name in (
                "learning_rate", "optimizer_eps", "rmsprop_alpha", "gamma", "gae_lambda", "value_loss_coef",
                "entropy_coef", "max_grad_norm", "reward_clip", "option", "stop_return",
            )
        ),
        *(
            (name, c_int64)
            for name in (
                "algorithm", "train_on_reset_rows", "clip_running", "clip_part", "close_rows", "n_epochs",
                "n_minibatches",
            )
        ),
        *((name, c_double) for name in ("clip_range", "clip_range_value")),
    ]  # fmt: skip


def config_of(settings: Settings) -> Config:
    """The settings as C takes them."""
    sizes = list(settings.hidden_sizes)
    if len(sizes) > MOST_LAYERS:
        raise ValueError(f"hidden_sizes: {len(sizes)} layers; the core takes at most {MOST_LAYERS}")
    config = Config(
        environment=-1 if settings.env_id is None else list(KINDS).index(settings.env_id),
        n_hidden=len(sizes),
        activation=("relu", "tanh").index(settings.activation),
        init=("torch", "orthogonal").index(settings.init),
        optimizer=("adam", "rmsprop", "rmsprop_tf").index(settings.optimizer),
        linear_schedule=settings.lr_schedule == "linear",
        estimator=("gae", "n_step").index(settings.advantage_estimator),
        terminal_limit=settings.time_limit == "terminal",
        max_grad_norm=math.inf if settings.max_grad_norm is None else settings.max_grad_norm,
        reward_clip=math.inf if settings.reward_clip is None else settings.reward_clip,
        stop_return=math.inf if settings.stop_return is None else settings.stop_return,
        algorithm=ALGORITHMS.index(settings.algorithm),
        clip_running=settings.clip_by == "running",
        clip_part=("all", "policy", "value").index(settings.clip_part),
        close_rows=close_rows(settings.total_rows, settings.n_steps, settings.passes),
        clip_range=math.inf if settings.clip_range is None else settings.clip_range,
        clip_range_value=math.inf if settings.clip_range_value is None else settings.clip_range_value,
    )
    config.hidden_sizes[: len(sizes)] = sizes
    for name in (
        "max_episode_steps", "n_observation", "n_outputs", "action_size", "shared_trunk", "normalize_advantage",
        "n_envs", "n_steps", "total_rows", "learning_rate", "optimizer_eps", "rmsprop_alpha", "gamma", "gae_lambda",
        "value_loss_coef", "entropy_coef", "option", "train_on_reset_rows", "n_epochs", "n_minibatches",
    ):  # fmt: skip
        setattr(config, name, getattr(settings, name))
    return config
