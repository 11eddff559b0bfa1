"""How often a setting is good inside recommended ranges, and outside of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from a2c.analysis.stats.intervals import MIN_SEEDS, TOO_FEW, wilson_interval
from a2c.analysis.tunings.chosen import RANDOM
from a2c.config.names import is_number
from a2c.config.space import Dimension

ALL = "all fields"
COLUMNS = [
    "field", "recommended", "n_inside", "good_inside", "share_inside", "inside_low", "inside_high", "n_outside",
    "good_outside", "share_outside", "outside_low", "outside_high", "p", "interval",
]  # fmt: skip


def shares(
    trials: pd.DataFrame, space: Sequence[Dimension], recommended: Mapping[str, Sequence[Any]], good: float | None
) -> pd.DataFrame:
    """For each recommended range: the share of good trials of random search inside and outside of it.

    `recommended`: field: [low, high], or the values of choices; `good`: the lowest trial score that counts as good. A
    trial is a random setting, so the trials are independent. A last row, `all fields`, asks whether all of them are
    inside. p: Fisher's exact test, two-sided.

    Columns: field, recommended (JSON), n_inside, good_inside, share_inside, inside_low, inside_high, n_outside,
    good_outside, share_outside, outside_low, outside_high, p, interval (words).
    """
    from scipy.stats import fisher_exact

    each = trials[trials["tuner"] == RANDOM].groupby(["repeat", "trial"], sort=True).first()
    is_good = each["trial_score"].to_numpy(float) >= (np.inf if good is None else good)
    known = {one.field: one for one in space}
    inside = {
        name: np.array([_is_inside(known[name], text, values) for text in each[f"field.{name}"]], dtype=bool)
        for name, values in recommended.items()
    }
    if len(inside) > 1:
        inside[ALL] = np.logical_and.reduce(list(inside.values()))
    rows = []
    for name, here in inside.items():
        row: dict[str, object] = {
            "field": name,
            "recommended": json.dumps(recommended[name]) if name in recommended else None,
        }
        for side, members in (("inside", here), ("outside", ~here)):
            n, n_good = int(members.sum()), int((members & is_good).sum())
            found = wilson_interval(n_good, n)
            row |= {
                f"n_{side}": n,
                f"good_{side}": n_good,
                f"share_{side}": found.estimate,
                f"{side}_low": found.low,
                f"{side}_high": found.high,
            }
        table = [[int((members & good_).sum()) for good_ in (is_good, ~is_good)] for members in (here, ~here)]
        enough = min(map(sum, table)) >= MIN_SEEDS
        row |= {
            "p": float(fisher_exact(table).pvalue) if enough else float("nan"),
            "interval": "Wilson 95 %" if enough else TOO_FEW,
        }
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _is_inside(dimension: Dimension, text: str | None, values: Sequence[Any]) -> bool:
    """Whether a value, as JSON, lies in a range, ends included, or is among the values of choices."""
    if not isinstance(text, str):
        return False  # its condition is not met
    value = json.loads(text)
    if not dimension.is_range:
        return value in values
    return is_number(value) and bool(values[0] <= value <= values[-1])
