"""Reading YAML and JSON config files."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from a2c.config.errors import ConfigError

LARGEST = 1_000_000  # values in a file, those that aliases repeat counted every time


class _Loader(yaml.SafeLoader):
    """YAML without the silent loss of a key that is written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.value != "<<"]  # <<: merges
        for key in keys:
            if keys.count(key) > 1:
                line = node.start_mark.line + 1
                raise ConfigError(f"{self.name}: {key}: written twice in the mapping at line {line}; allowed: once")
        return super().construct_mapping(node, deep)


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a YAML or JSON file (JSON is YAML). ConfigError if it can't be read or holds something else."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeError) else getattr(error, "strerror", error)
        raise ConfigError(f"{path}: cannot be read: {reason}") from None
    return parse_mapping(text, str(path))


def parse_mapping(text: str, source: str) -> dict[str, Any]:
    """The mapping in a text of YAML or JSON; `source` names where it came from."""
    try:
        loader = _Loader(text)
        loader.name = source
        node = loader.get_single_node()
        if node and _size(node, {}) > LARGEST:
            raise ConfigError(f"{source}: aliases make it longer than {LARGEST:,} values; allowed: fewer of them")
        data = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" at line {place.line + 1}" if place else ""
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        raise ConfigError(f"{source}: not YAML{where}: {reason}") from None
    except (RecursionError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{source}: not YAML: {error or 'nested too deeply'}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{source}: holds {type(data).__name__}; allowed: a mapping of keys to values")
    return data


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """Values in a node; infinite where it holds itself. A few lines of aliases can stand for more than fit anywhere."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = float("inf")  # until it is known: an alias to itself finds this
        parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(node)]
