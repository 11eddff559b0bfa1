"""What the words in figures, tables and verdicts mean: shown on the page and in the PDF."""

DEFINITIONS = {
    "run": "one configuration trained with one seed. The seed is the unit of replication in every statistic.",
    "agent step": "one action in one environment. All budgets and horizontal axes are in agent steps.",
    "final return": "of a run: the mean return of the training episodes that ended in the last 10 % of the budget.",
    "area under the curve": "of a run: the mean of its learning curve over the budget.",
    "solved": "a run whose final return reaches the threshold that the environment is registered with.",
    "failed": "a run that diverged, or finished no episode. It is counted in every table, and left out of means.",
    "interval": "Student's t interval of the mean over seeds, 95 %; it may exceed the possible returns. The BCa "
    "bootstrap interval beside it stays within the values of the runs. With fewer than five seeds there is none.",
    "band": "on learning curves: pointwise, for one step at a time; simultaneous, for the whole curve at once.",
    "shown": "a mean is shown to be higher or lower if Welch's test against the baseline has p below 0.05 after Holm's "
    "correction within the study.",
    "supported": "the data show that the effect lies where the sentence puts it.",
    "contradicted": "the data show that the effect lies elsewhere.",
    "inconclusive": "the data show neither.",
}  # fmt: skip
