"""Axes of recorded metrics: names, scales, limits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from a2c.report.numbers import tick

DECADES = 1.5
LABEL_HEIGHT = 0.3  # of an axis: a tick's label with a gap
FLOOR = -1.0  # of explained variance: lower values tell nothing more


@dataclass(frozen=True)
class Metric:
    """How a recorded metric is drawn."""

    label: str
    scale: str = "linear"  # "magnitude": a log axis where it spans decades; "signed": the same for both signs
    low: float | None = None  # ends of the axis, where the possible values have such
    high: float | None = None


METRICS = {
    "policy_loss": Metric("policy loss"),
    "value_loss": Metric("value loss\n(return²)", "magnitude"),
    "entropy": Metric("entropy (nats)", low=0.0),
    "advantage_mean": Metric("advantage mean\n(return)", "signed"),
    "advantage_std": Metric("advantage deviation\n(return)", "magnitude"),
    "explained_variance": Metric("explained variance\n(share)", low=FLOOR, high=1.0),
    "value_max": Metric("largest value\n(return)", "signed"),
    "grad_norm": Metric("gradient norm", "magnitude"),
    "policy_grad_norm": Metric("gradient norm,\npolicy's part", "magnitude"),
    "value_grad_norm": Metric("gradient norm,\nvalue's part", "magnitude"),
    "grad_cosine": Metric("cosine of the\ntwo parts", low=-1.0, high=1.0),
    "clip_coefficient": Metric("clip coefficient", "magnitude", low=0.0, high=1.0),
    "policy_kl": Metric("KL of an update\n(nats)", "magnitude"),
    "terminal_share": Metric("terminal rows\n(share)", low=0.0),
    "observation_distance": Metric("distance of\nobservations", "magnitude"),
    "clip_fraction": Metric("clipped ratios\n(share)", low=0.0, high=1.0),
}


def set_scale(axes: Axes, metric: Metric, medians: Sequence[float]) -> None:
    """Scale and limits of the y axis, from the medians that it shows."""
    shown = np.asarray(medians, float)
    finite = shown[np.isfinite(shown)]
    if not len(finite):
        return
    low, high = float(finite.min()), float(finite.max())
    positive = finite[finite > 0]
    if metric.scale == "magnitude" and low >= 0 and len(positive) and np.log10(high / positive.min()) > DECADES:
        axes.set_yscale("log")
        axes.set_ylim(positive.min() / 2, high * 2)
        axes.yaxis.set_major_locator(LogLocator(numticks=4))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    elif metric.scale == "signed" and low < 0 < high and max(-low, high) > 10**DECADES:
        axes.set_yscale("symlog", linthresh=1)
        axes.set_ylim(2 * min(low, -1), 2 * max(high, 1))
        axes.yaxis.set_major_locator(FixedLocator(signed_ticks(*axes.get_ylim())))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    else:
        _linear(axes, metric, low, high)


def _linear(axes: Axes, metric: Metric, low: float, high: float) -> None:
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    bottom = low - margin if metric.low is None else metric.low - 0.02 * (max(high, 0.0) - metric.low or 1.0)
    top = high + margin if metric.high is None else metric.high + 0.04 * (metric.high - bottom)
    axes.set_ylim(bottom, top)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))


def signed_ticks(low: float, high: float) -> list[float]:
    """Zero and powers of ten on both sides of it, at most five, so that their labels do not touch.

    On this axis ±1 lie as far from zero as a power of ten from the next.
    """
    negative, positive = 1 + math.log10(-low), 1 + math.log10(high)
    stride = math.ceil(LABEL_HEIGHT * (negative + positive))
    below, above = (
        [10.0**exponent for exponent in range(int(length) - 1, 0, -stride) if exponent + 1 >= stride]
        for length in (negative, positive)
    )
    return [*(-power for power in below), 0.0, *reversed(above)]
