"""Trials of faults, each with a random moment, file and position.

The tests run a few of each kind, `benchmarks/faults.py` many. A trial gives an `Outcome`:

- survived: the result has the same bytes as without the fault, after the same command was run once more or the
  reported file was removed; and the message was one line without a traceback.
- wrong: a command ended successfully, but its result differs from the one without the fault.
- lost: anything else.
"""

import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.commands import Command, Ended, a2c_says
from tests.faults.outcomes import Outcome
from tests.pauses import Pause
from tests.processes import ROOT, contents, run_snakemake

FIELDS = {"hidden_sizes": [16, 16], "total_steps": 100_000, "eval_episodes": 2}
SEEDS = "0-2"
PAPER = {
    "title": "Faults",
    "results": "results",
    "seeds_per_job": 2,
    "studies": [
        {
            "name": "rates",
            "base": FIELDS | {"total_steps": 1600, "eval_episodes": 1},
            "grid": {"learning_rate": [1e-2, 7e-4]},
            "seeds": "0-1",
        }
    ],
}
STUDY = "results/studies/rates"
TRAINED_AGAIN = ("--", "data")


class Scene(NamedTuple):
    """The results without any fault. They must not be changed."""

    fields: Path  # a configuration's file
    block: Path  # its result
    seconds: float  # that its training took
    paper: Path  # a finished pipeline's folder


Trial = Callable[[Scene, random.Random, Path], Outcome]  # in an empty folder


def make_scene(folder: Path, with_paper: bool = True) -> Scene:
    fields, block = folder / "fields.yaml", folder / "block"
    fields.write_text(yaml.safe_dump(FIELDS))
    a2c_says("schema")  # the server has imported everything now
    shutil.rmtree(block, ignore_errors=True)  # of a campaign that goes on
    begun = time.monotonic()
    done = a2c_says("train", fields, "--seeds", SEEDS, "--out", block)
    assert done.returncode == 0, done
    scene = Scene(fields, block, time.monotonic() - begun, folder / "paper")
    if with_paper and not (scene.paper / "results" / "index.html").exists():
        scene.paper.mkdir(exist_ok=True)
        (scene.paper / "paper.yaml").write_text(yaml.safe_dump(PAPER))
        done = run_snakemake(scene.paper, "--cores", "2", "--configfile", str(scene.paper / "paper.yaml"))
        assert done.returncode == 0, done.stdout + done.stderr
    return scene


# ------------------------------------------------------------------------------------------------------------ trainings


def training(scene: Scene, folder: Path, limits: dict[int, int] | None = None, pause: Pause | None = None) -> Command:
    """Start the training, with a checkpoint after every part."""
    arguments = ("train", scene.fields, "--seeds", SEEDS, "--out", folder, "--checkpoint-every", "0")
    return Command(*arguments, limits=limits, pause=pause)


def trained_at_last(scene: Scene, folder: Path) -> Outcome:
    """Train without a fault, and compare every byte."""
    done = training(scene, folder).wait()
    if done.returncode != 0:
        print(done, file=sys.stderr)
        return Outcome.LOST
    same = contents(folder) == contents(scene.block)
    return Outcome.SURVIVED if same else Outcome.WRONG


def named(done: Ended, word: str) -> bool:
    """Whether a command reported a fault as it should: one line on standard error with the `word`, exit code 1."""
    said = done.stderr
    well = done.returncode == 1 and said.startswith("a2c: ") and said.count("\n") == 1 and word in said
    if not well:
        print(word, done, file=sys.stderr)
    return well


def out_of_memory(scene: Scene, choice: random.Random, folder: Path) -> Outcome:
    """A compiled library that does not check its allocations may crash; the result has to be right nevertheless."""
    done = training(scene, folder, {resource.RLIMIT_AS: choice.randrange(3 * 2**20)}).wait()
    if done.returncode > 0 and not named(done, "out of memory"):
        return Outcome.LOST
    return trained_at_last(scene, folder)


def file_too_large(scene: Scene, choice: random.Random, folder: Path) -> Outcome:
    done = training(scene, folder, {resource.RLIMIT_FSIZE: choice.randrange(1000, 60_000)}).wait()
    if done.returncode != 0 and not named(done, "File too large"):
        return Outcome.LOST
    return trained_at_last(scene, folder)


def disk_full(scene: Scene, choice: random.Random, folder: Path) -> Outcome:
    """Train on a separate file system, which is enlarged afterwards."""
    mount(folder, choice.randrange(8, 200))
    try:
        done = training(scene, folder).wait()
        if done.returncode != 0 and not named(done, "No space left on device"):
            return Outcome.LOST
        subprocess.run(["mount", "-o", "remount,size=10M", folder], check=True)
        return trained_at_last(scene, folder)
    finally:
        subprocess.run(["umount", folder], check=True)


def mount(folder: Path, kilobytes: int) -> None:
    """Mount a file system. CalledProcessError if this user or this machine cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)


def two_at_once(scene: Scene, choice: random.Random, folder: Path) -> Outcome:
    first = training(scene, folder)
    time.sleep(choice.uniform(0, scene.seconds))
    second = training(scene, folder)
    if (first.wait().returncode, second.wait().returncode) != (0, 0):
        return Outcome.LOST
    return trained_at_last(scene, folder)


# --------------------------------------------------------------------------------------------------------------- damage


def damage(path: Path, choice: random.Random) -> None:
    """Change a file in one of six ways."""
    before = path.read_bytes()
    data: bytes | None = before
    while data == before:
        place = choice.randrange(len(before))
        flipped = bytearray(before)
        flipped[place] ^= 1 << choice.randrange(8)
        changed = [
            bytes(flipped),
            bytes(flipped),
            before[:place],
            before[:place] + bytes(min(512, len(before) - place)) + before[place + 512 :],
            before + choice.randbytes(choice.randrange(1, 100)),
            choice.randbytes(place),
            None,
        ]
        data = choice.choice(changed)
    path.unlink()
    if data is not None:
        path.write_bytes(data)


def damaged_result(scene: Scene, choice: random.Random, folder: Path) -> Outcome:
    """Audit and training report the file; after the folder is removed, the run is trained again."""
    shutil.copytree(scene.block, folder, dirs_exist_ok=True)
    victim = choice.choice(sorted(folder.iterdir()))
    damage(victim, choice)
    is_manifest = victim.name == "manifest.json" and not victim.exists()  # then training starts at once
    if not is_manifest:
        for command in (("audit", folder), ("train", scene.fields, "--seeds", SEEDS, "--out", folder)):
            if not named(a2c_says(*command), str(victim)):
                return Outcome.LOST
        shutil.rmtree(folder)
    return trained_at_last(scene, folder)


def damaged_checkpoint(scene: Scene, choice: random.Random, folder: Path) -> Outcome:
    victim = folder / "checkpoint.npz"
    while not victim.exists():
        shutil.rmtree(folder, ignore_errors=True)
        command = training(scene, folder)
        while command.is_at_work() and not victim.exists():
            time.sleep(0.002)
        time.sleep(choice.uniform(0, 0.02))
        command.kill()
    damage(victim, choice)
    return trained_at_last(scene, folder)


def readers_of(file: Path) -> list[tuple[str, ...]]:
    """The commands of the pipeline that read a file of a paper."""
    aggregate, draw, films = ("aggregate", STUDY), ("draw", STUDY), ("films", STUDY, "CartPole-v1")
    verdicts, page = ("verdicts", "results"), ("page", "results")
    readers: dict[str, list[tuple[str, ...]]] = {
        "study.json": [aggregate, draw, films, verdicts, page],
        "lineage.json": [draw, films, verdicts, page],
        "paper.json": [verdicts, page],
        "films.json": [films, page],
        "runs.csv": [draw, films, page],
        "claims.csv": [page] if file.parent.name == "results" else [draw, verdicts, page],
    }
    return readers.get(file.name, [draw, page] if file.suffix == ".csv" else [page])


def damaged_paper(scene: Scene, choice: random.Random, folder: Path) -> Outcome:
    """Each command that reads the file reports it; after the file is restored, all results are as before."""
    shutil.copytree(scene.paper, folder, dirs_exist_ok=True, symlinks=True)
    read = [path for path in sorted((folder / "results").rglob("*")) if is_read(path)]
    victim = choice.choice(read)
    sound = victim.read_bytes()
    damage(victim, choice)
    here = os.getcwd()
    os.chdir(folder)
    try:
        told = [named(a2c_says(*command), victim.name) for command in readers_of(victim)]
    finally:
        os.chdir(here)
    victim.write_bytes(sound)
    if contents(folder / "results", ["logs"]) != contents(scene.paper / "results", ["logs"]):
        return Outcome.WRONG
    return Outcome.SURVIVED if all(told) else Outcome.LOST


def is_read(path: Path) -> bool:
    """Whether some command reads this file of a paper (files of runs excluded)."""
    if "runs" in path.parts or "logs" in path.parts:
        return False
    written_only = {"final.csv", "auc.csv", "published_scores.csv", "columns.csv"}
    return path.suffix in (".json", ".csv", ".png", ".gif") and path.name not in written_only


# ------------------------------------------------------------------------------------------------------------ pipelines


def start_pipeline(paper: Path, folder: Path, temporary: Path | None = None) -> subprocess.Popen[str]:
    """Start the pipeline up to the tables. `temporary`: folder for temporary files."""
    shutil.copy(paper / "paper.yaml", folder)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} | ({"TMPDIR": str(temporary)} if temporary else {})
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    command += ["--profile", str(ROOT / "profiles" / "default"), "--cores", "2", "--configfile"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*command, str(folder / "paper.yaml"), *TRAINED_AGAIN],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=pipe, text=True, start_new_session=True, env=environment,
    )  # fmt: skip


def data_at_last(scene: Scene, folder: Path) -> Outcome:
    """Run the pipeline up to the tables without a fault, and compare every byte of runs and tables."""
    done = run_snakemake(folder, "--cores", "2", "--configfile", str(folder / "paper.yaml"), *TRAINED_AGAIN)
    if done.returncode != 0:
        print(done.stdout, done.stderr, file=sys.stderr)
        return Outcome.LOST
    ours, theirs = (runs_and_data(path) for path in (folder, scene.paper))
    return Outcome.SURVIVED if ours == {name: theirs.get(name) for name in ours} else Outcome.WRONG


def runs_and_data(folder: Path) -> dict[str, bytes]:
    held = contents(folder / "results", ["logs", "films"])
    lineage = "studies/rates/lineage.json"  # has the manifests' contents, but none of their times
    wanted = {name for name in held if name.startswith("runs/") or name == lineage or name.endswith("curves.csv")}
    return {name: held[name] for name in wanted}


def two_pipelines(scene: Scene, choice: random.Random, folder: Path) -> Outcome:
    """Start two pipelines: at least one ends successfully, and the other one does too or is refused."""
    first = start_pipeline(scene.paper, folder)
    time.sleep(choice.uniform(0, 5))
    second = start_pipeline(scene.paper, folder)
    said = [process.communicate()[1] for process in (first, second)]
    codes = sorted([first.returncode, second.returncode])
    if codes not in ([0, 0], [0, 2]) or any("Traceback" in one for one in said):
        print(codes, *said, file=sys.stderr)
        return Outcome.LOST
    return data_at_last(scene, folder)


def wrong_times(scene: Scene, choice: random.Random, folder: Path) -> Outcome:
    """Change the times of all files of a finished paper by years. Nothing is trained again."""
    shutil.copytree(scene.paper, folder, dirs_exist_ok=True, symlinks=True)
    for path in folder.rglob("*"):
        when = time.time() + choice.uniform(-10, 10) * 365 * 86400
        os.utime(path, (when, when), follow_symlinks=False)
    return data_at_last(scene, folder)
