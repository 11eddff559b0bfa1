"""Configurations and papers at random, and what reads them: each is accepted, or refused in one line."""

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from a2c.config import ConfigError, configuration, expand, parse_mapping, read_mapping
from a2c.config.claims import read_claims
from a2c.untrusted import DamagedError
from tests.fuzz.absurd import absurd, changed, damaged, places, text

CONFIG = Path(__file__).parents[2] / "config"
LONGEST_LINE = 1500  # characters of a message
CONFIGURATIONS: list[dict[str, Any]] = [
    {},
    {"env_id": "CartPole-v1", "learning_rate": 7e-4, "hidden_sizes": [64, 64], "total_steps": 20000},
    {"algorithm": "ppo", "n_epochs": 4, "n_minibatches": 4, "clip_range": 0.2, "env_id": "Pendulum-v1"},
    {"algorithm": "reinforce", "baseline": "value", "episodes_per_update": 2, "total_episodes": 300, "n_envs": 1},
    {"algorithm": "a3c", "asynchrony": 0.5, "n_envs": 4, "max_grad_norm": 0.5, "optimizer": "rmsprop"},
    {
        "env_id": "ALE/Pong-v5",
        "network": "cnn",
        "hidden_sizes": [512],
        "atari_protocol": "classic",
        "env_kwargs": {"frameskip": 1},
    },
    {"snapshots": [0.1, 0.5, 1.0], "normalize_observations": True, "activation": "tanh", "init": "orthogonal"},
]
PAPER: dict[str, Any] = {
    "title": "t",
    "description": "d",
    "results": "results/x",
    "seeds_per_job": 5,
    "claims": "claims.yaml",
    "return_ranges": {"CartPole-v1": [0, 500]},
    "used_seeds": "0-9",
    "centres": {"article": {}, "sb3": {"hidden_sizes": [64, 64], "activation": "tanh"}},
    "small": {"studies": ["rates"], "centres": ["article"], "seeds": 2},
    "studies": [
        {
            "name": "rates", "title": "t", "description": "d", "centres": "all", "seeds": "1000-1009",
            "grid": {"learning_rate": [1e-2, 7e-4], "gamma": [0.9, 0.99]}, "scales": {"learning_rate": "log"},
        },
        {
            "name": "points", "base": {"total_steps": 1000}, "seeds": "1000-1004", "tuning_seeds": "10-12",
            "settings": {"a": {}, "b": {"n_envs": 1}}, "grid": {"env_id": ["CartPole-v1", "Acrobot-v1"]},
            "baseline": {"settings": "a"},
        },
        {"name": "labelled", "grid": {"gamma": [0.9, 0.99]}, "seeds": "1000-1004",
         "points": [{"label": "x", "n_steps": 1}]},
    ],
    "gradients": [{"name": "g", "base": {}, "seeds": "1000-1001"}],
}  # fmt: skip
CLAIMS = [
    {
        "id": "best", "says": "s", "where": "w", "study": "rates", "why": "y", "measure": "final_return",
        "subject": {"learning_rate": 7e-4}, "test": "higher", "reference": "others", "margin": 1,
    },
    {"id": "m", "says": "s", "where": "w", "study": "rates", "why": "y", "measure": "grad_norm:mean",
     "subject": {"learning_rate": 1e-2}, "test": "between", "low": 0, "high": 1},
]  # fmt: skip
YAML_TRICKS = [
    "!!python/object/apply:os.mkdir ['executed']",
    "!!python/name:os.system",
    "&a [*a]",
    "{<<: {a: 1}, <<: {a: 2}}",
    "!!binary |\n  /////w==",
    "!!set {a, b}",
    "!!omap [a: 1]",
    "- - - -\n",
    "%YAML 9.9\n---\n{}",
    "? [a]\n: b",
    "\ufeffa: 1",
    "a: 190:20:30.15",
    "{a: 1, a: 2}",
    "'unclosed",
    "a: !x y",
    "1: {2: {3: 4}}",
    "0x" + "f" * 4000,
    "9" * 5000,
]


@cache
def tunings() -> list[Any]:
    return list(read_mapping(CONFIG / "tuning.yaml").get("tunings", []))


def try_input(number: int, folder: Path) -> str:
    """Read input `number`: 'accepted' or 'refused'. Raises whatever is no refusal in one line."""
    choice = random.Random(f"input {number}")
    kind = choice.choices(KINDS, [one.weight for one in KINDS])[0]
    try:
        kind.read(choice, folder)
    except (ConfigError, DamagedError) as error:
        check_message(str(error))
        return "refused"
    return "accepted"


def check_message(told: str) -> None:
    assert told.splitlines() == [told], f"not one line: {told[:500]!r}"
    assert len(told) <= LONGEST_LINE, f"{len(told)} characters: {told[:500]!r}"


def a_configuration(choice: random.Random, folder: Path) -> None:
    base = choice.choice(CONFIGURATIONS)
    fields = changed(base, choice) if base and choice.random() < 0.6 else dict(base)
    if choice.random() < 0.7:
        fields[choice.choice(field_names())] = absurd(choice)
    configuration(fields, "source")


@cache
def field_names() -> list[str]:
    from a2c.config import Configuration

    return list(Configuration.model_fields)


def a_paper(choice: random.Random, folder: Path) -> None:
    paper = dict(PAPER)
    if choice.random() < 0.3:
        paper["tunings"] = tunings()
    if choice.random() < 0.7:  # what refers to others refuses most changes
        for key in choice.sample(["claims", "small", "centres", "gradients", "used_seeds"], 3):
            paper.pop(key, None)
    (folder / "claims.yaml").write_text(yaml.safe_dump({"claims": CLAIMS}))
    expand(changed(paper, choice), "source", folder)


def some_claims(choice: random.Random, folder: Path) -> None:
    path = folder / "changed.yaml"
    written = yaml.safe_dump(plain(changed({"claims": CLAIMS}, choice)), allow_unicode=True)
    path.write_bytes(written.encode("utf-8", "surrogatepass"))
    read_claims(path)


def a_text(choice: random.Random, folder: Path) -> None:
    """A file of YAML with damaged bytes, or with a construct of YAML that few know."""
    written = yaml.safe_dump(choice.choice([PAPER, *CONFIGURATIONS]))
    path = folder / "text.yaml"
    if choice.random() < 0.5:
        path.write_bytes(damaged(written.encode(), choice))
    else:
        lines = written.splitlines()
        lines[choice.randrange(len(lines))] += choice.choice(["\n", " "]) + choice.choice(YAML_TRICKS)
        path.write_text("\n".join(lines))
    data = read_mapping(path)
    configuration(data, "source") if choice.random() < 0.5 else expand(data, "source", folder)


def a_set_option(choice: random.Random, folder: Path) -> None:
    """What `--set` takes."""
    value = choice.choice([text(choice), choice.choice(YAML_TRICKS)])
    configuration({choice.choice(field_names()): parse_mapping(f"value: {value}", "--set x").get("value")}, "source")


def plain(tree: Any) -> Any:
    """The tree with all that YAML's safe dumper does not write as text."""
    for container, key in places(tree):
        if isinstance(container, dict) and not isinstance(key, str | int | float | None):
            container[str(key)] = container.pop(key)
    return tree


class Kind:
    def __init__(self, read: Callable[[random.Random, Path], None], weight: float) -> None:
        self.read, self.weight = read, weight


KINDS = [Kind(a_configuration, 60), Kind(a_paper, 20), Kind(some_claims, 5), Kind(a_text, 10), Kind(a_set_option, 5)]
