"""Test an image from inside: run by `apptainer test`, and at the end of every build."""

import re
from importlib.metadata import version
from pathlib import Path

import ale_py
import gymnasium
import matplotlib.pyplot  # noqa: F401
import pyarrow.parquet  # noqa: F401
import snakemake  # noqa: F401
import torch

locks = ["requirements.lock", "requirements-cuda.lock" if torch.version.cuda else "requirements-cpu.lock"]
for lock in locks:
    for name, locked in re.findall(
        r"^([\w.-]+)={2,3}([^\s;]+)", Path("/opt/a2c", lock).read_text(encoding="utf-8"), re.M
    ):
        if version(name) not in (locked, f"{locked}+cpu"):
            raise SystemExit(f"{name}: version {version(name)} is installed, {locked} is locked")

gymnasium.register_envs(ale_py)
for env_id in ("CartPole-v1", "LunarLander-v3", "ALE/Pong-v5"):
    environment = gymnasium.make(env_id)
    environment.reset(seed=0)
    environment.step(0)
if not torch.equal(torch.ones(2, 3) @ torch.ones(3, 2), torch.full((2, 2), 3.0)):
    raise SystemExit("torch: a matrix product is wrong")
print(f"versions as locked, environments step, torch {torch.__version__}, CUDA {torch.version.cuda}")
