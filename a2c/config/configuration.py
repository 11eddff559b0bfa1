"""The configuration: everything that decides a training result except the seed.

This is the only definition of a field's name, type, unit, bounds, default and meaning. The JSON schema, the `--help`
text and the table in the docs are made from it.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from a2c.config.errors import inconsistent, validate

# A field has an effect only if all of these other fields have one of the values named. Without effect it must stay at
# its default, and is left out of the hash: a new field for Atari, say, does not change the name of any CartPole
# configuration.
ROLLOUTS = ("algorithm", ("a2c", "a3c", "ppo"))  # of a fixed number of steps
SYNCHRONOUS = ("algorithm", ("a2c", "reinforce", "ppo"))  # one set of running moments for a lane's environments
A2C_ALONE = ("algorithm", ("a2c",))
REINFORCE_ALONE = ("algorithm", ("reinforce",))
PPO_ALONE = ("algorithm", ("ppo",))
APPLIES_WHEN: dict[str, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    "advantage_estimator": (ROLLOUTS,),
    "gae_lambda": (ROLLOUTS, ("advantage_estimator", ("gae",))),
    "n_steps": (ROLLOUTS,),
    "train_on_reset_rows": (ROLLOUTS,),
    "baseline": (REINFORCE_ALONE,),
    "returns": (REINFORCE_ALONE,),
    "episodes_per_update": (REINFORCE_ALONE,),
    "total_episodes": (REINFORCE_ALONE,),
    "value_loss_coef": (("baseline", ("value",)),),
    "time_limit": (("baseline", ("value",)),),  # nothing to bootstrap from without a critic
    "asynchrony": (("algorithm", ("a3c",)),),
    "n_epochs": (PPO_ALONE,),
    "n_minibatches": (PPO_ALONE,),
    "clip_range": (PPO_ALONE,),
    "clip_range_value": (PPO_ALONE,),
    "clip_by": (A2C_ALONE,),
    "clip_part": (A2C_ALONE,),
    "stop_return": (("algorithm", ("a2c", "reinforce", "ppo")),),  # A3C's workers are at different steps
    "rmsprop_alpha": (("optimizer", ("rmsprop", "rmsprop_tf")),),
    "atari_protocol": (("network", ("cnn",)),),
    "conv_channels": (("network", ("cnn",)),),
    "shared_trunk": (("network", ("mlp",)),),
    "normalize_observations": (SYNCHRONOUS, ("network", ("mlp",))),
    "normalize_rewards": (SYNCHRONOUS,),
}
# Fields that came with version 0.2.0 are left out of the hash at their default, so that older names stay.
NEW_IN_0_2 = frozenset(
    {
        "baseline", "returns", "episodes_per_update", "total_episodes", "asynchrony", "n_epochs", "n_minibatches",
        "clip_range", "clip_range_value", "clip_by", "clip_part", "train_on_reset_rows", "stop_return",
        "normalize_observations", "normalize_rewards", "log_std_init", "max_episode_steps", "modules", "snapshots",
    }
)  # fmt: skip


MOST_COUNTED = 2**31 - 1  # steps or episodes: the core counts an episode's steps in 32 bits
LARGEST_BUDGET = 10**12  # agent steps: products with it fit into 64 bits
LONGEST_SLUG = 80  # characters


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


NAMING = "text in one line that is not blank"


def is_name(text: str) -> bool:
    """Whether a text can name a row of a table."""
    return bool(text.strip()) and len(text.splitlines()) == 1


def _as_a_name(text: str) -> str:
    if not is_name(text):
        raise PydanticCustomError("name", NAMING)
    return text


def _number(value: Any) -> Any:
    """A number in text as a number: PyYAML follows YAML 1.1, which reads 1e-3 (no dot) as text."""
    if isinstance(value, str) and re.fullmatch(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+", value):
        return float(value)
    return value


def _written(value: Any) -> Any:
    """What can be written as UTF-8: half of a character, as "\\ud800" in JSON, would end a training."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text", "text that UTF-8 can write") from None
    return value


def value_on(axis: str, value: Any) -> Any:
    """A value on an axis of a study as the configuration reads it: on that of a field, a number in text is one.

    Elsewhere text is text: a label or the name of a setting may look like a number.
    """
    if axis not in Configuration.model_fields:
        return value
    return [_number(one) for one in value] if isinstance(value, list) else _number(value)


def _whole(value: Any) -> Any:
    value = _number(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


Number = Annotated[float, BeforeValidator(_number), AfterValidator(lambda value: value + 0.0)]  # -0.0 is 0.0
Whole = Annotated[int, BeforeValidator(_whole)]
Heading = Annotated[str, AfterValidator(_in_one_line)]  # stands in comments and headings, which end with the line
Name = Annotated[str, AfterValidator(_as_a_name)]  # of a setting: stands in tables
# Within a list or beside null the bounds have to come first, or the JSON schema lacks them.
Positive = Annotated[float, Field(gt=0), BeforeValidator(_number)]
Width = Annotated[int, Field(ge=2, le=65536), BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=1, le=MOST_COUNTED), BeforeValidator(_whole)]
Finite = Annotated[float, BeforeValidator(_number)]
Share = Annotated[float, Field(gt=0, le=1), BeforeValidator(_number)]


def _field(default: Any, meaning: str, unit: str = "", **bounds: Any) -> Any:
    return Field(default=default, description=meaning, json_schema_extra={"unit": unit} if unit else None, **bounds)


class Configuration(BaseModel):
    """All fields of one training; the defaults are the article's CartPole column."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    algorithm: Literal["a2c", "reinforce", "a3c", "ppo"] = _field(
        "a2c", "learning algorithm: A2C, REINFORCE, A3C by a seeded schedule, or PPO"
    )
    env_id: str = _field("CartPole-v1", "Gymnasium id of the environment", min_length=1)
    env_kwargs: Annotated[dict[str, JsonValue], AfterValidator(_written)] = _field(
        {}, "keyword arguments for the environment's constructor"
    )
    modules: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_written)] = _field(
        (), "Python modules that register environments, imported first; `env_id: module:Id` is the short form"
    )
    max_episode_steps: Count | None = _field(
        None, "time limit of an episode; null for the environment's own", "agent steps"
    )
    atari_protocol: Literal["machado", "classic"] = _field(
        "machado",
        "Atari protocol. machado: sticky actions, whole games (Machado et al. 2018). classic: no-op starts, FIRE at "
        "the start of a game, a lost life is a termination (Mnih et al. 2015)",
    )
    network: Literal["mlp", "cnn"] = _field("mlp", "network: mlp for flat observations, cnn for images")
    conv_channels: Annotated[tuple[Width, ...], Field(strict=False)] = _field(
        (32, 64, 64),
        "channels of the three convolutions (kernels 8, 4, 3; strides 4, 2, 1)",
        "channels",
        min_length=3,
        max_length=3,
    )
    hidden_sizes: Annotated[tuple[Width, ...], Field(strict=False)] = _field(
        (256, 256), "width of each hidden layer (of the cnn: those after the convolutions)", "units", min_length=1
    )
    shared_trunk: bool = _field(True, "one trunk for policy and value, as in the article, or a trunk for each")
    activation: Literal["relu", "tanh"] = _field("relu", "activation of the hidden layers")
    init: Literal["torch", "orthogonal"] = _field(
        "torch", "initial weights: PyTorch's default, or orthogonal (gain sqrt 2, policy 0.01, value 1)"
    )
    optimizer: Literal["adam", "rmsprop", "rmsprop_tf"] = _field(
        "adam",
        "Adam; RMSprop as in PyTorch; RMSprop as in TensorFlow (epsilon in the root, accumulator starts at 1)",
    )
    learning_rate: Number = _field(7e-4, "step size of the optimiser", ge=0)
    lr_schedule: Literal["constant", "linear"] = _field("constant", "learning rate over time: constant, or linear to 0")
    optimizer_eps: Number = _field(1e-8, "epsilon of the optimiser", gt=0)
    rmsprop_alpha: Number = _field(0.99, "decay of RMSprop's mean square", ge=0, lt=1)
    gamma: Number = _field(0.99, "discount", "per agent step", ge=0, le=1)
    gae_lambda: Number = _field(0.95, "lambda of GAE: 0 is one-step TD, 1 equals n-step returns", ge=0, le=1)
    advantage_estimator: Literal["gae", "n_step"] = _field("gae", "advantages by GAE(lambda) or by n-step returns")
    normalize_advantage: bool = _field(True, "advantages to mean 0 and deviation 1 over one lane's batch")
    n_envs: Whole = _field(8, "environments stepped side by side", "environments", ge=1, le=65536)
    n_steps: Whole = _field(5, "steps of every environment between two updates", "agent steps", ge=1, le=1_000_000)
    value_loss_coef: Number = _field(0.5, "weight of the value loss", ge=0)
    entropy_coef: Number = _field(0.01, "weight of the entropy bonus", ge=0)
    max_grad_norm: Positive | None = _field(0.5, "bound of the gradient's global norm; null for none")
    reward_clip: Positive | None = _field(None, "bound of the absolute reward that the learner sees; null for none")
    normalize_observations: bool = _field(
        False, "observations less their running mean, over their running deviation, within -10 to 10"
    )
    normalize_rewards: bool = _field(
        False, "rewards that the learner sees over the running deviation of the discounted return, within -10 to 10"
    )
    time_limit: Literal["bootstrap", "terminal"] = _field(
        "bootstrap",
        "at a time limit: bootstrap from the final observation, or treat it as a termination, as the article does",
    )
    train_on_reset_rows: bool = _field(
        False, "learn from the rows in which environments reset, as the article's code does; they are masked otherwise"
    )
    clip_by: Literal["batch", "running"] = _field(
        "batch", "the norm that clipping divides by: of each batch's gradient, or a running mean of it (decay 0.99)"
    )
    clip_part: Literal["all", "policy", "value"] = _field(
        "all", "the part of the gradient that is clipped: all of it, or the policy's or the value's alone"
    )
    baseline: Literal["none", "mean", "value"] = _field(
        "value", "what REINFORCE subtracts from a return: nothing, the mean of all returns so far, or a critic's value"
    )
    returns: Literal["to_go", "episode_mean"] = _field(
        "to_go",
        "REINFORCE's return of a step: the discounted rewards from there on, or the mean of these over the episode, "
        "which is what the article's printed code computes",
    )
    episodes_per_update: Whole = _field(1, "episodes of REINFORCE between two updates", "episodes", ge=1, le=1000)
    total_episodes: Count | None = _field(
        None, "episodes after which REINFORCE's training ends; null: the budget in steps alone", "episodes"
    )
    asynchrony: Number = _field(
        0.5,
        "A3C's workers take for n_steps a time between 1 - this and 1 + this, uniformly; 0: they take turns",
        ge=0,
        le=1,
    )
    n_epochs: Whole = _field(4, "passes of PPO over a rollout", ge=1, le=1000)
    n_minibatches: Whole = _field(4, "parts of a rollout that PPO takes a step on, in each pass", ge=1, le=65536)
    clip_range: Positive | None = _field(0.2, "PPO's bound of the probability ratio's distance from 1; null for none")
    clip_range_value: Positive | None = _field(None, "PPO's bound of a value's change within an update; null for none")
    log_std_init: Annotated[float, Field(ge=-20, le=2), BeforeValidator(_number)] = _field(
        0.0, "logarithm of the initial deviation of actions in a Box"
    )
    stop_return: Finite | None = _field(
        None, "end a run once the mean return of its last ten episodes reaches this; null: use the whole budget"
    )
    snapshots: Annotated[tuple[Share, ...], Field(strict=False)] = _field(
        (),
        "shares of the budget at which the weights are kept besides: those of the first update at or after each",
        "share of the budget",
        max_length=16,
    )
    total_steps: Whole = _field(200_000, "training budget, never exceeded", "agent steps", ge=1, le=LARGEST_BUDGET)
    eval_episodes: Whole = _field(
        20, "fresh episodes of the trained policy in each mode (sampled, greedy)", ge=1, le=10_000
    )
    device: Literal["cpu", "cuda"] = _field("cpu", "device to train on")

    @model_validator(mode="after")
    def _consistent(self) -> "Configuration":
        if self.total_steps < self.n_envs:
            raise inconsistent("total_steps", self.total_steps, f"at least n_envs, {self.n_envs}")
        for name, conditions in APPLIES_WHEN.items():
            value = getattr(self, name)
            if value != type(self).model_fields[name].default:
                for other, values in conditions:
                    if getattr(self, other) not in values:
                        required = f"{other}: {' or '.join(values)}"
                        raise inconsistent(name, value, f"only with {required}, as it has no effect otherwise")
        if any(later <= share for share, later in pairwise(self.snapshots)):
            raise inconsistent("snapshots", list(self.snapshots), "shares in increasing order, each once")
        if self.algorithm == "reinforce" and self.n_envs != 1:
            raise inconsistent("n_envs", self.n_envs, "1 with algorithm: reinforce, which plays whole episodes")
        if self.algorithm in ("reinforce", "a3c") and self.device == "cuda":
            raise inconsistent("device", self.device, f"cpu with algorithm: {self.algorithm}")
        if self.max_grad_norm is None:
            for name in ("clip_by", "clip_part"):
                if (value := getattr(self, name)) != type(self).model_fields[name].default:
                    raise inconsistent(name, value, "only with a max_grad_norm, as it has no effect otherwise")
        if self.n_minibatches > self.n_envs * self.n_steps and self.algorithm == "ppo":
            allowed = f"at most n_envs * n_steps, {self.n_envs * self.n_steps}"
            raise inconsistent("n_minibatches", self.n_minibatches, allowed)
        batch = self.n_steps * (1 if self.algorithm == "a3c" else self.n_envs)
        if self.normalize_advantage and self.algorithm != "reinforce" and batch == 1:
            one = "n_steps is" if self.algorithm == "a3c" else "n_envs and n_steps are both"
            raise inconsistent("normalize_advantage", True, f"false where {one} 1")
        return self

    def canonical_json(self) -> str:
        """The fields that have an effect as JSON, keys sorted, no spaces. The hash is taken of it."""
        fields = self.model_dump(mode="json")
        defaults = {name: field.default for name, field in type(self).model_fields.items()}
        for name in defaults:
            is_old_default = name in NEW_IN_0_2 and getattr(self, name) == defaults[name]
            if is_old_default or not self._has_effect(name):
                del fields[name]
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    def _has_effect(self, name: str) -> bool:
        return all(getattr(self, other) in values for other, values in APPLIES_WHEN.get(name, ()))

    @property
    def name(self) -> str:
        """The name of the configuration in paths and tables, slug and hash: `a2c_learning-rate-0.01_3f2a9c1b0d`.

        The slug shows the fields that differ from the defaults (the environment has a folder of its own).
        """
        digest = hashlib.sha256(self.canonical_json().encode()).hexdigest()[:10]
        different = [
            f"{key}-{json.loads(json.dumps(value, sort_keys=True))}"  # the order of arguments is irrelevant
            for key, value in self.model_dump(mode="json", exclude_defaults=True).items()
            if key not in ("algorithm", "env_id")
        ]
        return "_".join([self.algorithm, *([slug("_".join(different))] if different else []), digest])


def pays_as_registered(fields: Mapping[str, Any]) -> bool:
    """Whether the returns of a configuration's environment have the range that is known of it.

    Arguments or another time limit may change it.
    """
    return not (fields.get("env_kwargs") or fields.get("max_episode_steps"))


def slug(text: str) -> str:
    """`text` without characters that are special in a path or a shell: `ALE/Pong-v5` becomes `ALE-Pong-v5`."""
    cleaned = re.sub(r"[^A-Za-z0-9._]+", "-", text.replace("_", "-")).strip("-.")
    return cleaned[:LONGEST_SLUG].rstrip("-.")


def snapshot_rows(shares: Sequence[float], total_rows: int) -> list[int]:
    """The rows of a run from which on its weights are kept, for each share: exact, unlike a product of floats."""
    return [math.ceil(Fraction(repr(share)) * total_rows) for share in shares]


def longest_rollout(n_episodes: int, time_limit: int, total_rows: int) -> int:
    """Rows of the longest rollout of so many whole episodes, each with the row that resets; the budget's at most."""
    return min(n_episodes * (time_limit + 1), total_rows)


def configuration(fields: Any, source: str, at: str = "") -> Configuration:
    """The configuration that a mapping describes. ConfigError if a field is wrong.

    `source` names the file and `at` the key of the mapping in it, for the message.
    """
    return validate(Configuration, fields, source, at)
