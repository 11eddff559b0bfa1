"""`play`: film a trained policy."""

import argparse
from pathlib import Path
from typing import Any

from a2c.cli.common import add_modules_option, print_out
from a2c.cli.parser import one_of_names


def add(commands: Any) -> None:
    """Add the command `play` to the parser."""
    play = commands.add_parser(
        "play",
        help="film a trained policy, as GIF or MP4",
        description="Film a trained policy. The episodes are those of the recorded evaluation, played again with the "
        "same random numbers: their returns can be compared with evaluation.parquet. A film runs at the environment's "
        "own speed.",
    )
    play.add_argument("dir", metavar="DIR", type=Path, help="a result, the folder that `train --out DIR` wrote")
    play.add_argument("--seed", type=int, help="a seed of the result (the one with the best evaluation)")
    play.add_argument(
        "--mode",
        type=one_of_names("sampled", "greedy"),
        default="sampled",
        metavar="{sampled,greedy}",
        help="how actions are chosen (sampled)",
    )
    play.add_argument("--episodes", type=int, default=1, metavar="N", help="the first N episodes of the evaluation (1)")
    play.add_argument("--out", type=Path, metavar="FILE", help=".gif or .mp4 (DIR/play-seed-N.gif, or -N-greedy.gif)")
    play.add_argument("--width", type=int, default=320, help="largest width in pixels (320)")
    play.add_argument("--fps", type=float, default=25, help="most images a second (25)")
    play.add_argument("--seconds", type=float, default=60, help="most seconds of play (60)")
    add_modules_option(play)
    play.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.display.screen import counter
    from a2c.envs.registry import allow_modules
    from a2c.play.film import Format, describe, film_writer, make_film
    from a2c.play.player import best_seed, read_player
    from a2c.runs.result import read_one_result

    allow_modules(args.allow_module)
    form = Format(args.width, args.fps, args.seconds)
    result = read_one_result(args.dir)
    seed = best_seed(result, args.mode) if args.seed is None else args.seed
    ending = "" if args.mode == "sampled" else f"-{args.mode}"
    out = args.out or args.dir / f"play-seed-{seed}{ending}.gif"
    write = film_writer(out, "--out")
    with counter("steps") as advance:
        film = make_film(read_player(result, seed), args.mode, args.episodes, form, advance)
    write(film)
    print_out(f"{out}: {describe(film)}")
