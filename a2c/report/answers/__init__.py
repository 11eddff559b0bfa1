"""What a paper answers: short sentences, a table of the settings to copy, a table of the best values.

The page opens with them, and the PDF's abstract consists of them.
"""

from dataclasses import dataclass

import pandas as pd

from a2c.report.answers import sentences, tuning
from a2c.report.answers.levels import Studies, factor_studies, named_studies
from a2c.report.answers.settings import settings_table
from a2c.report.answers.tuning import Tunings
from a2c.report.answers.values import values_table
from a2c.report.table import TextTable

LEARNING_RATE = "learning_rate"


@dataclass(frozen=True)
class Answers:
    """The answers of a paper, in the order in which a reader wants them."""

    answers: list[sentences.Answer]
    tables: list[TextTable]  # settings to copy, best values; without those that the paper has no study for
    picture: str  # the folder of the study whose first figure stands beside them, below that of the results


def answers_of(studies: Studies, tunings: Tunings, verdicts: pd.DataFrame) -> Answers:
    """The answers that these studies, tunings and verdicts (the paper's claims.csv) give."""
    named, factors = named_studies(studies), factor_studies(studies)
    axis = next((study.setting_axes for study, _ in factors if study.setting_axes == [LEARNING_RATE]), None)
    first = [one for one in factors if one[0].setting_axes == axis] or factors[:1]
    selecting = [one for one in [*named, *studies.values()] if one[0].tuning_seeds]
    questions = [one for one in studies.values() if one[0].question]
    found = [
        *([sentences.copy(named)] if named else []),
        *([sentences.verdicts(verdicts)] if len(verdicts) else []),
        *([sentences.value(first)] if first else []),
        *(sentences.asked(*one) for one in questions),
        *([sentences.largest_change(factors)] if len(factors) > 1 and not questions else []),
        *([sentences.selection(*selecting[0])] if selecting and not tunings else []),
        *([tuning.worth(list(tunings.values())), tuning.best_tuner(list(tunings.values()))] if tunings else []),
        *([early] if tunings and (early := tuning.pruning(list(tunings.values()))) else []),
        *([tuning.fields(list(tunings.values()))] if tunings else []),
    ]
    tables = [*([settings_table(named)] if named else []), *([values_table(factors)] if factors else [])]
    first_study = named[0][0].name if named else next(iter(studies), "")
    return Answers(found, tables, f"studies/{first_study}" if first_study else f"tunings/{next(iter(tunings))}")
