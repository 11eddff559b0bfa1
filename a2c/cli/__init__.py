"""The command line `python -m a2c COMMAND`, a file for each command.

A command imports what it needs when it runs, so that `--help` is quick.
"""

import argparse
import io
import os
import re
import sys
import traceback
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core per run; set before NumPy or torch start their threads

import a2c
from a2c.cli import (
    audit,
    bench,
    doctor,
    export,
    gradients,
    new,
    pipeline,
    plan,
    play,
    publish,
    register,
    schema,
    tensorboard,
    train,
    tune,
    verify,
    watch,
)
from a2c.cli.common import end, json_alone
from a2c.cli.parser import Parser, check_names
from a2c.config import ConfigError
from a2c.config.errors import EnvironmentFaultError
from a2c.runs.files import DamagedError, one_line
from a2c.runs.signals import InterruptedBySignalError, signals_raise

TRACEBACK = "A2C_TRACEBACK"  # environment variable: if it is set, an error shows its traceback too
COMMANDS = (
    new,
    train,
    audit,
    verify,
    doctor,
    play,
    tensorboard,
    watch,
    plan,
    register,
    publish,
    export,
    schema,
    bench,
    gradients,
    tune,
    pipeline,
)
# What PyTorch's allocator, C++ and the loader of libraries say.
NO_MEMORY = "allocate memory|out of memory|bad_alloc|map segment"
UNEXPECTED = f"an error of the program, or a file whose parts do not fit each other; {TRACEBACK}=1 shows where"
OUT_OF_MEMORY = "out of memory; a checkpoint, if there is one, is kept: run again with more memory or fewer seeds"


def main(arguments: list[str] | None = None) -> None:
    """Run one command.

    Exit codes: 0 success, 1 a damaged or missing result or an environment that raised, 2 a mistake in the arguments or
    in a config file, 3 an error that nobody expected. An error is one line; with A2C_TRACEBACK=1 in the environment its
    traceback comes first.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # None if it is closed
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name may have bytes that are no text
    if not sys.warnoptions:  # numbers beyond all bounds are shown as such: NumPy's warnings would only repeat it
        warnings.simplefilter("ignore", RuntimeWarning)
    try:
        args = _parsed(sys.argv[1:] if arguments is None else arguments)
        with signals_raise():
            _run(args)
    except ConfigError as error:
        end(error, 2)
    except (DamagedError, EnvironmentFaultError) as error:
        end(error, 1)
    except InterruptedBySignalError as error:
        end(error, error.code)
    except KeyboardInterrupt:
        end("interrupted", 130)
    except BrokenPipeError:  # the reader of the output has closed it
        sys.exit(1)
    except OSError as error:  # a full disk, a folder that can't be written
        end(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), 1)
    except MemoryError as error:
        end(f"{error}: {OUT_OF_MEMORY}".lstrip(": "), 1)
    except SystemExit:
        raise
    except BaseException as error:  # a library may raise what is no Exception
        if isinstance(error, RuntimeError | ImportError) and re.search(NO_MEMORY, str(error)):
            end(OUT_OF_MEMORY, 1)
        end(f"{type(error).__name__}: {one_line(error)}; {UNEXPECTED}", 3)


def _run(args: argparse.Namespace) -> None:
    try:
        with json_alone(args):
            args.run(args)
    except BaseException as error:
        if os.environ.get(TRACEBACK) and not isinstance(error, KeyboardInterrupt | SystemExit):
            traceback.print_exc()
        raise


def _parsed(arguments: list[str]) -> argparse.Namespace:
    """The arguments of the command. ConfigError at a command or an option that does not exist."""
    parser = Parser(prog="a2c", description="Train, audit and report seeded A2C runs.")
    parser.add_argument("--version", action="version", version=a2c.__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    check_names(arguments, commands.choices)
    return parser.parse_args(arguments)
