"""Measure the share of living CNN units after the first updates on Pong, by optimiser, initial weights and advantages.

python -m benchmarks.dead_units --write docs/atari.md           puts the table between the markers in that file

A unit is alive if it is above 0 for the observation of at least one of the 16 environments. If all ReLU units of a
layer are dead, the output of the network does not depend on its input, and the gradient cannot revive them.
Stable-Baselines3 is trained with the same settings for comparison.
"""

import argparse
import os
from pathlib import Path
from typing import Any, cast

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import numpy as np
import torch
from torch import Tensor

from a2c.config import Configuration, load_paper
from a2c.envs import check
from a2c.learn.algorithms.a2c import Rollout
from a2c.learn.determinism import settle
from a2c.learn.learner import Learner
from benchmarks import sb3_peer
from benchmarks.markers import writer

PAPER = Path(__file__).parent.parent / "config" / "atari.yaml"
CODE: dict[str, Any] = {"optimizer": "rmsprop", "init": "torch", "normalize_advantage": True}
CASES: dict[str, dict[str, Any]] = {
    "the article's code": CODE,
    "RMSprop as in TensorFlow": {**CODE, "optimizer": "rmsprop_tf"},
    "orthogonal initial weights": {**CODE, "init": "orthogonal"},
    "both": {**CODE, "optimizer": "rmsprop_tf", "init": "orthogonal"},
    "both, advantages as they are": {"optimizer": "rmsprop_tf", "init": "orthogonal", "normalize_advantage": False},
    "Adam": {**CODE, "optimizer": "adam"},
}
LAYERS = ("convolution 1", "convolution 2", "convolution 3", "hidden")


def main(steps: int) -> str:
    """A Markdown table: share of living units after `steps` agent steps of seed 0."""
    fields = load_paper(PAPER).studies[0].base.model_dump() | {"total_steps": steps}
    lines = [f"| settings | trained by | {' | '.join(LAYERS)} |", f"|{' --- |' * (len(LAYERS) + 2)}"]
    for name, changes in CASES.items():
        configuration = Configuration(**{**fields, **changes})
        for trainer, alive in (("a2c-bench", ours), ("Stable-Baselines3", peer)):
            shares = " | ".join(f"{share:.0%}" for share in alive(configuration))
            lines.append(f"| {name} | {trainer} | {shares} |")
    return "\n".join([*lines, "", f"Share of units alive after {steps:,} agent steps, seed 0."])


def ours(configuration: Configuration) -> list[float]:
    settle()
    learner = Learner(configuration, [0], check(configuration, "bench"))
    while learner.rows < learner.total_rows:
        rollout = cast(Rollout, learner.iterate().rollout)
    (_, *convolved), (flat, hidden) = rollout.kept
    return [living(x[0, -configuration.n_envs :]) for x in (*convolved, flat, hidden)]


def peer(configuration: Configuration) -> list[float]:
    settle()
    torch.set_deterministic_debug_mode("default")
    model = sb3_peer.build(configuration, seed=0)
    model.learn(configuration.total_steps)
    assert isinstance(model._last_obs, np.ndarray)
    images, _ = model.policy.obs_to_tensor(model._last_obs)
    assert isinstance(images, Tensor)
    x, shares = images.float() / 255, []
    extractor: Any = model.policy.features_extractor
    for layer in (*extractor.cnn, *extractor.linear):
        x = layer(x)
        if isinstance(layer, torch.nn.ReLU):
            shares.append(living(x))
    return shares


def living(x: Tensor) -> float:
    """Share of units above 0 in any row; `x`: [rows, ...]."""
    return float((x > 0).any(dim=0).float().mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=10_000, help="agent steps (10000)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file with the markers")
    options = parser.parse_args()
    write = writer(options.write, "dead units") if options.write else print
    write(main(options.steps))
