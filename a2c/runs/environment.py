"""The environment of a result as its manifest has it: package, version, arguments, and a hash of its source.

The hash covers the code that defines the environment:

- an environment in the core: none, as the hash of this package's own sources covers it
- one of Gymnasium's: the file of its class; a game of Atari: its ROM. The rest of these packages has its version
- any other: all files of the top-level package of its class, of its base classes and wrappers, of the function that
  makes it and of the modules that the configuration imports, which register it. Of a single module: its file, and the
  modules and packages that it imports from the same folder

Python files count as what is executed of them, so that comments and layout do not matter; other files byte by byte.
"""

import ast
import hashlib
import inspect
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator

import a2c
from a2c import untrusted
from a2c.config import Configuration
from a2c.envs.atari import is_atari, rom_of
from a2c.envs.registry import find_spec, modules_of, registered_id
from a2c.envs.single import Single, closing
from a2c.learn.trainer import same_bits_anywhere
from a2c.runs.sources import executed

CORE, ATARI = "a2c-bench", "ale-py"
BY_FILE = ("gymnasium", "a2c")  # packages of which only the file of an environment's class counts
PLUMBING = ("gymnasium.core", "gymnasium.wrappers", "gymnasium.utils", "gymnasium.vector")  # no environment's own


def environment_of(configuration: Configuration) -> dict[str, Any]:
    """What the manifest says about the environment of a configuration, whose modules have been imported.

    Keys: `id` in Gymnasium's registry, `kwargs`, `reward_threshold` (mean return at which it counts as solved, null if
    it has none), `package` and `version` (null if it is not an installed package), `sources_sha256` (null where the
    core steps the environment).
    """
    env_id = registered_id(configuration.env_id)
    threshold = None if is_atari(env_id) else find_spec(env_id).reward_threshold
    about = {"id": env_id, "kwargs": configuration.env_kwargs, "reward_threshold": threshold}
    if same_bits_anywhere(configuration):
        return {**about, "package": CORE, "version": a2c.__version__, "sources_sha256": None}
    if is_atari(configuration.env_id):
        rom = untrusted.checksum(Path(rom_of(configuration.env_id)).resolve())
        return {**about, "package": ATARI, "version": metadata.version(ATARI), "sources_sha256": rom}
    kwargs = json.dumps(configuration.env_kwargs, sort_keys=True)
    return {**about, **_of_class(configuration.env_id, kwargs, tuple(modules_of(configuration)))}


def sources_of(content: Mapping[str, Any]) -> str | None:
    """The hash of the environment's source in a manifest; None if it has none, as those of version 0.1.0."""
    sources: str | None = (content.get("environment") or {}).get("sources_sha256")
    return sources


@cache
@closing()
def _of_class(env_id: str, kwargs: str, registering: tuple[str, ...]) -> dict[str, Any]:
    """`registering`: the modules that the configuration imports."""
    environment = Single(env_id, json.loads(kwargs), None).environment
    modules = _own([*_modules_of(environment), _module_of_maker(env_id), *registering])
    package = _package_of(type(environment.unwrapped).__module__.partition(".")[0])
    digest = hashlib.sha256()
    for name, path in sorted(dict(file for module in modules for file in _files_of(module)).items()):
        digest.update(f"{name}\0".encode() + _content(path) + b"\0")
    return {**package, "sources_sha256": digest.hexdigest() if modules else None}


def _modules_of(environment: gym.Env[Any, Any]) -> list[str]:
    """Names of the modules of an environment's wrappers, classes, and base classes."""
    classes: list[type] = []
    layer = environment
    while isinstance(layer, gym.Wrapper):
        classes += type(layer).__mro__
        layer = layer.env
    classes += type(layer).__mro__
    return [cls.__module__ for cls in classes]


def _module_of_maker(env_id: str) -> str:
    """The name of the module of what makes an environment: its class, or a function."""
    maker: Any = find_spec(env_id).entry_point
    if isinstance(maker, str):
        maker = load_env_creator(maker)
    while isinstance(maker, partial):
        maker = maker.func
    return str(getattr(maker, "__module__", type(maker).__module__))


def _own(names: Iterable[str]) -> list[str]:
    """Those of the modules that count, each once: no standard library, and not what all environments share."""
    return [
        name
        for name in dict.fromkeys(names)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith(PLUMBING)
        and getattr(sys.modules.get(name), "__file__", None)
    ]


@cache
def _package_of(top: str) -> dict[str, str | None]:
    """Name and version of the installed package that a top-level module comes from."""
    try:
        return {"package": metadata.metadata(top)["Name"], "version": metadata.version(top)}
    except metadata.PackageNotFoundError:
        names = metadata.packages_distributions().get(top, [])  # reads the list of files of every package
        return {"package": names[0] if names else None, "version": metadata.version(names[0]) if names else None}


def _files_of(module: str) -> Iterator[tuple[str, Path]]:
    """The files that count for a module, each with its name in the hash."""
    top = module.partition(".")[0]
    file = Path(inspect.getfile(sys.modules[module]))
    if top in BY_FILE:
        yield module, file
    elif folders := getattr(sys.modules[top], "__path__", None):
        for folder in folders:
            yield from _package_files(Path(folder), top)
    else:
        yield from _module_files(file, set())


def _package_files(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    """The files of a package, without hidden ones and what Python compiles."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield "/".join((name, *parts)), path


def _module_files(file: Path, seen: set[str]) -> Iterator[tuple[str, Path]]:
    """The file of a single module; unless it is an installed one, also those of what it imports from its folder."""
    seen.add(file.stem)
    yield file.name, file
    if any(file.parent.glob("*.dist-info")):
        return
    for name in _imported(file) - seen:
        beside = file.with_name(f"{name}.py")
        if beside.is_file():
            yield from _module_files(beside, seen)
        elif (folder := file.with_name(name)).joinpath("__init__.py").is_file():
            seen.add(name)
            yield from _package_files(folder, name)


def _imported(file: Path) -> set[str]:
    """Top-level names of what a Python file imports."""
    names = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def _content(path: Path) -> bytes:
    """What of a file counts. A package of many environments is read once."""
    status = path.stat()
    return _content_of(path, status.st_mtime_ns, status.st_size)


@cache
def _content_of(path: Path, changed: int, size: int) -> bytes:
    """`changed`, `size`: of the file, so that another file is read again."""
    if path.suffix == ".py":
        try:
            return executed(path.read_text(encoding="utf-8")).encode()
        except (SyntaxError, ValueError):
            pass  # a template, or code for another version of Python
    return path.read_bytes()
