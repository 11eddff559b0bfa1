"""Centres: a study is made around each of them, and a claim is tested at each."""

from pathlib import Path
from typing import Any

import pytest

from a2c.config import ConfigError, Configuration, Paper, expand
from a2c.config.registration import paper_tests

CENTRES = {"article": {}, "other": {"gamma": 0.9, "learning_rate": 2e-3}}
RATES = {"name": "rates", "centres": "all", "grid": {"learning_rate": ["1e-2", 7e-4]}, "seeds": "0-4"}
CLAIM = """
claims:
  - {id: best, says: It is best, where: there, study: rates, why: because, measure: final_return,
     subject: {learning_rate: 7e-4}, test: not_lower, reference: others, margin: 25%s}
"""


def paper(*studies: dict[str, Any], folder: Path = Path(), **keys: Any) -> Paper:
    written = {"title": "t", "results": "out", "centres": CENTRES, "studies": list(studies or [RATES]), **keys}
    return expand(written, "p.yaml", folder)


def test_a_study_is_made_around_each_centre_whose_own_value_joins_the_grid() -> None:
    article, other = paper().studies
    assert [article.name, other.name] == ["rates_article", "rates_other"]
    assert [(study.group, study.centre) for study in (article, other)] == [("rates", "article"), ("rates", "other")]
    assert (article.axes, article.baseline) == ({"learning_rate": [1e-2, 7e-4]}, {"learning_rate": 7e-4})
    assert (other.axes, other.baseline) == ({"learning_rate": [1e-2, 7e-4, 2e-3]}, {"learning_rate": 2e-3})
    assert [point.configuration for point in other.points] == [
        Configuration(gamma=0.9, learning_rate=rate) for rate in (1e-2, 7e-4, 2e-3)
    ]


def test_the_environment_of_a_centre_does_not_join_a_grid_of_environments() -> None:
    study = {**RATES, "centres": ["article"], "grid": {"env_id": ["Acrobot-v1", "MountainCar-v0"]}}
    assert paper(study).studies[0].axes == {"env_id": ["Acrobot-v1", "MountainCar-v0"]}


def test_a_setting_a_point_and_a_base_may_name_a_centre() -> None:
    settings = {"name": "a", "settings": {"ours": {"centre": "other", "gamma": 0.5}}, "seeds": "0-4"}
    settings["grid"] = {"n_envs": [4, 8]}
    points = {"name": "b", "base": {"centre": "other"}, "seeds": "0-4"}
    points["points"] = [{"label": "x"}, {"label": "y", "centre": "article", "gamma": 0.7}]
    first, second = paper(settings, points).studies
    assert first.points[0].configuration == Configuration(gamma=0.5, learning_rate=2e-3, n_envs=4)
    assert [point.configuration.gamma for point in second.points] == [0.9, 0.7]
    assert (first.group, first.centre) == ("a", "")


def test_a_gradient_study_may_name_a_centre() -> None:
    made = paper(gradients=[{"name": "g", "base": {"centre": "other"}, "seeds": "0-1"}])
    assert made.gradients[0].configuration.gamma == 0.9


def test_a_gradient_study_is_made_around_each_centre() -> None:
    made = paper(gradients=[{"name": "g", "title": "G", "centres": "all", "base": {"n_envs": 4}, "seeds": "0-1"}])
    article, other = made.gradients
    assert [(one.name, one.title, one.group, one.centre) for one in (article, other)] == [
        ("g_article", "G, around article", "g", "article"),
        ("g_other", "G, around other", "g", "other"),
    ]
    snapshots = (0.1, 0.5, 1.0)
    assert article.configuration == Configuration(n_envs=4, snapshots=snapshots)
    assert other.configuration == Configuration(n_envs=4, gamma=0.9, learning_rate=2e-3, snapshots=snapshots)


def test_a_claim_is_tested_at_each_centre_of_a_gradient_study(tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text(
        "claims: [{id: noisy, says: s, where: w, study: g, why: y, measure: gradient_noise, "
        "subject: {estimator: one-step}, test: at_least, value: 2}]"
    )
    gradients = [{"name": "g", "centres": ["article", "other"], "seeds": "0-1"}]
    assert list(paper_tests(paper(folder=tmp_path, claims="claims.yaml", gradients=gradients))) == [
        "noisy@article",
        "noisy@other",
    ]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"centres": ["best"]}, r"p\.yaml: gradients\.g\.centres\[0\]: 'best' is not allowed; allowed: article, other"),
        ({"centres": "all", "base": {"centre": "other"}}, r"gradients\.g\.base\.centre: 'other' is not allowed"),
        ({"centres": "all", "base": {"gamma": 2}}, r"gradients\.g\[article\]\.base\.gamma: 2 is not allowed"),
        ({"name": "rates_other"}, r"gradients\[0\]\.name: 'rates_other' is not allowed; allowed: a name that no other"),
    ],
)
def test_a_mistake_in_a_gradient_study_around_centres_is_one_line(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        paper(gradients=[{"name": "g", "seeds": "0-1", **keys}])


def test_a_centre_may_be_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "best.yaml").write_text("gamma: 0.95\nn_envs: 4\n")
    made = paper(centres={"tuned": {"from": "best.yaml", "n_envs": 16}}, folder=tmp_path)
    assert made.centres == {"tuned": Configuration(gamma=0.95, n_envs=16)}
    assert made.centre_files == ["best.yaml"]


def test_a_claim_is_registered_once_for_each_of_its_centres(tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text(CLAIM % "")
    tests = paper(claims="claims.yaml", folder=tmp_path)
    assert list(paper_tests(tests)) == ["best@article", "best@other"]
    (tmp_path / "claims.yaml").write_text(CLAIM % ", centres: [other]")
    assert list(paper_tests(paper(claims="claims.yaml", folder=tmp_path))) == ["best@other"]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"studies": [{**RATES, "centres": ["best"]}]}, "studies.rates.centres[0]: 'best' is not allowed; allowed: "),
        ({"studies": [{**RATES, "centres": ["other"], "base": {"centre": "other"}}]}, "studies.rates.base.centre: "),
        ({"studies": [{**RATES, "centres": [], "base": {"centre": 1}}]}, "studies.rates.base.centre: 1 is not"),
        ({"centres": {}, "studies": [{**RATES, "centres": ["best"]}]}, "allowed: none, as the paper has no centres"),
        ({"centres": {"article": {"gamma": 2}}}, "p.yaml: centres.article.gamma: 2 is not allowed"),
        ({"centres": {"article": {"from": 2}}}, "p.yaml: centres.article.from: 2 is not allowed"),
        ({"centres": {"Article": {}}}, "text that matches"),
        ({"studies": [{**RATES, "base": {"n_envs": 0}}]}, "studies.rates[article].base.n_envs: 0 is not allowed"),
        ({"studies": [RATES, {**RATES, "centres": [], "name": "rates_other"}]}, "a name that no other study has"),
    ],
)
def test_a_mistake_about_centres_is_one_line(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        paper(**keys)
    assert message in str(error.value)


def test_a_claim_on_an_unknown_centre_is_refused(tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text(CLAIM % ", centres: [best]")
    with pytest.raises(ConfigError, match=r"claims.yaml: best.centres: 'best' is not allowed; allowed: article, other"):
        paper(claims="claims.yaml", folder=tmp_path)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("artcle", r"claims.yaml: best.not_testable.artcle: unknown centre; did you mean article\?"),
        ("all", r"claims.yaml: best.not_testable: 'all' is not allowed; allowed: names of centres, as rates_article "),
    ],
)
def test_a_centre_that_no_test_of_a_claim_has_is_not_told_untestable(tmp_path: Path, where: str, message: str) -> None:
    (tmp_path / "claims.yaml").write_text(CLAIM % f", not_testable: {{{where}: because}}")
    with pytest.raises(ConfigError, match=message):
        paper(claims="claims.yaml", folder=tmp_path)


def test_a_centre_that_a_claim_leaves_out_is_not_told_untestable(tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text(CLAIM % ", centres: [other], not_testable: {article: because}")
    with pytest.raises(ConfigError, match=r"best.not_testable: 'article' is not allowed; allowed: other, the centres "):
        paper(claims="claims.yaml", folder=tmp_path)


def test_a_study_without_centres_is_told_untestable_as_a_whole(tmp_path: Path) -> None:
    alone = {**RATES, "centres": []}
    (tmp_path / "claims.yaml").write_text(CLAIM % ", not_testable: {all: because}")
    assert not paper_tests(paper(alone, claims="claims.yaml", folder=tmp_path))
    (tmp_path / "claims.yaml").write_text(CLAIM % ", not_testable: {article: because}")
    with pytest.raises(
        ConfigError, match=r"best.not_testable: 'article' is not allowed; allowed: all, as rates has no"
    ):
        paper(alone, claims="claims.yaml", folder=tmp_path)


def test_the_number_of_seeds_is_one_of_the_looks() -> None:
    assert paper({**RATES, "looks": [3, 5, 10]}).studies[0].looks == [3, 5, 10]
    for looks in ([3, 10], [5, 3]):
        with pytest.raises(
            ConfigError, match=r"looks: .* allowed: rising numbers, one of which is the number of seeds, 5"
        ):
            paper({**RATES, "looks": looks})


NEVER_TESTED = (
    "claims: [{id: c1, says: s, where: w, study: rates, why: y, measure: auc, subject: {n_steps: 5}, "
    "test: higher, reference: {n_steps: %s}, margin: 1, centres: [%s]}]"
)


@pytest.mark.parametrize(
    ("reference", "centre", "told"),
    [
        (8, "other", r"c1\.centres: 'other' is not allowed; allowed: article"),
        (5, "article", r"c1\.reference: {'n_steps': 5} is not allowed; allowed: another point than the subject"),
    ],
)
def test_a_claim_that_is_never_tested_is_refused(reference: int, centre: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text(NEVER_TESTED % (reference, centre))
    study = {"name": "rates", "centres": ["article"], "grid": {"n_steps": [5, 8]}, "seeds": "0-1"}
    with pytest.raises(ConfigError, match=told):
        paper(folder=tmp_path, claims="claims.yaml", studies=[study])
