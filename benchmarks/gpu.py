"""Check and measure lanes on a GPU: the same bytes twice, alone, and after a kill; an audit; agent steps per second.

python -m benchmarks.gpu                           prints the tables, in some minutes; without a GPU, one line
python -m benchmarks.gpu --write docs/gpu.md       also puts them between the markers in that file

The speed is that of the article's Pong, with evaluation, files and checkpoints left out: the quickest of several
stretches after the graphs are made, and the mean of all of them. The checks train Pong for a few thousand agent steps,
by `a2c train` in processes of their own, and compare what each seed leaves: episodes, metrics, evaluation, actions,
weights. The audit replays on the CPU.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import torch

from a2c.config import ConfigError, Configuration, load_paper
from a2c.envs import check
from a2c.learn.trainer import Progress, determinism_of, make_trainer
from a2c.planning.own_cores import own_cores
from a2c.runs import checkpoint
from a2c.runs.audit import audit
from a2c.runs.result import read_result
from a2c.verify.bitwise import differing_files
from benchmarks.markers import writer

PAPER = Path(__file__).parent.parent / "config" / "atari.yaml"
LANES = (1, 8)
STRETCH = 5.0  # seconds
CHECKED_STEPS = 4_000  # agent steps of a training that is checked
SEEDS = "0-3"
NOT_PROMISED = "two trainings of PPO leave the same (not promised)"


class _MeasuredError(Exception):
    """Ends a training that has been measured."""


class Rate(NamedTuple):
    """Agent steps per second of all lanes together."""

    lanes: int
    mean: float
    best: float


def main(seconds: float, write: Callable[[str], None] = print) -> None:
    """Run the checks and the measurements and `write` the tables; `seconds` of each number of lanes.

    ConfigError if it cannot run with these arguments.
    """
    if seconds < 3 * STRETCH:
        raise ConfigError(f"--seconds: {seconds:g} is not allowed; allowed: a number of at least {3 * STRETCH:g}")
    if not torch.cuda.is_available():
        print("benchmarks.gpu: no CUDA device was found here; nothing was checked or measured")
        return
    article = load_paper(PAPER).studies[0].base.model_copy(update={"device": "cuda"})
    rates = []
    for lanes in LANES:
        rates.append(measured(article, lanes, seconds))
        print(f"{lanes} lanes: {rates[-1].mean:,.0f} agent steps/s", file=sys.stderr)
    checks = checked(article)
    write("\n".join([*header(article), "", *check_table(checks), "", *rate_table(article, rates)]))
    if not all(held for name, held in checks.items() if name != NOT_PROMISED):
        sys.exit(1)


def checked(article: Configuration) -> dict[str, bool]:
    """Whether each check held."""
    games = {"max_num_frames_per_episode": 400}  # so short that some end
    short = article.model_copy(update={"total_steps": CHECKED_STEPS, "eval_episodes": 1, "env_kwargs": games})
    with tempfile.TemporaryDirectory() as place:
        folders = {
            "first": trained(short, SEEDS, Path(place, "first"), own_cores()),
            "second": trained(short, SEEDS, Path(place, "second"), own_cores()),
            "alone": trained(short, "2", Path(place, "alone"), 1),
            "killed": killed_and_resumed(short, SEEDS, Path(place, "killed"), own_cores()),
        }
        ppo = short.model_copy(update={"algorithm": "ppo"})
        of_ppo = [read_result(trained(ppo, SEEDS, Path(place, name), own_cores())) for name in ("ppo", "ppo again")]
        results = {name: read_result(folder) for name, folder in folders.items()}
        return {
            "two trainings leave the same": same(differing_files(results["first"], results["second"])),
            "a lane alone, with one thread, leaves the same": same(differing_files(results["first"], results["alone"])),
            "a training that was killed and resumed leaves the same": same(
                differing_files(results["first"], results["killed"])
            ),
            NOT_PROMISED: same(differing_files(*of_ppo)),
            "an audit on the CPU finds the recorded episodes": audit(folders["first"]) > 0,
        }


def same(differing: dict[int, list[str]]) -> bool:
    """Whether no file of any seed differs."""
    return bool(differing) and not any(differing.values())


def trained(configuration: Configuration, seeds: str, folder: Path, threads: int) -> Path:
    """Train in a process of its own; gives the folder."""
    command = training(seeds, folder, threads)
    subprocess.run(command, input=configuration.canonical_json(), text=True, check=True)
    return folder


def killed_and_resumed(configuration: Configuration, seeds: str, folder: Path, threads: int) -> Path:
    """Train in a process that is killed after its first checkpoint, and go on in another; gives the folder."""
    command = [*training(seeds, folder, threads), "--checkpoint-every", "0.2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(configuration.canonical_json())
        process.stdin.close()
        while process.poll() is None and not (folder / checkpoint.NAME).exists():
            time.sleep(0.01)
        process.kill()
    if not (folder / checkpoint.NAME).exists():
        raise ConfigError(f"{folder}: the training ended before it was killed")
    return trained(configuration, seeds, folder, threads)


def training(seeds: str, folder: Path, threads: int) -> list[str]:
    """The command that trains what it reads from standard input."""
    command = [sys.executable, "-m", "a2c", "train", "-", "--seeds", seeds, "--out", str(folder)]
    return [*command, "--threads", str(threads)]


def measured(article: Configuration, lanes: int, seconds: float) -> Rate:
    """The speed of a training of so many lanes, from the second stretch on: the first one makes the graphs."""
    determinism_of(article)  # sets PyTorch's flags
    endless = article.model_copy(update={"total_steps": 2**40})
    trainer = make_trainer(endless, range(lanes), check(endless, "bench"), own_cores())
    marks: list[tuple[float, int]] = []

    def record(_: Progress) -> None:
        now = time.perf_counter()
        if not marks or now >= marks[-1][0] + STRETCH:
            marks.append((now, trainer.rows))
        if now > marks[0][0] + seconds + STRETCH:
            raise _MeasuredError

    with contextlib.suppress(_MeasuredError):
        trainer.train(record)
    return Rate(lanes, *rates_of(marks[1:], lanes * article.n_envs))


def rates_of(marks: Sequence[tuple[float, int]], agent_steps: int) -> tuple[float, float]:
    """Mean and best rate between marks (second, row), where a row is so many agent steps."""
    stretches = [(later[1] - sooner[1]) * agent_steps / (later[0] - sooner[0]) for sooner, later in pairwise(marks)]
    (begun, first), (ended, last) = marks[0], marks[-1]
    return (last - first) * agent_steps / (ended - begun), max(stretches)


def header(article: Configuration) -> list[str]:
    """The card, and what it trained."""
    versions = f"torch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
    return [
        f"A2C on {article.env_id}, {article.n_envs} environments by {article.n_steps} steps a lane",
        f"{torch.cuda.get_device_name()}, {own_cores()} cores; {versions}",
    ]


def check_table(checks: dict[str, bool]) -> list[str]:
    return [f"{what:52}{'yes' if held else 'NO':>6}" for what, held in checks.items()]


def rate_table(article: Configuration, rates: Sequence[Rate]) -> list[str]:
    """Lines of text: agent steps per second, and how long the paper's budget takes at that rate."""
    lines = [
        f"{'lanes':>5}{'agent steps/s':>16}{'best stretch':>15}{'hours for ' + format(article.total_steps, ','):>24}"
    ]
    for lanes, mean, best in rates:
        hours = lanes * article.total_steps / mean / 3600
        lines.append(f"{lanes:5}{mean:16,.0f}{best:15,.0f}{hours:24.2f}")
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="of each number of lanes (60)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file with the markers")
    options = parser.parse_args()
    try:
        main(options.seconds, writer(options.write, "gpu", verbatim=True) if options.write else print)
    except ConfigError as error:
        parser.error(str(error))
