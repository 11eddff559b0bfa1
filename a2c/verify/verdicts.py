"""The verdict on each run that was trained again, and the lines that explain it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.config.measures import RETURNS, TITLES
from a2c.envs import check
from a2c.runs import parquet
from a2c.runs.result import ACTIONS_FILE, Result, read_result
from a2c.verify import bitwise, statistical
from a2c.verify.selection import Retraining
from a2c.words import counted

IDENTICAL = "identical"
VERDICTS = (IDENTICAL, statistical.EQUAL, statistical.NO_DIFFERENCE, statistical.UNTESTED, statistical.DIFFERENT)
PASSED = (IDENTICAL, statistical.EQUAL, statistical.NO_DIFFERENCE)
NAMES = {**TITLES, "failed": "share of failed runs"}


@dataclass(frozen=True)
class Verification:
    """The verdicts on the runs of one configuration, by seed, and the lines to print."""

    verdicts: Mapping[int, str]
    lines: Sequence[str]


@dataclass(frozen=True)
class _Pair:
    published: Result
    retrained: Result
    differing_files: Mapping[int, Sequence[str]]  # by seed

    @property
    def may_differ(self) -> bool:
        """Whether other bits are to be expected, if what the published manifest declares is true."""
        return not bitwise.same_bits_expected(self.published, self.retrained)

    @property
    def all_compared(self) -> bool:
        """Whether there was something to compare every file with."""
        by_file = bitwise.weights_by_file(self.published, self.retrained)
        return by_file or not bitwise.lacks_weights(self.published)


def verify(
    published: Mapping[str, Sequence[Result]], retrainings: Sequence[Retraining], out: Path, margin: float | None
) -> Iterator[Verification]:
    """Compare what was trained again into `out` with the `published` results, configuration by configuration.

    `margin`: the largest difference that is called equal, in reward per episode; by the environment's scale if None.
    Raises DamagedError, naming the file, if one is missing or damaged.
    """
    pairs = _pairs(retrainings, out)
    to_test = {
        label: group
        for label, group in pairs.items()
        if any(pair.may_differ and any(pair.differing_files.values()) for pair in group)
    }
    runs = _measures(published, to_test)
    tests = statistical.comparison_table(runs, _margins(to_test, margin)) if to_test else None
    for label, group in pairs.items():
        if tests is None or label not in to_test:
            yield _verification(label, group, None, None)
        else:
            own_tests, own_runs = (table[table["configuration"] == label] for table in (tests, runs))
            yield _verification(label, group, own_tests, own_runs)


def passed(verdicts: Sequence[str]) -> bool:
    """Whether every run passed a comparison that it could have failed."""
    return all(verdict in PASSED for verdict in verdicts)


def summary(verdicts: Sequence[str]) -> str:
    """The number of runs with each verdict, as `3 runs: 1 identical, 2 different`."""
    counts = [f"{verdicts.count(verdict)} {verdict}" for verdict in VERDICTS if verdict in verdicts]
    return f"{counted(len(verdicts), 'run')}: {', '.join(counts)}"


def _pairs(retrainings: Sequence[Retraining], out: Path) -> dict[str, list[_Pair]]:
    """Published and retrained results, by the configuration's label."""
    pairs: dict[str, list[_Pair]] = {}
    for retraining in retrainings:
        retrained = read_result(out / retraining.block.path)
        retrained.check_files()
        pair = _Pair(retraining.published, retrained, bitwise.differing_files(retraining.published, retrained))
        pairs.setdefault(retrained.label, []).append(pair)
    return pairs


def _measures(published: Mapping[str, Sequence[Result]], to_test: Mapping[str, Sequence[_Pair]]) -> pd.DataFrame:
    """The measures of all published and retrained runs of the configurations that are tested, a row per run."""
    rows = []
    for label, pairs in to_test.items():
        for result in published[label]:
            rows += _measure_rows(result, published=True)
        for pair in pairs:
            rows += _measure_rows(pair.retrained, published=False)
    return pd.DataFrame(rows)


def _measure_rows(result: Result, published: bool) -> list[dict[str, Any]]:
    """The measures of each run; missing (NaN) where it failed."""
    rows, budget = [], result.configuration.total_steps
    for seed in result.seeds:
        how = result.manifest["runs"][str(seed)]
        if how["status"] != "finished":
            measures = dict.fromkeys(RETURNS, float("nan"))
        elif result.is_thin:
            measures = {name: result.thin[seed].measures[name] for name in RETURNS}
        else:
            measures = statistical.measure_run(*_returns(result, seed), budget, how.get("step", budget))
        rows.append({"configuration": result.label, "published": published, "seed": seed, **measures})
    return rows


def _returns(result: Result, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """End steps and returns of the training episodes of a run, and the returns of its sampled evaluation."""
    episodes, evaluation = (parquet.select(table, "seed", [seed]) for table in (result.episodes, result.evaluation))
    sampled = parquet.select(evaluation, "mode", ["sampled"])
    return episodes["step"].to_numpy(), episodes["return"].to_numpy(), sampled["return"].to_numpy()


def _margins(to_test: Mapping[str, Sequence[_Pair]], margin: float | None) -> dict[str, float | None]:
    """The equivalence margin of each configuration: the given one, or the one of its environment."""
    if margin is not None:
        return dict.fromkeys(to_test, margin)
    margins = {}
    for label, pairs in to_test.items():
        config, source = pairs[0].published.configuration, str(pairs[0].published.manifest_path)
        threshold = check(config, source, "configuration").reward_threshold
        margins[label] = statistical.equivalence_margin(config.env_id, threshold)
    return margins


def _verification(
    label: str, pairs: Sequence[_Pair], tests: pd.DataFrame | None, runs: pd.DataFrame | None
) -> Verification:
    """The verification of one configuration; `tests` and `runs` are None if it was not tested."""
    tested = statistical.DIFFERENT if tests is None else statistical.verdict(tests)
    verdicts, lines = {}, []
    for pair in pairs:
        for seed, files in pair.differing_files.items():
            verdicts[seed] = _verdict(pair, files, tested)
            lines.append(f"{label} seed {seed}: {verdicts[seed]}{_run_details(pair, seed, runs)}")
    if set(verdicts.values()) == {IDENTICAL}:
        return Verification(verdicts, lines)
    if tests is not None:
        lines += [f"  {_test_line(test)}" for test in tests.to_dict("records")]
    return Verification(verdicts, [*lines, f"  {_reasons(pairs)}"])


def _verdict(pair: _Pair, files: Sequence[str], tested: str) -> str:
    """The verdict on one run with these differing files; `tested`: that of the tests of its configuration.

    A test excuses other bits only where they are to be expected and the run took other actions: what differs beside
    equal actions may be rounding on another platform or forged, which no test can tell apart.
    """
    if not files:
        return IDENTICAL if pair.all_compared else statistical.UNTESTED
    return tested if pair.may_differ and ACTIONS_FILE in files else statistical.DIFFERENT


def _reasons(pairs: Sequence[_Pair]) -> str:
    """What the manifests say about why bits may differ."""
    manifests = [(pair.published.manifest, pair.retrained.manifest) for pair in pairs]
    differences = [line for one in manifests for line in bitwise.manifest_differences(*one)]
    if not differences:
        return "nothing in the manifests differs, so the bits should be the same"
    return f"possible reasons (self-declared, not checked): {'; '.join(dict.fromkeys(differences))}"


def _run_details(pair: _Pair, seed: int, runs: pd.DataFrame | None) -> str:
    """The end of a run's line: which files differ, from which step on, and both final returns."""
    files = pair.differing_files[seed]
    if not files:
        return "" if pair.all_compared else " (weights not compared: not published, and their checksum is of the block)"
    details = f": other {', '.join(files)}"
    if ACTIONS_FILE not in files:
        details += "; all actions are the same, so that nothing else may differ"
    elif not pair.published.is_thin:
        steps = bitwise.equal_action_steps(pair.published, pair.retrained, seed)
        details += f"; same actions for {steps} agent steps"
    if runs is not None:
        final = runs[runs["seed"] == seed].set_index("published")["final_return"]
        details += f"; final return {final[False]:.1f}, published {final[True]:.1f}"
    return details


def _test_line(test: Mapping[Any, Any]) -> str:
    """A row of `statistical.comparison_table` in words."""
    has = {name for name in ("low", "p_equivalent") if not pd.isna(test[name])}
    line = f"{NAMES[test['measure']]} {test['mean']:.4g} ({test['n']} runs)"
    line += f", published {test['mean_published']:.4g} ({test['n_published']})"
    if "low" in has:
        line += f": difference {test['mean'] - test['mean_published']:.4g} [{test['low']:.4g}, {test['high']:.4g}]"
    if test["words"]:
        return f"{line}; {test['words']}"
    if "low" not in has and test["measure"] in RETURNS:
        line += "; all runs of each side are equal"
    line += f"; p = {test['p']:.2g} of no difference (adjusted {test['p_adjusted']:.2g})"
    if "p_equivalent" in has:
        line += f", {test['p_equivalent']:.2g} of a difference beyond {test['margin']:.3g}"
    return line
