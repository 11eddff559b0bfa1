"""Trials in which a command is killed: at a random time, or at a random operation on files.

After the kill the same command runs again. Then every file must have the bytes of a run without a kill, and no other
file may be there: in the folder that the command writes, and among the temporary files. No message is a traceback.
"""

import contextlib
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.commands import Command, Ended, a2c_says
from tests.faults.aimed import Aim
from tests.faults.fault_trials import start_pipeline
from tests.faults.outcomes import Outcome
from tests.processes import contents, run_snakemake

NEVER = 1 << 30  # an operation that no command comes to
TRAININGS: dict[str, dict[str, Any]] = {
    "in C": {"hidden_sizes": [16, 16], "total_steps": 20_000, "eval_episodes": 2},
    "stepped in Python": {"env_id": "LunarLander-v3", "hidden_sizes": [16], "total_steps": 800, "eval_episodes": 1},
    "of an Atari game": {
        "env_id": "ALE/Pong-v5", "network": "cnn", "hidden_sizes": [16], "n_envs": 2, "total_steps": 60,
        "env_kwargs": {"max_num_frames_per_episode": 200}, "eval_episodes": 1,
    },
    "in its evaluation": {"hidden_sizes": [16, 16], "total_steps": 2_000, "eval_episodes": 300},
}  # fmt: skip
PAPER = {
    "title": "Kills",
    "results": "results",
    "seeds_per_job": 2,
    "studies": [
        {
            "name": "rates",
            "base": {"hidden_sizes": [16, 16], "total_steps": 1600, "eval_episodes": 1},
            "grid": {"learning_rate": [1e-2, 7e-4]},
            "seeds": "0-1",
        }
    ],
}


class KillScene(NamedTuple):
    """A folder with everything that the trials start from; results without a kill and durations come as needed."""

    folder: Path

    @property
    def paper(self) -> Path:
        return self.folder / "paper"


class Work(NamedTuple):
    """A command that is killed: its arguments in a folder, what it starts from, what of its folder is compared."""

    arguments: Callable[[Path], Sequence[object]]
    before: Callable[[KillScene, Path], None] = lambda scene, place: None
    compared: str = "out"
    told: str = ""


def make_kill_scene(folder: Path) -> KillScene:
    scene = KillScene(folder)
    if not (scene.paper / "results" / "index.html").exists():
        scene.paper.mkdir(parents=True, exist_ok=True)
        (scene.paper / "paper.yaml").write_text(yaml.safe_dump(PAPER))
        done = run_snakemake(scene.paper, "--cores", "2", "--configfile", str(scene.paper / "paper.yaml"))
        assert done.returncode == 0, done.stdout + done.stderr
    a2c_says("schema")  # the server has imported everything now
    return scene


def with_paper(scene: KillScene, place: Path) -> None:
    for name in ("paper.yaml", "results"):
        copy = shutil.copytree if (scene.paper / name).is_dir() else shutil.copy2
        copy(scene.paper / name, place / name)


def training(fields: Mapping[str, Any]) -> Work:
    options = ("train", "-", "--seeds", "0-1", "--checkpoint-every", "0.02", "--out")
    return Work(lambda place: (*options, place / "out"), told=yaml.safe_dump(dict(fields)))


STUDY = "results/studies/rates"
WORKS: dict[str, Work] = {
    **{f"a training {name}": training(fields) for name, fields in TRAININGS.items()},
    "publish": Work(lambda place: ("publish", "paper.yaml"), with_paper, "."),
    "export to a folder": Work(lambda place: ("export", "results", "--out", "out/crate"), with_paper),
    "export to a zip file": Work(lambda place: ("export", "results", "--out", "out/crate.zip"), with_paper),
    "tensorboard": Work(lambda place: ("tensorboard", "results/runs", "--out", "out"), with_paper),
    "audit --retrain": Work(lambda place: ("audit", "results", "--retrain", "--cores", "2"), with_paper, "."),
    "aggregate": Work(lambda place: ("aggregate", STUDY), with_paper, "."),
    "draw": Work(lambda place: ("draw", STUDY), with_paper, "."),
    "films": Work(lambda place: ("films", STUDY, "CartPole-v1"), with_paper, "."),
    "page": Work(lambda place: ("page", "results"), with_paper, "."),
}


class Reference(NamedTuple):
    """A command without a kill: its files, the seconds that it took, and its number of operations on files."""

    files: dict[str, bytes]
    seconds: float
    operations: int


_references: dict[tuple[Path, str], Reference] = {}


def reference(scene: KillScene, name: str) -> Reference:
    """The command without a kill; run once."""
    if (scene.folder, name) not in _references:
        place = scene.folder / "references" / name.replace(" ", "-")
        shutil.rmtree(place, ignore_errors=True)
        work = begin(scene, WORKS[name], place)
        start = time.monotonic()
        done = run(work, place, Aim(NEVER, False, place.with_suffix(".count"))).wait()
        seconds = time.monotonic() - start
        assert done.returncode == 0, done
        operations = place.with_suffix(".count").stat().st_size
        place.with_suffix(".count").unlink()
        _references[scene.folder, name] = Reference(left_in(place, work), seconds, operations)
    return _references[scene.folder, name]


def begin(scene: KillScene, work: Work, place: Path) -> Work:
    (place / "tmp").mkdir(parents=True)
    work.before(scene, place)
    return work


def run(work: Work, place: Path, aim: Aim | None = None) -> Command:
    with contextlib.chdir(place):
        return Command(*work.arguments(place), told=work.told, environment={"TMPDIR": str(place / "tmp")}, aim=aim)


def left_in(place: Path, work: Work) -> dict[str, bytes]:
    """Every file that is compared, and every temporary one."""
    left = {f"out/{name}": held for name, held in contents(place / work.compared).items()}
    return left | {f"tmp/{path.relative_to(place / 'tmp')}": b"" for path in (place / "tmp").rglob("*")}


def killed(name: str, scene: KillScene, choice: random.Random, place: Path) -> Outcome:
    """Kill a command once or twice, then let it end."""
    sound, work = reference(scene, name), begin(scene, WORKS[name], place / "work")
    for _ in range(choice.choice((1, 1, 2))):
        if choice.random() < 0.5:
            aim = Aim(choice.randint(1, sound.operations), choice.random() < 0.5, place / "count")
            ended = [run(work, place / "work", aim).wait()]
            (place / "count").unlink(missing_ok=True)
        else:
            ended = kill_in_time(run(work, place / "work"), choice.uniform(0, sound.seconds))
        if any("Traceback" in done.stderr for done in ended):
            return told(Outcome.LOST, name, *ended)
    done = run(work, place / "work").wait()
    is_there = name.startswith("export") and "a file or folder that does not exist" not in done.stderr
    if done.returncode != 0 and not (is_there and done.returncode == 2):
        return told(Outcome.LOST, name, done)
    left = left_in(place / "work", work)
    if left == sound.files:
        return Outcome.SURVIVED
    differing = sorted(name for name in left.keys() | sound.files.keys() if left.get(name) != sound.files.get(name))
    return told(Outcome.WRONG, name, *differing)


def kill_in_time(command: Command, seconds: float) -> list[Ended]:
    """Kill a command, or one of the processes that it has started, after some seconds; all of them have to end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and command.is_at_work():
        time.sleep(0.002)
    family = descendants(command.number)
    done = command.kill()
    until = time.monotonic() + 30
    while any(Path(f"/proc/{number}").exists() for number in family):
        if time.monotonic() > until:
            return [done, Ended(command.arguments, 1, "", f"Traceback: processes {family} are still there")]
        time.sleep(0.01)
    return [done]


def descendants(number: int) -> list[int]:
    """The numbers of the processes that a process has started."""
    try:
        children = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="utf-8").split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def told(outcome: Outcome, *what: object) -> Outcome:
    print(outcome, *what, file=sys.stderr, flush=True)
    return outcome


def pipeline_killed(scene: KillScene, choice: random.Random, place: Path) -> Outcome:
    """Kill all processes of a pipeline at a random moment after its first job has begun."""
    (place / "tmp").mkdir()
    process = start_pipeline(scene.paper, place, place / "tmp")
    while process.poll() is None and not (place / "results" / "runs").exists():
        time.sleep(0.02)
    time.sleep(choice.uniform(0, 6))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    again = start_pipeline(scene.paper, place, place / "tmp")
    said = again.communicate()[1]
    if again.returncode != 0 or "Traceback" in said:
        return told(Outcome.LOST, "pipeline", said)
    wanted, left = (contents(path / "results", ["logs"]) for path in (scene.paper, place))
    temporary = list((place / "tmp").glob("*a2c*"))
    same = left.keys() <= wanted.keys() and all(left[name] == wanted[name] for name in left if name.startswith("runs/"))
    return Outcome.SURVIVED if same and not temporary else told(Outcome.WRONG, "pipeline", *left, *temporary)
