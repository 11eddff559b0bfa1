"""Snakemake's logger plugin `a2c`: the display of `a2c.display.pipeline` in place of Snakemake's lines.

Snakemake finds installed packages whose names begin with `snakemake_logger_plugin_`. Its own lines go to its log file.
The workflow sends two messages of its own: `extra={"a2c_ending": ...}` has a function for the lines to end with where
all is done, `extra={"a2c_plan": ...}` a `Plan` when the work starts. In a dry run, messages are shown as Snakemake
shows them; in a real run information is, too, but only where no work starts.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from a2c.display import pipeline
from a2c.display.pipeline import Pipeline, Plan
from a2c.display.screen import Screen
from a2c.untrusted import DamagedError

# How messages of Snakemake begin.
NOTHING_TO_DO = "Nothing to be done"
NEEDED = "SLURM run ID"  # by which `scancel` finds the jobs
AFTER_FAILURES = ("Cannot restore", "Exiting because a job execution failed", "WorkflowError:\nAt least one job")


class LogHandler(LogHandlerBase):
    """Receives Snakemake's messages, in a thread of their own, and keeps the display."""

    def __post_init__(self) -> None:
        common = self.common_settings
        stream = sys.stdout if common.stdout else sys.stderr
        self._plain = ColorizingTextHandler(nocolor=common.nocolor, stream=stream)
        self._plain.setFormatter(DefaultFormatter(common.quiet, common.show_failed_logs))
        self._plain.addFilter(
            DefaultFilter(common.quiet, common.debug_dag, common.verbose, common.dryrun, common.printshellcmds)
        )
        self._held: list[logging.LogRecord] = []
        self._counts: dict[str, int] = {}
        self._cores: int | None = None
        self._ending: Callable[[], Sequence[str]] = list
        self._pipeline: Pipeline | None = None
        self._screen: Screen | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Show a message, or what it says of the pipeline."""
        ending, plan = getattr(record, "a2c_ending", None), getattr(record, "a2c_plan", None)
        if ending is not None:
            self._ending = ending
        elif self.common_settings.dryrun:
            self._plain.handle(record)
        elif plan is not None:
            self._start(plan)
        elif self._pipeline is None:
            self._before(record)
        else:
            self._during(record, self._pipeline)

    def close(self) -> None:
        """End the display, and say what came out."""
        if self._pipeline is not None and self._screen is not None:
            self._screen.stop()
            self._screen.say(pipeline.summary(self._pipeline))
            is_done = self._pipeline.is_done
        else:
            nothing = [record for record in self._held if record.getMessage().startswith(NOTHING_TO_DO)]
            is_done = bool(nothing)
            for record in nothing or self._held:
                self._plain.handle(record)
        self._held = []
        self._pipeline = self._screen = None
        if is_done:
            self._say_the_end()
        super().close()

    def _say_the_end(self) -> None:
        try:
            for text in self._ending():
                print(text, file=sys.stderr)
        except DamagedError as error:
            print(f"a2c: {error}", file=sys.stderr)

    def _start(self, plan: Plan) -> None:
        self._held = []
        self._pipeline = state = Pipeline(plan, self._counts, self._cores)
        self._screen = Screen(lambda: pipeline.draw(state), lambda: pipeline.line(state))
        self._screen.start()

    def _before(self, record: logging.LogRecord) -> None:
        """Note what the workflow is to do; hold messages that only matter if it does not start."""
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            self._counts = {rule: number for rule, number in record.__dict__["stats"].items() if rule != "total"}
        elif event == LogEvent.RESOURCES_INFO:
            self._cores = record.__dict__.get("cores", self._cores)
        elif record.levelno >= logging.WARNING or record.getMessage().startswith(NEEDED):
            self._plain.handle(record)
        else:
            self._held.append(record)

    def _during(self, record: logging.LogRecord, state: Pipeline) -> None:
        """Bring the display to what a message says; show warnings and errors above it."""
        said, event = record.__dict__, getattr(record, "event", None)
        if event == LogEvent.JOB_INFO:
            log = Path(said["log"][0]) if said["log"] else None
            state.start(said["jobid"], said["rule_name"], said["wildcards"] or {}, log)
        elif event == LogEvent.JOB_FINISHED:
            step = state.finish(said["job_id"])
            if step is not None and (text := pipeline.log_text(step)):
                self._say(f"{step.label}:\n{text}")
        elif event == LogEvent.JOB_ERROR:
            step = state.fail(said["jobid"])
            if step is not None and said["jobid"] in state.failed:
                self._say(pipeline.failure(step, said["rule_msg"] or ""), "red")
        elif record.getMessage().startswith(NEEDED):
            self._say(record.getMessage())
        elif record.levelno >= logging.WARNING and not _repeats(record, state) and self._plain.filter(record):
            self._say(self._plain.format(record), "red" if record.levelno >= logging.ERROR else "yellow")

    def _say(self, text: str, style: str = "") -> None:
        if self._screen is not None:
            self._screen.say(text, style)

    @property
    def writes_to_stream(self) -> bool:
        return True

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return True

    @property
    def has_formatter(self) -> bool:
        return True

    @property
    def needs_rulegraph(self) -> bool:
        return False


def _repeats(record: logging.LogRecord, state: Pipeline) -> bool:
    """Whether a message only says once more that a step has failed."""
    if getattr(record, "exception", None) == "RuleException":  # another message about the step itself follows
        return True
    return bool(state.failed) and record.getMessage().startswith(AFTER_FAILURES)
