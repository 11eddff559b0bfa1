"""Every mistake is reported in one line with the file, the key, the value and what is allowed."""

from pathlib import Path
from typing import Any

import pytest

from a2c.config import ConfigError, Configuration, configuration, expand, load_paper, parse_mapping
from a2c.config.paper import PaperFile

FIELDS = ", ".join(Configuration.model_fields)


def told(text: str, folder: Path = Path()) -> str:
    """The error message for a paper's YAML."""
    with pytest.raises(ConfigError) as error:
        expand(parse_mapping(text, "p.yaml"), "p.yaml", folder)
    line = str(error.value)
    assert "\n" not in line
    return line


def study(text: str) -> str:
    """A paper's YAML with one study `a`; `text` has its other keys, one per line."""
    return "title: t\nresults: out\nstudies:\n  - name: a\n" + "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ("learning_rat: 1", "learning_rat: unknown key; did you mean learning_rate?"),
        ("rate: 1", f"rate: unknown key; allowed: {FIELDS}"),
        (
            "optimizer: adma",
            "optimizer: 'adma' is not allowed; allowed: 'adam', 'rmsprop' or 'rmsprop_tf'; did you mean adam?",
        ),
        ("learning_rate: -1", "learning_rate: -1 is not allowed; allowed: a number of at least 0.0"),
        ("learning_rate: fast", "learning_rate: 'fast' is not allowed; allowed: a number"),
        ("learning_rate: true", "learning_rate: true is not allowed; allowed: a number"),
        ("learning_rate: .nan", "learning_rate: nan is not allowed; allowed: a finite number"),
        ("learning_rate: .inf", "learning_rate: inf is not allowed; allowed: a finite number"),
        ("learning_rate: null", "learning_rate: null is not allowed; allowed: a number"),
        ("max_grad_norm: none", "max_grad_norm: 'none' is not allowed; allowed: a number or null"),
        ("optimizer_eps: 0", "optimizer_eps: 0 is not allowed; allowed: a number above 0.0"),
        ("gamma: 1.01", "gamma: 1.01 is not allowed; allowed: a number of at most 1.0"),
        ("{optimizer: rmsprop, rmsprop_alpha: 1}", "rmsprop_alpha: 1 is not allowed; allowed: a number below 1.0"),
        ("optimizer: sgd", "optimizer: 'sgd' is not allowed; allowed: 'adam', 'rmsprop' or 'rmsprop_tf'"),
        ("n_envs: 2.5", "n_envs: 2.5 is not allowed; allowed: a whole number"),
        ("n_envs: many", "n_envs: 'many' is not allowed; allowed: a whole number"),
        ("n_envs: 0", "n_envs: 0 is not allowed; allowed: a number of at least 1"),
        (
            "max_episode_steps: 2147483648",
            "max_episode_steps: 2147483648 is not allowed; allowed: a number of at most 2147483647 or null",
        ),
        (
            "{algorithm: reinforce, n_envs: 1, total_episodes: 1e30}",
            f"total_episodes: {int(1e30)} is not allowed; allowed: a number of at most 2147483647 or null",
        ),
        ("total_steps: 1e13", "total_steps: 10000000000000 is not allowed; allowed: a number of at most 1000000000000"),
        ("shared_trunk: 1", "shared_trunk: 1 is not allowed; allowed: true or false"),
        ("env_id: 3", "env_id: 3 is not allowed; allowed: text"),
        ("env_id: ''", "env_id: '' is not allowed; allowed: text of at least 1 character(s)"),
        ("env_kwargs: []", "env_kwargs: [] is not allowed; allowed: a mapping of keys to values"),
        ("hidden_sizes: 64", "hidden_sizes: 64 is not allowed; allowed: a list"),
        ("hidden_sizes: []", "hidden_sizes: [] is not allowed; allowed: at least 1 item(s)"),
        ("hidden_sizes: [64, 1]", "hidden_sizes[1]: 1 is not allowed; allowed: a number of at least 2"),
        ("{n_envs: 8, total_steps: 7}", "total_steps: 7 is not allowed; allowed: at least n_envs, 8"),
        (
            "rmsprop_alpha: 0.9",
            "rmsprop_alpha: 0.9 is not allowed; "
            "allowed: only with optimizer: rmsprop or rmsprop_tf, as it has no effect otherwise",
        ),
        (
            "{advantage_estimator: n_step, gae_lambda: 0.9}",
            "gae_lambda: 0.9 is not allowed; "
            "allowed: only with advantage_estimator: gae, as it has no effect otherwise",
        ),
        (
            "{algorithm: reinforce}",
            "n_envs: 8 is not allowed; allowed: 1 with algorithm: reinforce, which plays whole episodes",
        ),
        (
            "{algorithm: reinforce, n_envs: 1, n_steps: 7}",
            "n_steps: 7 is not allowed; allowed: only with algorithm: a2c or a3c or ppo, as it has no effect otherwise",
        ),
        (
            "{algorithm: reinforce, n_envs: 1, baseline: mean, time_limit: terminal}",
            "time_limit: 'terminal' is not allowed; allowed: only with baseline: value, as it has no effect otherwise",
        ),
        (
            "{algorithm: reinforce, n_envs: 1, baseline: none, value_loss_coef: 1}",
            "value_loss_coef: 1.0 is not allowed; allowed: only with baseline: value, as it has no effect otherwise",
        ),
        (
            "total_episodes: 300",
            "total_episodes: 300 is not allowed; "
            "allowed: only with algorithm: reinforce, as it has no effect otherwise",
        ),
        ("asynchrony: 1.5", "asynchrony: 1.5 is not allowed; allowed: a number of at most 1.0"),
        (
            "{algorithm: a3c, device: cuda}",
            "device: 'cuda' is not allowed; allowed: cpu with algorithm: a3c",
        ),
        (
            "{algorithm: a3c, n_steps: 1}",
            "normalize_advantage: true is not allowed; allowed: false where n_steps is 1",
        ),
        (
            "{algorithm: a3c, stop_return: 475}",
            "stop_return: 475.0 is not allowed; "
            "allowed: only with algorithm: a2c or reinforce or ppo, as it has no effect otherwise",
        ),
        ("atari_protocol: foo", "atari_protocol: 'foo' is not allowed; allowed: 'machado' or 'classic'"),
        (
            "atari_protocol: classic",
            "atari_protocol: 'classic' is not allowed; allowed: only with network: cnn, as it has no effect otherwise",
        ),
        (
            "conv_channels: [8, 8, 8]",
            "conv_channels: (8, 8, 8) is not allowed; allowed: only with network: cnn, as it has no effect otherwise",
        ),
        (
            "{network: cnn, shared_trunk: false}",
            "shared_trunk: false is not allowed; allowed: only with network: mlp, as it has no effect otherwise",
        ),
        ("conv_channels: [8, 8]", "conv_channels: [8, 8] is not allowed; allowed: at least 3 item(s)"),
        ("conv_channels: [8, 8, 8, 8]", "conv_channels: [8, 8, 8, 8] is not allowed; allowed: at most 3 items"),
        ("conv_channels: [8, 8, 1]", "conv_channels[2]: 1 is not allowed; allowed: a number of at least 2"),
        (
            "{n_envs: 1, n_steps: 1}",
            "normalize_advantage: true is not allowed; allowed: false where n_envs and n_steps are both 1",
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_what_is_allowed(fields: str, line: str) -> None:
    with pytest.raises(ConfigError) as error:
        configuration(parse_mapping(fields, "c.yaml"), "c.yaml")
    assert str(error.value) == f"c.yaml: {line}"


def test_a_field_without_effect_may_stand_at_its_default() -> None:
    assert configuration({"rmsprop_alpha": 0.99}, "c.yaml") == Configuration()


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(ConfigError) as error:
        configuration({"env_id": ["x" * 1000]}, "c.yaml")
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("seeds: 0-9", "a.grid: {} is not allowed; allowed: at least one field with at least one value, or points"),
        ("grid: {gamma: []}\nseeds: 0-9", "a.grid.gamma: [] is not allowed; allowed: at least one value"),
        ("grid: {gama: [1]}\nseeds: 0-9", "a.grid.gama: unknown key; did you mean gamma?"),
        ("grid: {gamma: 1}\nseeds: 0-9", "a.grid.gamma: 1 is not allowed; allowed: a list"),
        ("grid: [gamma]\nseeds: 0-9", "a.grid: ['gamma'] is not allowed; allowed: a mapping of keys to values"),
        ("grid: {gamma: [0.9]}", "a.seeds: missing; it has to be given"),
        ("base: {gamma: 2}\nseeds: 0-9", "a.base.gamma: 2 is not allowed; allowed: a number of at most 1.0"),
        ("grid: {gamma: [0.99, 2]}\nseeds: 0-9", "a.grid.gamma[1]: 2 is not allowed; allowed: a number of at most 1.0"),
        ("grid: {gamma: [0.99, high]}\nseeds: 0-9", "a.grid.gamma[1]: 'high' is not allowed; allowed: a number"),
        (
            "grid: {learning_rate: [1e-2, 0.01, 7e-4]}\nseeds: 0-9",
            "a.grid: {'learning_rate': 0.01} is not allowed; allowed: each configuration once in a study",
        ),
        (
            "grid: {n_envs: [1, 8], n_steps: [1, 5]}\nseeds: 0-9",
            "a.grid.normalize_advantage: true is not allowed; allowed: false where n_envs and n_steps are both 1",
        ),
        (
            "settings: {x: {gama: 1}}\ngrid: {gamma: [0.9]}\nseeds: 0-9",
            "a.settings.x.gama: unknown key; did you mean gamma?",
        ),
        (
            "settings: {x: {}, y: {gamma: 0.5}}\ngrid: {gamma: [0.9, 0.99]}\nseeds: 0-9",
            "a.settings.y.gamma: 0.5 is not allowed; allowed: fields that are not on the grid",
        ),
        (
            "grid: {gamma: [0.9, 0.99]}\nseeds: [1, 2, 4]\nlooks: [3, 5]",
            "a.seeds: [1, 2, 4] is not allowed; allowed: with looks, seeds without gaps: the next look has the next "
            "seeds",
        ),
        ("points: [{}]\nseeds: 0-9", "a.points[0].label: null is not allowed; allowed: text that names the point"),
        ('points: [{label: "a\\nb"}]\nseeds: 0-9',
         "a.points[0].label: 'a\\nb' is not allowed; allowed: text in one line that is not blank"),
        ("points: [{label: 3}]\nseeds: 0-9", "a.points[0].label: 3 is not allowed; allowed: text that names the point"),
        ("points: [{label: x, gama: 1}]\nseeds: 0-9", "a.points[0].gama: unknown key; did you mean gamma?"),
        (
            "grid: {gamma: [0.9, 0.99]}\nbaseline: {gamma: 0.5}\nseeds: 0-9",
            "a.baseline: {'gamma': 0.5} is not allowed; allowed: a point of the study, such as {'gamma': 0.9}",
        ),
        (
            "grid: {gamma: [0.9, 0.95]}\nseeds: 0-9",
            "a.baseline: missing, as the base, {'gamma': 0.99}, is no point; "
            "allowed: a point of the study, such as {'gamma': 0.9}",
        ),
        ("grid: {gamma: [0.99]}\nscales: {n_envs: log}\nseeds: 0-9", "a.scales.n_envs: unknown key; allowed: gamma"),
        (
            "grid: {gamma: [0.99]}\nscales: {gamma: square}\nseeds: 0-9",
            "a.scales.gamma: 'square' is not allowed; allowed: 'log', 'linear' or 'category'",
        ),
        (
            "grid: {log_std_init: [-1, 0]}\nscales: {log_std_init: log}\nseeds: 0-9",
            "a.scales.log_std_init: 'log' is not allowed; allowed: linear or category, as no value on this axis is a "
            "number above 0",
        ),
        (
            "grid: {optimizer: [adam, rmsprop]}\nscales: {optimizer: log}\nseeds: 0-9",
            "a.scales.optimizer: 'log' is not allowed; allowed: linear or category, as no value on this axis is a "
            "number above 0",
        ),
        (
            "grid: {gamma: [0.99]}\nseeds: 0-1000000",
            "a.seeds: '0-1000000' is not allowed; allowed: at most 1,000,000 seeds in one range",
        ),
        (
            "grid: {gamma: [0.99]}\nseeds: 0-4\ntuning_seeds: 3-9",
            "a.tuning_seeds: 3 is not allowed; allowed: seeds that are not among the reporting seeds",
        ),
        (
            "grid: {gamma: [0.99]}\nseeds: 3",
            "a.seeds: 3 is not allowed; allowed: at least two seeds, as every table gives intervals over seeds",
        ),
        (
            "grid: {gamma: [0.99]}\nseeds: 0-4\ntuning_seeds: [9]",
            "a.tuning_seeds: [9] is not allowed; "
            "allowed: at least two seeds, as every table gives intervals over seeds",
        ),
        (
            "grid: {gamma: [0.99]}\nseeds: nine",
            "a.seeds: 'nine' is not allowed; "
            "allowed: whole numbers from 0 to 2147483647, as 0-9, as 0-4,7 or as a list, each once",
        ),
        ("seeds: 0-9\nsedes: 1", "a.sedes: unknown key; did you mean seeds?"),
    ],
)  # fmt: skip
def test_a_wrong_study(keys: str, line: str) -> None:
    assert told(study(keys)) == f"p.yaml: studies.{line}"


GOOD = "grid: {gamma: [0.99]}\nseeds: 0-9"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: t\nresults: out", "studies: [] is not allowed; allowed: at least one study or tuning"),
        ("title: t\nresults: out\nstudies: []", "studies: [] is not allowed; allowed: at least one study or tuning"),
        ("title: t\nresults: out\nstudies: 3", "studies: 3 is not allowed; allowed: a list"),
        ("title: t\nresults: out\nstudies: [3]", "studies[0]: 3 is not allowed; allowed: a mapping of keys to values"),
        ("title: t\nresults: out\nstudies: [{}]", "studies[0].name: missing; it has to be given"),
        ("title: t\nresults: out\nstudies: [{name: 3}]", "studies[0].name: 3 is not allowed; allowed: text"),
        (
            "title: t\nresults: out\nstudies: [{name: ../a}]",
            "studies.../a.name: '../a' is not allowed; allowed: text that matches ^[a-z][a-z0-9_]*$",
        ),
        (study(GOOD).replace("title: t", "title: 3"), "title: 3 is not allowed; allowed: text"),
        (study(GOOD) + "seeds: 0-9", f"seeds: unknown key; allowed: {', '.join(PaperFile.model_fields)}"),
        (study(GOOD) + "seeds_per_job: 0", "seeds_per_job: 0 is not allowed; allowed: a number of at least 1"),
        (
            study(GOOD) + study(GOOD).partition("studies:\n")[2],
            "studies[1].name: 'a' is not allowed; allowed: a name that no other study has",
        ),
    ],
)  # fmt: skip
def test_a_wrong_paper_is_named_by_its_key(text: str, line: str) -> None:
    assert told(text) == f"p.yaml: {line}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("gamma: 1\nn_envs: 2\ngamma: 2", "gamma: written twice in the mapping at line 1; allowed: once"),
        ("seeds: [1, 010]", "line 1: '010' is not allowed; allowed: a number without leading zeros and colons"),
        ("n: 1\nsteps: 1:40", "line 2: '1:40' is not allowed; allowed: a number without leading zeros and colons"),
        ("<<: {gamma: 1, gamma: 2}", "gamma: written twice in the mapping at line 1; allowed: once"),
        ("<<: [{n: 1}, {gamma: 1, gamma: 2}]", "gamma: written twice in the mapping at line 1; allowed: once"),
        ("<<: {n: 1}\n<<: {n: 2}", "<<: written twice in the mapping at line 1; allowed: once"),
        ("a: {b: 1,\n  b: 2}", "b: written twice in the mapping at line 1; allowed: once"),
        ("a: [", "not YAML at line 1: expected the node content, but found '<stream end>'"),
        ("a: b: c", "not YAML at line 1: mapping values are not allowed here"),
        ("a: \0", "not YAML: special characters are not allowed"),
        ("a: 2026-13-01", "line 1: '2026-13-01' is not allowed; allowed: a value of the tag !!timestamp (month must be "
         "in 1..12)"),
        ("a: 1\nb: !!int ''", "line 2: '' is not allowed; allowed: a value of the tag !!int"),
        ("a: !!float ''", "line 1: '' is not allowed; allowed: a value of the tag !!float"),
        ("a: !!bool x", "line 1: 'x' is not allowed; allowed: a value of the tag !!bool"),
        ("a: !!timestamp x", "line 1: 'x' is not allowed; allowed: a value of the tag !!timestamp"),
        ("!!bool x: 1", "line 1: 'x' is not allowed; allowed: a value of the tag !!bool"),
        ("a: !!set [1]", "not YAML at line 1: expected a mapping node, but found sequence"),
        ("a: !!map x", "not YAML at line 1: expected a mapping node, but found scalar"),
        ("a: 1:" + "0:" * 200 + "0.5", f"line 1: '1:{'0:' * 57}... is not allowed; allowed: a number "
         "without leading zeros and colons"),
        ('a: "\\uD800"', "line 1: '\\ud800' is not allowed; allowed: a value of the tag !!str ('utf-16-le' codec can't "
         "decode bytes in position 2-3: unexpected end of data)"),
        ("a: !!python/object:os.system x", "not YAML at line 1: could not determine a constructor for the tag "
         "'tag:yaml.org,2002:python/object:os.system'"),
        ("- a", "holds a list; allowed: a mapping of keys to values"),
        ("", "holds nothing; allowed: a mapping of keys to values"),
        ("a: 1\n---\nb: 2", "not YAML at line 2: but found another document"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_a_mapping(text: str, line: str) -> None:
    assert told(text) == f"p.yaml: {line}"


def test_yaml_that_is_nested_too_deeply_is_refused() -> None:
    assert told("[" * 1000).startswith("p.yaml: not YAML: ")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_paper(tmp_path / "no.yaml")
    assert str(error.value) == f"{tmp_path / 'no.yaml'}: cannot be read: No such file or directory"


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError) as error:
        load_paper(path)
    assert str(error.value) == f"{path}: cannot be read: not UTF-8 text"


def test_a_missing_file_of_claims_is_named_relative_to_the_paper(tmp_path: Path) -> None:
    line = told(study(GOOD) + "claims: claims.yaml", tmp_path)
    assert line == f"{tmp_path / 'claims.yaml'}: cannot be read: No such file or directory"


@pytest.mark.parametrize("value", [{1, 2}, b"\xff", float("nan"), object()])
def test_environment_arguments_have_to_be_json(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"^c\.yaml: env_kwargs\.a"):
        configuration({"env_kwargs": {"a": value}}, "c.yaml")


def test_environment_arguments_that_contain_themselves_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^c\.yaml: aliases make it longer than"):
        configuration(parse_mapping("env_kwargs: {a: &x [*x]}", "c.yaml"), "c.yaml")


def test_a_key_with_line_breaks_is_reported_in_one_line() -> None:
    with pytest.raises(ConfigError) as error:
        configuration({"a\nb": 1}, "c.yaml")
    assert str(error.value).startswith("c.yaml: a b: unknown key; ")


@pytest.mark.parametrize("text", ["a\\u0001b", "\\u007f", "\\ufffe"])
def test_text_with_control_characters_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"x: line 2: .* is not allowed; allowed: text without control characters"):
        parse_mapping(f'{{"title": "t",\n"studies": [{{"points": [{{"label": "{text}"}}]}}]}}', "x")


def test_both_halves_of_a_character_in_json_are_the_character() -> None:
    assert parse_mapping('{"a": "\\ud83d\\ude00"}', "c.yaml") == {"a": "\U0001f600"}


@pytest.mark.parametrize("fields", [{"env_kwargs": {"a": "\ud800"}}, {"modules": ["\ud800"]}])
def test_text_that_cannot_be_written_is_refused(fields: dict[str, Any]) -> None:
    """As an argument of an environment it would end the training when its progress is written."""
    with pytest.raises(ConfigError, match=r"is not allowed; allowed: text that UTF-8 can write$"):
        configuration(fields, "c.yaml")
