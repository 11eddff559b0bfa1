"""Test an image from inside: run by `apptainer test`, and at the end of every build."""

from importlib.metadata import version
from pathlib import Path

import ale_py
import gymnasium
import matplotlib.pyplot  # noqa: F401
import pyarrow.parquet  # noqa: F401
import snakemake  # noqa: F401
import torch

for line in Path("/opt/a2c/requirements.lock").read_text().splitlines():
    name, equals, locked = line.partition("==")
    if equals and version(name).split("+")[0] != locked:
        raise SystemExit(f"{name}: version {version(name)} is installed, {locked} is locked")

gymnasium.register_envs(ale_py)
for env_id in ("CartPole-v1", "LunarLander-v3", "ALE/Pong-v5"):
    environment = gymnasium.make(env_id)
    environment.reset(seed=0)
    environment.step(0)
if not torch.equal(torch.ones(2, 3) @ torch.ones(3, 2), torch.full((2, 2), 3.0)):
    raise SystemExit("torch: a matrix product is wrong")
print(f"versions as locked, environments step, torch {torch.__version__}, CUDA {torch.version.cuda}")
