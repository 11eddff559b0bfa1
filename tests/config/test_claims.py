"""Claims as data: what is accepted, and the error line for each mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from a2c.config import ConfigError
from a2c.config.claims import check_points, check_studies, claims_of, locate, others, parse_claim, read_claims
from a2c.config.gradients import expand_gradients

CLAIMS = Path(__file__).parents[2] / "config" / "claims_paper.yaml"

LOWER = {
    "id": "too_large",
    "says": "Too large",
    "where": "the article",
    "study": "learning_rate",
    "why": "because",
    "measure": "final_return",
    "subject": {"learning_rate": "1e-2"},
    "test": "lower",
    "reference": {"learning_rate": 7e-4},
    "margin": 25,
}
PLACES = [{"env_id": "CartPole-v1", "learning_rate": rate, "gamma": 0.99} for rate in (1e-2, 7e-4, 1e-5)]
BASELINE = {"learning_rate": 7e-4}


def changed(**changes):
    return {key: value for key, value in {**LOWER, **changes}.items() if value is not None}


def test_the_claims_of_the_article_are_valid():
    assert len(read_claims(CLAIMS)) > 40


def test_every_claim_of_the_article_has_sentence_place_and_reason():
    assert all(claim.says and claim.where and claim.why for claim in read_claims(CLAIMS))


def test_reading_claims_does_not_import_the_libraries_of_the_analysis():
    code = (
        "import sys; from pathlib import Path; from a2c.config.claims import read_claims;"
        f"read_claims(Path({str(CLAIMS)!r})); print({{'numpy', 'scipy', 'pandas'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_number_without_a_dot_is_a_number():
    assert parse_claim(LOWER, "x").subject == {"learning_rate": 0.01}


@pytest.mark.parametrize("axis", ["label", "settings"])
def test_a_name_that_looks_like_a_number_is_text(axis):
    claim = parse_claim(changed(subject={axis: "1e5"}, reference={axis: "64", "learning_rate": "1e-2"}), "x")
    assert (claim.subject, claim.reference) == ({axis: "1e5"}, {axis: "64", "learning_rate": 0.01})


def test_a_claim_written_to_json_and_read_again_is_the_same():
    claim = parse_claim(LOWER, "x")
    assert parse_claim(claim.model_dump(mode="json"), "x") == claim


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"test": "worse"},
            "x: c.test: 'worse' is not allowed; allowed: lower, higher, not_lower, not_higher, equivalent, differs, "
            "at_least, at_most, between, not_tested, tested_elsewhere, not_testable",
        ),
        ({"margin": -1}, "x: c.margin: -1 is not allowed; allowed: a number of at least 0.0"),
        ({"margin": "small"}, "x: c.margin: 'small' is not allowed; allowed: a number"),
        ({"margin": None}, "x: c.margin: missing; it has to be given"),
        (
            {"test": "equivalent", "margin": 0},
            "x: c.margin: 0.0 is not allowed; allowed: a number above 0 with test: equivalent",
        ),
        (
            {"measure": "time_to_solve", "compare": "means"},
            "x: c.compare: 'means' is not allowed; allowed: none with time_to_solve, which has its own test",
        ),
        (
            {"measure": "grad_norm:late_median", "margin": 0.5},
            "x: c.margin: 0.5 is not allowed; allowed: a factor from 1 on, as grad_norm:late_median is compared by "
            "ratios",
        ),
        (
            {"compare": "superiority"},
            "x: c.margin: 25.0 is not allowed; allowed: a probability below 0.5, the distance from even chances",
        ),
        (
            {"measure": "grad_norm:late_median", "test": "differs", "margin": 1},
            "x: c.margin: 1.0 is not allowed; allowed: a number above 1 with test: differs",
        ),
        (
            {"test": "at_least", "measure": "clip_ratio", "value": 0, "reference": None, "margin": None},
            "x: c.value: 0.0 is not allowed; allowed: a number above 0 with clip_ratio",
        ),
        (
            {
                "test": "at_least",
                "measure": "solved_rate",
                "value": 0.5,
                "quantile": 0.1,
                "reference": None,
                "margin": None,
            },
            "x: c.quantile: 0.1 is not allowed; allowed: none with a rate",
        ),
        ({"says": 7}, "x: c.says: 7 is not allowed; allowed: text"),
        ({"subject": "1e-2"}, "x: c.subject: '1e-2' is not allowed; allowed: a mapping of keys to values"),
        ({"id": "Too large"}, "x: c.id: 'Too large' is not allowed; allowed: text that matches ^[a-z][a-z0-9_]*$"),
    ],
)
def test_a_mistake_gets_one_line(changes, message):
    with pytest.raises(ConfigError) as caught:
        parse_claim(changed(**changes), "x", "c")
    assert str(caught.value) == message


def test_an_unknown_key_is_named_with_the_one_that_was_meant():
    with pytest.raises(ConfigError, match=r"x: c\.margn: unknown key; did you mean margin\?"):
        parse_claim(changed(margn=25), "x", "c")


def test_an_unknown_measure_is_named():
    with pytest.raises(ConfigError, match=r"x: c\.measure: 'entropy:median' is not allowed"):
        parse_claim(changed(measure="entropy:median"), "x", "c")


def test_a_threshold_needs_a_value():
    with pytest.raises(ConfigError, match=r"c\.value: missing"):
        parse_claim(changed(test="at_least", reference=None, margin=None), "x", "c")


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(ConfigError, match=r"c\.high: 1\.0 is not allowed; allowed: a number above low, 2"):
        parse_claim(changed(test="between", reference=None, margin=None, low=2, high=1), "x", "c")


def test_an_id_used_twice_in_a_file_is_refused(tmp_path):
    one = "{id: a, says: s, where: w, study: s, why: y, test: not_tested}"
    (tmp_path / "claims.yaml").write_text(f"claims: [{one}, {one}]")
    with pytest.raises(ConfigError, match=r"claims\.yaml: claims\[1\]\.id: 'a' is not allowed"):
        read_claims(tmp_path / "claims.yaml")


def test_a_point_is_found_by_its_value():
    assert locate({"learning_rate": 1e-5}, PLACES, BASELINE) == [2]


def test_axes_that_are_left_out_are_at_the_baseline():
    assert locate({}, PLACES, BASELINE) == [1]


def test_a_point_may_name_the_environment():
    assert locate({"env_id": "CartPole-v1"}, PLACES, BASELINE) == [1]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"subject": {"learning_rate": 0.5}}, "subject"),
        ({"reference": {"learning_rate": 0.5}}, "reference"),
        ({"subject": {"leraning_rate": 1e-2}}, "subject"),
    ],
)
def test_a_point_that_the_study_lacks_is_named(changes, key):
    claim = parse_claim(changed(**changes), "x")
    with pytest.raises(
        ConfigError, match=rf"claims\.yaml: too_large\.{key}: .* is not allowed; allowed: a mapping that"
    ):
        check_points([claim], "learning_rate", PLACES, BASELINE, "claims.yaml")


def test_the_environment_has_to_be_named_where_there_are_several():
    claim = parse_claim(LOWER, "x")
    places = [*PLACES, *({**place, "env_id": "Acrobot-v1"} for place in PLACES)]
    with pytest.raises(ConfigError, match="names one point"):
        check_points([claim], "learning_rate", places, BASELINE, "claims.yaml")


def test_the_reference_others_needs_another_point():
    claim = parse_claim(changed(subject={}, reference="others"), "x")
    with pytest.raises(ConfigError, match=r"too_large\.reference: 'others' is not allowed; allowed: a point"):
        check_points([claim], "learning_rate", PLACES[1:2], BASELINE, "claims.yaml")


def test_a_study_tests_the_claims_on_it_at_their_centres():
    everywhere, at_one, on_another = (
        parse_claim(changed(**keys), "x") for keys in ({}, {"centres": ["tuned"]}, {"study": "gamma"})
    )
    claims = [everywhere, at_one, on_another]
    assert claims_of(claims, "learning_rate", "article") == [everywhere]
    assert claims_of(claims, "learning_rate", "tuned") == [everywhere, at_one]
    assert claims_of(claims, "gamma", "") == [on_another]


(GRADIENTS,) = expand_gradients([{"name": "g", "seeds": "0-4", "estimators": ["one-step", "gae 0", "gae 0.95"]}], "x")
VARIANCE = {"measure": "gradient_variance", "subject": {"estimator": "one-step"}, "reference": {}, "margin": 1.5}


def check_on_gradients(**changes):
    claim = parse_claim(changed(study="g", **changes), "x")
    check_points([claim], "g", GRADIENTS.places, GRADIENTS.baseline, "claims.yaml")


def test_a_claim_names_an_estimator_at_a_snapshot():
    check_on_gradients(**VARIANCE)
    check_on_gradients(**{**VARIANCE, "subject": {"snapshot": 1, "estimator": "gae 0", "n_envs": 1}})


def test_the_other_estimators_are_at_the_same_snapshot_in_batches_of_the_same_size():
    (subject,) = locate({"estimator": "gae 0", "snapshot": 0.5}, GRADIENTS.places, GRADIENTS.baseline)
    assert [GRADIENTS.places[number] for number in others(subject, GRADIENTS.places)] == [
        {"snapshot": 0.5, "estimator": "one-step", "n_envs": 8},
        {"snapshot": 0.5, "estimator": "gae 0.95", "n_envs": 8},
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"subject": {"estimator": "one-step"}, "reference": {}},
            "claims.yaml: too_large.measure: 'final_return' is not allowed; allowed: gradient_variance, "
            "gradient_variance_per_step, gradient_noise, gradient_bias, gradient_cosine, as g is a study of estimators",
        ),
        (
            {**VARIANCE, "subject": {"estimator": "gae 0.5"}},
            "claims.yaml: too_large.subject: {'estimator': 'gae 0.5'} is",
        ),
        ({**VARIANCE, "reference": {"n_envs": 4}}, "claims.yaml: too_large.reference: {'n_envs': 4} is not allowed; "),
        ({**VARIANCE, "margin": 0.5}, "x: margin: 0.5 is not allowed; allowed: a factor from 1 on"),
        (
            {**VARIANCE, "margin": 0.2, "compare": "superiority"},
            "x: compare: 'superiority' is not allowed; allowed: none with gradient_variance, which is compared within",
        ),
    ],
)
def test_a_mistake_in_a_claim_on_estimators_gets_one_line(changes, message):
    with pytest.raises(ConfigError) as caught:
        check_on_gradients(**changes)
    assert str(caught.value).startswith(message)


def test_a_measure_of_estimators_on_a_study_of_runs_is_refused():
    claim = parse_claim(changed(measure="gradient_bias", margin=2), "x")
    with pytest.raises(ConfigError) as caught:
        check_points([claim], "learning_rate", PLACES, BASELINE, "claims.yaml")
    assert str(caught.value) == (
        "claims.yaml: too_large.measure: 'gradient_bias' is not allowed; allowed: a measure of runs, as learning_rate "
        "is a study of runs"
    )


def test_a_slip_in_the_name_of_a_study_is_found():
    groups = {"learning_rate_article": "learning_rate", "gamma": "gamma"}
    with pytest.raises(ConfigError) as caught:
        check_studies([parse_claim(changed(study="learning_rat"), "x")], groups, "claims.yaml")
    assert str(caught.value) == (
        "claims.yaml: too_large.study: 'learning_rat' is not allowed; allowed: learning_rate, gamma; did you mean "
        "learning_rate?"
    )
    with pytest.raises(
        ConfigError, match=r"'learning_rate_article' is not allowed; allowed: learning_rate; the key cen"
    ):
        check_studies([parse_claim(changed(study="learning_rate_article"), "x")], groups, "claims.yaml")


def test_papers_may_share_claims_on_studies_of_one_of_them():
    elsewhere = parse_claim(changed(study="entropy_coef"), "x")
    listed = parse_claim(
        {**{key: LOWER[key] for key in ("id", "says", "where", "why")}, "study": "gama", "test": "not_tested"}, "x"
    )
    check_studies([elsewhere, listed], {"gamma": "gamma", "n_envs": "n_envs"}, "claims.yaml")


def test_a_claim_on_a_quantile_is_tested_as_one_and_others_by_their_measure():
    threshold = changed(test="at_least", value=475, reference=None, margin=None)
    assert parse_claim(threshold, "x").how == "means"
    assert parse_claim({**threshold, "quantile": 0.1}, "x").how == "quantiles"
    with pytest.raises(ConfigError, match="quantile"):
        parse_claim({**threshold, "measure": "solved_rate", "quantile": 0.1}, "x")
