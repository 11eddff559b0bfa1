"""The estimate of a paper's cost: counts by hand, and its sums."""

from pathlib import Path
from typing import Any

import pytest
import torch

from a2c.config import ConfigError, Configuration, Paper, expand
from a2c.planning import times
from a2c.planning.cost import block_cost
from a2c.planning.estimate import estimate, render
from a2c.planning.gradients import run_cost
from a2c.planning.times import known_times
from a2c.planning.tunings import job_cost
from a2c.planning.work import in_seconds, shape_of, update_work
from a2c.runs import manifest
from a2c.runs.files import sealed
from a2c.runs.gradients import hash_of as hash_of_study
from a2c.runs.layout import SeedBlock, plan
from a2c.tuning.records import hash_of as hash_of_job
from tests.planning.pong import PONG, pong
from tests.processes import ROOT
from tests.tuning.small import ENTRY

BASE = {"hidden_sizes": [16, 16], "total_steps": 4000}


def paper(*studies: dict[str, Any], seeds_per_job: int = 2) -> Paper:
    written = {
        "title": "t",
        "results": "out",
        "seeds_per_job": seeds_per_job,
        "studies": [{"base": BASE, **study} for study in studies],
    }
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
        (tmp_path / block.path).mkdir(parents=True)
        (tmp_path / block.path / manifest.NAME).touch()
    found = row(costs(of, tmp_path), "rates")
    assert (found["jobs"], found["trained"]) == (4, sum(len(block.seeds) for block in blocks[:2]))


def test_a_paper_with_everything_trained_costs_nothing(tmp_path: Path) -> None:
    of = paper(RATES)
    for of_one in plan(of, tmp_path).values():
        for block in of_one:
            (tmp_path / block.path).mkdir(parents=True)
            (tmp_path / block.path / manifest.NAME).touch()
    assert (costs(of, tmp_path)[["jobs", "core_hours", "megabytes"]] == 0).all(axis=None)


@pytest.fixture
def half_as_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which everything takes twice as long as on that of cost.json."""

    def twice(configuration: Configuration, n_lanes: int, source: str) -> float:
        shape = shape_of(SeedBlock(configuration, 0, n_lanes - 1), source)
        return 2 * in_seconds(update_work(shape), known_times([], source))

    monkeypatch.setattr(times, "update_seconds", twice)


@pytest.mark.usefixtures("half_as_fast")
def test_measured_times_replace_those_of_the_model(tmp_path: Path) -> None:
    of = paper(RATES)
    n_jobs, start = 6, known_times([], "test")["core job"] / 3600
    modelled, measured = (row(costs(of, tmp_path, how), "rates")["core_hours"] for how in (False, True))
    assert measured - n_jobs * start == pytest.approx(2 * (modelled - n_jobs * start))


@pytest.mark.usefixtures("half_as_fast")
def test_measured_times_replace_those_of_the_model_in_tunings(tmp_path: Path) -> None:
    of = expand({"title": "t", "results": "out", "tunings": [ENTRY]}, "paper.yaml", Path())
    doubled = {unit: 2 * seconds for unit, seconds in known_times([], "test").items()}
    for measured, known in ((False, known_times([], "test")), (True, doubled)):
        seconds = sum(job_cost(of.tunings[0], tuner, "test", known).seconds for tuner, _ in of.tunings[0].jobs)
        assert row(costs(of, tmp_path, measured), "tuning small")["core_hours"] == pytest.approx(seconds / 3600)


@pytest.mark.usefixtures("half_as_fast")
def test_measured_times_replace_those_of_the_model_in_gradient_studies(tmp_path: Path) -> None:
    written = {"title": "t", "results": "out", "gradients": [{"name": "g", "base": BASE, "seeds": "0-3"}]}
    of = expand({**written, "studies": [{"base": BASE, **RATES}]}, "paper.yaml", Path())
    for block in plan(of, tmp_path)[of.gradients[0].configuration_name]:  # its runs are trained
        (tmp_path / block.path).mkdir(parents=True, exist_ok=True)
        (tmp_path / block.path / manifest.NAME).touch()
    doubled = {unit: 2 * seconds for unit, seconds in known_times([], "test").items()}
    for measured, known in ((False, known_times([], "test")), (True, doubled)):
        seconds = 4 * run_cost(of.gradients[0], "test", known).seconds
        assert row(costs(of, tmp_path, measured), "gradients g")["core_hours"] == pytest.approx(seconds / 3600)


@pytest.mark.parametrize(("n_lanes", "rate"), [(1, 10_203), (8, 19_173)])
def test_an_update_of_pong_beside_a_gpu_has_the_rate_in_the_documents(n_lanes: int, rate: int) -> None:
    assert f"{rate:,}" in (ROOT / "docs" / "gpu.md").read_text(encoding="utf-8")
    shape = shape_of(SeedBlock(Configuration(**PONG, device="cuda"), 0, n_lanes - 1), "test")
    agent_steps = shape.n_lanes * shape.n_envs * shape.n_steps
    assert agent_steps / in_seconds(update_work(shape), known_times([], "test")) == pytest.approx(rate, rel=0.01)


def test_what_a_training_beside_a_gpu_takes_is_told_with_the_machine(tmp_path: Path) -> None:
    game = {**PONG, "device": "cuda", "total_steps": 10_000_000, "eval_episodes": 1}
    of = paper({"name": "games", "base": game, "grid": {"n_envs": [16]}, "seeds": "0-7"}, seeds_per_job=8)
    found = row(table := costs(of, tmp_path), "games")
    hours = 8 * 10_000_000 / 19_173 / 3600
    assert hours < found["gpu_hours"] < 1.1 * hours  # the evaluation comes on top
    assert found["core_hours"] == pytest.approx(16 * found["gpu_hours"])
    told = render(table, 16, measured=False)
    assert f"on 16 cores and one GPU, which is in use for {60 * found['gpu_hours']:.1f} minutes: " in told
    assert "one NVIDIA H200 beside 16 cores" in told


def test_without_a_gpu_nothing_is_told_of_one(tmp_path: Path) -> None:
    told = render(costs(paper(RATES), tmp_path), 2, measured=False)
    assert "GPU" not in told
    assert "NVIDIA" not in told


def test_measuring_on_a_gpu_that_is_not_here_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    on_cuda = paper({**RATES, "base": {**BASE, "device": "cuda"}})
    with pytest.raises(ConfigError, match=r"paper\.yaml: device: 'cuda' is not allowed; allowed: cpu, as no CUDA"):
        costs(on_cuda, tmp_path, measured=True)


def test_an_unknown_environment_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"paper\.yaml: studies\.rates\.env_id: 'Nothing-v0'"):
        costs(paper({**RATES, "base": {**BASE, "env_id": "Nothing-v0"}}), tmp_path)


def test_a_mistake_about_an_environment_names_its_place(tmp_path: Path) -> None:
    games = {"name": "games", "base": PONG, "seeds": "0-1"}
    small = {**games, "grid": {"env_kwargs": [{}, {"img_height": 30}]}}
    with pytest.raises(ConfigError, match=r"^paper\.yaml: studies\.games\.env_kwargs\.img_height: 30 is not allowed"):
        costs(paper(RATES, small), tmp_path)
    flat = {**games, "grid": {"network": ["cnn", "mlp"]}}
    with pytest.raises(ConfigError, match=r"^paper\.yaml: studies\.games\.network: 'mlp' is not allowed"):
        costs(paper(flat), tmp_path)
    unknown = {"env_id": "Nothing-v0"}
    written: dict[str, Any] = {"title": "t", "results": "out", "studies": [{"base": BASE, **RATES}]}
    gradients = {"gradients": [{"name": "g", "base": {**BASE, **unknown}, "seeds": "0-1"}]}
    with pytest.raises(ConfigError, match=r"^paper\.yaml: gradients\.g\.base\.env_id: 'Nothing-v0'"):
        costs(expand({**written, **gradients}, "paper.yaml", Path()), tmp_path)
    tunings = {"tunings": [{**ENTRY, "base": {**ENTRY["base"], **unknown}}]}
    with pytest.raises(ConfigError, match=r"^paper\.yaml: tunings\.small\.base\.env_id: 'Nothing-v0'"):
        costs(expand({"title": "t", "results": "out", **tunings}, "paper.yaml", Path()), tmp_path)


def test_an_environment_whose_runs_are_trained_need_not_be_here(tmp_path: Path) -> None:
    of = paper({**RATES, "base": {**BASE, "env_id": "Nothing-v0"}})
    for of_one in plan(of, tmp_path).values():
        for block in of_one:
            (tmp_path / block.path).mkdir(parents=True)
            (tmp_path / block.path / manifest.NAME).touch()
    assert row(costs(of, tmp_path), "rates")["jobs"] == 0


def test_the_printed_text_has_the_time_on_the_given_cores(tmp_path: Path) -> None:
    table = costs(paper(RATES), tmp_path)
    table.loc[table["study"] == "in all", ["core_hours", "longest_job_hours"]] = [6.0, 1.0]
    assert "on 2 cores: 3.0 hours, the longest job 60.0 minutes" in render(table, 2, measured=True)
    assert "on 32 cores: 60.0 minutes, the longest job 60.0 minutes" in render(table, 32, measured=True)


def test_the_estimate_of_a_job_has_memory_and_checkpoint(tmp_path: Path) -> None:
    of = paper({"name": "games", "base": PONG, "grid": {"n_envs": [16, 64]}, "seeds": "0-1"}, seeds_per_job=1)
    table = costs(of, tmp_path)
    weights = 4 * shape_of(pong(), "test").n_parameters
    assert row(table, "in all")["checkpoint_megabytes"] == pytest.approx(
        block_cost(pong(n_envs=64), "test", known_times([], "test"), {}).checkpoint / 1e6
    )
    assert row(table, "in all")["checkpoint_megabytes"] > (2 * weights + 200_000) / 1e6
    largest = block_cost(pong(n_envs=64), "test", known_times([], "test"), {}).memory
    assert row(table, "in all")["memory_gigabytes"] == pytest.approx(largest / 1e9)
    assert "while it trains, a job takes up to " in render(table, 2, measured=False)


def test_a_gradient_study_counts_its_trainings_and_a_job_for_each_run(tmp_path: Path) -> None:
    written = {
        "title": "t",
        "results": "results/t",
        "studies": [{"base": BASE, **RATES}],
        "gradients": [{"name": "g", "base": BASE, "seeds": "0-3"}],
    }
    of = expand(written, "paper.yaml", Path())
    runs = tmp_path / "runs"
    before, whole = row(costs(of, runs), "gradients g"), row(costs(of, runs), "in all")
    assert {key: before[key] for key in ("configurations", "runs", "trained", "jobs")} == {
        "configurations": 1, "runs": 4, "trained": 0, "jobs": 1 + 4,
    }  # fmt: skip
    (tmp_path / "gradients" / "g" / "runs").mkdir(parents=True)
    estimates = tmp_path / "gradients" / "g" / "runs" / "seed-2.json"
    estimates.write_text(sealed({"study": "of another study"}))
    assert row(costs(of, runs), "gradients g")["jobs"] == before["jobs"]
    estimates.write_text(sealed({"study": hash_of_study(of.gradients[0].keys)}))
    after = row(costs(of, runs), "gradients g")
    assert after["jobs"] == before["jobs"] - 1
    assert 0 < after["core_hours"] < before["core_hours"] < whole["core_hours"]
    assert whole["memory_gigabytes"] >= before["memory_gigabytes"] > 0.09


def test_of_a_paper_that_is_trained_nothing_is_left(tmp_path: Path) -> None:
    table = costs(paper(RATES), tmp_path)
    table["jobs"] = 0
    assert render(table, 2, measured=False).endswith("\n\nnothing is left to train")


def test_jobs_of_another_tuning_are_left(tmp_path: Path) -> None:
    entry = {**ENTRY, "tuners": ["random"], "references": {}, "repeats": 2}
    of = expand({"title": "t", "results": "out", "tunings": [entry]}, "paper.yaml", Path())
    done = tmp_path / "tunings" / "small" / "random" / "repeat-0" / "repeat.json"
    done.parent.mkdir(parents=True)
    for tuning, left in (("of another tuning", 2), (hash_of_job(of.tunings[0], "random"), 1)):
        done.write_text(sealed({"tuning": tuning}))
        assert row(costs(of, tmp_path / "runs"), "tuning small")["jobs"] == left
