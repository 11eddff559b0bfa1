"""Forged results, sealed again so that every checksum fits, and the commands that may find them.

The tests try some of them, `benchmarks/forgeries.py` all.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from a2c.config import load_paper
from a2c.core.choose import load
from a2c.core.settings import settings_of
from a2c.envs import Environments, check
from a2c.exchange.publish import publish
from a2c.runs import manifest
from a2c.runs.files import read_arrays, sealed, write_arrays
from a2c.runs.layout import describe, plan
from a2c.runs.records import read_table, write_table
from a2c.runs.result import read_result
from a2c.runs.thin import ThinRun, read_thin, write_thin
from tests.commands import a2c_says
from tests.runs.other_runs import seal

STEPS = 4000
BASE = {"hidden_sizes": [16], "total_steps": STEPS, "eval_episodes": 2}
STUDIES = [
    {"name": "rates", "base": BASE, "grid": {"learning_rate": [7e-4, 1e-2]}, "seeds": "0-2"},
    {"name": "lunar", "base": {**BASE, "env_id": "LunarLander-v3"}, "grid": {"n_steps": [5]}, "seeds": "0-1"},
]


class Scene(NamedTuple):
    """A published paper, and the folders in it that are forged. It must not be changed: it is copied."""

    results: Path
    whole: Path  # a whole run of CartPole, with weights
    better: Path  # the whole run of another learning rate
    thin: Path  # thin runs of CartPole
    stepped: Path  # runs of an environment that the core does not have


def make_scene(folder: Path) -> Scene:
    """Train and publish a small paper below `folder`."""
    (folder / "paper.yaml").write_text(json.dumps({"title": "Forged", "results": "results/forged", "studies": STUDIES}))
    paper, results = load_paper(folder / "paper.yaml"), folder / "results"
    for block in [block for blocks in plan(paper, folder / "runs").values() for block in blocks]:
        fields, seeds = block.configuration.model_dump(mode="json"), f"{block.first}-{block.last}"
        out = folder / "runs" / block.path
        a2c_says("train", "-", "--seeds", seeds, "--out", out, fields=fields).check_returncode()
    list(publish(paper, [study.name for study in paper.studies], folder / "runs", results))
    planned = plan(paper, results / "runs")
    for study in paper.studies:
        facts = {point.configuration.env_id: check(point.configuration, "paper") for point in study.points}
        (results / "studies" / study.name).mkdir(parents=True)
        (results / "studies" / study.name / "study.json").write_text(describe(paper, study, planned, facts).text)
    native, better, lunar = ([results / "runs" / block.path for block in blocks] for blocks in planned.values())
    return Scene(results, native[0], better[0], native[1], lunar[0])


# ------------------------------------------------------------------------------------------------------------ forgeries


def forged_return(scene: Scene) -> None:
    _edit_table(scene.whole / "episodes.parquet", lambda row, number: row | {"return": row["return"] + (number == 7)})
    seal(scene.whole)


def forged_controller(scene: Scene) -> None:
    """Actions by hand in place of the policy's, with the episodes that follow from them."""
    result = read_result(scene.whole)
    facts = check(result.configuration, "forgery")
    environments = Environments(result.configuration, result.seeds, result.configuration.n_envs, "environments")
    observations, log = environments.reset(), []
    for _ in range(STEPS // result.configuration.n_envs):
        log.append((observations[..., 2] + observations[..., 3] > 0).astype(np.uint8))
        observations = environments.step(log[-1].astype(np.int64)).observations
    environments.close()
    (seed,) = result.seeds
    actions = np.stack(log, axis=1)[0]
    ended = load().lane(settings_of(result.configuration, facts), seed).replay(actions)
    write_arrays(scene.whole / "actions.npz", {str(seed): actions}, compress=True)
    write_table(scene.whole / "episodes.parquet", [(seed, *record) for record in ended.tolist()], "a2c")
    seal(scene.whole)


def forged_evaluation(folder: Path) -> None:
    _edit_table(folder / "evaluation.parquet", lambda row, number: row | {"return": 500.0, "length": 500})
    seal(folder)


def forged_metrics(scene: Scene) -> None:
    keys = ("seed", "step")
    _edit_table(
        scene.whole / "metrics.parquet", lambda row, number: {key: row[key] if key in keys else 0.5 for key in row}
    )
    seal(scene.whole)


def forged_weights(scene: Scene) -> None:
    weights = read_arrays(scene.whole / "weights.npz")
    write_arrays(scene.whole / "weights.npz", {name: array * 0 for name, array in weights.items()}, compress=False)
    seal(scene.whole)


def relabelled_rate(scene: Scene) -> None:
    """The run of one learning rate in the place of another's, with the other's configuration and name."""
    own = manifest.read(scene.whole)
    shutil.copytree(scene.better, scene.whole, dirs_exist_ok=True)
    (scene.whole / "weights.npz").unlink()
    seal(scene.whole, lambda content: content.update(name=own["name"], configuration=own["configuration"]))


def other_name(scene: Scene) -> None:
    other = manifest.read(scene.better)["name"]
    seal(scene.whole, lambda content: content.update(name=other))


def declared_diverged(scene: Scene) -> None:
    """A bad run declared as diverged half-way, and cut there."""
    half, (seed,) = STEPS // 2, read_result(scene.whole).seeds
    for name, last in (("episodes.parquet", half), ("metrics.parquet", half - 1), ("evaluation.parquet", -1)):
        rows = [row for row in read_table(scene.whole / name).to_pylist() if row.get("step", 0) <= last]
        write_table(scene.whole / name, [tuple(row.values()) for row in rows], "a2c")
    actions = {name: array[: len(array) // 2] for name, array in read_arrays(scene.whole / "actions.npz").items()}
    write_arrays(scene.whole / "actions.npz", actions, compress=True)
    write_arrays(scene.whole / "weights.npz", {}, compress=False)
    run = {"status": "diverged", "step": half, "reason": "value loss is inf"}
    seal(scene.whole, lambda content: content["runs"].update({str(seed): run}))


def no_files(scene: Scene) -> None:
    content = {key: value for key, value in manifest.read(scene.whole).items() if key != "sha256"}
    (scene.whole / manifest.NAME).write_text(sealed({**content, "files": {}}, sort_keys=True))


def other_platform(folder: Path) -> None:
    forged_evaluation(folder)
    seal(folder, lambda content: content["platform"].update(cpu="Another"))


def other_code(folder: Path) -> None:
    forged_evaluation(folder)
    seal(folder, lambda content: content["code"].update(sources_sha256="ab" * 32))


def controller_of_other_code(scene: Scene) -> None:
    forged_controller(scene)
    seal(scene.whole, lambda content: content["code"].update(sources_sha256="ab" * 32))


def thin_number(scene: Scene) -> None:
    _edit_thin(scene.thin, lambda run: run._replace(measures=run.measures | {"final_return": 500.0}))


def thin_invention(scene: Scene) -> None:
    """Numbers of a perfect run, all of which fit each other."""

    def perfect(run: ThinRun) -> ThinRun:
        returns = np.full_like(run.evaluation_return, 500.0)
        numbers = dict.fromkeys(("final_return", "auc", "eval_return", "peak"), 500.0) | {"drawdown": 0.0}
        curve = np.full_like(run.curve, 500.0)
        return run._replace(measures=run.measures | numbers, curve=curve, evaluation_return=returns)

    _edit_thin(scene.thin, perfect)


def thin_checksum(scene: Scene) -> None:
    _edit_thin(scene.thin, lambda run: run._replace(checksums=run.checksums | {"actions.npz": "ab" * 32}))


def _edit_table(path: Path, change: Callable[[dict[str, Any], int], dict[str, Any]]) -> None:
    rows = [change(row, number) for number, row in enumerate(read_table(path).to_pylist())]
    write_table(path, [tuple(row.values()) for row in rows], "a2c")


def _edit_thin(folder: Path, change: Callable[[ThinRun], ThinRun]) -> None:
    runs = read_thin(folder / "thin.parquet", manifest.read(folder)["seeds"])
    write_thin(folder / "thin.parquet", [change(run) for run in runs.values()])
    seal(folder)


class Forgery(NamedTuple):
    """What is forged, and of which configuration."""

    forge: Callable[[Scene], None]
    study: str = "rates"


FORGERIES = {
    "a return of a training episode": Forgery(forged_return),
    "actions by a hand-written controller, with their episodes": Forgery(forged_controller),
    "evaluation: 500 in every episode": Forgery(lambda scene: forged_evaluation(scene.whole)),
    "metrics: 0.5 everywhere": Forgery(forged_metrics),
    "weights: 0": Forgery(forged_weights),
    "the run of another learning rate, relabelled": Forgery(relabelled_rate),
    "the name of another configuration": Forgery(other_name),
    "a finished run declared as diverged, and cut there": Forgery(declared_diverged),
    "a manifest without files": Forgery(no_files),
    "evaluation, and another platform declared": Forgery(lambda scene: other_platform(scene.whole)),
    "evaluation, and other code declared": Forgery(lambda scene: other_code(scene.whole)),
    "actions by a hand-written controller, and other code declared": Forgery(controller_of_other_code),
    "thin runs: one number": Forgery(thin_number),
    "thin runs: all numbers of a perfect run": Forgery(thin_invention),
    "thin runs: a checksum": Forgery(thin_checksum),
    "LunarLander: evaluation": Forgery(lambda scene: forged_evaluation(scene.stepped), "lunar"),
    "LunarLander: evaluation, and another platform declared": Forgery(
        lambda scene: other_platform(scene.stepped), "lunar"
    ),
}


# ------------------------------------------------------------------------------------------------------------- commands


def _results(scene: Scene, study: str) -> Path:
    return scene.results / "runs" / ("CartPole-v1" if study == "rates" else "LunarLander-v3")


COMMANDS: dict[str, Callable[[Scene, str], list[object]]] = {
    "audit": lambda scene, study: ["audit", _results(scene, study), "--cores", "1"],
    "audit --retrain": lambda scene, study: ["audit", _results(scene, study), "--retrain", "--cores", "1"],
    "verify": lambda scene, study: ["verify", scene.results, "--study", study, "--cores", "1"],
    "page": lambda scene, study: ["aggregate", scene.results / "studies" / study],
}


def forge(name: str, scene: Scene, folder: Path) -> Scene:
    """A copy of the scene in `folder` with the forgery `name`; "" for none."""
    shutil.copytree(scene.results, folder / "results")
    parts = (folder / "results" / path.relative_to(scene.results) for path in scene)
    copied = Scene(*parts)
    if name:
        FORGERIES[name].forge(copied)
    return copied


def outcome(command: str, scene: Scene, study: str) -> str:
    """What a command says of a scene: found, untested, cannot (tell here), or - (nothing is wrong)."""
    done = a2c_says(*COMMANDS[command](scene, study))
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        return "-"
    if "cannot be made again" in done.stderr:
        return "cannot"
    return "untested" if "untested" in done.stdout and "different" not in done.stdout else "found"
