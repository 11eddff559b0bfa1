"""What of Snakemake's messages the logger plugin shows."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from a2c.display.pipeline import Plan
from a2c.display.trainings import Trainings
from snakemake_logger_plugin_a2c import LogHandler

OPTIONS = {"nocolor": True, "quiet": None, "show_failed_logs": False, "debug_dag": False, "verbose": False}


def message(text: str, **extra: Any) -> logging.LogRecord:
    record = logging.LogRecord("snakemake", logging.INFO, "", 0, text, None, None)
    record.__dict__.update(extra)
    return record


@pytest.mark.parametrize("started", [False, True])
def test_the_run_id_of_slurm_is_shown_and_other_information_is_not(
    started: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    settings: Any = SimpleNamespace(**OPTIONS, stdout=False, dryrun=False, printshellcmds=False)
    handler = LogHandler(settings, None)
    if started:
        handler.emit(message("plan", a2c_plan=Plan("T", Trainings({}), {}, 1.0, "log")))
    handler.emit(message("SLURM run ID: abc"))
    handler.emit(message("Select jobs to execute..."))
    shown = capsys.readouterr().err
    assert "SLURM run ID: abc" in shown
    assert "Select jobs" not in shown
    handler.close()
