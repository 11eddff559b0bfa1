"""The article's debugging checklist as rules with stated limits, applied to the records of one run.

A finding is a rule that a run breaks, with the numbers that led to it and the article's remedies. "First" and
"last" are the first and the last 10 % of the steps. A run that solved its task has no finding: it may end with a flat
return, low entropy and small gradients. Without a registered reward threshold no run counts as solved.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.curves import POINTS, final_return, learning_curve, solved
from a2c.analysis.doctor.remedies import DIVERGED, TOO_LITTLE, remedy
from a2c.analysis.measures import SHARE

SIGN = "doctor:"  # before the name of a sign among the numbers of a run
ENOUGH = 20  # metric rows and episodes: with fewer, the last 10 % are one or two
EPISODES = 10  # the first and the last returns are of at least this many episodes
RISE = 1.0  # standard deviations of a first return: chance gives less, learning 3 and more
LOST = 0.5  # share of the learning curve's range
FALL = 1.0  # standard deviations of a return, pooled over first and last: a smaller fall is noise
ENTROPY = 0.1  # nats: of two actions, one has a probability of 1 in 50
CRITIC_ERROR = 1.0  # returns of whole episodes: the error of a critic that always predicts 0
UNFALLEN = 0.9  # last value loss over first
EXPLAINED = 0.2  # explained variance: above it the critic follows growing returns, and its loss grows with them
VANISHED = 1e-3  # gradient norm over the critic's error: 1 to 100 is usual, the lowest measured was 0.2
EXPLODED = 100.0  # last gradient norm over first: it grows tenfold with the values as episodes lengthen
ADVANTAGE = 0.5  # mean of the advantages over their standard deviation
NEGLIGIBLE = 0.01  # returns of whole episodes: a smaller mean advantage has no effect, even with a small deviation


@dataclass(frozen=True)
class Number:
    """A number that can lead to a finding, `side` "at most" or "at least" the limit."""

    what: str
    value: float
    side: str
    limit: float

    @property
    def is_beyond(self) -> bool:
        """False for NaN."""
        return self.value <= self.limit if self.side == "at most" else self.value >= self.limit

    def __str__(self) -> str:
        return f"{self.what}: {self.value:.3g} (a finding from {self.side} {self.limit:.3g})"


Numbers = tuple[Number, ...]


@dataclass(frozen=True)
class Finding:
    """What is wrong with a run, what led to it, and what the article says to do about it."""

    name: str
    numbers: Numbers
    remedy: str
    note: str = ""


@dataclass(frozen=True)
class Records:
    """The records of one run over its `steps`: the budget, or those before it ended. Episodes in order of end."""

    ended: NDArray[np.int64]
    returns: NDArray[np.float64]
    metrics: pd.DataFrame
    steps: int

    @property
    def are_enough(self) -> bool:
        return min(len(self.returns), len(self.metrics)) >= ENOUGH and self.steps >= POINTS

    @cached_property
    def curve(self) -> NDArray[np.float64]:
        return learning_curve(self.ended, self.returns, self.steps)

    @cached_property
    def first_returns(self) -> NDArray[np.float64]:
        ended = int(np.searchsorted(self.ended, SHARE * self.steps, "right"))
        return self.returns[: max(ended, EPISODES)]

    @cached_property
    def last_returns(self) -> NDArray[np.float64]:
        before = int(np.searchsorted(self.ended, (1 - SHARE) * self.steps, "right"))
        return self.returns[min(before, len(self.returns) - EPISODES) :]

    @cached_property
    def deviation(self) -> float:
        """Standard deviation of a return, pooled over first and last."""
        return float(np.sqrt((self.first_returns.var(ddof=1) + self.last_returns.var(ddof=1)) / 2))

    @cached_property
    def size(self) -> float:
        """Root mean square of the last returns, whose mean may be near 0 if they have both signs. NaN if it is 0."""
        return float(np.sqrt(np.square(self.last_returns).mean())) or np.nan

    def first(self, metric: str) -> "pd.Series[float]":
        return self.metrics.loc[self.metrics["step"] <= SHARE * self.steps, metric]

    def last(self, metric: str) -> "pd.Series[float]":
        return self.metrics.loc[self.metrics["step"] > (1 - SHARE) * self.steps, metric]

    def growth(self, metric: str) -> float:
        """Last median over first median."""
        return _ratio(self.last(metric).median(), self.first(metric).median())


class Signs(NamedTuple):
    """The numbers of one run that the rules look at."""

    final_return: float  # over its own steps
    lost: float  # share of the learning curve's range lost since its peak
    fall: float  # of the mean return since the peak
    deviation: float  # standard deviation of a return, pooled over first and last
    rise: float  # of the mean return from first to last
    first_deviation: float  # standard deviation of a first return
    entropy: float  # last, in nats
    critic_error: float  # last error of the critic, in returns
    value_loss_growth: float  # last over first
    explained_variance: float  # last
    gradient_over_error: float  # last gradient norm over the critic's error
    gradient_growth: float  # gradient norm, last over first
    advantage_over_deviation: float  # last mean advantage over its deviation
    advantage_in_returns: float  # last mean advantage over a return


NO_SIGNS = Signs(*[float("nan")] * len(Signs._fields))  # of a run with too few records


def signs_of(episodes: pd.DataFrame, metrics: pd.DataFrame, steps: int) -> Signs | None:
    """The signs of one run over its `steps`: the budget, or those before it ended. None if its records are too few.

    `episodes`: step, return; `metrics`: step and a column for each metric, both in any order.
    """
    episodes = episodes.sort_values("step", kind="stable")
    run = Records(episodes["step"].to_numpy(), episodes["return"].to_numpy(float), metrics, steps)
    if not run.are_enough:
        return None
    peak, lowest, last = float(np.nanmax(run.curve)), float(np.nanmin(run.curve)), float(run.last_returns.mean())
    has_critic = run.metrics["value_loss"].notna().any()
    advantage = abs(float(run.last("advantage_mean").mean())) if has_critic else float("nan")
    return Signs(
        final_return=final_return(run.ended, run.returns, steps),
        lost=_ratio(peak - last, peak - lowest),
        fall=peak - last,
        deviation=run.deviation,
        rise=float(run.last_returns.mean() - run.first_returns.mean()),
        first_deviation=float(run.first_returns.std(ddof=1)),
        entropy=float(run.last("entropy").mean()),
        critic_error=_ratio(float(np.sqrt(run.last("value_loss").mean())), run.size),
        value_loss_growth=run.growth("value_loss"),
        # NaN where all returns of a batch are equal, so that there is no variance to explain.
        explained_variance=float(run.last("explained_variance").fillna(0).median()),
        gradient_over_error=_ratio(run.last("grad_norm").median(), np.sqrt(run.last("value_loss").median())),
        gradient_growth=run.growth("grad_norm"),
        advantage_over_deviation=_ratio(advantage, run.last("advantage_std").mean()),
        advantage_in_returns=_ratio(advantage, run.size),
    )


def _ratio(a: float, b: float) -> float:
    """a / b: infinite where only `b` is 0, NaN where both are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(a) / np.float64(b))


def _return_collapsing(run: Signs) -> Numbers:
    return (
        Number("share of the learning curve's range lost since its peak", run.lost, "at least", LOST),
        Number("fall of the mean return since then", run.fall, "at least", FALL * run.deviation),
    )


def _return_flat(run: Signs) -> Numbers:
    if all(number.is_beyond for number in _return_collapsing(run)):
        return ()
    return (Number("rise of the mean return from first to last", run.rise, "at most", RISE * run.first_deviation),)


def _entropy_collapsed(run: Signs) -> Numbers:
    return (Number("last entropy in nats", run.entropy, "at most", ENTROPY),)


def _value_loss_exploding(run: Signs) -> Numbers:
    return (Number("last error of the critic, in returns", run.critic_error, "at least", CRITIC_ERROR),)


def _value_loss_not_falling(run: Signs) -> Numbers:
    return (
        Number("value loss, last over first", run.value_loss_growth, "at least", UNFALLEN),
        Number("last explained variance", run.explained_variance, "at most", EXPLAINED),
    )


def _gradients_vanishing(run: Signs) -> Numbers:
    return (Number("last gradient norm over the critic's error", run.gradient_over_error, "at most", VANISHED),)


def _gradients_exploding(run: Signs) -> Numbers:
    return (Number("gradient norm, last over first", run.gradient_growth, "at least", EXPLODED),)


def _advantages_off(run: Signs) -> Numbers:
    return (
        Number("last mean advantage over deviation", run.advantage_over_deviation, "at least", ADVANTAGE),
        Number("last mean advantage, in returns", run.advantage_in_returns, "at least", NEGLIGIBLE),
    )


RULES: dict[str, Callable[[Signs], Numbers]] = {  # a finding if all the numbers are beyond their limits
    "return flat": _return_flat,
    "return collapsing": _return_collapsing,
    "entropy collapsed": _entropy_collapsed,
    "value loss exploding": _value_loss_exploding,
    "value loss not falling": _value_loss_not_falling,
    "gradients vanishing": _gradients_vanishing,
    "gradients exploding": _gradients_exploding,
    "advantages off": _advantages_off,
}


def diagnose(
    signs: Signs | None, fields: Mapping[str, Any], reward_threshold: float | None, status: Mapping[str, Any]
) -> list[Finding]:
    """The findings in one run.

    `signs`: see `signs_of`; `fields`: the run's configuration; `status`: "finished", or "diverged" with step and
    reason, as a manifest has it.
    """
    findings = []
    if status["status"] == "diverged":
        note = f"at step {int(status['step'])}: {status['reason']}"
        findings.append(Finding(DIVERGED, (), remedy(DIVERGED, fields), note))
    if signs is None:
        note = f"fewer than {ENOUGH} episodes or recorded updates"
        return [*findings, Finding(TOO_LITTLE, (), remedy(TOO_LITTLE, fields), note)]
    if solved(signs.final_return, reward_threshold) == 1:
        return findings
    for name, rule in RULES.items():
        numbers = rule(signs)
        if numbers and all(number.is_beyond for number in numbers):
            findings.append(Finding(name, numbers, remedy(name, fields)))
    return findings
