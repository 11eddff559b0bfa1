"""Claims as data: what is accepted, and the error line for each mistake."""

import subprocess
import sys
from pathlib import Path

import pytest

from a2c.config import ConfigError
from a2c.config.claims import check_points, claims_of, locate, parse_claim, read_claims

CLAIMS = Path(__file__).parents[2] / "config" / "claims.yaml"

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


def test_a_claim_written_to_json_and_read_again_is_the_same():
    claim = parse_claim(LOWER, "x")
    assert parse_claim(claim.model_dump(mode="json"), "x") == claim


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"test": "worse"},
            "x: c.test: 'worse' is not allowed; allowed: lower, higher, not_lower, not_higher, equivalent, differs, "
            "at_least, at_most, between, not_tested, not_testable",
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
