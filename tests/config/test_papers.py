"""Papers and studies expand to points, configurations and seeds."""

from pathlib import Path
from typing import Any

import pytest

from a2c.config import ConfigError, Configuration, Paper, Study, expand, load_paper

CONFIG = Path(__file__).parents[2] / "config"


def paper_of(*studies: dict[str, Any]) -> Paper:
    written = [{"name": f"study_{number}", "seeds": "0-4", **study} for number, study in enumerate(studies)]
    return expand({"title": "t", "results": "out", "studies": written}, "p.yaml", Path())


def study_of(**keys: Any) -> Study:
    return paper_of(keys).studies[0]


def test_a_grid_is_every_combination_over_the_base() -> None:
    study = study_of(base={"gamma": 0.9}, grid={"n_envs": [8, 4], "learning_rate": [1e-3, "7e-4"]})
    assert [point.axes for point in study.points] == [
        {"n_envs": 8, "learning_rate": 1e-3},
        {"n_envs": 8, "learning_rate": 7e-4},
        {"n_envs": 4, "learning_rate": 1e-3},
        {"n_envs": 4, "learning_rate": 7e-4},
    ]
    assert [point.configuration for point in study.points] == [
        Configuration(gamma=0.9, **point.axes) for point in study.points
    ]
    assert study.base == Configuration(gamma=0.9)
    assert study.axes == {"n_envs": [8, 4], "learning_rate": [1e-3, 7e-4]}


def test_named_settings_are_combined_with_the_whole_grid() -> None:
    study = study_of(
        base={"n_envs": 4},
        settings={"article": {}, "other": {"gamma": 0.9}},
        grid={"env_id": ["Acrobot-v1", "MountainCar-v0"]},
    )
    assert [(point.axes, point.configuration) for point in study.points] == [
        ({"settings": name, "env_id": env_id}, Configuration(n_envs=4, env_id=env_id, **fields))
        for env_id in ("Acrobot-v1", "MountainCar-v0")
        for name, fields in (("article", {}), ("other", {"gamma": 0.9}))
    ]
    assert study.axes == {"settings": ["article", "other"], "env_id": ["Acrobot-v1", "MountainCar-v0"]}
    assert study.baseline == {"settings": "article"}


def test_named_points_are_added_to_the_axis_of_the_grid() -> None:
    study = study_of(grid={"gae_lambda": [0.95, 1]}, points=[{"label": "n-step", "advantage_estimator": "n_step"}])
    assert study.axes == {"gae_lambda": [0.95, 1.0, "n-step"]}
    assert study.points[2].configuration == Configuration(advantage_estimator="n_step")


def test_named_points_alone_are_an_axis_of_labels() -> None:
    study = study_of(base={"n_envs": 4}, points=[{"label": "ours"}, {"label": "others", "gamma": 0.9}])
    assert study.axes == {"label": ["ours", "others"]}
    assert study.baseline == {"label": "ours"}
    assert study.points[1].configuration == Configuration(n_envs=4, gamma=0.9)


@pytest.mark.parametrize(
    ("keys", "baseline"),
    [
        ({"grid": {"gamma": [0.9, 0.99]}}, {"gamma": 0.99}),  # the article's value
        ({"base": {"gamma": 0.9}, "grid": {"gamma": [0.99, 0.9]}}, {"gamma": 0.9}),  # the base's
        ({"grid": {"gamma": [0.9, 0.95]}, "baseline": {"gamma": 0.95}}, {"gamma": 0.95}),
        ({"grid": {"learning_rate": [1e-2, 1e-3]}, "baseline": {"learning_rate": "1e-3"}}, {"learning_rate": 1e-3}),
        ({"grid": {"gamma": [0.9, 0.99], "n_envs": [4, 8]}}, {"gamma": 0.99, "n_envs": 8}),
        ({"grid": {"env_id": ["Acrobot-v1", "MountainCar-v0"]}}, {}),  # compared within each environment
        ({"grid": {"env_id": ["Acrobot-v1", "MountainCar-v0"], "gamma": [0.9, 0.99]}}, {"gamma": 0.99}),
        ({"grid": {"max_grad_norm": [None, 0.5]}, "baseline": {"max_grad_norm": None}}, {"max_grad_norm": None}),
    ],
)
def test_the_baseline_is_the_given_point_or_the_bases(keys: dict[str, Any], baseline: dict[str, Any]) -> None:
    assert study_of(**keys).baseline == baseline


def test_a_label_that_looks_like_a_number_is_text() -> None:
    points = [{"label": "64"}, {"label": "1e5", "gamma": 0.9}]
    assert study_of(points=points).baseline == {"label": "64"}
    assert study_of(points=points, baseline={"label": "1e5"}).baseline == {"label": "1e5"}


def test_the_name_of_a_setting_that_looks_like_a_number_is_text() -> None:
    keys = {"settings": {"1": {}, "2": {"gamma": 0.9}}, "grid": {"learning_rate": ["1e-3", 7e-4]}}
    assert study_of(**keys).baseline == {"settings": "1", "learning_rate": 7e-4}
    named = {"settings": "2", "learning_rate": "1e-3"}
    assert study_of(**keys, baseline=named).baseline == {"settings": "2", "learning_rate": 1e-3}


def test_with_settings_the_baseline_has_the_values_of_the_base_at_the_first_of_them() -> None:
    keys = {"settings": {"a": {"n_steps": 10}, "b": {}}, "grid": {"gamma": [0.9, 0.95]}}
    assert study_of(base={"gamma": 0.95}, **keys).baseline == {"settings": "a", "gamma": 0.95}
    with pytest.raises(ConfigError, match=r"baseline: missing, as the base, .*'gamma': 0\.99}, is no point"):
        study_of(**keys)


def test_a_label_on_the_axis_of_a_field_comes_before_the_number_that_it_looks_like() -> None:
    keys = {"grid": {"learning_rate": [1e-3, 7e-4]}, "points": [{"label": "1e-3", "gamma": 0.9}]}
    assert study_of(**keys, baseline={"learning_rate": "1e-3"}).baseline == {"learning_rate": "1e-3"}
    assert study_of(**keys, baseline={"learning_rate": 1e-3}).baseline == {"learning_rate": 1e-3}


def test_numbers_in_the_list_of_a_baseline_may_be_text() -> None:
    study = study_of(grid={"hidden_sizes": [[100, 8], [8, 8]]}, baseline={"hidden_sizes": ["1e2", 8]})
    assert study.baseline == {"hidden_sizes": [100, 8]}


@pytest.mark.parametrize(
    ("axis", "values", "scale"),
    [
        ("learning_rate", [1e-2, 7e-4], "log"),
        ("entropy_coef", [0, 0.01, 0.1], "log"),
        ("n_envs", [4, 8, 16], "linear"),
        ("gamma", [0.9, 0.99], "linear"),
        ("shared_trunk", [True, False], "category"),
        ("optimizer", ["adam", "rmsprop"], "category"),
        ("max_grad_norm", [0.5, None], "category"),
        ("hidden_sizes", [[256, 256], [64, 64]], "category"),
    ],
)
def test_a_scale_follows_from_the_values(axis: str, values: list[Any], scale: str) -> None:
    assert study_of(grid={axis: values}).scales == {axis: scale}


def test_a_scale_may_be_given() -> None:
    study = study_of(grid={"n_envs": [4, 8], "gamma": [0.9, 0.99]}, scales={"n_envs": "log"})
    assert study.scales == {"n_envs": "log", "gamma": "linear"}


def test_a_title_is_made_from_the_name() -> None:
    assert study_of(name="learning_rate", grid={"gamma": [0.99]}).title == "Learning rate"
    assert study_of(name="learning_rate", title="Steps", grid={"gamma": [0.99]}).title == "Steps"


def test_seeds_are_read_in_both_sets() -> None:
    study = study_of(grid={"gamma": [0.99]}, seeds="0-2,7", tuning_seeds=[12, 10])
    assert study.seeds == [0, 1, 2, 7]
    assert study.tuning_seeds == [10, 12]


def test_a_configuration_that_studies_share_is_listed_once_with_all_their_seeds() -> None:
    paper = paper_of(
        {"grid": {"gamma": [0.9, 0.99]}, "seeds": "0-2"},
        {"grid": {"n_envs": [4, 8]}, "seeds": "2-4", "tuning_seeds": "20-21"},
    )
    article, other_gamma, other_n_envs = Configuration(), Configuration(gamma=0.9), Configuration(n_envs=4)
    assert paper.required_runs() == {
        other_gamma.name: (other_gamma, [0, 1, 2]),
        article.name: (article, [0, 1, 2, 3, 4, 20, 21]),
        other_n_envs.name: (other_n_envs, [2, 3, 4, 20, 21]),
    }


def test_a_paper_has_defaults_for_all_but_title_results_and_studies() -> None:
    paper = paper_of({"grid": {"gamma": [0.99]}})
    assert (paper.description, paper.results, paper.seeds_per_job, paper.claims) == ("", "out", 10, [])


@pytest.mark.parametrize(
    "path", sorted(set(CONFIG.glob("*.yaml")) - set(CONFIG.glob("claims*.yaml"))), ids=lambda path: path.name
)
def test_the_papers_of_this_repository_are_valid(path: Path) -> None:
    paper = load_paper(path)
    assert paper.studies or paper.tunings


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("learning_rate_article", {"learning_rate": [1e-5, 1e-4, 7e-4, 1e-3, 1e-2]}),
        ("entropy_coef_article", {"entropy_coef": [0, 0.001, 0.01, 0.05, 0.1, 0.5]}),
        ("n_envs_article", {"n_envs": [1, 4, 8, 16, 32]}),
        ("n_steps_article", {"n_steps": [1, 5, 20, 128]}),
        ("max_grad_norm_article", {"max_grad_norm": [0.1, 0.5, 5.0, None]}),
    ],
)
def test_the_default_paper_has_the_articles_sweeps(name: str, axes: dict[str, Any]) -> None:
    (study,) = (study for study in load_paper(CONFIG / "paper.yaml").studies if study.name == name)
    assert study.axes == axes
    assert study.seeds == list(range(1000, 1100))
    assert Configuration() in [point.configuration for point in study.points]  # the article's column
    assert {point.configuration.total_steps for point in study.points} == {200_000}


def test_a_value_that_is_valid_only_with_another_axis_is_accepted() -> None:
    grid = {"optimizer": ["rmsprop", "rmsprop_tf"], "rmsprop_alpha": [0.9, 0.99]}
    baseline = {axis: values[0] for axis, values in grid.items()}
    assert len(study_of(grid=grid, baseline=baseline).points) == 4


@pytest.mark.parametrize(
    "points", [{"grid": {"total_steps": [1000, 900]}}, {"points": [{"label": "x"}, {"label": "y", "total_steps": 900}]}]
)
def test_a_run_that_is_shorter_than_the_budget_it_is_judged_on_is_refused(points: dict[str, Any]) -> None:
    message = r"studies\.study_0\.base\.total_steps: 1000 is not allowed; allowed: at most 900, the shortest"
    with pytest.raises(ConfigError, match=message):
        study_of(base={"total_steps": 1000}, **points)


def test_two_points_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="label"):
        study_of(points=[{"label": "x", "gamma": 0.9}, {"label": "x", "gamma": 0.8}])


def with_used_seeds(used: Any, *studies: dict[str, Any]) -> Paper:
    written = [{"name": f"study_{number}", "seeds": "1000-1004", **study} for number, study in enumerate(studies)]
    return expand({"title": "t", "results": "r", "used_seeds": used, "studies": written}, "p.yaml", Path())


def test_a_seed_that_was_used_before_does_not_report() -> None:
    grid = {"grid": {"gamma": [0.9, 0.99]}}
    assert with_used_seeds("0-19", grid).studies[0].seeds == [1000, 1001, 1002, 1003, 1004]
    with pytest.raises(
        ConfigError, match=r"studies\.study_0\.seeds: 1002 is not allowed; allowed: seeds that are not among used_seeds"
    ):
        with_used_seeds("0-19,1002", grid)
    with pytest.raises(ConfigError, match=r"p\.yaml: used_seeds: 'few' is not allowed"):
        with_used_seeds("few", grid)


def test_a_seed_that_was_used_before_is_not_measured_in_a_gradient_study() -> None:
    study = {"name": "s", "grid": {"gamma": [0.9, 0.99]}, "seeds": "1000-1004"}
    content = {"title": "t", "results": "r", "used_seeds": "0-19", "studies": [study]}
    with pytest.raises(
        ConfigError, match=r"gradients\.g\.seeds: 19 is not allowed; allowed: seeds that are not among used"
    ):
        expand({**content, "gradients": [{"name": "g", "seeds": "19-21"}]}, "p.yaml", Path())


def test_a_seed_that_another_study_tunes_on_does_not_report() -> None:
    grid = {"grid": {"gamma": [0.9, 0.99]}}
    with pytest.raises(ConfigError, match=r"study_0\.seeds: 4 .* not among the tuning seeds of study study_1"):
        paper_of({**grid, "seeds": "0-4"}, {**grid, "seeds": "5-9", "tuning_seeds": "4,10"})


def test_the_range_of_returns_is_two_numbers_in_order() -> None:
    content = {"title": "t", "results": "r", "studies": [{"name": "s", "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-4"}]}
    paper = expand({**content, "return_ranges": {"CartPole-v1": [-20, "1e1"]}}, "p.yaml", Path())
    assert paper.return_ranges == {"CartPole-v1": (-20.0, 10.0)}
    with pytest.raises(
        ConfigError, match=r"return_ranges\.CartPole-v0: unknown environment; did you mean CartPole-v1?"
    ):
        expand({**content, "return_ranges": {"CartPole-v0": [0, 200]}}, "p.yaml", Path())
    for wrong in ([0, -20], [0], "wide", [float("nan"), 1], [0, float("nan")]):
        with pytest.raises(ConfigError, match=r"p\.yaml: return_ranges\.Own-v0"):
            expand({**content, "return_ranges": {"Own-v0": wrong}}, "p.yaml", Path())


@pytest.mark.parametrize("results", ["/", "//", "//.", "///"])
def test_the_root_is_no_folder_of_results(results: str) -> None:
    content = {"title": "t", "studies": [{"name": "s", "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-4"}]}
    with pytest.raises(ConfigError, match=r"^p\.yaml: results: '/+\.?' is not allowed; allowed: a folder of its own"):
        expand({**content, "results": results}, "p.yaml", Path())


LOOKED_AT = {"name": "s", "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-19", "looks": [10, 20]}


def small(seeds: int, *studies: dict[str, Any], **keys: Any) -> Paper:
    content = {"title": "t", "results": "r", "centres": {"one": {}, "two": {"n_envs": 4}}}
    return expand({**content, "small": {"seeds": seeds, **keys}, "studies": [*studies]}, "p.yaml", Path())


def test_the_small_part_has_as_many_seeds_as_a_look() -> None:
    with pytest.raises(ConfigError) as error:
        small(5, LOOKED_AT)
    assert str(error.value) == "p.yaml: small.seeds: 5 is not allowed; allowed: one of the looks of study s, 10, 20"
    assert small(10, LOOKED_AT).small


@pytest.mark.parametrize(
    ("seeds", "keys"),
    [
        (25, {}),  # all seeds
        (5, {"studies": ["other"]}),
        (5, {"studies": ["around"], "centres": ["two"]}),
    ],
)
def test_looks_of_what_the_small_part_does_not_cut_are_free(seeds: int, keys: dict[str, Any]) -> None:
    around = {**LOOKED_AT, "name": "around", "centres": ["one"]}
    other = {"name": "other", "grid": {"n_steps": [5, 10]}, "seeds": "0-19"}
    assert small(seeds, LOOKED_AT, around, other, **keys).small
