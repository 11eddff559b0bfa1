"""The scale of normalised scores."""

import numpy as np
import pytest

from a2c.analysis.references import HUMAN_SCORES, scale, unscaled


def test_a_registered_environment_is_scaled_from_random_play_to_its_threshold() -> None:
    ends = scale("CartPole-v1", 475.0)
    assert ends is not None
    assert ends.one_is == "solved"
    np.testing.assert_allclose(ends.normalise(np.array([22.2, 248.6, 475.0])), [0, 0.5, 1])


def test_an_atari_game_is_scaled_from_random_play_to_a_human_score() -> None:
    ends = scale("ALE/Pong-v5", None)
    assert ends is not None
    assert ends.one_is == "human"
    np.testing.assert_allclose(ends.normalise(np.array([-20.7, 14.6, 21.0])), [0, 1, 41.7 / 35.3])


def test_every_game_of_atari57_has_a_scale() -> None:
    from pathlib import Path

    from a2c.config import load_paper

    (study,) = load_paper(Path("config/atari57.yaml")).studies
    games = [point.configuration.env_id for point in study.points]
    assert len(games) == 57
    assert unscaled(dict.fromkeys(games)) == ""


def test_humans_score_above_random_play() -> None:
    scores = np.genfromtxt(HUMAN_SCORES, delimiter=",", skip_header=1, usecols=(1, 2))
    assert (scores[:, 1] > scores[:, 0]).all()


def test_a_changed_environment_has_no_scale_unless_it_is_a_game() -> None:
    thresholds = {"ALE/Pong-v5": None, "CartPole-v1": 475.0}
    assert unscaled(thresholds) == unscaled(thresholds, {"ALE/Pong-v5"}) == ""
    assert unscaled(thresholds, {"CartPole-v1"}).startswith(
        "no random policy's return known for CartPole-v1 with these"
    )


@pytest.mark.parametrize(
    ("env_id", "words"),
    [
        ("CartPole-v1", "no reward threshold registered for CartPole-v1"),
        ("Pendulum-v1", "no random policy's return known for Pendulum-v1"),
    ],
)
def test_an_environment_without_a_scale_is_named(env_id: str, words: str) -> None:
    assert unscaled({"ALE/Pong-v5": None, env_id: None}) == words
