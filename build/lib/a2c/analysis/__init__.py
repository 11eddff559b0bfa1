"""From the records of runs to intervals, comparisons and verdicts: pure functions on tidy tables."""
