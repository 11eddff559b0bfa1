"""One environment: what it breaks of Gymnasium's interface is one line, and it is closed whatever happens."""

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.config.errors import EnvironmentFaultError
from a2c.envs import Environments, Single, closing
from tests.envs.faulty import Counted


def step_often(change: str) -> None:
    configuration = Configuration(env_id="faulty/BreaksLate-v0", env_kwargs={"change": change})
    environments = Environments(configuration, [0], 1, "test")
    environments.reset()
    for _ in range(200):
        environments.step(np.zeros((1, 1), dtype=np.int64))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("four", "step raised ValueError: not enough values to unpack"),
        ("reward", "step returns as the reward one NoneType, not a number"),
        ("end", "step returns as terminated one str, not true or false"),
        ("shape", r"step returns an observation of shape \(1, 2\), its space has \(2,\)"),
        ("thing", "step raised LookupError: no numbers"),
        ("panic", "step raised _Panic: rust panicked"),
        ("without words", r"step raised WithoutWordsError \("),
        ("colours", r"step raised ValueError: a\?\[31mred\?"),
        ("complex", "step returns as the reward one complex128, not a number"),
        ("number in words", "step returns as the reward one str_, not a number"),
        ("text", "step returns an observation of type list, its space is a Box of float32"),
    ],
)
def test_a_rule_that_is_broken_during_training_is_one_line(change: str, line: str) -> None:
    with pytest.raises(EnvironmentFaultError, match=f"^faulty/BreaksLate-v0: {line}"):
        step_often(change)


def test_what_changes_no_value_is_taken() -> None:
    step_often("none")


@pytest.fixture
def counted() -> str:
    Counted.opened = 0
    return "faulty/Counted-v0"


def test_environments_are_closed_once_where_the_work_with_them_ends(counted: str) -> None:
    with closing():
        made = [Single(counted, {}, None) for _ in range(3)]
        made[0].close()
        assert Counted.opened == 2
    assert Counted.opened == 0


@closing()
def make(*env_ids: str, error: BaseException | None = None) -> None:
    for env_id in env_ids:
        Single(env_id, {}, None)
    if error is not None:
        raise error


def test_environments_are_closed_after_an_error(counted: str) -> None:
    with pytest.raises(KeyError):
        make(counted, error=KeyError())
    assert Counted.opened == 0


def test_what_close_raises_is_told_after_all_are_closed(counted: str) -> None:
    with pytest.raises(EnvironmentFaultError, match=r"^faulty/CloseRaises-v0: close raised RuntimeError: still busy"):
        make("faulty/CloseRaises-v0", counted)
    assert Counted.opened == 0


def test_what_close_raises_hides_no_other_error() -> None:
    with pytest.raises(KeyError):
        make("faulty/CloseRaises-v0", error=KeyError())
