"""A trial of an environment before training: does it keep Gymnasium's interface, and does its seed decide all it does?

A run has to depend on its seed alone, and an audit replays it by its actions. An environment that draws from another
random generator would be noticed only then. So the trial steps twins: environments with the same seed and the same
actions, which must agree in every number. It takes milliseconds for the environments of Gymnasium.
"""

import numbers
from typing import Any, NoReturn

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.config.errors import EnvironmentFaultError, mistake
from a2c.envs.atari import is_atari
from a2c.envs.faults import fault
from a2c.envs.spaces import Facts, make_environment
from a2c.envs.vector import Environments, Observations

ROWS, PAIRS = 40, 4  # steps of each environment, pairs of twins


def probe(configuration: Configuration, facts: Facts, source: str, at: str = "") -> None:
    """Try the environment of a configuration. ConfigError, naming it and the cause, unless it passes.

    Games of Atari are not tried: their emulator keeps both rules. `source` and `at` name the configuration in messages.
    """

    def refuse(allowed: str, cause: BaseException | None = None) -> NoReturn:
        key = f"{at}.env_id" if at else "env_id"
        raise mistake(source, key, configuration.env_id, allowed) from cause

    if is_atari(configuration.env_id):
        return
    try:
        if broken := _broken_rule(configuration):
            refuse(f"environments with Gymnasium's interface; here {broken}")
        if differing := _difference_of_twins(configuration, facts):
            refuse(f"environments whose seed decides all; after the same reset(seed=...), {differing}")
    except EnvironmentFaultError as error:
        refuse(f"environments that run; {error}", error)


def _broken_rule(configuration: Configuration) -> str:
    """What reset and the first step break of Gymnasium's interface, in words; empty if nothing."""
    arguments = configuration.env_id, configuration.env_kwargs, configuration.max_episode_steps
    environment = make_environment(*arguments)
    bare = environment.unwrapped  # Gymnasium's wrappers would fail first, and less clearly
    call = "reset"
    try:
        first = bare.reset(seed=0)
        if not _is_pair(first):
            return f"reset returns {_kind(first)}, not an observation and a dictionary"
        bare.action_space.seed(0)
        call = "step"
        stepped = bare.step(bare.action_space.sample())
    except (Exception, SystemExit) as error:
        raise fault(configuration.env_id, call, error) from error
    finally:
        environment.close()
    if not isinstance(stepped, tuple) or len(stepped) != 5:
        return f"step returns {_kind(stepped)}, not observation, reward, terminated, truncated and a dictionary"
    if not isinstance(stepped[1], numbers.Real | np.bool_) and getattr(stepped[1], "shape", None) != ():
        return f"the reward is {_kind(stepped[1])}, not a number"
    if not np.isfinite(float(stepped[1])):
        return f"the reward is {float(stepped[1])}, not a finite number"
    for name, observation in (("reset", first[0]), ("step", stepped[0])):
        if misfit := _misfit(bare.observation_space, observation):
            return f"{name} returns an observation {misfit}"
    return ""


def _is_pair(returned: Any) -> bool:
    return isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict)


def _kind(value: Any) -> str:
    """A value's type, and how many items a tuple has."""
    return f"a tuple of {len(value)}" if isinstance(value, tuple) else f"one {type(value).__name__}"


def _misfit(space: gym.Space[Any], observation: Any) -> str:
    """What of an observation is not as its space says: shape, type or a number; empty if it fits.

    Bounds and float types are not compared, as many environments leave them loosely and learning does not need them.
    """
    if isinstance(space, gym.spaces.Box):
        try:
            values = np.asarray(observation, dtype=np.float64)
        except (TypeError, ValueError):
            return f"of type {type(observation).__name__}, its space is {space}"
        if values.shape != space.shape:
            return f"of shape {values.shape}, its space has {space.shape}"
        return "" if np.isfinite(values).all() else "that is not finite"
    if isinstance(space, gym.spaces.Dict) and isinstance(observation, dict) and observation.keys() == space.keys():
        return next(filter(None, (_misfit(part, observation[key]) for key, part in space.items())), "")
    if isinstance(space, gym.spaces.Tuple) and isinstance(observation, tuple) and len(observation) == len(space):
        return next(filter(None, map(_misfit, space, observation)), "")
    return "" if space.contains(observation) else f"that is not in its space, {space}"


def _difference_of_twins(configuration: Configuration, facts: Facts) -> str:
    """In what twins differ, in words; empty if they agree."""
    twins = Environments(configuration, [0, 0], PAIRS, "probe")
    try:
        if not _agree(twins.reset()):
            return "the first observations of two environments differ"
        for number, actions in enumerate(_random_actions(facts)):
            row = twins.step(facts.action_space.from_log(np.stack([actions, actions])))
            for name in ("observations", "rewards", "terminated", "truncated"):
                if not _agree(getattr(row, name)):
                    return f"two environments with the same actions differ in {name} at step {number + 1}"
    finally:
        twins.close()
    return ""


def _agree(values: Observations | NDArray[Any]) -> bool:
    """Whether both lanes of [2, ...] have the same bytes."""
    return values[0].tobytes() == values[1].tobytes()


def _random_actions(facts: Facts) -> NDArray[Any]:
    """Actions of a policy whose outputs are all zero, as the log has them, [rows, pairs, ...]."""
    space = facts.action_space
    noise = space.noise([np.random.default_rng(0)], (ROWS, PAIRS))[0]
    outputs = np.zeros((ROWS, PAIRS, space.width), dtype=np.float32)
    return space.sample(outputs, noise).astype(space.dtype)
