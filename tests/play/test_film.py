"""Films of trained policies: episodes of the recorded evaluation, reproducible bytes, mistakes in one line."""

import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from a2c.config import ConfigError
from a2c.learn.evaluation import MODES
from a2c.planning import memory
from a2c.play.episodes import play_episodes
from a2c.play.film import Film, Format, _resized, describe, episode_images, film_writer, make_film
from a2c.play.player import read_player
from a2c.play.renderer import open_renderer
from a2c.runs import manifest
from a2c.runs.result import LeftOutError, read_result
from tests.commands import a2c_says

PONG = {"env_id": "ALE/Pong-v5", "network": "cnn", "conv_channels": [4, 4, 4], "hidden_sizes": [32], "n_envs": 2,
        "total_steps": 200, "eval_episodes": 1, "env_kwargs": {"max_num_frames_per_episode": 600}}  # fmt: skip
LANDER = {"env_id": "LunarLander-v3", "hidden_sizes": [16], "total_steps": 800, "eval_episodes": 2}

pytestmark = pytest.mark.usefixtures("unsettled")


def nothing() -> None:
    pass


def film(folder: Path, seed: int = 1, mode: str = "sampled", count: int = 1, form: Format = Format()) -> Film:  # noqa: B008
    return make_film(read_player(read_result(folder), seed), mode, count, form, nothing)


def recorded(folder: Path, seed: int, mode: str) -> list[tuple[float, int]]:
    """Returns and lengths of the evaluation's episodes."""
    rows = pq.read_table(folder / "evaluation.parquet").to_pylist()
    return [(row["return"], row["length"]) for row in rows if (row["seed"], row["mode"]) == (seed, mode)]


def assert_as_recorded(folder: Path, seeds: int, count: int) -> None:
    for seed, mode in product(range(seeds), MODES):
        seen = film(folder, seed, mode, count, Format(width=32, fps=5))
        played = [(episode.total_reward, len(episode.actions)) for episode in seen.episodes]
        assert played == recorded(folder, seed, mode)
        assert "as recorded" in describe(seen)


def test_returns_and_lengths_are_those_of_the_recorded_evaluation(trained: Path) -> None:
    assert_as_recorded(trained, seeds=3, count=2)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(LANDER, id="box2d"),
        pytest.param(PONG, id="atari"),
        pytest.param({**PONG, "atari_protocol": "classic"}, id="atari-classic", marks=pytest.mark.slow),
    ],
)
def test_returns_and_lengths_are_the_recorded_ones_in_an_atari_game(tmp_path: Path, fields: dict) -> None:
    a2c_says("train", "-", "--seeds", "0-1", "--out", tmp_path, fields=fields).check_returncode()
    assert_as_recorded(tmp_path, seeds=2, count=fields["eval_episodes"])
    seen = film(tmp_path, 0)
    width, height = seen.images[0].size
    assert (width, height) == ((320, 214) if fields is LANDER else (320, 420))
    assert len(set(seen.images[-1].convert("RGB").get_flattened_data())) > 3  # in colours


def test_an_evaluation_that_does_not_fit_into_memory_is_not_played(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 0)
    told = r"manifest\.json: configuration\.eval_episodes: 2 is not allowed; .*; its evaluation needs"
    with pytest.raises(ConfigError, match=told):
        play_episodes(read_player(read_result(trained), 0), "greedy", 1, nothing)


def test_an_environment_whose_rewards_differ_when_it_is_drawn_is_not_filmed(trained: Path) -> None:
    player = read_player(read_result(trained), 0)
    (episode,) = play_episodes(player, "greedy", 1, nothing)
    forged = episode._replace(rewards=[*episode.rewards[:3], 2.0, *episode.rewards[4:]])
    with pytest.raises(manifest.DamagedError, match=r"agent step 4 is 1\.0 when it is drawn, and was 2\.0"):
        list(episode_images(player, forged, open_renderer(player.configuration), 1, nothing))


def test_a_gif_has_the_same_bytes_every_time_and_the_pace_of_play(trained: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.gif", tmp_path / "second.gif"
    done = a2c_says("play", trained, "--seed", "1", "--out", first)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{first}: CartPole-v1, seed 1, sampled, episode 0: return ")
    seen = film(trained)
    film_writer(second, "--out")(seen)
    assert first.read_bytes() == second.read_bytes()
    with Image.open(first) as gif:
        assert max(gif.size) <= 320
        durations = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            durations.append(gif.info["duration"])
    assert sum(durations) == pytest.approx(1000 * (seen.seconds + 1), abs=50)  # the last image stays for a second


def test_an_mp4_can_be_read_again(trained: Path, tmp_path: Path) -> None:
    import av

    seen = film(trained)
    film_writer(tmp_path / "x.MP4", "--out")(seen)
    with av.open(str(tmp_path / "x.MP4")) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == len(seen.images) + 25
    assert (frames[0].width, frames[0].height) == seen.images[0].size


@pytest.mark.parametrize("most", [16, 19, 23, 159, 160, 161, 320, 479])
@pytest.mark.parametrize("width", [7, 53, 159, 160, 600])
def test_a_film_is_never_wider_than_its_largest_width(width: int, most: int) -> None:
    wide, high = _resized(np.zeros((210, width, 3), np.uint8), most).size
    assert most / 2 - 2 < wide <= most
    assert (wide % 2, high % 2) == (0, 0)


def test_a_long_episode_is_cut_with_a_message(trained: Path) -> None:
    whole = film(trained, count=2)
    cut = film(trained, count=2, form=Format(seconds=0.2))
    assert (cut.seconds, cut.of_seconds) == (0.2, whole.of_seconds)
    assert len(cut.images) < len(whole.images)
    assert f"; the first 0.2 s of {whole.of_seconds:.1f} s of play" in describe(cut)
    assert cut.episodes == whole.episodes


def test_without_a_seed_the_best_one_plays(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained, tmp_path / "copy")
    done = a2c_says("play", tmp_path / "copy", "--mode", "greedy", "--seconds", "1", "--width", "64")
    means = {seed: sum(one for one, _ in recorded(trained, seed, "greedy")) for seed in range(3)}
    best = max(means, key=lambda seed: means[seed])
    assert done.stdout.startswith(f"{tmp_path / 'copy' / f'play-seed-{best}-greedy.gif'}: ")
    assert (tmp_path / "copy" / f"play-seed-{best}-greedy.gif").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seed", "7"], "seed: 7 is not allowed; allowed: those of {folder}: 0-2"),
        (["--out", "x.avi"], "--out: 'x.avi' is not allowed; allowed: a file that ends in .gif or .mp4"),
        (["--episodes", "3"], "--episodes: 3 is not allowed; allowed: 1 to 2, those evaluated"),
        (["--fps", "51"], "--fps: 51.0 is not allowed; allowed: 1 to 50"),
        (["--width", "0"], "--width: 0 is not allowed; allowed: 16 to 1920"),
        (["--seconds", "nan"], "--seconds: nan is not allowed; allowed: 0.1 to 600"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(trained: Path, options: list[str], said: str) -> None:
    done = a2c_says("play", trained, *options)
    assert (done.returncode, done.stderr) == (2, f"a2c: {said.format(folder=trained)}\n")


def test_a_diverged_seed_cannot_be_filmed(tmp_path: Path) -> None:
    fields = {"learning_rate": 1e12, "hidden_sizes": [16], "total_steps": 4000, "eval_episodes": 1}
    a2c_says("train", "-", "--seeds", "0", "--out", tmp_path, fields=fields).check_returncode()
    done = a2c_says("play", tmp_path, "--seed", "0")
    assert done.returncode == 2
    assert done.stderr.startswith("a2c: seed: 0 is not allowed; allowed: seeds that finished; seed 0 diverged at agent")
    done = a2c_says("play", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "all seeds diverged" in done.stderr


def test_missing_left_out_and_damaged_weights_are_named(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(trained, folder)
    weights = folder / "weights.npz"
    weights.write_bytes(weights.read_bytes()[:-1])
    done = a2c_says("play", folder)
    assert (done.returncode, done.stderr) == (1, f"a2c: {weights}: damaged (9609 bytes, not 9610)\n")
    weights.unlink()
    done = a2c_says("play", folder)
    assert (done.returncode, done.stderr) == (1, f"a2c: {weights}: missing\n")
    manifest.leave_out(folder, manifest.read(folder), ["weights.npz"], {})
    with pytest.raises(LeftOutError, match="left out of this copy; training its seeds again gives it"):
        read_player(read_result(folder), 0)
    done = a2c_says("play", tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        f"a2c: DIR: '{tmp_path}' is not allowed; allowed: the folder of one result; those below it: copy\n",
    )
