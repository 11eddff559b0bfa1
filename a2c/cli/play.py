"""`play`: a film of a trained policy."""

import argparse
import sys
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    play = commands.add_parser(
        "play",
        help="film a trained policy at play: a GIF or an MP4",
        description="Film a trained policy at play. The episodes are those of the recorded evaluation, played again "
        "with the same random numbers, so that their returns can be compared with evaluation.parquet. A film keeps the "
        "pace of play.",
    )
    play.add_argument("dir", metavar="DIR", type=Path, help="a result, as `train --out DIR` leaves it")
    play.add_argument("--seed", type=int, help="one of the result's seeds (the one with the best evaluation)")
    play.add_argument(
        "--mode", choices=("sampled", "greedy"), default="sampled", help="how actions are taken (sampled)"
    )
    play.add_argument(
        "--episodes", type=int, default=1, metavar="N", help="the first N of the evaluation, in a row (1)"
    )
    play.add_argument("--out", type=Path, metavar="FILE", help=".gif or .mp4 (DIR/play-seed-N.gif, or -N-greedy.gif)")
    play.add_argument("--width", type=int, default=320, help="pixels, at most (320)")
    play.add_argument("--fps", type=float, default=25, help="images a second, at most (25)")
    play.add_argument("--seconds", type=float, default=60, help="of play, at most (60)")
    play.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    from tqdm import tqdm

    from a2c.play.film import Format, film_of, told, writer
    from a2c.play.playing import Result

    form = Format(asked.width, asked.fps, asked.seconds)
    result = Result(asked.dir)
    seed = result.best_seed(asked.mode) if asked.seed is None else asked.seed
    ending = "" if asked.mode == "sampled" else f"-{asked.mode}"
    out = asked.out or asked.dir / f"play-seed-{seed}{ending}.gif"
    write = writer(out, "--out")
    with tqdm(unit=" steps", leave=False, disable=not sys.stderr.isatty()) as bar:
        film = film_of(result.player(seed), asked.mode, asked.episodes, form, bar.update)
    write(film)
    print(f"{out}: {told(film)}")
