"""Studies that go from one centre to another, one field at a time."""

from pathlib import Path
from typing import Any

import pytest

from a2c.config import ConfigError, Paper, expand

CENTRES: dict[str, Any] = {
    "article": {},
    "tuned": {"learning_rate": 0.002, "max_grad_norm": None, "optimizer": "rmsprop", "rmsprop_alpha": 0.9},
}
STUDY: dict[str, Any] = {"name": "which", "ablation": ["article", "tuned"], "seeds": "0-1"}


def paper(centres: dict[str, Any] = CENTRES, **keys: Any) -> Paper:
    data = {"title": "t", "results": "results/t", "centres": centres, "studies": [{**STUDY, **keys}]}
    return expand(data, "p.yaml", Path())


def test_each_field_is_changed_alone_at_both_ends_and_one_that_depends_on_another_goes_with_it() -> None:
    (study,) = paper().studies
    changed = {
        point.axes["label"]: point.configuration.model_dump(exclude_defaults=True, mode="json")
        for point in study.points
    }
    tuned = CENTRES["tuned"]
    without = {name: {key: value for key, value in tuned.items() if key not in name} for name in [
        ("learning_rate",), ("max_grad_norm",), ("optimizer", "rmsprop_alpha"),
    ]}  # fmt: skip
    assert changed == {
        "article": {},
        "article, learning rate of tuned": {"learning_rate": 0.002},
        "tuned, learning rate of article": without["learning_rate",],
        "article, optimizer and rmsprop alpha of tuned": {"optimizer": "rmsprop", "rmsprop_alpha": 0.9},
        "tuned, optimizer and rmsprop alpha of article": without["optimizer", "rmsprop_alpha"],
        "article, gradient clipping of tuned": {"max_grad_norm": None},
        "tuned, gradient clipping of article": without["max_grad_norm",],
        "tuned": tuned,
    }
    assert study.baseline == {"label": "article"}


def test_centres_that_differ_in_one_field_have_two_points() -> None:
    (study,) = paper({"article": {}, "tuned": {"gamma": 0.9}}).studies
    assert [point.axes["label"] for point in study.points] == ["article", "tuned"]


def test_all_runs_are_judged_on_the_budget_of_the_base() -> None:
    (study,) = paper(base={"total_steps": 1000}).studies
    assert study.total_steps == 1000
    assert {point.configuration.total_steps for point in study.points} == {1000}


def test_fields_of_the_base_go_over_both_centres() -> None:
    (study,) = paper(base={"env_id": "Acrobot-v1", "learning_rate": 0.01}).studies
    assert {point.configuration.env_id for point in study.points} == {"Acrobot-v1"}
    assert {point.configuration.learning_rate for point in study.points} == {0.01}


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"ablation": ["article"]}, r"ablation: \['article'\] is not allowed; allowed: two centres"),
        ({"ablation": ["article", "tund"]}, r"ablation\[1\]: 'tund' is not allowed; .*did you mean tuned\?"),
        ({"ablation": ["article", "article"]}, "ablation: .* allowed: two centres that differ"),
        ({"grid": {"gamma": [0.9]}}, "grid: .* allowed: none beside ablation"),
    ],
)
def test_mistakes_are_told_in_one_line(keys: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError, match=r"^p\.yaml: studies\.which\." + line):
        paper(**keys)
