"""Measures: the numbers that claims name, each with its unit, range, direction and comparison.

Most are of a run. Those of a gradient estimator are of a run at one of its snapshots, in a gradient study.
"""

from dataclasses import dataclass
from typing import Literal

from a2c.config.metrics import all_metrics

How = Literal["means", "ratios", "superiority", "rates", "times", "quantiles"]
RETURN: Literal["return"] = "return"  # the range of the environment's returns
FALL: Literal["fall"] = "fall"  # from 0 to the width of that range
INFINITE = float("inf")
RETURNS = ("final_return", "auc", "eval_return")  # the measures that every table of runs has
ALPHA = 0.05  # the level of all tests


@dataclass(frozen=True)
class Measure:
    """One number of each run, or of an estimator at a snapshot of it."""

    name: str
    title: str  # in sentences
    meaning: str  # how a run is summarised
    unit: str  # after a number; empty for shares and ratios
    bounds: tuple[float, float] | Literal["return", "fall"]
    better: Literal["higher", "lower", ""]  # empty where neither is
    compared: How  # unless a claim says otherwise


def _rate(name: str, title: str, meaning: str, better: Literal["higher", "lower", ""]) -> Measure:
    return Measure(name, title, meaning, "", (0.0, 1.0), better, "rates")


def _return(name: str, title: str, meaning: str) -> Measure:
    return Measure(name, title, meaning, "reward per episode", RETURN, "higher", "means")


def _ratio(name: str, title: str, meaning: str) -> Measure:
    return Measure(name, title, meaning, "", (0.0, INFINITE), "", "ratios")


OF_RUNS = {
    one.name: one
    for one in (
        _return("final_return", "final return", "mean return of the training episodes in the last 10 % of the budget"),
        _return("auc", "area under the curve", "mean of the learning curve over the budget"),
        _return("eval_return", "evaluation return", "mean return of the sampled evaluation episodes"),
        _return("last_50", "return of the last 50 episodes", "mean return of the last 50 training episodes"),
        _return("peak", "peak", "highest point of the learning curve"),
        Measure(
            "drawdown", "fall", "largest fall of the learning curve below an earlier peak",
            "reward per episode", FALL, "lower", "means",
        ),
        Measure(
            "relative_drawdown", "relative fall",
            "largest fall of the learning curve, as a share of its highest point above the lowest return there is",
            "", (0.0, 1.0), "lower", "means",
        ),
        Measure(
            "time_to_solve", "time to solve",
            "agent steps until the mean return of the last ten episodes is at the environment's threshold, looked at "
            "after each episode",
            "agent steps", (0.0, INFINITE), "lower", "times",
        ),
        _rate("solved_rate", "solved at the end", "share of runs whose final return is at the threshold", "higher"),
        _rate("reached_rate", "solved once", "share of runs in which time_to_solve is within the budget", "higher"),
        _rate("failure_rate", "failed", "share of runs that diverged or finished no episode", "lower"),
        _ratio(
            "clip_at_falls", "clip coefficient with a fall",
            "median clip coefficient of the recorded updates on batches in which an episode terminated",
        ),
        _ratio(
            "clip_elsewhere", "clip coefficient without a fall",
            "median clip coefficient of the other recorded updates",
        ),
        _ratio("clip_ratio", "weight of batches with a fall", "clip_at_falls over clip_elsewhere"),
    )
}  # fmt: skip
NEED_THRESHOLD = ("time_to_solve", "solved_rate", "reached_rate")  # exist only where an environment has one
TITLES = {name: OF_RUNS[name].title for name in RETURNS}
UNIT = OF_RUNS["final_return"].unit  # of returns
RATES = tuple(name for name, one in OF_RUNS.items() if one.compared == "rates")

LEAST_BIAS = 0.1  # of the true gradient's norm: samples hardly tell smaller biases apart, and 0 has no logarithm
OF_GRADIENTS = {
    one.name: one
    for one in (
        Measure(
            "gradient_variance", "gradient variance", "trace of the covariance of a batch's gradient",
            "squared gradient", (0.0, INFINITE), "lower", "ratios",
        ),
        Measure(
            "gradient_variance_per_step", "gradient variance per agent step",
            "gradient_variance times the agent steps of a batch",
            "squared gradient times agent steps", (0.0, INFINITE), "lower", "ratios",
        ),
        Measure(
            "gradient_noise", "gradient noise", "root of gradient_variance over the norm of the true gradient",
            "", (0.0, INFINITE), "lower", "ratios",
        ),
        Measure(
            "gradient_bias", "gradient bias",
            "norm of the difference between the mean gradient and the true one, over the norm of the true one; below "
            "a tenth it counts as a tenth",
            "", (LEAST_BIAS, INFINITE), "lower", "ratios",
        ),
        Measure(
            "gradient_cosine", "gradient cosine",
            "mean cosine of the angle between a batch's gradient and the true one",
            "", (-1.0, 1.0), "higher", "means",
        ),
    )
}  # fmt: skip

ANY, POSITIVE = (-INFINITE, INFINITE), (0.0, INFINITE)
# Of each recorded metric: its name in sentences, its unit, its range, and whether it spans decades.
METRICS: dict[str, tuple[str, str, tuple[float, float], bool]] = {
    "policy_loss": ("policy loss", "", ANY, False),
    "value_loss": ("value loss", "", POSITIVE, True),
    "entropy": ("entropy", "nats", POSITIVE, False),
    "advantage_mean": ("mean advantage", "return", ANY, False),
    "advantage_std": ("deviation of advantages", "return", POSITIVE, True),
    "grad_norm": ("gradient norm", "", POSITIVE, True),
    "explained_variance": ("explained variance", "", (-INFINITE, 1.0), False),
    "clip_coefficient": ("clip coefficient", "", (0.0, 1.0), True),
    "policy_grad_norm": ("policy's gradient norm", "", POSITIVE, True),
    "value_grad_norm": ("value's gradient norm", "", POSITIVE, True),
    "grad_cosine": ("cosine of policy's and value's gradient", "", (-1.0, 1.0), False),
    "policy_kl": ("KL of the policy's step", "nats", POSITIVE, True),
    "value_max": ("largest value", "return", ANY, False),
    "terminal_share": ("share of terminal rows", "", (0.0, 1.0), False),
    "observation_distance": ("distance of observations", "", POSITIVE, False),
    "clip_fraction": ("share of clipped ratios", "", (0.0, 1.0), False),
}
MEDIANS = {
    "early_median": "median in the first 10 % of the budget",
    "late_median": "median in the last 10 % of the budget",
}
STATISTICS = {
    "mean": "mean over the training",
    "min": "smallest value of the training",
    "max": "largest value of the training",
    "first": "mean in the first 10 % of the budget",
    "last": "mean in the last 10 % of the budget",
    "change": "last less first",
    "growth": "last over first",
    **MEDIANS,
    "median_change": "late_median less early_median",
    "median_growth": "late_median over early_median",
}
LEVELS = ("mean", "min", "max", "first", "last", *MEDIANS)  # statistics with the range of their metric
PATTERN = rf"^({'|'.join([*OF_RUNS, *OF_GRADIENTS])}|({'|'.join(all_metrics())}):({'|'.join(STATISTICS)}))$"


def measure_of(name: str) -> Measure:
    """The measure with this name: one of `OF_RUNS` or `OF_GRADIENTS`, or METRIC:STATISTIC.

    Medians of a metric that spans decades are compared by their ratio.
    """
    if known := OF_RUNS.get(name) or OF_GRADIENTS.get(name):
        return known
    metric, _, statistic = name.partition(":")
    title, unit, bounds, is_wide = METRICS[metric]
    is_ratio = statistic in ("growth", "median_growth")
    by_ratio = statistic == "median_growth" or (is_wide and statistic in MEDIANS)
    return Measure(
        name,
        f"{title} ({statistic.replace('_', ' ')})",
        STATISTICS[statistic],
        "" if is_ratio else unit,
        bounds if statistic in LEVELS else POSITIVE if statistic == "median_growth" else ANY,
        "",
        "ratios" if by_ratio else "means",
    )
