"""The parser of commands: a mistake is one line, with the name that was probably meant."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from a2c.cli.common import end
from a2c.config.errors import one_of, unknown_key


class Parser(argparse.ArgumentParser):
    """A parser that ends in one line, and takes options by their whole names only."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**{**arguments, "allow_abbrev": False})
        self.register("type", int, _whole_number)
        self.register("type", float, _number)

    def error(self, message: str) -> NoReturn:
        end(f"{message.removeprefix('argument ')}; described by: {self.prog} --help", 2)

    @property
    def options(self) -> list[str]:
        """Names of the options that begin with two dashes."""
        return [name for name in self._option_string_actions if name.startswith("--")]


def one_of_names(*names: str) -> Callable[[str], str]:
    """The type of an option that has one of these values."""

    def known(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is not allowed; allowed: {one_of(text, names)}")
        return text

    return known


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; allowed: a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; allowed: a number") from None


def check_names(arguments: Sequence[str], commands: Mapping[str, Parser]) -> None:
    """ConfigError at a command or an option that does not exist."""
    if not arguments or arguments[0].startswith("-"):
        return
    command, *others = arguments
    if command not in commands:
        raise unknown_key("", command, commands, "command")
    known = commands[command].options
    for argument in others:
        name = argument.partition("=")[0]
        if name == "--":
            return
        if name.startswith("--") and name not in known:
            raise unknown_key(command, name, known, "option")
