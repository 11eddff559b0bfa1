"""The pipeline at work: its steps, which of them run, what has failed, the time that is left."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table

from a2c import untrusted
from a2c.display.screen import duration, gauge, one_line
from a2c.display.trainings import Trainings

AT_WORK = 6  # steps that the display names at a time
LATE = 0.25  # what is left of a step that lasts longer than estimated, as a share of the time that it has taken
LAST_LINES = 12  # of the log of a step that failed
# How the log of a step that was interrupted ends.
INTERRUPTED = ("interrupted", "KeyboardInterrupt", "run the same command again to go on")


@dataclass(frozen=True)
class Plan:
    """What the pipeline is to do, as the workflow knows it when it starts.

    `studies`: by training, the study that needs it. `step_seconds`: an estimate for a step of which none was measured.
    `log`: Snakemake's own log file.
    """

    title: str
    trainings: Trainings
    studies: Mapping[str, str]
    step_seconds: float
    log: str


class Step(NamedTuple):
    """A step of the pipeline that has begun: the job of a Snakemake rule."""

    rule: str
    label: str
    training: str | None  # its name in `Trainings`
    log: Path | None
    since: float


class Pipeline:
    """The state of the pipeline. `counts`: the number of steps of each rule; `cores`: None on a cluster."""

    def __init__(
        self,
        plan: Plan,
        counts: Mapping[str, int],
        cores: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan, self.cores, self._clock = plan, cores, clock
        self._begun = clock()
        self._left = dict(counts)  # steps that are not done, by rule
        self.n_steps, self.n_done = sum(counts.values()), 0
        self.running: dict[int, Step] = {}
        self.failed: dict[int, Step] = {}
        self._seconds: dict[str, list[float]] = defaultdict(list)  # of the steps that are done, by kind

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self._clock() - self._begun

    @property
    def is_done(self) -> bool:
        """Whether every step is done."""
        return self.n_done >= self.n_steps

    def start(self, number: int, rule: str, wildcards: Mapping[str, str], log: Path | None) -> None:
        """A step begins; after a failure, again."""
        self.failed.pop(number, None)
        self._left.setdefault(rule, 1)
        training = _training_of(wildcards) if rule == "train" else None
        if training not in self.plan.trainings.jobs:
            training = None
        label = _label(rule, wildcards, self.plan.studies.get(training or "", ""))
        self.running[number] = Step(rule, label, training, log, self._clock())
        if training is not None:
            self.plan.trainings.start(training)

    def finish(self, number: int) -> Step | None:
        """A step is done. None if it was not known to run."""
        step = self.running.pop(number, None)
        if step is None:
            return None
        self.n_done += 1
        self._left[step.rule] -= 1
        if step.training is not None:
            self.plan.trainings.finish(step.training)
        else:
            self._seconds[_kind(step.rule)].append(self._clock() - step.since)
        return step

    def fail(self, number: int) -> Step | None:
        """A step has failed, or was interrupted. None if it was not known to run."""
        step = self.running.pop(number, None)
        if step is not None and step.training is not None:
            self.plan.trainings.fail(step.training)
        if step is not None and not was_interrupted(step):
            self.failed[number] = step
        return step

    def seconds_left(self) -> float:
        """Estimated seconds until all is done."""
        work = self.plan.trainings.status().seconds_left
        waiting = dict(self._left)
        for step in list(self.running.values()):
            waiting[step.rule] -= 1
            if step.training is None:
                elapsed = self._clock() - step.since
                work += max(self._estimate(step.rule) - elapsed, LATE * elapsed)
        for rule, number in waiting.items():
            if rule != "train" or not self.plan.trainings.jobs:
                work += self._estimate(rule) * number
        return work / (self.cores or max(1, len(self.running)))

    def _estimate(self, rule: str) -> float:
        """Seconds of a step, as far as steps of its kind were measured."""
        measured = self._seconds[_kind(rule)]
        return sum(measured) / len(measured) if measured else self.plan.step_seconds


def draw(pipeline: Pipeline) -> RenderableType:
    """The state of the pipeline as a terminal shows it."""
    status, plan = pipeline.plan.trainings.status(), pipeline.plan
    gauges = Table.grid(padding=(0, 2))
    for _ in range(3):
        gauges.add_column(no_wrap=True)
    if status.runs:
        rate = f", {status.steps_per_second:,.0f} agent steps/s" if status.runs_done < status.runs else ""
        gauges.add_row("runs", gauge(status.runs_done, status.runs), f"{status.runs_done} of {status.runs}{rate}")
    gauges.add_row("steps", gauge(pipeline.n_done, pipeline.n_steps), f"{pipeline.n_done} of {pipeline.n_steps}")
    times = f"{duration(pipeline.seconds)} elapsed, about {duration(pipeline.seconds_left())} left"
    failed = [one_line(f"{len(pipeline.failed)} failed", "red")] if pipeline.failed else []
    labels = [_label_now(pipeline, step) for step in list(pipeline.running.values())]
    at_work = [one_line(f"  {label}") for label in labels[:AT_WORK]]
    more = [one_line(f"  and {len(labels) - AT_WORK} more")] if len(labels) > AT_WORK else []
    return Group(one_line(plan.title, "bold"), gauges, one_line(times), *failed, *at_work, *more)


def line(pipeline: Pipeline) -> str:
    """The state of the pipeline in one line."""
    status = pipeline.plan.trainings.status()
    rate = f"{status.steps_per_second:,.0f} agent steps/s, " if status.runs_done < status.runs else ""
    trained = f"{status.runs_done} of {status.runs} runs, {rate}"
    failed = f", {len(pipeline.failed)} failed" if pipeline.failed else ""
    labels = [step.label for step in list(pipeline.running.values())]
    at_work = f"; at work: {labels[0]}" + (f" and {len(labels) - 1} more" if labels[1:] else "") if labels else ""
    return (
        f"{duration(pipeline.seconds)}: {trained if status.runs else ''}{pipeline.n_done} of {pipeline.n_steps} steps"
        f"{failed}, about {duration(pipeline.seconds_left())} left{at_work}"
    )


def log_text(step: Step) -> str:
    """What a step has written into its log, if anything."""
    try:
        return untrusted.read(step.log).decode(errors="replace").strip() if step.log is not None else ""
    except untrusted.DamagedError:
        return ""


def was_interrupted(step: Step) -> bool:
    """Whether a step ended because of Ctrl-C or a signal, and not of itself."""
    return log_text(step).endswith(INTERRUPTED)


def failure(step: Step, reason: str = "") -> str:
    """What is said of a step that failed. `reason`: what a cluster says of it."""
    lines = [*reason.splitlines(), *log_text(step).splitlines()]
    cut = [f"  ... (the whole log: {step.log})"] if len(lines) > LAST_LINES else []
    where = f"; its log: {step.log}" if step.log is not None else ""
    return "\n".join([f"failed: {step.label}{where}", *cut, *(f"  {text}" for text in lines[-LAST_LINES:])])


def summary(pipeline: Pipeline) -> str:
    """What was done, or what is left to do."""
    steps, after = f"{pipeline.n_done} of {pipeline.n_steps} steps", duration(pipeline.seconds)
    if pipeline.failed:
        return f"{len(pipeline.failed)} failed, {steps} done after {after}; log: {pipeline.plan.log}"
    if not pipeline.is_done:
        return f"stopped after {after}, {steps} done; the same command goes on from here; log: {pipeline.plan.log}"
    return f"{steps} done after {after}"


def _label_now(pipeline: Pipeline, step: Step) -> str:
    if step.training is None:
        return step.label
    return f"{pipeline.plan.trainings.share(step.training):4.0%}  {step.label}"


def _kind(rule: str) -> str:
    """What a rule does: `draw` of the rule draw__learning_rate."""
    return rule.split("_")[0]


def _label(rule: str, wildcards: Mapping[str, str], study: str) -> str:
    """A step in words: `train learning_rate: CartPole-v1 a2c_learning-rate-0.01, seeds 0-9`, `draw gamma`."""
    if rule == "train":
        name = wildcards["configuration"].rsplit("_", 1)[0]
        seeds = f"{wildcards['first']}-{wildcards['last']}"
        return f"train {study + ': ' if study else ''}{wildcards['env']} {name}, seeds {seeds}"
    step, _, of = rule.partition("__")
    words = [word for word in step.split("_") if word != "published"]
    besides = [value for name, value in wildcards.items() if name != "results"]
    return " ".join(filter(None, [*words, of, *besides]))


def _training_of(wildcards: Mapping[str, str]) -> str:
    return f"{wildcards['env']}/{wildcards['configuration']}/seeds-{wildcards['first']}-{wildcards['last']}"
