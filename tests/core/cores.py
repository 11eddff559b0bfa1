"""The core's builds for tests: those beside the sources, and the same by every compiler that is here."""

import shutil
from functools import cache
from pathlib import Path

import pytest

from a2c.core import build, choose
from a2c.core.face import Core
from a2c.core.settings import Settings
from tests.core.compiled import compiled

COMPILERS = [cc for cc in ("gcc", "clang") if shutil.which(cc)]
INSTALLED = [("installed", name) for name in choose.available()]
BUILDS = INSTALLED + [(cc, name) for cc in COMPILERS for name in choose.available()]
EACH_BUILD = [pytest.param(which, marks=() if which in INSTALLED else pytest.mark.slow) for which in BUILDS]

# A dozen odd ones and each environment: widths 1, 7, 33, one environment, many steps, every optimiser and option.
CARTPOLE = {"env_id": "CartPole-v1", "max_episode_steps": 500, "n_observation": 4, "n_outputs": 2}
ACROBOT = {"env_id": "Acrobot-v1", "max_episode_steps": 60, "n_observation": 6, "n_outputs": 3}
MOUNTAIN_CAR = {"env_id": "MountainCar-v0", "max_episode_steps": 50, "n_observation": 2, "n_outputs": 3}
PENDULUM = {
    "env_id": "Pendulum-v1",
    "max_episode_steps": 50,
    "n_observation": 3,
    "n_outputs": 2,
    "actions": "gaussian",
    "option": 10.0,
}
SETTINGS = {
    "article": Settings(**CARTPOLE, total_steps=800),
    "acrobot": Settings(**ACROBOT, hidden_sizes=(64, 64), activation="tanh", init="orthogonal", total_steps=1600),
    "mountain car": Settings(**MOUNTAIN_CAR, hidden_sizes=(48,), optimizer="rmsprop", total_steps=1600),
    "width 1": Settings(**CARTPOLE, hidden_sizes=(1,), total_steps=800),
    "widths 7 and 33": Settings(**CARTPOLE, hidden_sizes=(7, 33), init="orthogonal", total_steps=800),
    "widths 33, 7, 1": Settings(**ACROBOT, hidden_sizes=(33, 7, 1), activation="tanh", total_steps=800),
    "one environment": Settings(**CARTPOLE, hidden_sizes=(17,), n_envs=1, n_steps=5, total_steps=203),
    "128 steps": Settings(**CARTPOLE, hidden_sizes=(32, 32), n_envs=3, n_steps=128, total_steps=2000),
    "300 rows at once": Settings(**CARTPOLE, hidden_sizes=(20,), n_envs=60, n_steps=5, total_steps=1800),
    "a trunk each": Settings(**ACROBOT, hidden_sizes=(19, 40), shared_trunk=False, init="orthogonal", total_steps=800),
    "rmsprop of tensorflow": Settings(
        **CARTPOLE,
        hidden_sizes=(24,),
        optimizer="rmsprop_tf",
        lr_schedule="linear",
        optimizer_eps=1e-5,
        total_steps=800,
    ),
    "n-step returns": Settings(
        **ACROBOT, hidden_sizes=(16,), advantage_estimator="n_step", normalize_advantage=False, total_steps=800
    ),
    "clipped": Settings(
        **MOUNTAIN_CAR, hidden_sizes=(16,), reward_clip=0.5, time_limit="terminal", max_grad_norm=None, total_steps=1600
    ),
    "pendulum": Settings(**PENDULUM, hidden_sizes=(33, 16), log_std_init=-0.5, total_steps=1600),
    "pendulum, a trunk each": Settings(
        **PENDULUM, hidden_sizes=(16,), shared_trunk=False, init="orthogonal", activation="tanh",
        normalize_observations=True, normalize_rewards=True, total_steps=1600,
    ),
    "pendulum, REINFORCE": Settings(
        **PENDULUM, hidden_sizes=(16,), algorithm="reinforce", n_envs=1, normalize_observations=True, total_steps=500
    ),
    "REINFORCE": Settings(
        **CARTPOLE, hidden_sizes=(17,), algorithm="reinforce", n_envs=1, baseline="none", total_steps=400
    ),
    "REINFORCE, mean": Settings(
        **ACROBOT, hidden_sizes=(7, 33), algorithm="reinforce", n_envs=1, baseline="mean", episodes_per_update=2,
        normalize_advantage=False, optimizer="rmsprop_tf", total_steps=500,
    ),
    "REINFORCE, value": Settings(
        **MOUNTAIN_CAR, hidden_sizes=(16,), algorithm="reinforce", n_envs=1, shared_trunk=False, total_steps=500
    ),
    "REINFORCE, as printed": Settings(
        **CARTPOLE, hidden_sizes=(33,), algorithm="reinforce", n_envs=1, returns="episode_mean",
        normalize_advantage=False, time_limit="terminal", total_steps=300,
    ),
    "wider than a block": Settings(**CARTPOLE, hidden_sizes=(260, 300), total_steps=120),
    "running norm": Settings(**CARTPOLE, hidden_sizes=(24,), clip_by="running", total_steps=800),
    "policy clipped": Settings(
        **CARTPOLE, hidden_sizes=(24, 16), clip_part="policy", max_grad_norm=1e-2, clip_by="running", total_steps=800
    ),
    "value clipped": Settings(**ACROBOT, hidden_sizes=(19,), clip_part="value", shared_trunk=False, total_steps=800),
    "reset rows": Settings(**MOUNTAIN_CAR, hidden_sizes=(16,), train_on_reset_rows=True, total_steps=1600),
    "stopping": Settings(**CARTPOLE, hidden_sizes=(16,), stop_return=15.0, total_steps=800),
    "ppo": Settings(**CARTPOLE, hidden_sizes=(24, 17), algorithm="ppo", n_steps=16, n_envs=3, total_steps=800),
    "ppo in one part": Settings(
        **ACROBOT,
        hidden_sizes=(24,),
        algorithm="ppo",
        n_epochs=3,
        n_minibatches=1,
        clip_range_value=0.1,
        normalize_advantage=False,
        lr_schedule="linear",
        n_steps=20,
        total_steps=1610,
    ),
    "ppo in rows": Settings(
        **CARTPOLE,
        hidden_sizes=(9,),
        algorithm="ppo",
        n_minibatches=12,
        clip_range=None,
        n_steps=3,
        n_envs=4,
        shared_trunk=False,
        normalize_advantage=False,
        total_steps=200,
    ),
}  # fmt: skip


@cache
def core(cc: str, name: str) -> Core:
    """The build `name` that is installed, or by the compiler `cc`."""
    if cc == "installed":
        return choose.load(name)
    _, *arguments, _, _ = build.command(cc, [*build.builds()[name], *build.STRICT], Path())
    return Core(compiled(cc, arguments))


def best() -> Core:
    return core(*INSTALLED[-1])
