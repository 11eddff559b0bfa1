"""The verdicts of a whole paper from those of its studies. Imports nothing heavy: the page checks its table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from a2c.analysis.claims.tables import COLUMNS, blank, verdict_of
from a2c.analysis.stats.multiplicity import holm
from a2c.config.claims import Claim, Untested
from a2c.words import capital, with_and


def of_paper(claims: Sequence[Claim], studies: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A paper's `claims.csv`: a row per claim and centre in the paper's order, columns `study` and `COLUMNS`.

    `claims`: those of the paper; `studies`: the `verdicts` of each study by its name. A claim whose study is not
    there is not tested yet. Besides:

    - `p_paper`, `verdict_paper`: as `p_adjusted` and `verdict`, with Holm's correction over all tests of the paper
    - `over_centres`: the verdicts at all centres in a sentence, the same in each row of the claim
    """
    verdicts = pd.concat([table.assign(study=name) for name, table in studies.items()]) if studies else None
    of_claim = {} if verdicts is None else dict(iter(verdicts.groupby("claim", sort=False)))
    rows: list[dict[Any, Any]] = []
    for claim in claims:
        found: list[dict[Any, Any]] = of_claim[claim.id].to_dict("records") if claim.id in of_claim else []
        if isinstance(claim, Untested):
            row: dict[Any, Any] = found[0] if found else blank(claim, "")
            rows.append({**row, "study": claim.study, "centre": ""})
        else:
            missing = f"Its study, {claim.study}, is not in this paper."
            rows.extend(found or [{"study": claim.study, **blank(claim, "", missing)}])
    table = pd.DataFrame(rows, columns=["study", *COLUMNS])
    return over_the_paper(table)


def over_the_paper(table: pd.DataFrame) -> pd.DataFrame:
    """The table with the columns `p_paper`, `verdict_paper` and `over_centres`."""
    p = table[["p_supported", "p_contradicted"]].to_numpy(float)
    adjusted = np.column_stack([holm(p[:, 0]), holm(p[:, 1])])
    verdict = np.array([verdict_of(pair) for pair in adjusted], object)
    known = ~np.isnan(p).all(axis=1)
    return table.assign(
        p_paper=np.fmin(adjusted[:, 0], adjusted[:, 1]),
        verdict_paper=np.where(known, verdict, table["verdict"].to_numpy(object)),
        over_centres=table["claim"].map({claim: _over_centres(rows) for claim, rows in table.groupby("claim")}),
    )


def _over_centres(rows: pd.DataFrame) -> str:
    """`Supported at article and tuned; contradicted at stable-baselines3.`; empty without centres."""
    names = rows["centre"].fillna("")  # as a CSV file has an empty name
    if not any(names):
        return ""
    at: dict[str, list[str]] = {}
    for centre, verdict in zip(names, rows["verdict"], strict=True):
        at.setdefault(str(verdict), []).append(str(centre))
    if len(at) == 1 and len(rows) > 1:
        return f"{next(iter(at)).capitalize()} at all {len(rows)} centres."
    parts = [f"{verdict} at {with_and(centres)}" for verdict, centres in at.items()]
    return f"{capital('; '.join(parts))}."
