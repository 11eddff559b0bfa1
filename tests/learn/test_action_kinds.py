"""Every kind of action: the core beside the PyTorch version from one seed, lanes, kills, and what an audit replays."""

from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.config.metrics import metrics_of
from a2c.envs import Environments, Episodes, check, replay
from a2c.learn import evaluation
from a2c.learn.algorithms.a3c import A3C
from a2c.learn.algorithms.reinforce import Reinforce
from a2c.learn.learner import Learner
from a2c.learn.native import NativeTrainer
from a2c.learn.own_clocks import OwnClocks
from a2c.learn.trainer import MODES, Interrupted, make_trainer, policy_of
from tests.envs.kinds import ACTIONS
from tests.learn.logs import log_of
from tests.learn.test_native import Recorder, trainer_of

BOTH = {"normalize_observations": True, "normalize_rewards": True}
each_kind = pytest.mark.parametrize("kind", ACTIONS)


OTHER: dict[str, Any] = {"shared_trunk": False, **BOTH}
MINIBATCHES: dict[str, Any] = {"algorithm": "ppo", "n_minibatches": 5, "n_epochs": 2, "clip_range_value": 0.2}


@pytest.mark.parametrize("fields", [{}, OTHER, MINIBATCHES], ids=["plain", "other", "ppo"])
@pytest.mark.usefixtures("unsettled")
@each_kind
def test_the_core_learns_as_the_pytorch_version_does(kind: str, fields: dict[str, Any]) -> None:
    """From the same seed: the first rollout's actions, and all numbers of the update from it."""
    deviation = {"log_std_init": -1.0} if kind == "Box" and fields else {}
    configuration = Configuration(
        env_id=f"{kind}Numbers-v0", hidden_sizes=(16, 33), n_envs=3, n_steps=50, total_steps=150, optimizer_eps=1e-3,
        **fields,
        **deviation,
    )  # fmt: skip
    facts = check(configuration, "test")
    trainers = Learner(configuration, [4], facts), NativeTrainer(configuration, [4], facts)
    before = trainers[1].weights(0)
    logs, metrics, after = [], [], []
    for trainer in trainers:
        parts: list[Any] = []
        trainer.train(parts.append)
        logs.append(log_of(trainer, parts).taken)
        metrics.append(parts[0].metrics[0][2])
        after.append(trainer.weights(0))
    np.testing.assert_allclose(logs[0], logs[1], rtol=1e-5, atol=1e-6)
    assert logs[0].dtype == logs[1].dtype == facts.action_space.dtype
    assert dict(zip(metrics_of(configuration.algorithm), metrics[1], strict=True)) == pytest.approx(
        dict(zip(metrics_of(configuration.algorithm), metrics[0], strict=True)), rel=1e-3, abs=1e-5
    )
    assert after[0].keys() == after[1].keys()
    assert ("log_std" in after[0]) == (kind == "Box")
    for name, weights in after[0].items():
        step = np.abs(weights - before[name]).max()
        np.testing.assert_allclose(after[1][name], weights, rtol=0, atol=1e-2 * step + 1e-7, err_msg=name)


SMALL: dict[str, Any] = {"total_steps": 600, "n_envs": 2, "n_steps": 7, "hidden_sizes": (8,), "eval_episodes": 2}


REINFORCE: dict[str, Any] = {"algorithm": "reinforce", "n_envs": 1, "n_steps": 5, **BOTH}
WORKERS: dict[str, Any] = {"algorithm": "a3c"}
PPO: dict[str, Any] = {"algorithm": "ppo", "n_steps": 12, "n_minibatches": 3, "n_epochs": 2, **BOTH}
OF_ONE_LANE = {"reinforce": Reinforce, "a3c": A3C}
each_variant = pytest.mark.parametrize(
    "fields", [{}, BOTH, REINFORCE, WORKERS, PPO], ids=["plain", "normalised", "reinforce", "a3c", "ppo"]
)


@each_variant
@pytest.mark.parametrize("env_id", ["Pendulum-v1", *(f"{kind}Numbers-v0" for kind in ACTIONS)])
def test_a_lane_is_the_same_alone_and_beside_others(env_id: str, fields: dict[str, Any]) -> None:
    configuration = Configuration(env_id=env_id, **{**SMALL, **fields})
    facts, recorders = check(configuration, "test"), (Recorder(), Recorder())
    trainers: Any = [make_trainer(configuration, seeds, facts) for seeds in ([7, 2], [2])]
    for trainer, recorder in zip(trainers, recorders, strict=True):
        trainer.train(recorder)
    assert recorders[0].of(trainers[0], 1) == recorders[1].of(trainers[1], 0)


@each_variant
@pytest.mark.parametrize("env_id", ["Pendulum-v1", *(f"{kind}Numbers-v0" for kind in ACTIONS)])
@pytest.mark.parametrize("by_core", [True, False], ids=["core", "pytorch"])
@pytest.mark.usefixtures("unsettled")
def test_restored_goes_on_as_if_never_stopped(
    env_id: str, fields: dict[str, Any], by_core: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("a2c.learn.native.PART", 100)
    monkeypatch.setattr("a2c.learn.native_a3c.PART", 50)
    configuration = Configuration(env_id=env_id, **{**SMALL, "total_steps": 450, **fields})
    facts = check(configuration, "test")

    def made() -> Any:
        if by_core:
            return make_trainer(configuration, [3, 9], facts)
        if configuration.algorithm in OF_ONE_LANE:
            return OwnClocks(configuration, [3, 9], facts, OF_ONE_LANE[configuration.algorithm])
        return Learner(configuration, [3, 9], facts)

    trainer, whole = made(), Recorder()
    stopped: dict[str, Any] = {}

    def record(progress: Any) -> None:
        whole(progress)
        if len(whole.parts) == 4:  # in the middle of an episode
            stopped.update(state=trainer.state(), parts=list(whole.parts))

    trainer.train(record)
    resumed, rest = made(), Recorder()
    assert resumed.accepts(stopped["state"])
    resumed.restore(Interrupted(stopped["state"], log_of(trainer, stopped["parts"]), {}, {}))
    rest.parts = stopped["parts"]
    resumed.train(rest)
    for lane in range(2):
        assert rest.of(resumed, lane) == whole.of(trainer, lane)


@each_kind
def test_the_logged_actions_lead_to_the_same_episodes(kind: str) -> None:
    trainer, recorder = trainer_of([0, 1], env_id=f"{kind}Numbers-v0", **SMALL), Recorder()
    trainer.train(recorder)
    log = log_of(trainer, recorder.parts).actions
    assert trainer.facts.action_space.accepts(log)
    environments = Environments(trainer.configuration, [0, 1], 2, "environments")
    ended, _ = replay(environments, Episodes(2, 2), trainer.facts.action_space, log)
    assert sorted(ended) == sorted(one for part in recorder.parts for one in part.ended)
    assert len(ended) > 20


def test_raw_actions_of_a_box_are_logged_and_bounded_ones_taken() -> None:
    """`Aim` refuses what is out of bounds."""
    trainer, recorder = trainer_of([0], env_id="BoxNumbers-v0", **SMALL), Recorder()
    trainer.train(recorder)
    log = log_of(trainer, recorder.parts).actions
    assert log.dtype == np.float32
    assert log[..., 1].min() < 0.25 < 0.75 < log[..., 1].max()


@pytest.mark.parametrize("env_id", ["Pendulum-v1", *(f"{kind}Numbers-v0" for kind in ACTIONS)])
@pytest.mark.parametrize("fields", [{}, BOTH], ids=["plain", "normalised"])
def test_a_policy_from_its_weights_plays_the_evaluation_again(env_id: str, fields: dict[str, Any]) -> None:
    """With the moments as they stood at the end."""
    trainer = trainer_of([5], env_id=env_id, **{**SMALL, "total_steps": 200}, **fields)
    trainer.train(lambda _: None)
    evaluated = trainer.evaluate()
    policy = policy_of(trainer.configuration, trainer.facts, 5, trainer.weights(0))
    again = evaluation.evaluate(policy, trainer.configuration, [5], ())
    assert [one.mode for one in again] == [mode for mode in MODES for _ in range(2)]
    np.testing.assert_allclose([one.total_reward for one in again], [one.total_reward for one in evaluated], rtol=1e-9)
