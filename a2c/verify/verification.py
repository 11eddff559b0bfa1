"""Published runs against the same ones trained again: a verdict on each run, with the test and what may be why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from a2c.envs import check
from a2c.runs import manifest
from a2c.verify import reproduction, sameness
from a2c.verify.retraining import Retraining
from a2c.verify.sameness import Result

IDENTICAL = "identical"
VERDICTS = (IDENTICAL, reproduction.EQUAL, reproduction.NOT_TOLD, reproduction.UNTESTED, reproduction.DIFFERENT)
PASSED = (IDENTICAL, reproduction.EQUAL, reproduction.NOT_TOLD)  # all that a test could have failed
WORDS = {"final_return": "final return", "auc": "area under the curve", "failed": "share of failed runs"}


@dataclass(frozen=True)
class Pair:
    """A published seed block and what was trained again of it."""

    published: Result
    again: Result
    differing: Mapping[int, Sequence[str]]  # files by seed

    @property
    def may_differ(self) -> bool:
        return not sameness.same_bits_expected(self.published, self.again)


@dataclass(frozen=True)
class Finding:
    """What is said of one configuration: a verdict and a line for each run, and lines about all of them."""

    verdicts: Mapping[int, str]
    lines: Sequence[str]


def findings(
    published: Mapping[str, Sequence[Result]], chosen: Sequence[Retraining], out: Path, margin: float | None
) -> Iterator[Finding]:
    """The findings on all that was `chosen` and trained again into `out`, configuration by configuration.

    `margin`: the largest difference that is called equal, in reward per episode; by the environment's scale if None.
    DamagedError, naming the file, if one is damaged.
    """
    pairs: dict[str, list[Pair]] = {}
    for one in chosen:
        again = sameness.read_result(out / one.block.place)
        pair = Pair(one.published, again, sameness.differing(one.published, again))
        pairs.setdefault(again.label, []).append(pair)
    doubtful = {
        label: of_label
        for label, of_label in pairs.items()
        if any(pair.may_differ and any(pair.differing.values()) for pair in of_label)
    }
    tests, runs = _tests(published, doubtful, margin) if doubtful else (None, None)
    for label, of_label in pairs.items():
        of_tests, of_runs = (
            None if table is None or label not in doubtful else table[table["configuration"] == label]
            for table in (tests, runs)
        )
        yield _finding(label, of_label, of_tests, of_runs)


def passed(verdicts: Sequence[str]) -> bool:
    """Whether every run has passed a test that it could have failed."""
    return all(verdict in PASSED for verdict in verdicts)


def counted(verdicts: Sequence[str]) -> str:
    """The last line: how many runs of each verdict."""
    kinds = [f"{verdicts.count(kind)} {kind}" for kind in VERDICTS if kind in verdicts]
    return f"{len(verdicts)} run{'' if len(verdicts) == 1 else 's'}: {', '.join(kinds)}"


def _tests(
    published: Mapping[str, Sequence[Result]], doubtful: Mapping[str, Sequence[Pair]], margin: float | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tests of the configurations in which a bit differs that may, and the numbers of all their runs."""
    rows, margins = [], {}
    for label, pairs in doubtful.items():
        for result in published[label]:
            rows += _numbers(result, label, True)
        for pair in pairs:
            rows += _numbers(pair.again, label, False)
        made = pairs[0].again.configuration
        threshold = check(made, str(pairs[0].published.folder / manifest.NAME), "configuration").reward_threshold
        margins[label] = reproduction.margin(made.env_id, threshold) if margin is None else margin
    runs = pd.DataFrame(rows)
    return reproduction.compared(runs, margins), runs


def _numbers(result: Result, label: str, published: bool) -> list[dict[str, Any]]:
    episodes = result.tables["episodes.parquet"].to_pandas()
    total_steps = result.configuration.total_steps
    rows = []
    for seed in result.held["seeds"]:
        row: dict[str, Any] = {"configuration": label, "published": published, "seed": seed}
        of_run = episodes[episodes["seed"] == seed]
        found = reproduction.numbers(of_run["step"].to_numpy(), of_run["return"].to_numpy(float), total_steps)
        if result.held["runs"][str(seed)]["status"] != "finished":
            found = dict.fromkeys(found, float("nan"))
        rows.append(row | found)
    return rows


def _finding(label: str, pairs: Sequence[Pair], tests: pd.DataFrame | None, runs: pd.DataFrame | None) -> Finding:
    tested = reproduction.DIFFERENT if tests is None else reproduction.verdict(tests)
    verdicts, lines = {}, []
    for pair in pairs:
        other = tested if pair.may_differ else reproduction.DIFFERENT  # where bits may not differ, no test excuses them
        for seed, files in pair.differing.items():
            verdicts[seed] = other if files else IDENTICAL
            lines.append(f"{label} seed {seed}: {verdicts[seed]}{_how(pair, seed, runs)}")
    if set(verdicts.values()) == {IDENTICAL}:
        return Finding(verdicts, lines)
    if tests is not None:
        lines += [f"  {_told(row)}" for row in tests.to_dict("records")]
    why = [reason for pair in pairs for reason in sameness.what_differs(pair.published, pair.again)]
    reasons = "; ".join(dict.fromkeys(why)) or "nothing in the manifests differs, so the bits should not either"
    return Finding(verdicts, [*lines, f"  may be why: {reasons}"])


def _how(pair: Pair, seed: int, runs: pd.DataFrame | None) -> str:
    """The rest of a run's line: which files, from where on, and both final returns."""
    files = pair.differing[seed]
    if not files:
        compared = pair.published.weights is not None or sameness.weights_by_checksum(pair.published, pair.again)
        return "" if compared else " (but for the weights: they were not published; the whole block's have a checksum)"
    told = f": other {', '.join(files)}"
    if "actions.npz" in files:
        told += f"; same actions for {sameness.same_actions(pair.published, pair.again, seed)} agent steps"
    if runs is not None:
        final = runs[runs["seed"] == seed].set_index("published")["final_return"]
        told += f"; final return {final[False]:.1f}, published {final[True]:.1f}"
    return told


def _told(test: Mapping[Any, Any]) -> str:
    """One test in words."""
    known = {name for name in ("low", "p", "p_equivalent") if not pd.isna(test[name])}
    told = f"{WORDS[test['measure']]} {test['mean']:.4g} ({test['n']} runs)"
    told += f", published {test['mean_published']:.4g} ({test['n_published']})"
    if "low" in known:
        told += f": difference {test['mean'] - test['mean_published']:.4g} [{test['low']:.4g}, {test['high']:.4g}]"
    if test["words"]:
        return f"{told}; {test['words']}"
    if "low" not in known and test["measure"] in reproduction.MEASURES:
        told += "; all runs tie on each side"
    told += f"; p = {test['p']:.2g} of no difference (adjusted {test['p_adjusted']:.2g})"
    if "p_equivalent" in known:
        told += f", {test['p_equivalent']:.2g} of one beyond {test['margin']:.3g}"
    return told
