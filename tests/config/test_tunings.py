"""The keys of tunings: what they expand to, and mistakes in one line."""

import re
from pathlib import Path
from typing import Any

import pytest

from a2c.config import ConfigError, expand
from a2c.config.tunings import TAKEN, Tuning, expand_tunings
from a2c.report.tunings.common import TUNERS as NAMES

SPACE: dict[str, Any] = {
    "advantage_estimator": {"choices": ["gae", "n_step"]},
    "gae_lambda": {"low": 0.8, "high": 1, "when": {"advantage_estimator": "gae"}},
    "learning_rate": {"low": "1e-4", "high": "1e-2", "log": True},
    "n_steps": {"low": 4, "high": 64, "log": True},
    "max_grad_norm": {"choices": [0.5, 5, None]},
    "hidden_sizes": {"choices": [[8], [16, 16]]},
}
ENTRY: dict[str, Any] = {
    "name": "t",
    "base": {"total_steps": 1000},
    "space": SPACE,
    "tuners": ["grid", "random"],
    "trials": 8,
    "small_budgets": [4],
    "repeats": 3,
    "seeds_per_trial": 2,
    "test_seeds": "100-101",
    "references": {"article": {"n_steps": 5}},
}


def tuning(**keys: Any) -> Tuning:
    return expand_tunings([{**ENTRY, **keys}], "p.yaml")[0]


def test_each_tuner_and_repeat_is_a_job_and_the_references_are_one() -> None:
    expected = [(tuner, repeat) for tuner in ("grid", "random") for repeat in range(3)]
    assert tuning().jobs == [*expected, ("references", 0)]
    assert tuning(references={}).jobs == expected


def test_repeats_share_no_seed_and_no_test_seed() -> None:
    assert [tuning().seeds_of(repeat) for repeat in range(3)] == [[0, 1], [2, 3], [4, 5]]


def test_a_field_without_its_condition_keeps_its_default() -> None:
    values = {"advantage_estimator": "n_step", "gae_lambda": 0.9, "n_steps": 7}
    one = tuning()
    configuration = one.configuration(values)
    assert configuration == one.configuration({"advantage_estimator": "n_step", "n_steps": 7})
    assert "gae_lambda" not in one.values(configuration)
    assert one.values(one.configuration({"gae_lambda": 0.9}))["gae_lambda"] == 0.9


def test_a_condition_is_met_by_a_number_that_the_base_has_as_text() -> None:
    space = {"gamma": {"low": 0.8, "high": 0.9, "when": {"learning_rate": 1e-3}}}
    one = tuning(base={"total_steps": 1000, "learning_rate": "1e-3"}, space=space)
    configuration = one.configuration({"gamma": 0.85})
    assert (configuration.gamma, one.values(configuration)) == (0.85, {"gamma": 0.85})


def test_a_field_depends_on_the_default_of_one_whose_own_condition_is_not_met() -> None:
    chain = {
        "n_steps": {"choices": [5, 20]},
        "gamma": {"choices": [0.8, 0.9], "when": {"n_steps": 5}},
        "entropy_coef": {"choices": [0.1, 0.2], "when": {"gamma": 0.9}},
    }
    one = tuning(base={"total_steps": 1000, "gamma": 0.9}, space=chain)
    assert one.asks_for(one.space[-1], {"n_steps": 5, "gamma": 0.9})
    assert not one.asks_for(one.space[-1], {"n_steps": 20})
    assert one.configuration({"n_steps": 20, "entropy_coef": 0.1}) == one.configuration({"n_steps": 20})


def test_null_is_in_no_range() -> None:
    (dimension,) = tuning(space={"max_grad_norm": {"low": 0.1, "high": 5}}).space
    assert [dimension.contains(value) for value in (0.5, 6, None)] == [True, False, False]


def test_a_grid_is_made_of_all_choices_and_of_ends_and_middle_of_a_range() -> None:
    assert tuning().grid == {
        "advantage_estimator": ["gae", "n_step"],
        "gae_lambda": [0.8, 0.9, 1.0],
        "learning_rate": [0.0001, 0.001, 0.01],
        "n_steps": [4, 16, 64],
        "max_grad_norm": [0.5, 5.0, None],
        "hidden_sizes": [[8], [16, 16]],
    }
    assert tuning(grid={"n_steps": [5, 20]}).grid == {"n_steps": [5, 20]}


def test_the_keys_of_a_tuning_describe_the_same_tuning() -> None:
    one = tuning(grid={"n_steps": [5, 20]})
    assert expand_tunings([one.keys], "p.yaml") == [one]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"space": {}}, "space: {} is not allowed; allowed: at least 1 item(s)"),
        ({"space": {"gama": {}}}, "space.gama: unknown key; did you mean gamma?"),
        ({"space": {"env_id": {"choices": ["a", "b"]}}}, "space.env_id: may not be tuned; allowed: "),
        (
            {"space": {"gamma": {"low": 0.9}}},
            "space.gamma.high: null is not allowed; allowed: low and high, or choices",
        ),
        (
            {"space": {"gamma": {"low": 0.9, "high": 2}}},
            "space.gamma.high: gamma: 2.0 is not allowed; allowed: a number",
        ),
        (
            {"space": {"gamma": {"low": 0.9, "high": 0.9}}},
            "space.gamma.high: 0.9 is not allowed; allowed: a number above",
        ),
        (
            {"space": {"gamma": {"low": 0, "high": 0.9, "log": True}}},
            "space.gamma.low: 0.0 is not allowed; allowed: a ",
        ),
        (
            {"space": {"gamma": {"choices": [1]}}},
            "space.gamma.choices: [1] is not allowed; allowed: at least two values",
        ),
        (
            {"space": {"n_steps": {"low": 1.5, "high": 3}}},
            "space.n_steps.low: 1.5 is not allowed; allowed: a whole number",
        ),
        (
            {"space": {"activation": {"low": 1, "high": 3}}},
            "space.activation.low: 1.0 is not allowed; allowed: choices, as activation is no number",
        ),
        (
            {"space": {"activation": {"choices": ["relu", "gelu"]}}},
            "space.activation.choices[1]: activation: 'gelu' is not allowed; allowed: 'relu' or 'tanh'",
        ),
        (
            {"space": {"gae_lambda": SPACE["gae_lambda"], "advantage_estimator": SPACE["advantage_estimator"]}},
            "space.gae_lambda.when: 'advantage_estimator' is not allowed; allowed: fields that come before it",
        ),
        (
            {"space": {**SPACE, "gae_lambda": {"low": 0.8, "high": 1}}},
            "space: {'advantage_estimator': 'n_step', 'gae_lambda': 1.0} is not allowed; allowed: values that fit each "
            "other; gae_lambda: 1.0 is not allowed; allowed: only with advantage_estimator: gae",
        ),
        (
            {"space": {"n_envs": {"choices": [1, 8]}, "n_steps": {"low": 1, "high": 9}}},
            "space: {'n_envs': 1, 'n_steps': 1} is not allowed; allowed: values that fit each other; "
            "normalize_advantage: true is not allowed; allowed: false where n_envs and n_steps are both 1",
        ),
        (
            {
                "space": {"n_envs": {"choices": [1, 2, 4, 8]}, "n_steps": {"low": 4, "high": 16}},
                "grid": {"n_envs": [1, 2, 4, 8], "n_steps": [1, 5, 10, 12, 14, 16]},
            },
            "grid: {'n_envs': 1, 'n_steps': 1} is not allowed; allowed: values that fit each other; normalize",
        ),
        ({"grid": {"gamma": [1]}}, "grid.gamma: unknown key; allowed: advantage_estimator, "),
        ({"grid": {"n_steps": [0]}}, "grid.n_steps[0]: n_steps: 0 is not allowed; allowed: a number of at least 1"),
        (
            {
                "space": {
                    **SPACE,
                    **{name: {"choices": [n / 80 for n in range(80)]} for name in ("gamma", "entropy_coef")},
                }
            },
            "grid: {} is not allowed; allowed: at most 1,000,000 points; these are 2,073,600",
        ),
        ({"tuners": ["bayes"]}, "tuners[0]: 'bayes' is not allowed; allowed: 'grid', 'random', 'tpe', 'cmaes', "),
        ({"tuners": ["tpe", "tpe"]}, "tuners: ['tpe', 'tpe'] is not allowed; allowed: each tuner once"),
        (
            {"tuners": ["asha"], "base": {"algorithm": "a3c"}, "space": {"gamma": {"low": 0.9, "high": 1}}},
            "tuners: 'asha' is not allowed; allowed: none of hyperband and asha with a3c",
        ),
        (
            {"tuners": ["asha"], "base": {"total_steps": 800}},
            "base.total_steps: 800 is not allowed; allowed: at least 900 ",
        ),
        ({"base": {"total_steps": 99}}, "base.total_steps: 99 is not allowed; allowed: at least 100"),
        ({"small_budgets": [8]}, "small_budgets: [8] is not allowed; allowed: rising numbers below trials, 8"),
        ({"test_seeds": "5-9"}, "test_seeds: 5 is not allowed; allowed: seeds from 6: smaller ones are the trials'"),
        ({"test_seeds": "50"}, "test_seeds: '50' is not allowed; allowed: at least two seeds"),
        (
            {"recommended": {"n_steps": [5, 5]}},
            "good: null is not allowed; allowed: a number, as there are recommended",
        ),
        (
            {"good": 1, "recommended": {"n_steps": [5]}},
            "recommended.n_steps: [5] is not allowed; allowed: the two ends of a range",
        ),
        (
            {"good": 1, "recommended": {"max_grad_norm": [-1]}},
            "recommended.max_grad_norm[0]: max_grad_norm: -1 is not allowed; allowed: ",
        ),
        (
            {
                "good": 1,
                "space": {"max_grad_norm": {"low": 0.1, "high": 5}},
                "recommended": {"max_grad_norm": [None, 5]},
            },
            "recommended.max_grad_norm[0]: null is not allowed; allowed: a number, as the field has a range",
        ),
        (
            {"good": 1, "recommended": {"learning_rate": ["1e-2", "1e-3"]}},
            "recommended.learning_rate: [0.01, 0.001] is not allowed; allowed: the two ends of a range, the smaller "
            "one first",
        ),
        ({"good": float("nan")}, "good: nan is not allowed; allowed: a finite number or null"),
        (
            {"space": {"gamma": {"choices": [0.9, "0.90"]}}},
            "space.gamma.choices[1]: gamma: '0.90' is not allowed; allowed: a number",
        ),
        (
            {"space": {"learning_rate": {"choices": [0.001, "1e-3"]}}},
            "space.learning_rate.choices: [0.001, '1e-3'] is not allowed; allowed: at least two values, each once",
        ),
        (
            {"space": {"gamma": {"low": 0.99991, "high": 0.99999}}},
            "space.gamma.high: 0.99999 is not allowed; allowed: a range with 10 values of 4 digits or more",
        ),
        (
            {
                "space": {
                    "optimizer": {"choices": ["adam", "rmsprop"]},
                    "rmsprop_alpha": {"low": 0.9, "high": 0.99, "when": {"optimizer": "rmsprop_tf"}},
                }
            },
            "space.rmsprop_alpha.when.optimizer: ['rmsprop_tf'] is not allowed; allowed: values of that field, 'adam",
        ),
        (
            {"space": {"rmsprop_alpha": {"low": 0.9, "high": 0.99, "when": {"optimizer": "rmsprop"}}}},
            "space.rmsprop_alpha.when.optimizer: ['rmsprop'] is not allowed; allowed: 'adam', which the base has, or ",
        ),
        ({"grid": {"n_steps": [5, 8, 5]}}, "grid.n_steps[2]: 5 is not allowed; allowed: each value once"),
        (
            {"good": 1, "recommended": {"max_grad_norm": [0.7]}},
            "recommended.max_grad_norm[0]: 0.7 is not allowed; allowed: one of the field's choices, 0.5, 5.0, null",
        ),
        ({"references": {"random": {}}}, "references: 'random' is not allowed; allowed: a name that is none of grid, "),
        (
            {"references": {"Random  Search": {}}},
            "references: 'Random  Search' is not allowed; allowed: a name that",
        ),
        (
            {"references": {"field or result": {}}},
            "references: 'field or result' is not allowed; allowed: a name that",
        ),
        (
            {"good": 1, "recommended": {"max_grad_norm": [0.5]}, "tuners": ["grid", "tpe"]},
            "recommended: {'max_grad_norm': [0.5]} is not allowed; allowed: none without the tuner random, of whose ",
        ),
        ({"references": {"tuned": {}}}, "references: 'tuned' is not allowed; allowed: a name that is none of grid, "),
        ({"references": {"int": 5}}, "references.int: 5 is not allowed; allowed: a mapping of keys to values"),
        ({"references": {"": {}}}, "references: '' is not allowed; allowed: text in one line that is not blank"),
        (
            {"references": {"a": {"env_id": "Acrobot-v1"}}},
            "references.a.env_id: 'Acrobot-v1' is not allowed; allowed: 'CartPole-v1', the base's, as both ",
        ),
        (
            {"references": {"a": {"total_steps": 5000}}},
            "references.a.total_steps: 5000 is not allowed; allowed: 1000, the base's",
        ),
        ({"test_seeds": 1.5}, "test_seeds: 1.5 is not allowed; allowed: text or a whole number or a list"),
        ({"test_seeds": [100, 1.5]}, "test_seeds[1]: 1.5 is not allowed; allowed: a whole number"),
        (
            {"references": {"a\nb": {}}},
            "references.a b: 'a\\nb' is not allowed; allowed: text in one line that is not blank",
        ),
        ({"references": {" ": {}}}, "references. : ' ' is not allowed; allowed: text in one line that is not blank"),
        ({"references": {"article": {"gama": 1}}}, "references.article.gama: unknown key; did you mean gamma?"),
    ],
)
def test_mistakes_are_told_in_one_line(keys: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError, match="^" + re.escape(f"p.yaml: tunings.t.{line}")):
        tuning(**keys)


def test_the_base_may_have_a_field_whose_condition_a_choice_does_not_meet() -> None:
    space = {"advantage_estimator": {"choices": ["n_step", "gae"]}, "gae_lambda": SPACE["gae_lambda"]}
    made = tuning(base={"total_steps": 1000, "gae_lambda": 0.9}, space=space, grid={"gae_lambda": [0.9]})
    assert made.configuration({"advantage_estimator": "n_step"}).gae_lambda == 0.95
    assert made.configuration({"advantage_estimator": "gae"}).gae_lambda == 0.9


@pytest.mark.parametrize(
    ("base", "space"),
    [
        (
            {"algorithm": "ppo"},
            {
                "n_epochs": {"choices": [1, 4]},
                "clip_range": {"low": 0.1, "high": 0.3, "when": {"n_epochs": 1}},
            },
        ),
        (
            {"algorithm": "reinforce", "n_envs": 1, "baseline": "mean"},
            {"gamma": {"low": 0.9, "high": 0.99, "when": {"baseline": "mean"}}},
        ),
        (
            {"optimizer": "rmsprop", "rmsprop_alpha": 0.9},
            {"learning_rate": {"low": 1e-4, "high": 1e-2, "when": {"rmsprop_alpha": 0.9}}},
        ),
        (
            {},
            {
                "optimizer": {"choices": ["adam", "rmsprop"]},
                "rmsprop_alpha": {"choices": [0.9, 0.99], "when": {"optimizer": "rmsprop"}},
                "optimizer_eps": {"choices": [1e-5, 1e-8], "when": {"rmsprop_alpha": 0.9}},
            },
        ),
    ],
)
def test_a_condition_is_checked_in_the_base_and_where_its_own_conditions_are_met(
    base: dict[str, Any], space: dict[str, Any]
) -> None:
    one = tuning(base={"total_steps": 1000, **base}, space=space, references={}, grid={})
    assert [dimension.field for dimension in one.space] == [*space]
    field, values = one.space[-1].field, one.grid[one.space[-1].field]
    assert tuning(base={"total_steps": 1000, **base}, space=space, references={}, grid={field: values}).grid


def test_a_grid_has_each_configuration_once() -> None:
    """By hand: three values of gae_lambda with gae, none with n_step; three of all other fields."""
    fields = ("learning_rate", "n_steps", "advantage_estimator", "gae_lambda")
    assert tuning(space={name: SPACE[name] for name in fields}, references={}).n_points == (3 + 1) * 3 * 3
    assert tuning(grid={"n_steps": [5, 20], "max_grad_norm": [0.5, None]}).n_points == 4
    never = tuning(base={"total_steps": 1000}, grid={"gae_lambda": [0.8, 0.9], "n_steps": [5, 20]})
    assert never.n_points == 4  # the base meets the condition
    chain = {
        "n_steps": {"choices": [5, 20]},
        "gamma": {"choices": [0.8, 0.9], "when": {"n_steps": 5}},
        "entropy_coef": {"choices": [0.1, 0.2], "when": {"gamma": 0.9}},
    }
    assert tuning(space=chain, references={}).n_points == 2 + 1 + 1


def test_no_reference_has_the_name_that_tables_give_to_a_tuner() -> None:
    assert {name.lower() for name in NAMES.values()} <= set(TAKEN)


def test_a_title_is_one_line() -> None:
    assert tuning(title="Which\nsettings?\n").title == "Which settings?"


def paper(**keys: Any) -> None:
    expand({"title": "t", "results": "results/t", "tunings": [ENTRY], **keys}, "p.yaml", Path())


def test_no_seed_that_reports_or_tests_was_tuned_on_or_used() -> None:
    paper()
    with pytest.raises(ConfigError, match=r"tunings\.t\.test_seeds: 101 is not allowed; .* among used_seeds"):
        paper(used_seeds="101")
    study = {"name": "s", "grid": {"gamma": [0.9, 0.99]}, "seeds": "5-6"}
    with pytest.raises(ConfigError, match=r"studies\.s\.seeds: 5 is not allowed; .* the seeds of tuning t"):
        paper(studies=[study])
    with pytest.raises(ConfigError, match=r"tunings\[1\]\.name: 't' is not allowed; allowed: a name that no other"):
        paper(tunings=[ENTRY, ENTRY])
