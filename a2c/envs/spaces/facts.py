"""What must be known of an environment before a network can be built for it, and which environments are supported."""

import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import gymnasium as gym

from a2c.config import Configuration
from a2c.config.configuration import MOST_COUNTED
from a2c.config.errors import mistake
from a2c.core.settings import KINDS
from a2c.envs.atari import is_atari, n_actions, screen
from a2c.envs.faults import NOT_FAULTS, same_folder, summary
from a2c.envs.registry import UnknownIdError, find_spec, import_modules
from a2c.envs.spaces.actions import ActionSpace, DiscreteActions, actions_of
from a2c.envs.spaces.observations import described, encoding_of


@dataclass(frozen=True)
class Facts:
    """What must be known of an environment before a network can be built for it."""

    observation_shape: tuple[int, ...]  # (numbers,), or (channels, height, width) of images
    action_space: ActionSpace
    reward_threshold: float | None  # the mean return at which the environment counts as solved
    time_limit: int  # agent steps of the longest episode


def check(configuration: Configuration, source: str, at: str = "") -> Facts:
    """Facts of the environment of a configuration.

    ConfigError unless the environment exists, has a time limit and actions that are supported, and its observations fit
    the network. `source` and `at` name the place of the configuration in the message.
    """
    prefix = f"{at}." if at else ""
    import_modules(configuration, source, prefix)
    facts = _atari_facts if is_atari(configuration.env_id) else _gymnasium_facts
    found = facts(configuration, source, prefix)
    _check_effects(configuration, found, source, prefix)
    return found


def _check_effects(configuration: Configuration, found: Facts, source: str, prefix: str) -> None:
    """ConfigError at a field that has no effect in this environment and is not at its default."""
    env_id = configuration.env_id
    if configuration.log_std_init != 0 and found.action_space.kind != "gaussian":
        allowed = f"0 with {env_id}, whose actions are not a Box, as it has no effect otherwise"
        raise mistake(source, f"{prefix}log_std_init", configuration.log_std_init, allowed)
    if configuration.atari_protocol != "machado" and not is_atari(env_id):
        game = env_id.rpartition(":")[2]  # of module:Id, which Gymnasium makes
        which = f"the protocols are those of {game}" if is_atari(game) else "it is no game of Atari's"
        allowed = f"machado with {env_id}, as it has no effect otherwise: {which}"
        raise mistake(source, f"{prefix}atari_protocol", configuration.atari_protocol, allowed)


def make_environment(env_id: str, kwargs: dict[str, Any], max_episode_steps: int | None) -> gym.Env[Any, Any]:
    """Gymnasium's environment, with another time limit if one is given."""
    limit = {} if max_episode_steps is None else {"max_episode_steps": max_episode_steps}
    with same_folder():
        return gym.make(env_id, disable_env_checker=True, **limit, **kwargs)


def _gymnasium_facts(configuration: Configuration, source: str, prefix: str) -> Facts:
    kwargs = json.dumps(configuration.env_kwargs, sort_keys=True)
    try:
        return _facts(configuration.env_id, kwargs, configuration.max_episode_steps, configuration.network)
    except _UnfitError as unfit:
        value = getattr(configuration, unfit.field)
        raise mistake(source, f"{prefix}{unfit.field}", value, unfit.allowed) from unfit.__cause__


def _atari_facts(configuration: Configuration, source: str, prefix: str) -> Facts:
    seen = screen(configuration, source, prefix)
    if configuration.network != "cnn":
        raise mistake(source, f"{prefix}network", configuration.network, f"cnn with {configuration.env_id}")
    if configuration.max_episode_steps is not None:
        allowed = "null with Atari, whose env_kwargs have max_num_frames_per_episode"
        raise mistake(source, f"{prefix}max_episode_steps", configuration.max_episode_steps, allowed)
    shape = (seen.stack_num, seen.img_height, seen.img_width)
    actions = DiscreteActions(n_actions(configuration.env_id, seen.full_action_space))
    return Facts(shape, actions, None, seen.time_limit)


class _UnfitError(Exception):
    def __init__(self, field: str, allowed: str) -> None:
        super().__init__(field, allowed)
        self.field = field
        self.allowed = allowed


@cache
def _facts(env_id: str, kwargs: str, max_episode_steps: int | None, network: str) -> Facts:
    arguments = json.loads(kwargs)
    try:
        spec = find_spec(env_id)
    except UnknownIdError as error:
        raise _UnfitError("env_id", str(error)) from None
    if arguments.get("render_mode") == "human":
        allowed = "arguments without render_mode: human, as training shows no window; `a2c play` films a trained policy"
        raise _UnfitError("env_kwargs", allowed)
    if max_episode_steps is not None and "max_episode_steps" in arguments:
        raise _UnfitError("max_episode_steps", "null where env_kwargs have max_episode_steps")
    if "max_episode_steps" in arguments and not _is_limit(limit := arguments["max_episode_steps"]):
        given = json.dumps(limit)
        raise _UnfitError("env_kwargs", f"max_episode_steps as a whole number from 1 to {MOST_COUNTED}, not {given}")
    keyword = KINDS.get(env_id)
    if keyword in arguments and not _is_finite(value := arguments[keyword]):
        raise _UnfitError("env_kwargs", f"{keyword} as a finite number, true or false, not {json.dumps(value)}")
    try:
        environment = make_environment(env_id, arguments, max_episode_steps)
    except gym.error.DependencyNotInstalled as error:
        raise _UnfitError("env_id", f"environments whose libraries are installed ({error})") from None
    except NOT_FAULTS:
        raise
    except BaseException as error:
        if arguments and isinstance(error, TypeError | AssertionError | ValueError | gym.error.Error):
            raise _UnfitError("env_kwargs", f"what {env_id} takes ({summary(error)})") from error
        raise _UnfitError("env_id", f"environments that can be made; this one raised {summary(error)}") from error
    observation, action = _spaces_of(environment)
    try:
        actions = actions_of(action)
    except ValueError as error:
        raise _UnfitError("env_id", f"{error}; this one has {described(action)}") from None
    try:
        shape = encoding_of(observation, network).shape
    except ValueError as error:
        raise _UnfitError("network" if network == "cnn" else "env_id", str(error)) from None
    time_limit = max_episode_steps or arguments.get("max_episode_steps", spec.max_episode_steps)
    if not _is_limit(time_limit):
        raise _UnfitError("env_id", "environments with a time limit; max_episode_steps can give one")
    return Facts(shape, actions, spec.reward_threshold, time_limit)


def _is_finite(value: Any) -> bool:
    """Whether this is a number that the core can compute with. Of YAML's numbers some are larger than any float."""
    return isinstance(value, int | float) and abs(value) <= sys.float_info.max


def _spaces_of(environment: gym.Env[Any, Any]) -> tuple[gym.Space[Any], gym.Space[Any]]:
    """What an environment observes and how it acts. It is closed."""
    try:
        spaces = environment.observation_space, environment.action_space
    except NOT_FAULTS:
        raise
    except BaseException as error:
        with suppress(Exception, SystemExit), same_folder():
            environment.close()
        raise _UnfitError("env_id", f"environments with both spaces; this one raised {summary(error)}") from error
    try:
        with same_folder():
            environment.close()
    except NOT_FAULTS:
        raise
    except BaseException as error:
        raise _UnfitError("env_id", f"environments that can be closed; this one raised {summary(error)}") from error
    return spaces


def _is_limit(steps: Any) -> bool:
    """Whether this can be a time limit. Gymnasium takes -1 for none, and true for 1."""
    return isinstance(steps, int) and not isinstance(steps, bool) and 1 <= steps <= MOST_COUNTED
