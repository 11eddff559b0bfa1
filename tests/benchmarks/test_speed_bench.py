"""The speed benchmark runs and reports what it should. Speeds are not tested."""

import json
import os
import sys
from pathlib import Path

import pytest

from a2c.config import ConfigError
from a2c.core import choose
from benchmarks import breakdown, core_speed, speed


@pytest.fixture
def without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `import jax` fail, as if JAX were not installed."""
    monkeypatch.delitem(sys.modules, "benchmarks.jax_peer", raising=False)
    monkeypatch.setitem(sys.modules, "jax", None)


@pytest.mark.usefixtures("without_jax", "unsettled")
def test_bench_without_jax_says_so_in_one_line_and_compares_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(speed, "WARM_UP", 40)
    cores = os.sched_getaffinity(0)
    speed.main(steps=80, rounds=2, write_json=tmp_path / "speed.json")
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if "JAX" in line] == [
        "jax is not installed: no JAX peer; pip install -r requirements-bench.lock"
    ]
    written = json.loads((tmp_path / "speed.json").read_text())
    builds = choose.available()
    for measured in written["rounds"]:
        assert list(measured["speeds"]) == [
            *("core, 1 lane", "core, 10 lanes", "core, 30 lanes", "PyTorch, 1 lane", "PyTorch, 10 lanes"),
            "Stable-Baselines3",
            *speed.LANDERS,
            *(f"core, {name}" for name in builds),
        ]
        assert list(measured["limits"]) == builds
    assert os.sched_getaffinity(0) == cores


def test_bench_without_its_peer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "benchmarks.sb3_peer", raising=False)
    monkeypatch.delattr("benchmarks.sb3_peer", raising=False)
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    with pytest.raises(
        ConfigError, match=r"^bench: stable_baselines3 is not installed; pip install -r requirements-bench\.lock"
    ):
        speed.main(steps=80, rounds=1)


@pytest.mark.parametrize(
    ("steps", "rounds", "told"),
    [
        (39, 1, "bench: --steps: 39 is not allowed; allowed: a whole number of at least 40"),
        (40, 0, "bench: --rounds: 0 is not allowed; allowed: a whole number of at least 1"),
    ],
)
def test_too_few_steps_or_rounds_are_refused(steps: int, rounds: int, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        speed.main(steps, rounds)
    assert str(refused.value) == told


def test_ratios_are_taken_within_rounds() -> None:
    rounds = [{"ours": 30.0, "SB3": 10.0, "JAX": 60.0}, {"ours": 40.0, "SB3": 20.0, "JAX": 20.0}]
    peers = {"SB3": lambda of: of["SB3"], "JAX": lambda of: of["JAX"]}
    _, ours = speed.speed_table(rounds, ["ours"], peers)
    assert ours.split() == ["ours", "35", "2.50", "(2.00", "to", "3.00)", "1.25", "(0.50", "to", "2.00)"]


def test_the_better_jax_of_each_round_counts() -> None:
    names = ["core, 1 lane", speed.PEER, *speed.LANDERS, "core, avx2"]
    rounds = [
        speed.Round(dict.fromkeys(names, 120.0) | dict(zip(speed.JAX.values(), jax, strict=True)), {"avx2": 160.0})
        for jax in ((40.0, 60.0), (60.0, 30.0))
    ]
    lines = speed.report(speed.Numbers("a machine", 40, rounds, ""))
    row = next(line for line in lines if line.startswith("core, 1 lane"))
    assert row.split()[-4:] == ["2.00", "(2.00", "to", "2.00)"]
    assert "avx2: the arithmetic allows 160, training reaches 75%" in lines


def test_a_whole_training_is_timed_a_lane_for_each_seed(unsettled: None) -> None:
    train = speed.trained(speed.make_trainer, speed.ARTICLE, 2, 0.5)
    assert train(800) == 400


def test_the_multiply_adds_of_an_update_are_those_by_hand() -> None:
    per_row = 4 * 256 + 256 * 256 + 256 * 3
    without_first_layer = 256 * 256 + 256 * 3  # the gradient by the observations is not needed
    by_hand = 48 * per_row + 40 * per_row + 40 * without_first_layer
    assert core_speed.arithmetic() == (by_hand, per_row + 256 + 256 + 3)


def test_the_arithmetic_allows_more_than_a_build_reaches() -> None:
    assert core_speed.limit("avx2" if "avx2" in choose.available() else choose.available()[0]) > 0


def test_the_time_of_a_wrapped_function_excludes_inner_wrapped_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 1.0, 3.0, 10.0])  # outer begins, inner begins, inner ends, outer ends
    monkeypatch.setattr("benchmarks.breakdown.time.process_time", lambda: next(seconds))
    clock = breakdown.Clock()
    inner = clock.wrap("inner", lambda: None)
    clock.wrap("outer", inner)()
    assert clock.spent == {"inner": 2.0, "outer": 8.0}
