"""Compare the training speed of two commits side by side: an older one and the checkout that this runs in.

python -m benchmarks.commits 9f00ecd                   the last commit before the core, on LunarLander-v3, one seed
python -m benchmarks.commits 9f00ecd --seeds 0-9       ten seeds in one process

Both train with the libraries of this environment, one after the other, in rounds. Speed is agent steps per processor
second of the whole process, of the difference between a long and a short training, so that starting does not count.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from a2c.config.seeds import parse_seeds

ROOT = Path(__file__).parent.parent
SHORT, LONG = 20_000, 100_000  # agent steps of a seed


def checked_out(commit: str, folder: Path) -> Path:
    """The files of a commit but its results, in a new folder."""
    archive = folder / "commit.tar"
    with archive.open("wb") as file:
        subprocess.run(["git", "archive", commit, ":!results"], cwd=ROOT, stdout=file, check=True)
    with tarfile.open(archive) as tar:
        tar.extractall(folder / "commit", filter="data")
    return folder / "commit"


def processor_seconds(checkout: Path, env_id: str, seeds: str, steps: int, folder: Path) -> float:
    """Processor seconds of a training by the code in `checkout`."""
    config = folder / "config.yaml"
    config.write_text(f"env_id: {env_id}\ntotal_steps: {steps}\neval_episodes: 1\n")
    command = [sys.executable, "-m", "a2c", "train", str(config), "--seeds", seeds, "--out"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(dir=folder) as out:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(checkout)}
        subprocess.run([*command, f"{out}/run"], cwd=checkout, env=environment, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(commit: str, env_id: str, seeds: str, rounds: int) -> None:
    steps = (LONG - SHORT) * len(parse_seeds(seeds))
    ratios = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        checkouts = {commit: checked_out(commit, folder), "here": ROOT}
        for number in range(rounds):
            speeds = {}
            for name, checkout in checkouts.items():
                short, long = (processor_seconds(checkout, env_id, seeds, one, folder) for one in (SHORT, LONG))
                speeds[name] = steps / (long - short)
            ratios.append(speeds["here"] / speeds[commit])
            print(
                f"round {number + 1}: {commit} {speeds[commit]:,.0f}, here {speeds['here']:,.0f} agent steps/s, "
                f"{ratios[-1]:.2f} times",
                flush=True,
            )
    print(f"{env_id}, seeds {seeds}: {statistics.median(ratios):.2f} times ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("commit", help="an older commit")
    parser.add_argument("--env", default="LunarLander-v3", help="environment (LunarLander-v3)")
    parser.add_argument("--seeds", default="0", help="seeds that one process trains (0)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (5)")
    asked = parser.parse_args()
    main(asked.commit, asked.env, asked.seeds, asked.rounds)
