"""The keys of gradient studies: what they expand to, and mistakes in one line."""

import re
from pathlib import Path
from typing import Any

import pytest

from a2c.config import ConfigError, expand
from a2c.config.estimators import ESTIMATORS, parse_estimator
from a2c.config.gradients import expand_gradients

ENTRY: dict[str, Any] = {"name": "g", "seeds": "0-1", "base": {"n_steps": 7}}
STUDY = {"name": "s", "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-1"}


def test_by_default_all_estimators_are_measured_at_three_snapshots() -> None:
    (study,) = expand_gradients([ENTRY], "test")
    assert [one.name for one in study.estimators] == list(ESTIMATORS)
    assert study.snapshots == (0.1, 0.5, 1.0)
    assert study.configuration.n_steps == 7
    assert study.n_envs == [1, 8]


def test_names_of_estimators_say_what_they_are() -> None:
    known = {name: parse_estimator(name, 5) for name in ("reinforce mean", "one-step", "n-step 20", "gae 0.9")}
    kinds = {
        name: (one.kind, one.baseline, one.n_steps, one.gae_lambda, one.label) for name, one in known.items() if one
    }
    assert kinds == {
        "reinforce mean": ("reinforce", "mean", 0, 1.0, "REINFORCE, mean"),
        "one-step": ("n_step", "value", 1, 1.0, "one-step"),
        "n-step 20": ("n_step", "value", 20, 1.0, "n-step 20"),
        "gae 0.9": ("gae", "value", 5, 0.9, "GAE 0.9"),
    }
    assert [parse_estimator(name, 5) for name in ("gae 1.5", "n-step 0", "reinforce best", "td")] == [None] * 4


def test_a_paper_trains_the_runs_of_its_gradient_studies_with_their_snapshots() -> None:
    paper = expand({"title": "t", "results": "results/t", "studies": [STUDY], "gradients": [ENTRY]}, "test", Path())
    (study,) = paper.gradients
    configuration, seeds = paper.required_runs()[study.configuration_name]
    assert configuration.snapshots == (0.1, 0.5, 1.0)
    assert seeds == [0, 1]


@pytest.mark.parametrize(
    ("base", "estimator"),
    [
        ({}, {}),  # GAE 0.95, which the study does not measure
        ({"gae_lambda": 0}, {"estimator": "gae 0"}),
        ({"advantage_estimator": "n_step"}, {"estimator": "n-step 5"}),
        ({"advantage_estimator": "n_step", "n_steps": 1}, {"estimator": "one-step"}),
    ],
)
def test_the_baseline_is_the_first_snapshot_the_largest_batch_and_the_runs_own_estimator(
    base: dict[str, Any], estimator: dict[str, str]
) -> None:
    (study,) = expand_gradients([{**ENTRY, "base": base, "estimators": ["one-step", "n-step 5", "gae 0"]}], "test")
    assert study.baseline == {"snapshot": 0.1, "n_envs": 8, **estimator}


def test_points_have_names_and_words() -> None:
    (study,) = expand_gradients([{**ENTRY, "snapshots": [0.5], "estimators": ["reinforce mean", "gae 0.9"]}], "test")
    assert study.places[1] == {"snapshot": 0.5, "estimator": "reinforce mean", "n_envs": 8}
    assert study.point_words == {
        "snapshot 0.5, estimator reinforce mean, n_envs 1": "REINFORCE, mean, 50 % of the budget, 1 episode",
        "snapshot 0.5, estimator reinforce mean, n_envs 8": "REINFORCE, mean, 50 % of the budget, 8 episodes",
        "snapshot 0.5, estimator gae 0.9, n_envs 1": "GAE 0.9, 50 % of the budget, 1 environment",
        "snapshot 0.5, estimator gae 0.9, n_envs 8": "GAE 0.9, 50 % of the budget, 8 environments",
    }


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"steps": 4096, "reference_steps": 2048},
            "gradients.g.reference_steps: 2048 is not allowed; allowed: at least 4096, the steps of each mean gradient",
        ),
        ({"estimators": ["td"]}, "gradients.g.estimators[0]: 'td' is not allowed; allowed: reinforce, reinforce mean"),
        (
            {"estimators": ["one-step", "n-step 1"]},
            "gradients.g.estimators[1]: 'n-step 1' is not allowed; allowed: each",
        ),
        ({"n_envs": [8, 1]}, "gradients.g.n_envs: [8, 1] is not allowed; allowed: numbers in increasing order"),
        ({"n_envs": [0]}, "gradients.g.n_envs[0]: 0 is not allowed"),
        ({"snapshots": [0.5, 0.1]}, "gradients.g.snapshots: [0.5, 0.1] is not allowed; allowed: shares in increasing"),
        ({"snapshots": [2]}, "gradients.g.snapshots[0]: 2 is not allowed"),
        ({"seeds": "x"}, "gradients.g.seeds: 'x' is not allowed"),
        ({"base": {"snapshots": [0.1]}}, "gradients.g.base.snapshots: [0.1] is not allowed; allowed: none here"),
        ({"base": {"gamma": 2}}, "gradients.g.base.gamma: 2 is not allowed"),
        ({"base": {"network": "cnn"}}, "gradients.g.base.network: 'cnn' is not allowed; allowed: mlp"),
        ({"base": {"algorithm": "reinforce", "n_envs": 1}}, "gradients.g.base.algorithm: 'reinforce' is not allowed"),
        (
            {"base": {"normalize_rewards": True}},
            "gradients.g.base.normalize_rewards: true is not allowed; allowed: false",
        ),
        ({"steps": 0}, "gradients.g.steps: 0 is not allowed"),
        ({"batch": 1}, "gradients.g.batch: unknown key"),
        ({"name": "G"}, "gradients.G.name: 'G' is not allowed"),
    ],
)
def test_mistakes_are_one_line_with_the_key(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"p.yaml: {message}")) as error:
        expand_gradients([{**ENTRY, **keys}], "p.yaml")
    assert "\n" not in str(error.value)


def test_two_studies_have_two_names() -> None:
    with pytest.raises(ConfigError, match=r"gradients\[1\]\.name: 'g'"):
        expand_gradients([ENTRY, ENTRY], "p.yaml")
