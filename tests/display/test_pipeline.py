"""The pipeline at work: steps, failures, time left, on the screen and in lines."""

import json
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from a2c.config import configuration
from a2c.display.pipeline import Pipeline, Plan, draw, failure, line, summary
from a2c.display.trainings import Job, Trainings
from a2c.runs.layout import SeedBlock
from tests.display.test_trainings import Clock
from tests.processes import ROOT, held_up
from tests.terminal import needs_tmux, terminal

BLOCK = {"env": "CartPole-v1", "configuration": "a2c_gamma-0.9_0123", "first": "0", "last": "1"}
NAME = "CartPole-v1/a2c_gamma-0.9_0123/seeds-0-1"
COUNTS = {"train": 1, "aggregate__gamma": 1, "draw__gamma": 1, "draw_published__gamma": 1}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pipeline(tmp_path: Path, clock: Clock) -> Pipeline:
    """Of four steps on two cores; the training is estimated to last 10 seconds, the others 6."""
    trainings = Trainings({NAME: Job(tmp_path, 2, 100, 10.0)}, clock)
    return Pipeline(Plan("A paper", trainings, {NAME: "gamma"}, 6.0, "snakemake.log"), COUNTS, 2, clock)


def shown(pipeline: Pipeline, columns: int = 80) -> list[str]:
    console = Console(width=columns)
    with console.capture() as capture:
        console.print(draw(pipeline))
    return [text.rstrip() for text in capture.get().splitlines()]


def test_the_display_has_runs_steps_times_and_what_is_at_work(pipeline: Pipeline, tmp_path: Path, clock: Clock) -> None:
    pipeline.start(1, "train", BLOCK, None)
    (tmp_path / "progress.json").write_text(json.dumps({"steps": 50}))
    clock.now = 5.0
    title, runs, steps, times, training = shown(pipeline)
    assert title == "A paper"
    assert re.fullmatch(r"runs +0 of 2, 20 agent steps/s", runs)
    assert re.fullmatch(r"steps +0 of 4", steps)
    assert times == "0:05 elapsed, about 0:12 left"  # (5 + 3 * 6) / 2, rounded
    assert training == "   50%  train gamma: CartPole-v1 a2c_gamma-0.9, seeds 0-1"


def test_a_narrow_terminal_cuts_lines_and_wraps_none(pipeline: Pipeline) -> None:
    pipeline.start(1, "train", BLOCK, None)
    lines = shown(pipeline, columns=40)
    assert len(lines) == 5
    assert lines[-1].endswith("…")


def test_the_time_of_a_kind_of_step_is_that_of_those_that_are_done(pipeline: Pipeline, clock: Clock) -> None:
    pipeline.start(1, "train", BLOCK, None)
    pipeline.finish(1)
    pipeline.start(2, "draw__gamma", {}, None)
    clock.now = 20.0
    pipeline.finish(2)
    assert pipeline.seconds_left() == (6 + 20) / 2  # the tables by the estimate, the other figures by the first


def test_a_step_that_failed_is_told_with_its_log_and_may_run_again(pipeline: Pipeline, tmp_path: Path) -> None:
    log = tmp_path / "gamma.log"
    log.write_text("a2c: broken\n")
    pipeline.start(3, "draw_published__gamma", {}, log)
    step = pipeline.fail(3)
    assert step is not None
    assert failure(step) == f"failed: draw gamma; its log: {log}\n  a2c: broken"
    log.write_text("line\n" * 100)
    assert len(failure(step).splitlines()) == 14
    assert "1 failed" in line(pipeline)
    assert summary(pipeline) == "1 failed, 0 of 4 steps done after 0:00; log: snakemake.log"
    pipeline.start(3, "draw_published__gamma", {}, log)
    assert "failed" not in line(pipeline)


def test_one_line_says_the_same(pipeline: Pipeline) -> None:
    pipeline.start(1, "train", BLOCK, None)
    pipeline.start(2, "films", {"results": "results", "env": "CartPole-v1"}, None)
    assert line(pipeline) == (
        "0:00: 0 of 2 runs, 0 agent steps/s, 0 of 4 steps, about 0:17 left; "
        "at work: train gamma: CartPole-v1 a2c_gamma-0.9, seeds 0-1 and 1 more"
    )


def write_paper(folder: Path, **changes: Any) -> None:
    """A paper of two trainings."""
    study = {"name": "gamma", "base": {"hidden_sizes": [64, 64], "eval_episodes": 2}, "seeds": "0-1"}
    paper = {
        "title": "A paper",
        "results": "results",
        "studies": [{**study, "grid": {"gamma": [0.9, 0.99]}, **changes}],
    }
    (folder / "paper.yaml").write_text(yaml.safe_dump(paper))


def pipeline_in(folder: Path) -> list[str | Path]:
    command: list[str | Path] = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--cores", "1"]
    return [*command, "--profile", ROOT / "profiles" / "default", "--configfile", folder / "paper.yaml", "--", "data"]


def check_screen(lines: list[str]) -> None:
    """Nothing on a screen is cut or interleaved: each line is one of those that are meant, the display there once."""
    meant = [
        r"|Using profiles? .*|exit code .*|A paper \(.*",
        r"runs +\S+ +\d+ of \d+(, [\d,]+ agent steps/s)?",
        r"steps +\S+ +\d+ of \d+",
        r"[\d:]+ elapsed, about [\d:]+ left",
        r" +[\d%]* *(train|aggregate|study) .*",
        r"\d+ of \d+ steps done after .*",
    ]
    assert all(re.fullmatch("|".join(meant), text.rstrip()) for text in lines), lines
    assert sum(text.startswith("steps ") for text in lines) <= 1, lines


@pytest.mark.slow
@needs_tmux
def test_on_a_terminal_the_pipeline_has_one_display_that_goes_away(tmp_path: Path) -> None:
    """The first training is held up until the display has it."""
    base = {"hidden_sizes": [64, 64], "total_steps": 20_000, "eval_episodes": 2}
    write_paper(tmp_path, base=base)
    first = SeedBlock(configuration({**base, "gamma": 0.9}, "the test"), 0, 1).path
    with terminal(tmp_path, pipeline_in(tmp_path), columns=160) as shown, ExitStack() as hold:
        hold.enter_context(held_up(tmp_path / "results" / "runs" / first))
        seen = False
        for lines in shown.screens():
            check_screen(lines)
            if any("%  train gamma: CartPole-v1" in text for text in lines):
                seen = True
                hold.close()
        everything = shown.everything()
    assert seen
    assert re.fullmatch(r"(\d+) of \1 steps done after .*", everything[-2])
    assert len(everything) == 3


@pytest.mark.slow
@needs_tmux
def test_interrupted_the_pipeline_says_how_far_it_came(tmp_path: Path) -> None:
    write_paper(tmp_path, base={"hidden_sizes": [64, 64], "total_steps": 50_000_000})
    with terminal(tmp_path, pipeline_in(tmp_path), columns=160) as shown:
        pressed = False
        for lines in shown.screens():
            if not pressed and any("agent steps/s" in text for text in lines):
                shown.press("C-c")
                pressed = True
        everything = shown.everything()
    assert any(text.startswith("stopped after ") for text in everything)
    assert not any("agent steps/s" in text for text in everything)
