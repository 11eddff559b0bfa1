"""The trial of an environment before training: faults are one line that names the environment and the cause."""

import numpy as np
import pytest

from a2c.config import ConfigError, Configuration
from a2c.config.errors import EnvironmentFaultError
from a2c.envs import Environments, check
from a2c.envs.probe import probe
from tests.envs.faulty import Spaceless


def tried(env_id: str, network: str = "mlp") -> str:
    """What is said of an environment; empty if nothing."""
    configuration = Configuration(env_id=env_id, network=network)
    try:
        probe(configuration, check(configuration, "x.yaml"), "x.yaml")
    except ConfigError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "LunarLander-v3", "faulty/Sound-v0"])
def test_an_environment_without_fault_passes(env_id: str) -> None:
    assert tried(env_id) == ""


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("ResetWithoutSeed", "reset raised TypeError: "),
        ("ResetWithoutInfo", "reset returns one ndarray, not an observation and a dictionary"),
        ("StepOfFour", "step returns a tuple of 4, not observation, reward, terminated, truncated and a dictionary"),
        ("WrongShape", "reset returns an observation of shape (3,), its space has (2,)"),
        ("ShapeThatBroadcasts", "reset returns an observation of shape (1,), its space has (2,)"),
        ("NotANumber", "reset returns an observation that is not finite"),
        ("TwoRewards", "the reward is a tuple of 2, not a number"),
        ("RewardIsNoNumber", "the reward is nan, not a finite number"),
        ("RaisesAtOnce", "step raised ZeroDivisionError: no way (A2C_TRACEBACK=1 shows where)"),
        ("EndsTheProcess", "step raised SystemExit: 0 "),
        ("TextAsEnd", "terminated is one str, not true or false"),
        ("BelowItsSpace", "reset returns an observation that is not in its space, Discrete(3)"),
        ("WrappedWrongly", "reset returns an observation of shape (1, 2), its space has (2,)"),
        ("CannotBeMadeAgain", "__init__ raised RuntimeError: no licence"),
        ("CloseRaises", "environments that can be closed; this one raised RuntimeError: still busy"),
        ("Spaceless", "environments with both spaces; this one raised AttributeError: "),
        ("CannotBeMade", "this one raised RuntimeError: no licence"),
        ("NoisyReset", "the first observations of two environments differ"),
        ("NoisyReward", "two environments with the same actions differ in rewards at step 1"),
        ("SecondEpisodeByCounter", "the first observations of two environments differ"),
    ],
)
def test_a_fault_is_one_line_with_environment_and_cause(name: str, cause: str) -> None:
    line = tried(f"faulty/{name}-v0")
    assert line.startswith(f"x.yaml: env_id: 'faulty/{name}-v0' is not allowed; allowed: ")
    assert cause in line
    assert "\n" not in line


def test_an_environment_that_is_refused_is_closed() -> None:
    before = Spaceless.closed
    assert tried("faulty/Spaceless-v0")
    assert Spaceless.closed == before + 1


def test_an_image_that_is_no_bytes_is_a_fault() -> None:
    said = "reset returns an observation of float64 with numbers that are no whole ones from 0 to 255"
    assert said in tried("faulty/FractionsAsImage-v0", network="cnn")


def step_often(environments: Environments) -> None:
    for _ in range(200):
        environments.step(np.zeros((1, 1), dtype=np.int64))


def test_a_fault_during_training_names_environment_and_cause() -> None:
    assert tried("faulty/RaisesLate-v0") == ""
    environments = Environments(Configuration(env_id="faulty/RaisesLate-v0"), [0], 1, "test")
    environments.reset()
    with pytest.raises(
        EnvironmentFaultError, match=r"^faulty/RaisesLate-v0: step raised ZeroDivisionError: no way \("
    ) as error:
        step_often(environments)
    assert isinstance(error.value.__cause__, ZeroDivisionError)
