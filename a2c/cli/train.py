"""`train`: seeds of one configuration, side by side."""

import argparse
import sys
from pathlib import Path
from typing import Any

from a2c.cli.common import end, say, seeds_in
from a2c.config import ConfigError, Configuration, configuration, parse_mapping, read_mapping
from a2c.config.documentation import fields_help


def add(commands: Any) -> None:
    train = commands.add_parser(
        "train",
        help="train seeds of one configuration",
        description="Train seeds of one configuration side by side. Run again after a kill, it goes on; "
        "what is finished is reused.",
        epilog="fields of CONFIG:\n" + fields_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument("config", metavar="CONFIG", help="YAML or JSON file of fields; - for standard input")
    train.add_argument("--seeds", required=True, help="such as 0-9 or 0-4,7")
    train.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the result")
    train.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change a field; repeatable")
    train.add_argument(
        "--checkpoint-every",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="seconds from checkpoint to checkpoint, at most (30)",
    )
    train.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    made = _configuration(asked.config, asked.set)
    seeds = seeds_in(asked.seeds)
    from a2c.envs import check
    from a2c.learn.determinism import check_device
    from a2c.planning.memory import refuse_if_too_large
    from a2c.runs.training import TrainingInterruptedError, train

    source = "standard input" if asked.config == "-" else asked.config
    facts = check(made, source)
    check_device(made, source)
    refuse_if_too_large(made, len(seeds), facts, source)
    try:
        train(made, seeds, facts, asked.out, asked.checkpoint_every, say)
    except TrainingInterruptedError as stopped:
        end(stopped, stopped.code)


def _configuration(config: str, changes: list[str]) -> Configuration:
    source = "standard input" if config == "-" else config
    fields = parse_mapping(sys.stdin.read(), source) if config == "-" else read_mapping(Path(config))
    configuration(fields, source)
    for change in changes:
        field, equals, value = change.partition("=")
        if not equals:
            raise ConfigError(f"--set: {change!r} is not allowed; allowed: FIELD=VALUE")
        fields[field] = parse_mapping(f"value: {value}", f"--set {field}")["value"]
    return configuration(fields, f"{source} with --set" if changes else source)
