"""Games in threads of their own are those of the loop that plays them one after the other."""

from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.envs import Environments
from tests.envs.games import actions_of, game

# Short games with lives, so that all kinds of ends and reset rows are met.
SHORT: dict[str, Any] = {"img_height": 44, "img_width": 36, "stack_num": 2, "max_num_frames_per_episode": 240}


@pytest.mark.parametrize("protocol", ["machado", "classic"])
def test_games_in_threads_have_the_bits_of_games_without(protocol: str) -> None:
    configuration: Configuration = game("Breakout", protocol, **SHORT)
    without, within = (Environments(configuration, [3, 8], 2, "environments", threads) for threads in (0, 3))
    np.testing.assert_array_equal(without.reset(), within.reset())
    ends = 0
    for action in actions_of(configuration, [3, 8], 2, 150):
        within.send(action)
        for one, other in zip(without.step(action), row := within.receive(), strict=True):
            np.testing.assert_array_equal(one, other)
        ends += int(row.done.sum())
    assert ends >= 8


def test_games_in_threads_have_no_state_to_save() -> None:
    environments = Environments(game("Breakout", **SHORT), [3], 1, "environments", 1)
    environments.reset()
    assert environments.state() == {}
