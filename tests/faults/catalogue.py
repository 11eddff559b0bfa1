"""All faults, and how often the campaign of `benchmarks/faults.py` tries each."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.faults import fault_trials as trials
from tests.faults.fault_trials import Scene, make_scene
from tests.faults.kill_trials import KillScene, killed, make_kill_scene, pipeline_killed
from tests.faults.outcomes import Outcome


class Scenes(NamedTuple):
    """What trials start from: results without any fault."""

    kills: KillScene
    others: Scene


class Fault(NamedTuple):
    """A fault, and the number of its trials in a whole campaign."""

    trial: Callable[[Scenes, random.Random, Path], Outcome]
    times: int


def make_scenes(folder: Path) -> Scenes:
    for name in ("kills", "others"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return Scenes(make_kill_scene(folder / "kills"), make_scene(folder / "others"))


def _kill(name: str) -> Callable[[Scenes, random.Random, Path], Outcome]:
    return lambda scenes, choice, place: killed(name, scenes.kills, choice, place)


def _other(trial: trials.Trial) -> Callable[[Scenes, random.Random, Path], Outcome]:
    return lambda scenes, choice, place: trial(scenes.others, choice, place)


KILLS = {
    "a training in C": 500,
    "a training in its evaluation": 300,
    "a training stepped in Python": 160,
    "a training of an Atari game": 40,
    "publish": 40,
    "export to a folder": 20,
    "export to a zip file": 20,
    "tensorboard": 40,
    "audit --retrain": 30,
    "aggregate": 10,
    "draw": 10,
    "films": 10,
    "page": 20,
}
PIPELINE_KILLED = "killed: a pipeline"
FAULTS = {
    **{f"killed: {name}": Fault(_kill(name), times) for name, times in KILLS.items()},
    PIPELINE_KILLED: Fault(lambda scenes, choice, place: pipeline_killed(scenes.kills, choice, place), 100),
    "a training out of memory": Fault(_other(trials.out_of_memory), 10),
    "a training that may not write so large a file": Fault(_other(trials.file_too_large), 10),
    "a training on a full disk": Fault(_other(trials.disk_full), 10),
    "two trainings in one folder": Fault(_other(trials.two_at_once), 5),
    "a damaged file of a result": Fault(_other(trials.damaged_result), 20),
    "a damaged checkpoint": Fault(_other(trials.damaged_checkpoint), 10),
    "a damaged file of a paper": Fault(_other(trials.damaged_paper), 80),
    "two pipelines in one folder": Fault(_other(trials.two_pipelines), 1),
    "times of a paper's files years off": Fault(_other(trials.wrong_times), 1),
}
