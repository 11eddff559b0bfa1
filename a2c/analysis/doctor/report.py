"""The doctor's report on some results: a few lines for each configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from a2c.analysis.doctor.checklist import Finding
from a2c.analysis.doctor.checkup import findings_of, typical
from a2c.analysis.doctor.remedies import ADVICE, DIVERGED, NOTHING, TOO_LITTLE, Advice, open_advice, shown
from a2c.analysis.doctor.trials import Trial, better, opposed, results_of, trials_of
from a2c.config.seeds import format_seeds
from a2c.runs.result import read_result
from a2c.words import counted

MOST_TRIALS = 3  # that are printed
# Findings that are printed together where they are of the same runs, in this order.
ILLNESSES = [DIVERGED, TOO_LITTLE, "return flat", "return collapsing", *ADVICE]


@dataclass(frozen=True)
class Examined:
    """The runs of one configuration, and what was found in each."""

    environment: str
    configuration: str
    fields: Mapping[str, Any]
    folders: list[str]
    findings: dict[int, list[Finding]]  # by seed
    trials: list[Trial]  # of the paper that the runs belong to

    @property
    def illnesses(self) -> dict[str, list[int]]:
        """The seeds by their main finding; last, under NOTHING, those without any."""
        found: dict[str, list[int]] = {}
        for seed, findings in sorted(self.findings.items()):
            names = {finding.name for finding in findings}
            found.setdefault(next((name for name in ILLNESSES if name in names), NOTHING), []).append(seed)
        return {name: found[name] for name in [*dict.fromkeys(ILLNESSES), NOTHING] if name in found}

    @property
    def advice(self) -> list[Advice]:
        """What the article advises about any finding and the runs do not follow yet, each once."""
        names = dict.fromkeys(finding.name for findings in self.findings.values() for finding in findings)
        return list(dict.fromkeys(advice for name in names for advice in open_advice(name, self.fields)))


def examine(folders: Sequence[Path]) -> list[Examined]:
    """The results in these folders, by configuration. DamagedError, naming the file, if one is damaged."""
    found: dict[tuple[Path | None, str], Examined] = {}
    for folder in folders:
        result, paper = read_result(folder), results_of(folder)
        config = result.configuration
        key = (paper, config.name)
        if key not in found:
            trials = trials_of(paper, config.name) if paper else []
            found[key] = Examined(config.env_id, config.name, config.model_dump(mode="json"), [], {}, trials)
        found[key].folders.append(str(folder))
        found[key].findings.update(findings_of(result))
    return list(found.values())


def lines_of(examined: Examined) -> list[str]:
    """The report on one configuration."""
    n = len(examined.findings)
    lines = [f"{examined.environment}, {examined.configuration}: {counted(n, 'run')}"]
    for name, seeds in examined.illnesses.items():
        lines.append(f"  {name}: {len(seeds)} of {n} (seeds {format_seeds(seeds)})")
        if name != NOTHING:
            lines += _details(examined, name, seeds)
    if examined.illnesses.keys() != {NOTHING}:
        lines += _advice(examined)
    return lines


def as_content(examined: Examined) -> dict[str, Any]:
    """The report as mappings and lists, for programs."""
    return {
        "environment": examined.environment,
        "configuration": examined.configuration,
        "folders": examined.folders,
        "findings": [
            {
                "seed": seed,
                "finding": finding.name,
                "note": finding.note,
                "numbers": [
                    {"what": one.what, "value": one.value, "side": one.side, "limit": one.limit}
                    for one in finding.numbers
                ],
            }
            for seed, findings in sorted(examined.findings.items())
            for finding in findings
        ],
        "healthy": examined.illnesses.get(NOTHING, []),
        "advice": [
            {
                "text": advice.text(examined.fields),
                "opposed_by": str(opposed(advice, examined.trials) or "") or None,
            }
            for advice in examined.advice
        ],
        "better": [str(trial) for trial in better(examined.trials, MOST_TRIALS)],
    }


def _details(examined: Examined, name: str, seeds: Sequence[int]) -> list[str]:
    """What was measured, and which findings come with the main one."""
    same = [finding for seed in seeds for finding in examined.findings[seed] if finding.name == name]
    lines = [f"    {typical(same)}"]
    others: dict[str, int] = {}
    for seed in seeds:
        for finding in examined.findings[seed]:
            if finding.name != name:
                others[finding.name] = others.get(finding.name, 0) + 1
    if others:
        lines.append(f"    in these runs, too: {', '.join(f'{other} ({count})' for other, count in others.items())}")
    return lines


def _advice(examined: Examined) -> list[str]:
    """What the article advises, and what the paper's own runs say."""
    followed, against = [], []
    for advice in examined.advice:
        trial = opposed(advice, examined.trials)
        if trial is None:
            followed.append(advice.text(examined.fields))
        else:
            against.append(f"{advice.text(examined.fields)}; with {trial}")
    lines = [f"  the article advises: {', '.join(followed)}"] if followed else []
    lines += [f"  the article advises, and this paper's runs oppose: {one}" for one in against]
    if not examined.advice:
        names = dict.fromkeys(finding.name for findings in examined.findings.values() for finding in findings)
        known = dict.fromkeys(advice.field for name in names for advice in ADVICE[name])
        done = ", ".join(f"{field} {shown(examined.fields[field])}" for field in known)
        lines.append(f"  the article advises nothing that is not set already ({done})")
    if told := better(examined.trials, MOST_TRIALS):
        lines.append(f"  final return in this paper with one setting changed: {'; '.join(map(str, told))}")
    return lines
