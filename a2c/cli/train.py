"""`train`: train seeds of one configuration."""

import argparse
import shlex
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from a2c.cli.common import add_json_option, check_folder, end, parse_seeds_option, say, tell
from a2c.config import ConfigError, Configuration, configuration, parse_mapping, read_mapping
from a2c.config.documentation import fields_help
from a2c.untrusted import LARGEST_FILE, PIECE


def add(commands: Any) -> None:
    """Add the command `train` to the parser."""
    train = commands.add_parser(
        "train",
        help="train seeds of one configuration",
        description="Train seeds of one configuration in one process. If it is stopped, the same command goes on from "
        "the last checkpoint. What is finished is not trained again.",
        epilog="fields of CONFIG:\n" + fields_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument("config", metavar="CONFIG", help="YAML or JSON file of fields; - for standard input")
    train.add_argument("--seeds", required=True, help="such as 0-9 or 0-4,7")
    train.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the result")
    train.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="set a field of CONFIG; repeatable"
    )
    train.add_argument(
        "--checkpoint-every",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="most seconds between two checkpoints (30)",
    )
    train.add_argument(
        "--threads",
        type=int,
        metavar="N",
        help="threads of the emulators beside a GPU: changes no bits (as many as this process may use cores; with "
        "device: cpu, 1)",
    )
    train.add_argument(
        "--registration",
        type=Path,
        metavar="FILE",
        help="the registered tests that the runs are for, such as config/x.registered.json: the manifest names them",
    )
    train.add_argument(
        "--tensorboard",
        type=Path,
        metavar="DIR",
        help="write TensorBoard event files into DIR while training, the same points as the command tensorboard",
    )
    train.add_argument("--quiet", action="store_true", help="show no progress and no summary")
    add_json_option(train)
    train.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    config = _configuration(args.config, args.set)
    seeds = parse_seeds_option(args.seeds)
    if not args.checkpoint_every >= 0:
        raise ConfigError(f"--checkpoint-every: {args.checkpoint_every:g} is not allowed; allowed: 0 seconds or more")
    check_folder("--out", args.out)
    if args.tensorboard is not None:
        check_folder("--tensorboard", args.tensorboard)
    from a2c.display.training import TrainingDisplay
    from a2c.envs.registry import trust
    from a2c.planning.ready import check_ready
    from a2c.runs.signals import TrainingInterruptedError
    from a2c.runs.training import train
    from a2c.runs.watching import Watcher

    source = "standard input" if args.config == "-" else args.config
    trust([config], None if args.config == "-" else Path(args.config).parent)
    threads = _threads(config, args.threads)
    facts = check_ready(config, len(seeds), source)
    try:
        registration = registration_of(args.registration)
        with ExitStack() as stack:
            display = None if args.quiet else stack.enter_context(TrainingDisplay())
            watchers: list[Watcher] = [display] if display else []
            events = None
            if args.tensorboard is not None:
                from a2c.exchange.tensorboard import LiveEvents  # imports PyTorch

                events = stack.enter_context(closing(LiveEvents(args.tensorboard)))
                watchers.append(events)
            print_line = display.say if display else say
            train(config, seeds, facts, args.out, args.checkpoint_every, print_line, threads, registration, watchers)
            if events and not events.has_begun:
                command = shlex.join(["a2c", "tensorboard", str(args.out), "--out", str(args.tensorboard)])
                print_line(
                    f"--tensorboard {args.tensorboard}: nothing is written, as nothing was trained; {command} does"
                )
    except TrainingInterruptedError as error:
        end(error, error.code)
    if args.json or not args.quiet:
        _conclude(args)


def _conclude(args: argparse.Namespace) -> None:
    """Say what came out and what can be done with it."""
    from a2c.analysis.trained import lines_of, numbers_of
    from a2c.runs.result import read_result

    numbers = numbers_of(read_result(args.out))
    folder = shlex.quote(str(args.out))
    advice = f"next: a2c doctor {folder} looks for faults of the training; a2c play {folder} films the policy"
    tell(args, numbers, "\n".join([*lines_of(numbers), *([advice] if numbers["finished"] else [])]))


def registration_of(path: Path | None) -> dict[str, str] | None:
    """What the manifest says of the last registration in a file."""
    if path is None:
        return None
    from a2c.config.registration import read_registrations

    content = read_registrations(path)
    return content.registrations[-1].for_manifest(content.paper)


def _threads(config: Configuration, asked: int | None) -> int:
    """Threads of the emulators. ConfigError if those that were asked for are not allowed."""
    on_gpu = config.device == "cuda"
    if asked is not None and (asked < 1 or (asked > 1 and not on_gpu)):
        allowed = "a whole number of at least 1" if on_gpu else "1 with device: cpu, where a run has one core"
        raise ConfigError(f"--threads: {asked} is not allowed; allowed: {allowed}")
    if asked is None and on_gpu:
        from a2c.planning.own_cores import own_cores

        return own_cores()
    return asked or 1


def _standard_input() -> str:
    """The text on standard input, read as a file that the user names: bounded, and UTF-8 whatever the locale is."""
    if sys.stdin is None:
        raise ConfigError("standard input: is closed; allowed: the fields of a configuration")
    content = bytearray()
    try:
        while piece := sys.stdin.buffer.read(PIECE):
            content += piece
            if len(content) > LARGEST_FILE:
                raise ConfigError(f"standard input: larger than {LARGEST_FILE:,} bytes; allowed: at most that many")
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError("standard input: cannot be read: not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"standard input: cannot be read: {error.strerror or error}") from None


def _configuration(path: str, changes: list[str]) -> Configuration:
    source = "standard input" if path == "-" else path
    fields = parse_mapping(_standard_input(), source) if path == "-" else read_mapping(Path(path))
    configuration(fields, source)
    for change in changes:
        field, equals, value = change.partition("=")
        if not equals or not field:
            raise ConfigError(f"--set: {change!r} is not allowed; allowed: FIELD=VALUE")
        fields[field] = parse_mapping(f"value: {value}", f"--set {field}")["value"]
    return configuration(fields, f"{source} with --set" if changes else source)
