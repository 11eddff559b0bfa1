"""Estimated cost of a paper: counts by hand, bytes of a real result, times from the model's own sums."""

import json
from pathlib import Path
from typing import Any

import pytest

from a2c.config import ConfigError, Configuration, Paper, expand, load_paper
from a2c.planning import cost
from a2c.planning.cost import CONSTANTS, Shape, estimate, render
from a2c.runs import manifest
from a2c.runs.layout import Block, plan
from tests.processes import ROOT, SMALL

BASE = {"hidden_sizes": [16, 16], "total_steps": 4000}


def paper(*studies: dict[str, Any], seeds_per_job: int = 2) -> Paper:
    written = {"title": "t", "seeds_per_job": seeds_per_job, "studies": [{"base": BASE, **study} for study in studies]}
    return expand(written, "paper.yaml", Path())


RATES = {"name": "rates", "grid": {"learning_rate": [1e-2, 7e-4]}, "seeds": "0-4"}
ENTROPY = {"name": "entropy", "grid": {"entropy_coef": [0.01, 0.1]}, "seeds": "0-4"}  # 0.01 is in `rates` too


def row(table: Any, study: str) -> dict[str, Any]:
    return table.set_index("study").loc[study].to_dict()


def costs(of: Paper, runs: Path, measured: bool = False) -> Any:
    return estimate(of, runs, "paper.yaml", measured, lambda line: None)


def test_configurations_runs_and_jobs_are_counted(tmp_path: Path) -> None:
    found = row(costs(paper(RATES), tmp_path), "rates")
    assert {key: found[key] for key in ("configurations", "runs", "trained", "jobs")} == {
        "configurations": 2,
        "runs": 10,
        "trained": 0,
        "jobs": 6,  # seeds 0-1, 2-3 and 4, twice
    }


def test_a_run_that_two_studies_share_counts_once_in_the_total(tmp_path: Path) -> None:
    table = costs(paper(RATES, ENTROPY), tmp_path)
    assert table["jobs"].tolist() == [6, 6, 0, 9]
    assert table["runs"].tolist() == [10, 10, 0, 15]


def test_a_study_counts_only_its_own_seeds_of_a_job(tmp_path: Path) -> None:
    table = costs(paper({**RATES, "seeds": "0-9"}, {**RATES, "name": "few"}, seeds_per_job=10), tmp_path)
    assert table[["runs", "trained", "jobs"]].to_numpy().tolist() == [[20, 0, 2], [10, 0, 2], [0, 0, 0], [20, 0, 2]]


def test_tuning_seeds_count_as_runs(tmp_path: Path) -> None:
    assert row(costs(paper({**RATES, "tuning_seeds": "100-102"}), tmp_path), "rates")["runs"] == 16


def test_the_total_is_the_remaining_jobs_and_the_tables(tmp_path: Path) -> None:
    table = costs(paper(RATES), tmp_path)
    for column in ("core_hours", "megabytes"):
        study, tables, in_all = table[column]
        assert in_all == pytest.approx(study + tables)
        assert min(study, tables) > 0


def test_trained_runs_do_not_count(tmp_path: Path) -> None:
    of = paper(RATES)
    blocks = [block for of_one in plan(of, tmp_path).values() for block in of_one]
    for block in blocks[:2]:
        (tmp_path / block.place).mkdir(parents=True)
        (tmp_path / block.place / manifest.NAME).touch()
    found = row(costs(of, tmp_path), "rates")
    assert (found["jobs"], found["trained"]) == (4, sum(len(block.seeds) for block in blocks[:2]))


def test_a_paper_with_everything_trained_costs_nothing(tmp_path: Path) -> None:
    of = paper(RATES)
    for of_one in plan(of, tmp_path).values():
        for block in of_one:
            (tmp_path / block.place).mkdir(parents=True)
            (tmp_path / block.place / manifest.NAME).touch()
    assert (costs(of, tmp_path)[["jobs", "core_hours", "megabytes"]] == 0).all(axis=None)


def test_estimated_bytes_are_within_a_factor_of_1_5_of_a_real_result(trained: Path) -> None:
    happened = sum(path.stat().st_size for path in trained.iterdir())
    said = cost.job(Block(Configuration(**SMALL), 0, 2), "test", cost.known_times([], "test"), {}).bytes
    assert happened / 1.5 < said < happened * 1.5


def test_the_work_of_an_update_is_counted() -> None:
    shape = Shape("CartPole-v1", n_lanes=10, n_envs=8, n_steps=5, n_parameters=100, n_products=100)
    assert cost.update_work(shape) == {
        "update": 1,
        "row": 5,
        "lane": 10,
        "parameter": 1000,
        "product": 40_000,
        "CartPole-v1": 400,
    }


def test_a_shape_has_the_number_of_parameters_of_its_network() -> None:
    block = Block(Configuration(hidden_sizes=(16, 16)), 0, 9)
    shape = cost.shape_of(block, "test")
    assert shape.n_parameters == shape.n_products == (4 + 1) * 16 + (16 + 1) * 16 + (16 + 1) * 3
    assert shape.n_convolutions == shape.n_pixels == 0


def test_the_last_update_may_be_shorter() -> None:
    assert cost.n_updates(Configuration(total_steps=1010, n_envs=10, n_steps=5)) == 21


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "LunarLander-v3"])
def test_every_unit_of_work_has_a_measured_time(env_id: str) -> None:
    times = json.loads(CONSTANTS.read_text())["seconds"]
    assert times["job"] > 0
    assert cost.in_seconds(cost.update_work(Shape(env_id, 1, 1, 1, 1, 1)), times) > 0


def test_an_environment_of_unknown_cost_is_measured() -> None:
    slower = Configuration(env_kwargs={"max_episode_steps": 50})  # not CartPole's batched dynamics
    times = cost.known_times([Block(slower, 0, 0)], "test")
    assert times["CartPole-v1"] < times['CartPole-v1 {"max_episode_steps": 50}'] < 0.01


def test_evaluation_episodes_are_as_long_as_their_time_limit() -> None:
    shape = Shape("CartPole-v1", n_lanes=2, n_envs=8, n_steps=5, n_parameters=100, n_products=100)
    assert cost.evaluation_work(shape, n_episodes=3, longest=50)["CartPole-v1"] == 2 * 50 * 2 * 3  # two modes


def test_measured_times_replace_those_of_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(configuration: Configuration, n_lanes: int, source: str) -> float:
        shape = cost.shape_of(Block(configuration, 0, n_lanes - 1), source)
        return 2 * cost.in_seconds(cost.update_work(shape), cost.known_times([], source))

    monkeypatch.setattr(cost, "update_seconds", twice)
    of = paper(RATES)
    n_jobs, start = 6, cost.known_times([], "test")["job"] / 3600
    modelled, measured = (row(costs(of, tmp_path, how), "rates")["core_hours"] for how in (False, True))
    assert measured - n_jobs * start == pytest.approx(2 * (modelled - n_jobs * start))


@pytest.mark.usefixtures("unsettled")
def test_an_update_of_a_real_training_takes_time() -> None:
    assert 0 < cost.update_seconds(Configuration(hidden_sizes=(8, 8), total_steps=8), 2, "test") < 1


def test_cuda_without_measuring_is_refused_in_one_line(tmp_path: Path) -> None:
    on_cuda = paper({**RATES, "base": {**BASE, "device": "cuda"}})
    with pytest.raises(ConfigError, match=r"paper\.yaml: device: 'cuda' is not allowed; allowed: cpu, or"):
        costs(on_cuda, tmp_path)


def test_an_unknown_environment_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"paper\.yaml: env_id: 'Nothing-v0'"):
        costs(paper({**RATES, "base": {**BASE, "env_id": "Nothing-v0"}}), tmp_path)


def test_the_printed_text_has_the_time_on_the_given_cores(tmp_path: Path) -> None:
    table = costs(paper(RATES), tmp_path)
    table.loc[table["study"] == "in all", ["core_hours", "longest_job_hours"]] = [6.0, 1.0]
    assert "on 2 cores: 3.0 hours, the longest job 60.0 minutes" in render(table, 2, measured=True)
    assert "on 32 cores: 60.0 minutes, the longest job 60.0 minutes" in render(table, 32, measured=True)


# -------------------------------------------------------------------------------------------------------------- Atari

PONG = {"env_id": "ALE/Pong-v5", "network": "cnn", "hidden_sizes": [512], "optimizer": "rmsprop", "n_envs": 16}


def pong(**changes: Any) -> Block:
    return Block(Configuration(**{**PONG, **changes}), 0, 0)


def seconds_of(block: Block) -> float:
    return cost.job(block, "test", cost.known_times([block], "test"), {}).seconds


def test_a_convolution_is_counted_at_every_position_of_its_output() -> None:
    shape = cost.shape_of(pong(), "test")
    dense = (3136 + 1) * 512 + (512 + 1) * 7
    assert shape.n_convolutions == 20 * 20 * 32 * 8 * 8 * 4 + 9 * 9 * 64 * 4 * 4 * 32 + 7 * 7 * 64 * 3 * 3 * 64
    assert shape.n_products == dense
    assert shape.n_parameters == dense + (256 + 1) * 32 + (512 + 1) * 64 + (576 + 1) * 64
    assert shape.n_pixels == 4 * 84 * 84


def test_the_work_on_images_is_counted() -> None:
    shape = Shape("ALE/Pong-v5", 2, 3, 5, n_parameters=10, n_products=7, n_convolutions=1000, n_pixels=100)
    assert cost.update_work(shape) == {
        "update": 1,
        "row": 5,
        "lane": 2,
        "parameter": 20,
        "product": 30 * 7,
        "ALE/Pong-v5": 30,
        "convolve": 2 * 6,
        "pixel": 2 * 3 * 6 * 100,
        "convolution": 2 * 3 * 16 * 1000,  # of five rows forward and twice back, and the bootstrap's
    }


@pytest.mark.parametrize(("frames", "steps"), [(108_000, cost.GAME_STEPS), (4_000, 1_000)])
def test_an_evaluation_episode_is_estimated_as_a_long_game_not_as_the_time_limit(frames: int, steps: int) -> None:
    one, two = (
        seconds_of(pong(eval_episodes=n, env_kwargs={"max_num_frames_per_episode": frames}, total_steps=16))
        for n in (1, 2)
    )
    times = cost.known_times([], "test")
    shape = cost.shape_of(pong(), "test")
    work = {"product": shape.n_products / 3, "pixel": shape.n_pixels, "convolution": shape.n_convolutions}
    a_step = cost.in_seconds({**work, "ALE/Pong-v5": 1}, times)
    assert two - one == pytest.approx(2 * steps * a_step + 2 * times["game"])


def test_the_time_limit_of_a_game_does_not_change_its_measured_time() -> None:
    assert cost.environment_name(pong(env_kwargs={"max_num_frames_per_episode": 400}).configuration) == "ALE/Pong-v5"
    assert cost.environment_name(pong(env_kwargs={"frameskip": 2}).configuration) == 'ALE/Pong-v5 {"frameskip": 2}'


def test_all_57_games_have_a_measured_time() -> None:
    times = json.loads(CONSTANTS.read_text())["seconds"]
    points = load_paper(ROOT / "config" / "atari57.yaml").studies[0].points
    assert all(5e-5 < times[point.configuration.env_id] < 5e-3 for point in points)


def test_the_estimate_for_pong_is_within_a_third_of_a_real_training() -> None:
    times = cost.known_times([], "test")
    assert 0.075 / 1.33 < cost.in_seconds(cost.update_work(cost.shape_of(pong(), "test")), times) < 0.090 * 1.33


def test_the_estimate_of_a_job_has_memory_and_checkpoint(tmp_path: Path) -> None:
    of = paper({"name": "games", "base": PONG, "grid": {"n_envs": [16, 64]}, "seeds": "0-1"}, seeds_per_job=1)
    table = costs(of, tmp_path)
    weights = 4 * cost.shape_of(pong(), "test").n_parameters
    assert row(table, "in all")["checkpoint_megabytes"] == pytest.approx((2 * weights + 200_000) / 1e6)
    largest = cost.job(pong(n_envs=64), "test", cost.known_times([], "test"), {}).memory
    assert row(table, "in all")["memory_gigabytes"] == pytest.approx(largest / 1e9)
    assert "while it trains, a job takes up to " in render(table, 2, measured=False)
