"""A trial of an environment before training: does it keep Gymnasium's interface, and does its seed decide all it does?

A run has to depend on its seed alone, and an audit replays it by its actions. An environment that draws from another
random generator would be noticed only then. So the trial steps twins: environments with the same seed and the same
actions, which must agree in every number. It takes milliseconds for the environments of Gymnasium.
"""

from typing import Any, NoReturn

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.config.errors import EnvironmentFaultError, mistake
from a2c.envs.atari import is_atari
from a2c.envs.faults import NOT_FAULTS, fault, kind, same_folder, summary
from a2c.envs.single import Single, as_number, as_truth, closing
from a2c.envs.spaces import Facts, MisfitError, encoding_of
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


@closing()
def _broken_rule(configuration: Configuration) -> str:
    """What reset and the first step break of Gymnasium's interface, in words; empty if nothing."""
    whole = Single(configuration.env_id, configuration.env_kwargs, configuration.max_episode_steps)
    bare = _without_outer(whole.environment)
    call = "reset"
    try:
        with same_folder():
            first = bare.reset(seed=0)
            if not _is_pair(first):
                return f"reset returns {kind(first)}, not an observation and a dictionary"
            bare.action_space.seed(0)
            call = "step"
            stepped = bare.step(bare.action_space.sample())
    except NOT_FAULTS:
        raise
    except BaseException as error:
        raise fault(configuration.env_id, call, error) from error
    if not isinstance(stepped, tuple) or len(stepped) != 5:
        return f"step returns {kind(stepped)}, not observation, reward, terminated, truncated and a dictionary"
    if (reward := as_number(stepped[1])) is None:
        return f"the reward is {kind(stepped[1])}, not a number"
    if not np.isfinite(reward):
        return f"the reward is {reward}, not a finite number"
    for name, end in (("terminated", stepped[2]), ("truncated", stepped[3])):
        if as_truth(end) is None:
            return f"{name} is {kind(end)}, not true or false"
    for name, observation in (("reset", first[0]), ("step", stepped[0])):
        if misfit := _misfit(bare.observation_space, observation, configuration.network):
            return f"{name} returns an observation {misfit}"
    return ""


def _without_outer(environment: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    """The environment as its module makes it: the wrappers that `gym.make` adds would fail first, and less clearly."""
    while isinstance(environment, gym.wrappers.TimeLimit | gym.wrappers.OrderEnforcing):
        environment = environment.env
    return environment


def _is_pair(returned: Any) -> bool:
    return isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], dict)


def _misfit(space: gym.Space[Any], observation: Any, network: str) -> str:
    """What of an observation is not as its space says, or not finite; empty if it fits."""
    try:
        seen = encoding_of(space, network).encode(observation)
    except MisfitError as error:
        return str(error)
    except NOT_FAULTS:
        raise
    except BaseException as error:
        return f"that cannot be read ({summary(error)})"
    return "" if np.isfinite(seen).all() else "that is not finite"


@closing()
def _difference_of_twins(configuration: Configuration, facts: Facts) -> str:
    """In what twins differ, in words; empty if they agree."""
    twins = Environments(configuration, [0, 0], PAIRS, "probe")
    if not _agree(twins.reset()):
        return "the first observations of two environments differ"
    for number, actions in enumerate(_random_actions(facts)):
        row = twins.step(facts.action_space.from_log(np.stack([actions, actions])))
        for name in ("observations", "rewards", "terminated", "truncated"):
            if not _agree(getattr(row, name)):
                return f"two environments with the same actions differ in {name} at step {number + 1}"
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
