"""Environments by their Gymnasium id, also those that modules of the user register.

An id is as Gymnasium has it, `My/Walk-v0`, or has the module that registers it in front, `walks:My/Walk-v0`. Importing
a module runs its code. Therefore a process imports only the modules that its user has named: in a configuration or
paper that is to be trained, or by `--allow-module` where the configuration comes with somebody's results.
"""

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec

from a2c.config import ConfigError, Configuration
from a2c.config.errors import mistake, nearest
from a2c.envs.faults import NOT_FAULTS, same_folder, summary

_allowed: set[str] = set()


class UnknownIdError(Exception):
    """No environment has this id. The message says what is allowed."""


def _fields_of(spec: EnvSpec) -> dict[str, Any]:
    """All that an entry of the registry says. Its arguments are copied, as they can be changed in place."""
    return {**vars(spec), "kwargs": dict(spec.kwargs)}


_BEFORE = {env_id: _fields_of(spec) for env_id, spec in gym.registry.items()}  # any module of the user is imported


def modules_of(configuration: Configuration) -> dict[str, str]:
    """The modules that a configuration imports, each with the key that names it: that of `env_id`, then `modules`."""
    module, colon, _ = configuration.env_id.rpartition(":")
    listed = {name: f"modules[{number}]" for number, name in enumerate(configuration.modules)}
    return {**({module: "env_id"} if colon else {}), **listed}


def registered_id(env_id: str) -> str:
    """The id in Gymnasium's registry: without the module in front."""
    return env_id.rpartition(":")[2]


def allow_modules(names: Iterable[str]) -> None:
    """Let this process import these modules, as the user has named them."""
    _allowed.update(names)


def trust(configurations: Iterable[Configuration], folder: Path | None) -> None:
    """Allow the modules of configurations that the user wants to train, and search `folder` for them first.

    `folder` is that of the file with the configurations: modules beside it are found as those beside a script are.
    """
    names = {name for configuration in configurations for name in modules_of(configuration)}
    allow_modules(names)
    if names and folder is not None and str(folder.resolve()) not in sys.path:
        sys.path.insert(0, str(folder.resolve()))


def import_modules(configuration: Configuration, source: str, prefix: str = "") -> None:
    """Import the modules of a configuration, which register its environment.

    ConfigError if the user has not named one of them, if it cannot be imported, or if it takes the id of an environment
    that Gymnasium has. `source` and `prefix` name the configuration in the message.
    """
    for name, key in modules_of(configuration).items():
        shown = configuration.env_id if key == "env_id" else name
        if name not in _allowed:
            allowed = f"modules that you name, as importing one runs its code: --allow-module {name}"
            raise mistake(source, f"{prefix}{key}", shown, allowed)
        try:
            with same_folder():
                importlib.import_module(name)
        except NOT_FAULTS:
            raise
        except BaseException as error:
            where = "installed, in a folder of PYTHONPATH, or beside the config file"
            raise mistake(source, f"{prefix}{key}", shown, f"modules that are {where} ({summary(error)})") from error
    _check_not_replaced(configuration, source, prefix)


def _check_not_replaced(configuration: Configuration, source: str, prefix: str) -> None:
    """ConfigError if a module has changed the entry of an id that was there before: code, arguments or time limit."""
    env_id = registered_id(configuration.env_id)
    spec = gym.registry.get(env_id)
    if spec and _fields_of(spec) != _BEFORE.get(env_id, _fields_of(spec)):
        raise ConfigError(
            f"{source}: {prefix}env_id: {configuration.env_id!r} is not allowed; allowed: an id that is not yet taken; "
            f"a module registers {env_id} anew"
        )


def find_spec(env_id: str) -> EnvSpec:
    """Gymnasium's entry of an environment, whose module has been imported. UnknownIdError if there is none."""
    known = registered_id(env_id)
    try:
        return gym.spec(known)
    except (gym.error.Error, ValueError) as error:
        module = env_id.removesuffix(known)
        near = nearest(known, gym.registry)
        hint = f"; did you mean {module}{near}?" if near else ""
        raise UnknownIdError(f"an id that Gymnasium knows{hint} ({summary(error)})") from None
