"""The speed benchmark runs and reports what it should. Speeds are not tested."""

import json
import os
import sys
from pathlib import Path

import pytest

from a2c.config import ConfigError
from benchmarks import breakdown, ceiling, speed


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
    monkeypatch.setattr(ceiling, "ROUNDS", 1)
    cores = os.sched_getaffinity(0)
    speed.main(steps=80, rounds=2, write_json=tmp_path / "speed.json")
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if "JAX" in line] == [
        "jax is not installed: no JAX peer; pip install -r requirements-bench.lock"
    ]
    written = json.loads((tmp_path / "speed.json").read_text())
    for speeds in written["speeds"]:
        assert list(speeds) == ["ours, 1 lane", "ours, 10 lanes", "Stable-Baselines3"]
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
    rounds = [{"ours": 30.0, "Stable-Baselines3": 10.0}, {"ours": 40.0, "Stable-Baselines3": 20.0}]
    _, ours, _ = speed.speed_table(rounds)
    assert ours.split() == ["ours", "35", "2.50", "(2.00", "to", "3.00)"]


def test_the_time_of_a_wrapped_function_excludes_inner_wrapped_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 1.0, 3.0, 10.0])  # outer begins, inner begins, inner ends, outer ends
    monkeypatch.setattr("benchmarks.breakdown.time.process_time", lambda: next(seconds))
    clock = breakdown.Clock()
    inner = clock.wrap("inner", lambda: None)
    clock.wrap("outer", inner)()
    assert clock.spent == {"inner": 2.0, "outer": 8.0}


def test_parts_of_a_training_are_those_of_the_table(unsettled: None) -> None:
    spent = speed.parts_of_training(n_lanes=2, steps=400)
    told = {part for group, parts in breakdown.GROUPS.items() for part in parts or (group,)}
    assert set(spent) == told


def test_the_operations_of_an_update_products_add_up(unsettled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceiling, "ROUNDS", 1)
    measured = ceiling.products(speed.learner(n_lanes=1))
    per_row = 4 * 256 + 256 * 256 + 256 * 3  # multiplications of a forward pass
    without_first_layer = 256 * 256 + 256 * 3  # the gradient by the observations is not needed
    by_hand = 2 * (48 * per_row + 40 * per_row + 40 * without_first_layer)
    assert sum(one.product.times * one.product.flop for one in measured) == by_hand
