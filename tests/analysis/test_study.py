"""The tables of a study: their columns, numbers that are known beforehand, and words in place of missing numbers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from a2c.analysis.study import aggregate
from a2c.config import Configuration
from a2c.config.metrics import metrics_of
from a2c.config.names import SETTINGS
from a2c.runs.study import LABEL
from tests.analysis.claims.claimed import WORDS
from tests.analysis.small_study import THRESHOLDS, records, study

RATES = [{"learning_rate": rate} for rate in (0.1, 0.01)]
SEEDS = list(range(6))
RETURNS = {"0.1": [100.0, 140.0, 80.0, 120.0, 90.0, 110.0], "0.01": [480.0, 500.0, 490.0, 420.0, 500.0, 470.0]}


def tables(returns=RETURNS, seeds=SEEDS, **options):
    made = study(RATES, {"learning_rate": 0.1}, seeds)
    return aggregate(made, **records(made, returns, **options))


@pytest.fixture(scope="module")
def plain():
    return tables()


@pytest.fixture(scope="module")
def with_diverged():
    return tables(diverged=[("0.01", 3)])


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("seed_curves", "configuration seed step value"),
        ("curves", "configuration step mean pointwise_low pointwise_high band_low band_high n_seeds"),
        ("runs", "configuration learning_rate seed status final_return auc eval_return last_50 solved"),
        (
            "comparisons",
            "measure configuration baseline learning_rate n n_baseline difference low high effect_size effect_low "
            "effect_high p p_adjusted low_adjusted high_adjusted p_permutation method",
        ),
        ("diagnostics", "configuration metric step median low high n_seeds"),
        (
            "claims",
            "claim centre says part where measure how subject reference verdict level reference_level effect low high "
            "p_supported p_contradicted p_adjusted first_effect first_low first_high second_effect second_low "
            "second_high n seeds_needed figure test why caveat",
        ),
    ],
)
def test_a_table_has_its_columns(plain, table, columns):
    assert plain[table].columns.tolist() == columns.split()


def test_the_summary_begins_with_configuration_point_and_counts(plain):
    assert plain["summary"].columns[:4].tolist() == ["configuration", "learning_rate", "n_seeds", "n_failed"]


def test_every_run_has_its_numbers(plain):
    for number in ("final_return", "auc", "eval_return"):
        assert plain["runs"][number].tolist() == RETURNS["0.1"] + RETURNS["0.01"]


def test_solved_counts_the_runs_at_the_threshold(plain):
    assert plain["summary"]["solved_rate"].tolist() == [0.0, 4 / 6]


def test_the_summary_has_scipys_interval(plain):
    expected = stats.ttest_1samp(RETURNS["0.01"], 0).confidence_interval(0.95)
    row = plain["summary"].iloc[1]
    np.testing.assert_allclose([row["auc_low"], row["auc_high"]], list(expected), rtol=1e-12)


def test_the_comparison_is_scipys_and_holms(plain):
    p = stats.ttest_ind(RETURNS["0.01"], RETURNS["0.1"], equal_var=False).pvalue
    row = plain["comparisons"].iloc[0]
    np.testing.assert_allclose([row["p"], row["p_adjusted"]], [p, 3 * p], rtol=1e-9)


def test_the_baseline_is_not_compared_with_itself(plain):
    assert plain["comparisons"]["configuration"].unique().tolist() == ["0.01"]


def test_the_method_names_the_family(plain):
    assert plain["comparisons"]["method"].unique().tolist() == ["Welch, Holm over 3"]


def test_the_order_of_the_rows_does_not_matter(plain):
    made = study(RATES, {"learning_rate": 0.1}, SEEDS)
    shuffled = {name: table.sample(frac=1, random_state=1) for name, table in records(made, RETURNS).items()}
    for name, table in aggregate(made, **shuffled).items():
        pd.testing.assert_frame_equal(table, plain[name])


def test_rows_of_other_seeds_are_left_alone(plain):
    made = study(RATES, {"learning_rate": 0.1}, [*SEEDS, 6])
    more = records(made, {name: [*values, 1e6] for name, values in RETURNS.items()})
    for name, table in aggregate(replace(made, seeds=SEEDS), **more).items():
        pd.testing.assert_frame_equal(table, plain[name])


def test_diagnostics_are_quantiles_over_the_runs_that_recorded_a_metric_each_up_to_where_it_ended():
    made = study(RATES, {"learning_rate": 0.1}, SEEDS)
    recorded = records(made, RETURNS, diverged=[("0.01", 2)])
    recorded["metrics"]["policy_kl"] = np.nan
    table = aggregate(made, **recorded)["diagnostics"]
    assert set(table["metric"]) == set(metrics_of("a2c")) - {"policy_kl"}
    one = table.query("configuration == '0.01' and metric == 'grad_norm'").set_index("step")
    for step, seeds in ((500, SEEDS), (1000, [seed for seed in SEEDS if seed != 2])):
        values = [RETURNS["0.01"][SEEDS.index(seed)] for seed in seeds]
        expected = [*np.quantile(values, [0.5, 0.1, 0.9]), len(seeds)]
        np.testing.assert_allclose(
            one.loc[step, ["median", "low", "high", "n_seeds"]].to_numpy(float), expected, rtol=1e-3
        )


def test_a_missing_run_is_named():
    made = study(RATES, {"learning_rate": 0.1}, SEEDS)
    recorded = records(made, RETURNS)
    recorded["status"] = recorded["status"].iloc[:-1]
    with pytest.raises(ValueError, match=r"study small: configuration 0\.01 has no run with seed 5"):
        aggregate(made, **recorded)


def test_a_run_that_stopped_early_is_judged_on_its_own_last_tenth():
    made = study(RATES, {"learning_rate": 0.1}, SEEDS)
    recorded = records(made, RETURNS)
    episodes, status = recorded["episodes"], recorded["status"]
    run = (episodes["configuration"] == "0.01") & (episodes["seed"] == 3)
    episodes.loc[run & (episodes["step"] > 450), "return"] = 50.0
    recorded["episodes"] = episodes[~(run & (episodes["step"] > 500))]
    status.loc[(status["configuration"] == "0.01") & (status["seed"] == 3), "step"] = 500
    tables = aggregate(made, **recorded)
    row = tables["runs"].query("configuration == '0.01' and seed == 3").iloc[0]
    assert (row["status"], row["final_return"]) == ("finished", 50.0)
    assert tables["summary"]["n_failed"].tolist() == [0, 0]
    curve = tables["seed_curves"].query("configuration == '0.01' and seed == 3")
    assert curve["value"].iloc[-1] == 50.0  # carried forward to the budget's end


def test_nothing_counts_that_comes_after_the_budget_of_the_study():
    """All runs are twice as long as the budget that the study judges; one stopped between the two."""
    claims = [
        {**WORDS, "id": name.replace(":", "_"), "measure": name, "subject": RATES[1], "test": "at_least", "value": 1}
        for name in ("entropy:last", "entropy:max", "last_50", "time_to_solve", "clip_elsewhere")
    ]
    made = study(RATES, {"learning_rate": 0.1}, SEEDS, claims)
    recorded = records(made, RETURNS)
    expected = aggregate(made, **recorded)
    for name, columns in (("episodes", ["return"]), ("metrics", metrics_of("a2c"))):
        later = recorded[name].assign(step=lambda table: table["step"] + 1_000)
        recorded[name] = pd.concat([recorded[name], later.assign(**dict.fromkeys(columns, 1e6))])
    recorded["status"]["step"] = [1500.0, *[np.nan] * 11]
    longer = [replace(one, fields={**one.fields, "total_steps": 2_000}) for one in made.configurations]
    found = aggregate(replace(made, configurations=longer), **recorded)
    del found["doctor"], expected["doctor"]  # it looks at runs as long as they are
    for name, table in expected.items():
        pd.testing.assert_frame_equal(found[name], table, obj=name)


def test_no_column_comes_twice_whatever_field_is_an_axis():
    points = [{"env_id": env_id, "baseline": value} for value in ("none", "value") for env_id in list(THRESHOLDS)[:3]]
    made = study(points, {"baseline": "none"}, SEEDS)
    axes = {**{axis: ["same"] for axis in [*Configuration.model_fields, LABEL, SETTINGS]}, **made.axes}
    same = dict.fromkeys(axes, "same")
    configurations = [replace(one, point={**same, **one.point}) for one in made.configurations]
    made = replace(made, configurations=configurations, axes=axes)
    names = [one.name for one in configurations]
    returns = {name: np.arange(6.0) + 100 * name.endswith("value") for name in names}
    found = aggregate(replace(made, seeds=SEEDS[:5], tuning_seeds=[5]), **records(made, returns))
    assert {name for name, table in found.items() if not table.columns.is_unique} == set()
    assert found["comparisons"]["baseline"].unique().tolist() == names[:3]
    assert found["comparisons"]["field.baseline"].unique().tolist() == ["value"]
    assert found["improvement"]["field.baseline"].unique().tolist() == ["value"]
    assert all("baseline none" in name for name in found["improvement"]["baseline"])
    for name in ("runs", "summary", "aggregates", "profiles", "tuning"):
        assert {"value"} <= set(found[name]["baseline"]) <= {"none", "value"}


def test_a_diverged_run_is_counted(with_diverged):
    assert with_diverged["summary"][["n_seeds", "n_failed"]].values.tolist() == [[6, 0], [6, 1]]


def test_a_diverged_run_has_no_numbers_and_has_not_solved_the_task(with_diverged):
    run = with_diverged["runs"].query("configuration == '0.01' and seed == 3").iloc[0]
    assert np.isnan([run["final_return"], run["auc"], run["eval_return"]]).all()
    assert run["solved"] == 0.0


def test_the_mean_is_over_the_finished_runs(with_diverged):
    assert with_diverged["summary"]["final_return_mean"].iloc[1] == 488.0


def test_a_diverged_runs_curve_ends_where_it_diverged(with_diverged):
    curve = with_diverged["seed_curves"].query("configuration == '0.01' and seed == 3")
    assert curve.dropna()["step"].max() == 500


def test_a_diverged_run_is_not_in_the_mean_curve(with_diverged):
    curve = with_diverged["curves"].query("configuration == '0.01'")
    assert (curve["n_seeds"].unique().tolist(), curve["mean"].unique().tolist()) == ([5], [488.0])


def test_a_comparison_says_how_many_runs_it_leaves_out(with_diverged):
    words = with_diverged["comparisons"]["method"].iloc[0]
    assert words == "Welch, Holm over 3; left out as failed: 1 of 6 runs, of the baseline 0 of 6"


def test_four_seeds_give_words_in_place_of_intervals_and_tests():
    found = tables({name: values[:4] for name, values in RETURNS.items()}, SEEDS[:4])
    assert found["summary"]["final_return_interval"].unique().tolist() == ["too few seeds for an interval"]
    assert found["comparisons"]["method"].unique().tolist() == ["too few seeds for a test"]
    assert found["comparisons"][["low", "high", "p", "p_adjusted"]].isna().all(axis=None)
    assert found["curves"][["pointwise_low", "band_high"]].isna().all(axis=None)
    assert found["summary"][["auc_low", "auc_bca_low", "solved_low"]].isna().all(axis=None)


def test_tied_seeds_give_words_in_place_of_an_interval():
    found = tables(RETURNS | {"0.01": [500.0] * 6})
    row = found["summary"].iloc[1]
    assert (row["final_return_interval"], row["final_return_bca_interval"]) == ("all seeds tie", "all seeds tie")
    assert np.isnan([row["final_return_low"], row["final_return_bca_high"]]).all()


def test_if_every_run_diverges_only_counts_remain():
    found = tables(diverged=[("0.01", seed) for seed in SEEDS])
    row = found["summary"].iloc[1]
    assert (row["n_failed"], row["final_return_interval"]) == (6, "no finished run")
    assert found["curves"].query("configuration == '0.01'")["mean"].isna().all()


def test_a_study_of_one_point_compares_nothing():
    made = study(RATES[:1], {"learning_rate": 0.1}, SEEDS)
    assert aggregate(made, **records(made, RETURNS))["comparisons"].empty


def test_one_environment_has_no_tables_over_environments(plain):
    assert "aggregates" not in plain


def several(seeds=SEEDS, environments=THRESHOLDS, **options):
    points = [{"label": label, "env_id": env_id} for label in ("ours", "theirs") for env_id in environments]
    made = study(points, {"label": "ours"}, seeds)
    # "ours" scores as a random policy does in all environments, "theirs" what solves them, give or take.
    zero = {"CartPole-v1": 22.2, "Acrobot-v1": -499.1, "MountainCar-v0": -200.0, "LunarLander-v3": -181.7}
    noise = np.linspace(-1, 1, len(seeds))
    returns = {f"ours_{env_id}": zero.get(env_id, 0) + noise for env_id in environments}
    returns |= {f"theirs_{env_id}": THRESHOLDS.get(env_id, 1.0) + noise for env_id in environments}
    return aggregate(made, **records(made, returns, **options))


@pytest.fixture(scope="module")
def four_environments():
    return several()


@pytest.mark.parametrize("statistic", ["iqm", "mean", "median"])
def test_aggregates_are_normalised_scores(four_environments, statistic):
    found = four_environments["aggregates"].query("statistic == @statistic and measure == 'final_return'")
    np.testing.assert_allclose(found["value"], [0.0, 1.0], atol=0.01)


def test_the_aggregate_curves_are_of_normalised_scores(four_environments):
    found = four_environments["aggregate_curves"].query("label == 'theirs'")
    np.testing.assert_allclose(found["iqm"], np.ones(100), atol=0.01)


def test_a_setting_that_is_better_everywhere_has_probability_of_improvement_one(four_environments):
    found = four_environments["improvement"]
    assert (found["setting"].unique().tolist(), found["baseline"].unique().tolist()) == (["theirs"], ["ours"])
    assert (found["probability"] == 1.0).all()


def test_resamples_that_all_tie_give_no_interval(four_environments):
    found = four_environments["improvement"]
    assert found["interval"].unique().tolist() == ["all resamples tie"]
    assert found[["low", "high"]].isna().all(axis=None)


def test_a_profile_has_the_point_halfway_to_solved(four_environments):
    profiles = four_environments["profiles"]
    assert len(profiles.query("tau == 0.5")) == len(profiles.groupby(["setting", "measure"]))


def test_the_profile_falls_from_all_runs_to_none(four_environments):
    found = four_environments["profiles"].query("label == 'theirs' and measure == 'final_return'")
    assert (found["fraction"].iloc[0], found["fraction"].iloc[-1]) == (1.0, 0.0)


def test_the_best_setting_for_all_is_named(four_environments):
    found = four_environments["sensitivity"].iloc[0]
    assert (found["best_for_all"], found["dimensionality"]) == ("theirs", 0)


def test_a_failed_run_scores_as_a_random_policy_does():
    found = several(diverged=[("theirs_CartPole-v1", 0), ("theirs_Acrobot-v1", 0), ("theirs_Acrobot-v1", 1)])
    row = found["aggregates"].query("label == 'theirs' and statistic == 'mean' and measure == 'auc'").iloc[0]
    assert (row["n_runs"], row["n_failed"]) == (24, 3)
    assert row["value"] == pytest.approx(21 / 24, abs=0.01)


def test_few_seeds_give_words_in_the_tables_over_environments():
    found = several(SEEDS[:4])
    assert found["aggregates"]["interval"].unique().tolist() == ["too few seeds for an interval"]
    assert found["aggregates"][["low", "high"]].isna().all(axis=None)


def test_an_environment_without_a_reference_gives_words_in_place_of_scores():
    found = several(environments={**THRESHOLDS, "Pendulum-v1": None})["aggregates"]
    assert found["interval"].unique().tolist() == ["no random policy's return known for Pendulum-v1"]
    assert found["value"].isna().all()


def test_two_environments_are_too_few_for_tables_over_environments():
    assert "aggregates" not in several(environments=["CartPole-v1", "Acrobot-v1"])


def test_the_same_runs_have_the_same_intervals_in_every_study(plain):
    other = replace(study(RATES, {"learning_rate": 0.1}, SEEDS), name="another")
    again = aggregate(other, **records(other, RETURNS))
    for name in ("summary", "curves", "comparisons", "diagnostics"):
        pd.testing.assert_frame_equal(again[name], plain[name])
