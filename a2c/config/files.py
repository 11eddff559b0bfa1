"""Reading YAML and JSON config files."""

import re
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from a2c import untrusted
from a2c.config.errors import ConfigError, mistake

LARGEST = 1_000_000  # values in a file; what an alias repeats counts each time
LARGEST_NUMBER = 1024  # bits that are read of a whole number; what it stands for allows far less
OTHER_BASE = re.compile(r"[-+]?0[0-9_]*[0-9]$|.*:")  # octal, or in sixties
HALVES = re.compile("[\ud800-\udfff]")  # of a character beyond 16 bits


KINDS = {type(None): "nothing", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


class _Loader(yaml.SafeLoader):
    """A loader of YAML that refuses a key that stands twice in a mapping, and says which value does not fit its tag."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._checked: set[int] = set()  # nodes: the loader puts merged keys into them, which may come twice

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ConfigError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # The loader takes for granted that what has a tag such as !!int looks like one.
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            reason = f" ({error})" if isinstance(error, ValueError) else ""
            allowed = f"a value of the tag {tag}{reason}"
            raise mistake(self.name, f"line {node.start_mark.line + 1}", node.value, allowed) from None

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        """The text of a value. JSON escapes a character beyond 16 bits in two halves, which the loader keeps apart."""
        text = super().construct_scalar(node)
        if untrusted.CONTROL.search(text):
            line = node.start_mark.line + 1
            raise mistake(self.name, f"line {line}", text, "text without control characters")
        return text.encode("utf-16", "surrogatepass").decode("utf-16") if HALVES.search(text) else text

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        if not isinstance(node, yaml.MappingNode):  # by its tag it is one; the loader says what is wrong
            return super().construct_mapping(node, deep)
        self._check_keys(node)
        return super().construct_mapping(node, deep)

    def _check_keys(self, node: yaml.MappingNode) -> None:
        """ConfigError at a key that comes twice, also in a mapping that is written within a merge."""
        if id(node) in self._checked:
            return
        self._checked.add(id(node))
        merged = [value for key, value in node.value if key.value == "<<"]
        for one in merged:
            for inner in one.value if isinstance(one, yaml.SequenceNode) else [one]:
                if isinstance(inner, yaml.MappingNode):
                    self._check_keys(inner)
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.value != "<<"]
        keys += ["<<"] * len(merged)
        hashable = [key for key in keys if isinstance(key, Hashable)]  # of others the loader itself says what is wrong
        for key, times in Counter(hashable).items():
            if times > 1:
                line = node.start_mark.line + 1
                raise ConfigError(f"{self.name}: {key}: written twice in the mapping at line {line}; allowed: once")

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        self._check_plain(node)
        value = int(super().construct_yaml_int(node))
        if value.bit_length() > LARGEST_NUMBER:  # Python refuses to write it in a message
            line = node.start_mark.line + 1
            raise ConfigError(
                f"{self.name}: the number at line {line} has {value.bit_length()} bits; "
                f"allowed: at most {LARGEST_NUMBER}"
            )
        return value

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        self._check_plain(node)
        return float(super().construct_yaml_float(node))

    def _check_plain(self, node: yaml.ScalarNode) -> None:
        """ConfigError at numbers that YAML 1.1 takes for others: `010` is 8 there, and `1:40` is 100."""
        if OTHER_BASE.match(str(node.value)):
            allowed = "a number without leading zeros and colons"
            raise mistake(self.name, f"line {node.start_mark.line + 1}", node.value, allowed)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)


def read_text(path: Path) -> str:
    """The text of a file that the user names. ConfigError if it cannot be read."""
    try:
        return untrusted.read_named(path)
    except untrusted.DamagedError as error:
        raise ConfigError(str(error)) from None


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a YAML or JSON file (JSON is YAML). ConfigError if it cannot be read or is no mapping."""
    return parse_mapping(read_text(path), str(path))


def parse_mapping(text: str, source: str) -> dict[str, Any]:
    """The mapping in a text of YAML or JSON. `source` names where it is from, in a ConfigError."""
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
        raise ConfigError(f"{source}: holds {KINDS.get(type(data), 'a value')}; allowed: a mapping of keys to values")
    return data


def _size(node: yaml.Node, sizes: dict[int, float]) -> float:
    """The number of values in a node, infinite if it contains itself.

    A few lines of aliases can stand for more values than fit into memory.
    """
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in sizes:
        sizes[id(node)] = float("inf")  # for an alias of the node within itself
        parts = [part for pair in node.value for part in pair] if isinstance(node, yaml.MappingNode) else node.value
        sizes[id(node)] = 1 + sum(_size(part, sizes) for part in parts)
    return sizes[id(node)]
