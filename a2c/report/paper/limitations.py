"""What a paper cannot say, in sentences made from its tables."""

from __future__ import annotations

from collections import Counter

from a2c.analysis.stats.intervals import MIN_SEEDS, wilson_interval
from a2c.config.claims import ELSEWHERE, UNTESTED
from a2c.report.answers.levels import Studies
from a2c.report.captions import joined
from a2c.report.effects import is_text
from a2c.report.numbers import is_missing, percent, share, thousands
from a2c.report.reading import PaperTables
from a2c.report.tables.claims import seeds_that_settle


def limitations(paper: PaperTables) -> list[str]:
    """The sentences, those that hold for this paper."""
    studies = paper.studies
    about = [_scope, _seeds, _ties, _failures, _shared] if studies else []
    general = [sentence(studies) for sentence in about]
    return [*filter(None, [*general, *_tunings(paper)]), *_open(paper), *_caveats(paper)]


def _scope(studies: Studies) -> str:
    records = [study for study, _ in studies.values()]
    environments = list(dict.fromkeys(name for study in records for name in study.environments))
    budgets = sorted({study.total_steps for study in records})
    steps = joined([thousands(budget) for budget in budgets])
    return f"The results hold for {joined(environments)} and budgets of {steps} agent steps."


def _seeds(studies: Studies) -> str:
    fewest = min(len(study.seeds) for study, _ in studies.values())
    unseen = wilson_interval(0, fewest)
    if is_missing(unseen.high):
        return f"Settings have {fewest} seeds or more; there is no interval for fewer than {MIN_SEEDS}."
    return (
        f"Settings have {fewest} seeds or more. With {fewest}, an event that none of them shows may still happen "
        f"in up to {percent(unseen.high)} of runs (Wilson 95 %)."
    )


def _tunings(paper: PaperTables) -> list[str]:
    """For which spaces and budgets tuners are compared."""
    records = [record for record, _ in paper.tunings.values()]
    if not records:
        return []
    places = joined([f"{one.tuning.base_configuration.env_id} ({one.tuning.trials} trials)" for one in records])
    return [
        f"Tuners are compared in one space of settings for each environment, at one budget: {places}. Another space, "
        "or a larger budget, may favour another tuner."
    ]


def _ties(studies: Studies) -> str:
    rows = [row for _, tables in studies.values() for row in tables["summary"]["final_return_interval"]]
    tied = sum("tie" in str(words) for words in rows)
    return f"At {share(tied, len(rows))} points all seeds tie in final return: there is no interval." if tied else ""


def _failures(studies: Studies) -> str:
    failed = sum(int(tables["summary"]["n_failed"].sum()) for _, tables in studies.values())
    return f"{failed} runs failed; means are over the others." if failed else ""


def _shared(studies: Studies) -> str:
    counts = Counter(one.name for study, _ in studies.values() for one in study.configurations)
    most = max(counts.values())
    return (
        f"Studies share runs: those of one configuration are part of {most} of {len(studies)} studies. Results of "
        "different studies are not independent, and an unusual sample of these runs moves them all."
        if most > 1
        else ""
    )


def _open(paper: PaperTables) -> list[str]:
    """How many tests are undecided, and how many seeds would settle them."""
    claims = paper.claims
    undecided = claims[claims["verdict"] == "inconclusive"]
    elsewhere = int((claims["verdict"] == ELSEWHERE).sum())
    not_made = int(claims["verdict"].isin(UNTESTED).sum()) - elsewhere
    needed = Counter(seeds_that_settle(row) for _, row in undecided.iterrows())
    many = [f"; for {count} of them {words}" for words, count in needed.items() if words.startswith("more")]
    sentences = [f"Of {len(claims)} tests {len(undecided)} are inconclusive{''.join(many)}."] if len(undecided) else []
    sentences += [f"{not_made} tests were not made; claims.md says why."] if not_made else []
    return sentences + ([f"{elsewhere} sentences are tested in another paper, as claims.md says."] if elsewhere else [])


def _caveats(paper: PaperTables) -> list[str]:
    """What the data showed about a test itself."""
    with_caveat = paper.claims[paper.claims["caveat"].map(is_text).astype(bool)].drop_duplicates(["says", "caveat"])
    return [f"“{row['says']}”: {row['caveat']}" for _, row in with_caveat.iterrows()]
