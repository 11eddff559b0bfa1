"""`watch`: a local page with the learning curves of runs."""

import argparse
from pathlib import Path
from typing import Any

from a2c.cli.common import say
from a2c.config import ConfigError

PORT = 8080


def add(commands: Any) -> None:
    """Add the command `watch` to the parser."""
    watch = commands.add_parser(
        "watch",
        help="show learning curves of finished and running trainings in a browser, updating",
        description="Serve a page with the learning curves of all runs at or below the folders, finished or in "
        "training, until Ctrl-C. It updates, filters and colours runs by any field, and compares two. It can be opened "
        "on this machine only, writes nothing and loads nothing from the network.",
    )
    watch.add_argument("dirs", metavar="DIR", type=Path, nargs="+", help="a result, or a folder of results")
    watch.add_argument("--port", type=int, default=PORT, help=f"port on 127.0.0.1, 0 for a free one ({PORT})")
    watch.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.watch.server import Server

    for folder in args.dirs:
        if not folder.is_dir():
            raise ConfigError(f"DIR: '{folder}' is not allowed; allowed: a folder")
    if not 0 <= args.port < 65536:
        raise ConfigError(f"--port: {args.port} is not allowed; allowed: a whole number from 0 to 65535")
    with Server(args.dirs, args.port) as server:
        say(f"open {server.address} in a browser; Ctrl-C ends")
        server.serve_forever()
