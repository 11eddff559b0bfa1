"""Two sets of scores, [10 runs, 4 tasks], for which rliable computed the literals in the tests."""

import numpy as np

_k = np.arange(40)
SCORES = ((37 * _k**2 + 11 * _k) % 101 / 100).reshape(10, 4)
OTHERS = ((29 * _k**2 + 5 * _k + 3) % 103 / 100).reshape(10, 4)
TWICE = 2 * SCORES
