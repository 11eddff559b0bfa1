"""Three learning rates with made-up returns, and claims on them."""

import numpy as np

SEEDS = list(range(8))
POINTS = [{"learning_rate": rate} for rate in (0.1, 0.01, 0.001)]
NOISE = np.array([-9.0, -5.0, -3.0, -1.0, 1.0, 3.0, 5.0, 9.0])
RETURNS = {"0.1": 100 + NOISE, "0.01": 300 + NOISE[::-1], "0.001": 290 + NOISE}
BEST, WORST, NEAR = ({"learning_rate": rate} for rate in (0.01, 0.1, 0.001))
WORDS = {"says": "It is so.", "where": "there", "study": "small", "why": "because"}


def claim(subject, test, name="c", measure="final_return", **rest):
    return {"id": name, **WORDS, "measure": measure, "subject": subject, "test": test, **rest}
