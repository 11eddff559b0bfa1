"""Measure how long the parts of a training take on this machine: the times with which `plan` estimates.

python -m benchmarks.cost                  measures, and prints model and measurement side by side (six minutes)
python -m benchmarks.cost --write          also writes the times to a2c/planning/cost.json
python -m benchmarks.cost --only core      measures only what the core trains; the other times are those of cost.json
python -m benchmarks.cost --only torch     measures only what PyTorch trains

Shapes of job are trained for about a second each, flat observations by the core and by PyTorch, images by PyTorch. The
times of the units of work (a2c/planning/work.py) are fitted to them by least squares of the relative error, none below
0. The cost of a job beside its updates is the time of a tiny job. The cost of a study after its training is that of the
smoke paper's pipeline less its jobs. Then whole jobs are trained that the fit has not seen.

All times are processor times of this process. On a busy machine they are still too long, because other processes use
the caches: pin it to one core (taskset -c 1) and keep the other cores idle.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import numpy as np
from scipy.optimize import nnls

from a2c.config import Configuration, load_paper
from a2c.envs import Environments
from a2c.learn.learner import Learner
from a2c.learn.trainer import make_trainer
from a2c.planning.cost import block_cost
from a2c.planning.times import TIMES_FILE, environment_seconds, quickest, read_times, update_seconds
from a2c.planning.work import Shape, in_seconds, shape_of, update_work
from a2c.runs.files import write_text
from a2c.runs.layout import SeedBlock, plan
from a2c.runs.manifest import where_it_runs

ROOT = Path(__file__).parent.parent
SOURCE = "benchmarks/cost.py"
SMALL: dict[str, Any] = {"hidden_sizes": (64, 64), "shared_trunk": False, "activation": "tanh", "optimizer": "rmsprop"}
CLASSIC = ("Acrobot-v1", "MountainCar-v0", "LunarLander-v3")
CORE: list[tuple[int, dict[str, Any]]] = [  # lanes, fields
    *((lanes, {}) for lanes in (1, 10)),
    *((10, {"n_envs": n_envs}) for n_envs in (1, 4, 32)),
    *((10, {"n_steps": n_steps}) for n_steps in (1, 20, 128)),
    *((lanes, SMALL) for lanes in (1, 10)),
    *((10, SMALL | {"n_envs": n_envs}) for n_envs in (1, 32)),
    (10, SMALL | {"n_steps": 20}),
    *((10, {"hidden_sizes": sizes}) for sizes in ((16, 16), (128, 128, 128), (512, 512))),
    *((10, {"env_id": env_id}) for env_id in CLASSIC),
    *((10, SMALL | {"env_id": env_id}) for env_id in CLASSIC),
    *((1, {"env_id": env_id}) for env_id in CLASSIC),
    *((lanes, SMALL | {"env_id": "Pendulum-v1"}) for lanes in (1, 10)),
    (10, SMALL | {"env_id": "LunarLander-v3", "n_envs": 1}),
]
TORCH: list[tuple[int, dict[str, Any]]] = [
    *((lanes, {}) for lanes in (1, 3, 10)),
    *((10, {"n_envs": n_envs}) for n_envs in (1, 32)),
    *((10, {"n_steps": n_steps}) for n_steps in (1, 20, 128)),
    *((lanes, SMALL) for lanes in (1, 10)),
    (10, {"hidden_sizes": (512, 512)}),
    *((10, {"env_id": env_id}) for env_id in CLASSIC),
]
PONG: dict[str, Any] = {
    "env_id": "ALE/Pong-v5",
    "network": "cnn",
    "hidden_sizes": (512,),
    "optimizer": "rmsprop",
    "n_envs": 16,
    "reward_clip": 1.0,
}
SLIM = PONG | {"conv_channels": (8, 16, 16), "hidden_sizes": (64,)}
IMAGES: list[tuple[int, dict[str, Any]]] = [
    (1, PONG),
    (3, PONG),
    *((1, PONG | {"n_envs": n_envs}) for n_envs in (4, 64)),
    *((1, PONG | {"n_steps": n_steps}) for n_steps in (1, 20)),
    *((lanes, SLIM) for lanes in (1, 3)),
    *((1, SLIM | {"n_envs": n_envs}) for n_envs in (2, 64)),
]


def measured_shapes(shapes: list[tuple[int, dict[str, Any]]], by_core: bool) -> dict[Shape, float]:
    """Seconds per update of each shape, trained by the core or by PyTorch."""
    found = {}
    for lanes, fields in shapes:
        configuration = Configuration(**fields)
        shape = shape_of(SeedBlock(configuration, 0, lanes - 1), SOURCE)
        if not by_core:
            shape = shape._replace(environment=configuration.env_id, uses_core=False, is_native=False)
        found[shape] = update_seconds(configuration, lanes, SOURCE, make_trainer if by_core else Learner)
    return found


def fitted(found: dict[Shape, float], known: dict[str, float]) -> dict[str, float]:
    """Seconds of each unit of work that is not `known`: the best fit to the measured updates, in relative error."""
    works = [update_work(shape) for shape in found]
    units = list(dict.fromkeys(unit for work in works for unit in work if unit not in known))
    amounts = np.array([[work.get(unit, 0.0) for unit in units] for work in works])
    seconds = np.array(list(found.values()))
    relative = amounts / seconds[:, None]
    left = (
        1
        - np.array([in_seconds({unit: work[unit] for unit in work if unit in known}, known) for work in works])
        / seconds
    )
    scale = relative.max(axis=0)  # units differ by a factor of a billion
    times, _ = nnls(relative / scale, left)
    return dict(zip(units, (times / scale).tolist(), strict=True))


def seconds_of_games() -> dict[str, float]:
    """Seconds of a step of each Atari game, and of starting a game ("game")."""
    points = load_paper(ROOT / "config" / "atari57.yaml").studies[0].points
    games = [point.configuration.model_copy(update={"n_envs": 8}) for point in points]
    times = {game.env_id: environment_seconds(game, SOURCE) for game in games}
    return times | {"game": quickest(lambda: Environments(games[0], [0], 8, "plan").reset()) / 8}


TINY: dict[str, Any] = {"hidden_sizes": [2], "total_steps": 8, "eval_episodes": 1}
SHORT: dict[str, Any] = {"conv_channels": [1, 1, 1], "env_kwargs": {"max_num_frames_per_episode": 8}, "n_envs": 1}
OF_IMAGES = ("convolve", "pixel", "convolution")
JOBS: list[tuple[int, dict[str, Any]]] = [
    (15, {}),
    (15, {"n_envs": 1}),
    (5, {"n_envs": 16, "n_steps": 20, "hidden_sizes": (128, 128), "total_steps": 400_000}),
    (3, SMALL | {"env_id": "LunarLander-v3", "total_steps": 50_000}),
    (20, SMALL | {"env_id": "MountainCar-v0", "total_steps": 20_000, "n_envs": 4}),
    (1, PONG | {"total_steps": 20_000, "eval_episodes": 3}),
]


def children_seconds(*command: str | Path, text: str = "") -> float:
    """Processor seconds of a process and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", *map(str, command)], input=text, text=True, cwd=ROOT, check=True, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def seconds_of_training(n_seeds: int, fields: dict[str, Any]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        seeds = "0" if n_seeds == 1 else f"0-{n_seeds - 1}"
        return children_seconds("a2c", "train", "-", "--seeds", seeds, "--out", folder, text=json.dumps(fields))


def seconds_of_a_study(times: dict[str, float]) -> float:
    """Seconds of the smoke paper's pipeline, less its jobs."""
    paper = load_paper(ROOT / "config" / "smoke.yaml")
    with tempfile.TemporaryDirectory() as folder:
        blocks = [block for of_one in plan(paper, Path(folder)).values() for block in of_one]
        pipeline = children_seconds(
            "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder, "--cores", "1",
            "--configfile", ROOT / "config" / "smoke.yaml",
        )  # fmt: skip
    jobs = sum(block_cost(block, SOURCE, times, {}).seconds for block in blocks)
    return (pipeline - jobs) / len(paper.studies)


def print_row(shape: Shape, measured: float, modelled: float) -> None:
    name = f"{shape.environment} {shape.n_lanes} x {shape.n_envs} x {shape.n_steps}, {shape.n_parameters:,} parameters"
    print(f"{name:64} {measured:9.2f} {modelled:9.2f} {modelled / measured:6.2f}", flush=True)


def measured_core(times: dict[str, float]) -> dict[Shape, float]:
    """Put the times of the core's units into `times`; the seconds per update of each shape."""
    found = measured_shapes(CORE, by_core=True)
    times.update(fitted(found, {}))
    times["core job"] = min(seconds_of_training(1, TINY) for _ in range(3))
    times["study"] = seconds_of_a_study(times)
    return found


def measured_torch(times: dict[str, float]) -> dict[Shape, float]:
    """The same of PyTorch's units and of the Atari games."""
    flat = measured_shapes(TORCH, by_core=False)
    times.update(fitted(flat, {}))
    times.update(seconds_of_games())
    images = measured_shapes(IMAGES, by_core=False)
    times.update(fitted(images, {unit: seconds for unit, seconds in times.items() if unit not in OF_IMAGES}))
    times["job"] = seconds_of_training(1, PONG | TINY | SHORT)
    return flat | images


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {TIMES_FILE.relative_to(ROOT)}")
    parser.add_argument("--only", choices=("core", "torch"), help="measure only what the core, or PyTorch, trains")
    args = parser.parse_args()
    known: dict[str, float] = read_times()["seconds"]
    times = known if args.only else {unit: known[unit] for unit in ("gpu row", "gpu step")}
    found: dict[Shape, float] = {}
    if args.only != "torch":
        found |= measured_core(times)
    if args.only != "core":
        found |= measured_torch(times)
    print(f"{'an update, ms':64} {'measured':>9} {'modelled':>9} {'ratio':>6}")
    for shape, seconds in found.items():
        print_row(shape, 1e3 * seconds, 1e3 * in_seconds(update_work(shape), times))
    print(f"{'a whole job, s':64}")
    for n_seeds, fields in JOBS:
        block = SeedBlock(Configuration(**fields), 0, n_seeds - 1)
        shape = shape_of(block, SOURCE)
        if args.only and shape.uses_core != (args.only == "core"):
            continue
        print_row(shape, seconds_of_training(n_seeds, fields), block_cost(block, SOURCE, times, {}).seconds)
    rounded = {unit: float(f"{seconds:.3g}") for unit, seconds in times.items()}
    here = where_it_runs(Configuration())["platform"]["cpu"]
    machines = read_times()["machines"] | {by: here for by in ("core", "torch") if args.only in (None, by)}
    text = json.dumps({"machines": machines, "seconds": rounded}, indent=1) + "\n"
    print(text)
    if args.write:
        write_text(TIMES_FILE, text)


if __name__ == "__main__":
    main()
