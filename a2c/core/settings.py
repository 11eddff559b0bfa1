"""What the core must know of a configuration, and how it is handed over."""

import math
from collections.abc import Sequence
from ctypes import Structure, c_double, c_int64
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Protocol

from a2c.config.configuration import longest_rollout, snapshot_rows
from a2c.config.metrics import close_rows

if TYPE_CHECKING:
    from a2c.config import Configuration

MOST_LAYERS, MOST_CHOICES, MOST_SNAPSHOTS = 32, 128, 16  # core.h
ALGORITHMS = ("a2c", "reinforce", "a3c", "ppo")  # by the core's numbers
ACTIONS = ("softmax", "bernoulli", "gaussian")  # of distribution.h, as `ActionSpace.kind` names them
# Native environments by the core's numbers, each with the keyword of Gymnasium's constructor that it takes.
KINDS = {
    "CartPole-v1": "sutton_barto_reward",
    "Acrobot-v1": None,
    "MountainCar-v0": "goal_velocity",
    "Pendulum-v1": "g",
}
DEFAULTS = {"g": 10.0}  # of the keywords; 0 where none is named


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
    normalize_observations: bool = False
    normalize_rewards: bool = False
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
    baseline: str = "value"
    returns: str = "to_go"
    episodes_per_update: int = 1
    total_episodes: int | None = None
    action_size: int = 1
    actions: str = "softmax"  # one of ACTIONS
    choices: Sequence[int] = ()  # of each number of an action; of its only number if empty
    log_std_init: float = 0.0
    option: float = 0.0  # the value of the native environment's keyword
    snapshots: Sequence[float] = ()

    @property
    def total_rows(self) -> int:
        return self.total_steps // self.n_envs

    @property
    def passes(self) -> int:
        """Passes over a rollout in an update from it."""
        return self.n_epochs if self.algorithm == "ppo" else 1

    @property
    def most_rows(self) -> int:
        """Of a rollout."""
        if self.algorithm == "reinforce":
            return longest_rollout(self.episodes_per_update, self.max_episode_steps, self.total_rows)
        return max(1, min(self.n_steps, self.total_rows))

    @property
    def of_worker(self) -> "Settings":
        """Of one of A3C's workers: a lane with one environment."""
        return replace(self, n_envs=1, total_steps=self.total_rows, snapshots=())

    @property
    def has_critic(self) -> bool:
        return self.algorithm != "reinforce" or self.baseline == "value"


def is_native(configuration: "Configuration") -> bool:
    """Whether the core steps the environment itself: it has the kind, and knows all arguments."""
    known = {KINDS.get(configuration.env_id), "max_episode_steps"}
    return configuration.env_id in KINDS and set(configuration.env_kwargs) <= known


def settings_of(configuration: "Configuration", facts: Facts) -> Settings:
    """What the core needs of a configuration with flat observations."""
    native = is_native(configuration)
    keyword = KINDS[configuration.env_id] if native else None
    default = DEFAULTS.get(str(keyword), 0.0)
    option: Any = configuration.env_kwargs.get(keyword, default) if keyword else default
    space = facts.action_space
    shared = {field.name for field in fields(Settings)} & set(type(configuration).model_fields) - {
        "env_id",
        "max_episode_steps",
    }
    return Settings(
        env_id=configuration.env_id if native else None,
        max_episode_steps=facts.time_limit,
        n_observation=facts.observation_shape[0],
        n_outputs=space.width,
        action_size=math.prod(space.shape),
        actions=space.kind,
        choices=space.choices,
        option=float(option),
        **{name: getattr(configuration, name) for name in shared},
    )


class Config(Structure):
    """`struct config` of core.h."""

    _fields_ = [
        *(
            (name, c_int64)
            for name in ("environment", "max_episode_steps", "n_observation", "n_outputs", "action_size")
        ),
        ("actions", c_int64),
        ("choices", c_int64 * MOST_CHOICES),
        ("n_hidden", c_int64),
        ("hidden_sizes", c_int64 * MOST_LAYERS),
        *(
            (name, c_int64)
            for name in (
                "shared_trunk", "activation", "init", "optimizer", "linear_schedule", "estimator",
                "normalize_advantage", "terminal_limit", "normalize_observations", "normalize_rewards", "n_envs",
                "n_steps", "total_rows",
            )
        ),
        *(
            (name, c_double)
            for name in (
                "learning_rate", "optimizer_eps", "rmsprop_alpha", "gamma", "gae_lambda", "value_loss_coef",
                "entropy_coef", "max_grad_norm", "reward_clip", "option", "log_std_init", "stop_return",
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
        *((name, c_int64) for name in ("baseline", "episode_mean", "episodes_per_update", "total_episodes")),
        ("n_snapshots", c_int64),
        ("snapshot_rows", c_int64 * MOST_SNAPSHOTS),
    ]  # fmt: skip


BOUNDS = ("max_grad_norm", "reward_clip", "stop_return", "clip_range", "clip_range_value")  # none if left open
AS_THEY_ARE = (
    "max_episode_steps", "n_observation", "n_outputs", "action_size", "shared_trunk", "normalize_advantage",
    "normalize_observations", "normalize_rewards", "n_envs", "total_rows", "learning_rate", "optimizer_eps",
    "rmsprop_alpha", "gamma", "gae_lambda", "entropy_coef", "option", "log_std_init", "train_on_reset_rows",
    "n_epochs", "n_minibatches", "episodes_per_update",
)  # fmt: skip


def config_of(settings: Settings) -> Config:
    """The settings as C takes them. ValueError if the core has no room for so many layers or choices."""
    config = Config(**{name: getattr(settings, name) for name in AS_THEY_ARE}, **_numbers_of_words(settings))
    config.n_hidden = _put(config.hidden_sizes, "hidden_sizes", settings.hidden_sizes)
    _put(config.choices, "choices", settings.choices or [settings.n_outputs])
    rows = snapshot_rows(settings.snapshots, settings.total_rows)
    config.n_snapshots = _put(config.snapshot_rows, "snapshots", rows)
    return config


def _numbers_of_words(settings: Settings) -> dict[str, float]:
    """Numbers for what the settings say in words, or leave open."""
    has_critic = settings.has_critic
    return {
        "environment": -1 if settings.env_id is None else list(KINDS).index(settings.env_id),
        "algorithm": ALGORITHMS.index(settings.algorithm),
        "actions": ACTIONS.index(settings.actions),
        "activation": ("relu", "tanh").index(settings.activation),
        "init": ("torch", "orthogonal").index(settings.init),
        "optimizer": ("adam", "rmsprop", "rmsprop_tf").index(settings.optimizer),
        "linear_schedule": settings.lr_schedule == "linear",
        "estimator": settings.algorithm == "reinforce" or ("gae", "n_step").index(settings.advantage_estimator),
        "terminal_limit": settings.time_limit == "terminal" or not has_critic,
        "n_steps": settings.most_rows,
        "close_rows": close_rows(settings.total_rows, settings.most_rows, settings.passes),
        "value_loss_coef": settings.value_loss_coef if has_critic else 0.0,
        "clip_running": settings.clip_by == "running",
        "clip_part": ("all", "policy", "value").index(settings.clip_part),
        "baseline": ("none", "mean", "value").index(settings.baseline),
        "episode_mean": settings.returns == "episode_mean",
        "total_episodes": settings.total_episodes or 0,
        **{name: _bound(getattr(settings, name)) for name in BOUNDS},
    }


def _bound(value: float | None) -> float:
    return math.inf if value is None else value


def _put(array: Any, name: str, numbers: Sequence[int]) -> int:
    """Copy numbers to the front of an array of C; gives how many. ValueError if there are too many."""
    if len(numbers) > len(array):
        raise ValueError(f"{name}: {len(numbers)} numbers; the core takes at most {len(array)}")
    array[: len(numbers)] = numbers
    return len(numbers)
