"""Tests that no runs can decide are refused before the training."""

from pathlib import Path

import pytest

from a2c.config import ConfigError, load_paper
from a2c.planning.reach import check_reach
from tests.config.test_registration import CLAIM, ON_GRADIENTS, STUDY, gradient_tests, paper

THRESHOLD = {key: value for key, value in CLAIM.items() if key not in ("reference", "margin")}
BETWEEN = {**THRESHOLD, "test": "between", "low": 400, "high": 450}


def pilot(folder: Path, reference: float, seed: int = 0) -> Path:
    """A runs.csv in which the configuration with the rate 7e-4 has this return."""
    name = paper(folder).studies[0].points[1].name
    lines = ["configuration,learning_rate,seed,final_return,auc,eval_return"]
    lines += [f"{name},0.0007,{seed + number},{reference + noise},50,50" for number, noise in enumerate((-1, 1))]
    (folder / "runs.csv").write_text("\n".join(lines))
    return folder / "runs.csv"


@pytest.mark.parametrize(
    ("claim", "reference"),
    [
        (CLAIM, 78),
        ({**CLAIM, "margin": 77}, 78),
        ({**CLAIM, "margin": 499}, None),  # the level is not known
        ({**CLAIM, "test": "higher", "margin": 400}, 78),
        ({**CLAIM, "test": "not_lower", "margin": 77}, 78),
        ({**CLAIM, "test": "differs", "margin": 421}, 78),
        ({**CLAIM, "reference": "others"}, 78),
        ({**THRESHOLD, "test": "at_least", "value": 475}, 78),
        (BETWEEN, None),
        ({**CLAIM, "measure": "policy_loss:mean", "margin": 1e6}, 78),  # no range is known
    ],
)
def test_a_test_that_runs_can_decide_passes(tmp_path: Path, claim: dict, reference: float | None) -> None:
    pilots = [] if reference is None else [pilot(tmp_path, reference)]
    check_reach(paper(tmp_path, claim), pilots, "paper.yaml")


@pytest.mark.parametrize(
    ("claim", "reference", "line"),
    [
        (
            {**CLAIM, "margin": 100},
            78,
            "claims.worse.margin: 100.0 is not allowed; allowed: what an effect can reach; effects are from -78 to "
            "422, as final_return is between 0 and 500, and the reference has 78 in the pilot",
        ),
        ({**CLAIM, "margin": 500}, None, "effects are from -500 to 500, as final_return is between 0 and 500"),
        ({**CLAIM, "test": "higher", "margin": 25}, 480, "what an effect can reach; effects are from -480 to 20"),
        ({**CLAIM, "test": "differs", "margin": 480}, 250, "what an effect can reach; effects are from -250 to 250"),
        ({**CLAIM, "test": "not_lower", "margin": 78}, 78, "what an effect can fail; effects are from -78 to 422"),
        ({**CLAIM, "test": "equivalent", "margin": 430}, 78, "what an effect can fail; effects are from -78 to 422"),
        ({**THRESHOLD, "test": "at_least", "value": 500}, None, "claims.worse.value: 500.0 is not allowed"),
        ({**THRESHOLD, "test": "at_least", "value": 0}, None, "what an effect can fail; effects are from 0 to 500"),
        ({**BETWEEN, "low": 500, "high": 600}, None, "claims.worse.low: 500.0 is not allowed"),
        ({**THRESHOLD, "measure": "solved_rate", "test": "at_least", "value": 1}, None, "effects are from 0 to 1"),
        ({**THRESHOLD, "measure": "entropy:last", "test": "at_most", "value": 0}, None, "effects are from 0 to inf"),
        ({**THRESHOLD, "measure": "drawdown", "test": "at_least", "value": 500}, None, "effects are from 0 to 500"),
    ],
)
def test_a_test_out_of_reach_is_refused_with_the_reason(
    tmp_path: Path, claim: dict, reference: float | None, line: str
) -> None:
    pilots = [] if reference is None else [pilot(tmp_path, reference)]
    with pytest.raises(ConfigError) as error:
        check_reach(paper(tmp_path, claim), pilots, "paper.yaml")
    assert line in str(error.value)


def test_a_region_has_to_be_reachable_from_every_reference(tmp_path: Path) -> None:
    made = paper(tmp_path, {**CLAIM, "reference": "others"}, {**STUDY, "grid": {"learning_rate": [0.01, 7e-4, 1e-4]}})
    names = [point.name for point in made.studies[0].points]
    runs = tmp_path / "runs.csv"
    runs.write_text(f"configuration,seed,final_return,auc,eval_return\n{names[1]},0,200,1,1\n{names[2]},0,20,1,1\n")
    with pytest.raises(ConfigError, match=r"effects are from -20 to 480, .* the reference has 20 in the pilot"):
        check_reach(made, [runs], "paper.yaml")


def test_the_range_may_stand_in_the_paper(tmp_path: Path) -> None:
    made = paper(tmp_path, {**CLAIM, "margin": 5})
    own = {"CartPole-v1": (0.0, 4.0)}
    with pytest.raises(ConfigError, match="effects are from -4 to 4"):
        check_reach(type(made)(**{**vars(made), "return_ranges": own}), [], "paper.yaml")


def test_other_arguments_of_the_environment_have_no_known_range(tmp_path: Path) -> None:
    study = {**STUDY, "base": {"env_kwargs": {"max_episode_steps": 1000}}}
    check_reach(paper(tmp_path, {**CLAIM, "margin": 600}, study), [], "paper.yaml")


def test_a_pilot_may_not_have_run_a_reporting_seed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"studies\.rate\.seeds: 1003 is not allowed; allowed: seeds that are not in"):
        check_reach(paper(tmp_path), [pilot(tmp_path, 78, seed=1003)], "paper.yaml")


LEVEL = {key: value for key, value in ON_GRADIENTS.items() if key not in ("reference", "margin")}


def test_tests_on_gradients_are_within_the_range_of_their_measure(tmp_path: Path) -> None:
    gradient_tests(tmp_path)
    check_reach(load_paper(tmp_path / "paper.yaml"), [], "paper.yaml")
    gradient_tests(tmp_path, {**LEVEL, "measure": "gradient_bias", "test": "at_least", "value": 0.05})
    with pytest.raises(
        ConfigError, match=r"claims\.worse\.value: 0\.05 is not allowed; allowed: what an effect can fail"
    ):
        check_reach(load_paper(tmp_path / "paper.yaml"), [], "paper.yaml")
