"""The verdicts of a whole paper: one correction over all tests, and one sentence over all centres."""

import numpy as np
import pandas as pd

from a2c.analysis.claims.papers import of_paper
from a2c.analysis.claims.tables import COLUMNS, NUMBERS
from a2c.config.claims import parse_claim

TESTED = {"says": "It is so.", "where": "there", "why": "because", "measure": "auc", "subject": {}, "test": "at_least"}
CLAIMS = [
    parse_claim({"id": "first", "study": "rates", "value": 1, **TESTED}, "x"),
    parse_claim({"id": "second", "study": "other", "value": 1, **TESTED}, "x"),
]


def table(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    """Rows of a study's claims.csv: claim, centre, verdict, and the two p values."""
    kept = [
        dict(zip(("claim", "centre", "verdict", "p_supported", "p_contradicted"), row, strict=True)) for row in rows
    ]
    blank = {**dict.fromkeys(COLUMNS, ""), **dict.fromkeys(NUMBERS, np.nan)}
    return pd.DataFrame([{**blank, **row} for row in kept], columns=COLUMNS)


STUDIES = {
    "rates_article": table(("first", "article", "supported", 0.02, 0.98)),
    "rates_tuned": table(("first", "tuned", "supported", 0.01, 0.99)),
    "rates_sb3": table(("first", "sb3", "contradicted", 0.99, 0.001)),
    "other": table(("second", "", "inconclusive", np.nan, np.nan)),
}


def test_holm_over_the_paper_counts_the_tests_of_all_studies():
    found = of_paper(CLAIMS, STUDIES)
    # support: 0.01, 0.02, 0.99 times 3, 2, 1; contradiction: 0.001 times 3
    np.testing.assert_allclose(found["p_paper"], [0.04, 0.03, 0.003, np.nan])
    assert found["verdict_paper"].tolist() == ["supported", "supported", "contradicted", "inconclusive"]


def test_one_sentence_says_the_verdicts_at_all_centres():
    found = of_paper(CLAIMS, STUDIES)
    assert set(found["over_centres"][:3]) == {"Supported at article and tuned; contradicted at sb3."}
    assert found["over_centres"][3] == ""
    same = of_paper(CLAIMS, {name: STUDIES[name] for name in ("rates_article", "rates_tuned")})
    assert same["over_centres"][0] == "Supported at all 2 centres."
