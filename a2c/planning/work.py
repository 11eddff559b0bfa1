"""The work of a training, in units whose times are known.

The time of an update is modelled as a sum: the amount of each unit of work times the seconds of that unit.
"""

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from a2c.config import Configuration
from a2c.core.settings import is_native
from a2c.envs import check
from a2c.envs.atari import is_atari
from a2c.learn.trainer import MODES, uses_core, weight_shapes
from a2c.runs.layout import SeedBlock

EPISODE_ROWS = 100  # assumed of REINFORCE's episodes

Times = Mapping[str, float]  # seconds of a unit of work, by the names in `update_work`


class Shape(NamedTuple):
    """What the work of an update depends on."""

    environment: str  # the name of its unit of work, see `environment_name`
    n_lanes: int
    n_envs: int
    n_steps: int
    n_parameters: int
    n_products: int  # multiply-adds of the dense layers for one observation
    n_convolutions: int = 0  # multiply-adds of the convolutions for one observation
    n_pixels: int = 0  # of one observation, all its frames
    uses_core: bool = False  # the native core trains, not PyTorch
    is_native: bool = False  # the core steps the environments, too


def shape_of(block: SeedBlock, source: str) -> Shape:
    """The shape of a seed block's training. `source` names the paper, in a ConfigError about the environment."""
    configuration = block.configuration
    facts = check(configuration, source)
    n_parameters = sum(map(math.prod, weight_shapes(configuration, facts).values()))
    by_core = uses_core(configuration)
    shape = Shape(
        environment=environment_name(configuration),
        n_lanes=len(block.seeds),
        n_envs=acting_envs(configuration),
        n_steps=rollout_rows(configuration),
        n_parameters=n_parameters,
        n_products=n_parameters,  # a dense layer uses each weight and bias once
        uses_core=by_core,
        is_native=by_core and is_native(configuration),
    )
    if configuration.network == "mlp":
        return shape
    from a2c.learn.networks import build  # imports PyTorch

    multiply_adds = build(configuration, facts).multiply_adds
    return shape._replace(
        n_products=multiply_adds.dense,
        n_convolutions=multiply_adds.convolutions,
        n_pixels=math.prod(facts.observation_shape),
    )


def environment_name(configuration: Configuration) -> str:
    """The name of an environment's unit of work.

    It includes the arguments, which can make a step slower. Those of native environments do not, nor does the longest
    length of an Atari game.
    """
    if uses_core(configuration) and is_native(configuration):
        return f"core {configuration.env_id}"
    arguments: dict[str, Any] = configuration.env_kwargs
    if is_atari(configuration.env_id):
        arguments = {key: value for key, value in arguments.items() if key != "max_num_frames_per_episode"}
    return f"{configuration.env_id} {json.dumps(arguments)}" if arguments else configuration.env_id


def n_updates(configuration: Configuration) -> int:
    """The number of updates in the budget; the last one may be shorter."""
    n_rollouts = math.ceil(configuration.total_steps // configuration.n_envs / rollout_rows(configuration))
    return n_rollouts * configuration.n_envs // acting_envs(configuration)


def acting_envs(configuration: Configuration) -> int:
    """Environments that act before an update: one of A3C's workers, or all."""
    return 1 if configuration.algorithm == "a3c" else configuration.n_envs


def rollout_rows(configuration: Configuration) -> int:
    """Steps of every environment between two updates. With REINFORCE a guess: episodes differ in length."""
    if configuration.algorithm == "reinforce":
        return configuration.episodes_per_update * EPISODE_ROWS
    return configuration.n_steps


def update_work(shape: Shape) -> dict[str, float]:
    """The amount of each unit of work in an update: collecting a rollout and learning from it."""
    observations = shape.n_lanes * shape.n_envs
    agent_steps = observations * shape.n_steps
    if shape.uses_core:
        return _stepping(shape, shape.n_steps) | {
            "core update": shape.n_lanes,
            "core parameter": shape.n_lanes * shape.n_parameters,  # reading and writing as in "parameter" below
            "core product": agent_steps * shape.n_products,  # one forward, two backward
            shape.environment: agent_steps,
        }
    work: dict[str, float] = {
        "update": 1,  # calls for all lanes together
        "row": shape.n_steps,  # calls for each step of all environments
        "lane": shape.n_lanes,  # calls for each lane
        "parameter": shape.n_lanes * shape.n_parameters,  # reading and writing weights, gradients, optimiser states
        "product": agent_steps * shape.n_products,  # matrix products: one forward, two backward
        shape.environment: agent_steps,
    }
    if shape.n_convolutions:
        work |= {
            "convolve": shape.n_lanes * (shape.n_steps + 1),  # calls for each lane and step, and for the bootstrap
            "pixel": observations * (shape.n_steps + 1) * shape.n_pixels,  # converting the emulator's bytes to numbers
            "convolution": observations * (3 * shape.n_steps + 1) * shape.n_convolutions,  # one forward, two backward
        }
    return work


def evaluation_work(shape: Shape, n_episodes: int, longest: int) -> dict[str, float]:
    """The amount of each unit of work in the final evaluation.

    It lasts until its longest episode is over. One of them almost surely takes `longest` agent steps.
    """
    rows = len(MODES) * longest
    agent_steps = rows * shape.n_lanes * n_episodes
    if shape.uses_core:
        return _stepping(shape, rows) | {
            "core product": agent_steps * shape.n_products / 3,
            shape.environment: agent_steps,
        }
    work: dict[str, float] = {
        "row": rows,
        "product": agent_steps * shape.n_products / 3,
        shape.environment: agent_steps,
    }
    if shape.n_convolutions:
        work |= {
            "convolve": rows * shape.n_lanes,
            "pixel": agent_steps * shape.n_pixels,
            "convolution": agent_steps * shape.n_convolutions,
        }
    return work


def _stepping(shape: Shape, rows: int) -> dict[str, float]:
    """The calls of the core for `rows` steps of environments that Python steps."""
    return {} if shape.is_native else {"core row": rows, "core lane row": rows * shape.n_lanes}


def in_seconds(work: Mapping[str, float], times: Times) -> float:
    """Seconds of an amount of work."""
    return sum(amount * times[name] for name, amount in work.items())
