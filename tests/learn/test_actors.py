"""Trainings on games that go on from the states of their emulators, or by replaying the actions."""

from typing import Any

import pytest

from a2c.envs import ActionLog, Ended
from a2c.learn.learner import Learner
from a2c.learn.trainer import ENVIRONMENTS, Interrupted, Progress
from tests.learn.learners import make_learner

N_ROWS, STOP = 100, 75


def player(name: str, protocol: str) -> Learner:
    """Two lanes with a small CNN; games take at most 60 agent steps."""
    return make_learner(
        [3, 4],
        env_id=f"ALE/{name}-v5",
        atari_protocol=protocol,
        env_kwargs={"img_height": 36, "img_width": 36, "stack_num": 2, "max_num_frames_per_episode": 240},
        network="cnn",
        conv_channels=(4, 4, 4),
        hidden_sizes=(16,),
        n_envs=2,
        total_steps=2 * N_ROWS,
    )


class Record:
    """What a learner did, and its state after STOP rows."""

    def __init__(self, learner: Learner) -> None:
        self.learner, self.parts = learner, list[Progress]()
        learner.train(self._add)

    def _add(self, progress: Progress) -> None:
        self.parts.append(progress)
        if self.learner.rows == STOP:
            self.state = self.learner.state()
            self.log = ActionLog(self.learner.facts.action_space, 2, self.learner.total_rows, 2)
            for part in self.parts:
                for logged in part.actions:
                    self.log.add(logged)
            self.ended = [one for part in self.parts for one in part.ended]

    def rest(self, n_parts: int) -> list[Any]:
        """The last parts, and the weights after them."""
        told = [(part.ended, [one.actions.tolist() for one in part.actions]) for part in self.parts[-n_parts:]]
        return [*told, *({name: a.tobytes() for name, a in self.learner.weights(lane).items()} for lane in (0, 1))]


@pytest.mark.parametrize(
    ("name", "protocol", "replays"),
    [
        ("Pong", "machado", False),
        ("Breakout", "classic", False),
        ("MiniatureGolf", "classic", True),  # ALE saves it only in part
    ],
)
def test_a_restored_training_goes_on_as_the_uninterrupted_one(name: str, protocol: str, replays: bool) -> None:
    whole = Record(player(name, protocol))
    resumed = player(name, protocol)
    assert resumed.accepts(whole.state)
    replayed: list[Ended] | None = resumed.restore(Interrupted(whole.state, whole.log, {}, {}))
    assert len(whole.ended) >= 4
    assert replayed == (whole.ended if replays else None)
    rest = Record(resumed)
    n_parts = len(rest.parts)
    assert n_parts == (N_ROWS - STOP) // 5
    assert rest.rest(n_parts) == whole.rest(n_parts)


def test_a_training_whose_games_come_elsewhere_replays_them() -> None:
    whole, resumed = Record(player("Breakout", "machado")), player("Breakout", "machado")
    name = f"{ENVIRONMENTS}actions.3"
    assert (
        resumed.restore(Interrupted({**whole.state, name: 1 - whole.state[name] % 2}, whole.log, {}, {})) == whole.ended
    )
    assert Record(resumed).rest(5) == whole.rest(5)


def test_a_state_without_all_games_is_not_accepted() -> None:
    pong = player("Pong", "machado")
    state = pong.state()
    assert pong.accepts(state)
    assert not pong.accepts({name: array for name, array in state.items() if name != f"{ENVIRONMENTS}now.3"})
    assert not pong.accepts({**state, f"{ENVIRONMENTS}games": state[f"{ENVIRONMENTS}games"][:-1]})
