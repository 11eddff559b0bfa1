"""The progress of one training on a terminal, and elsewhere."""

import re
import sys
from pathlib import Path

from tests.commands import a2c_says
from tests.processes import SMALL
from tests.terminal import needs_tmux, terminal

SHOWN = (
    r"[\d,]+ of 100,000 agent steps, [\d,]+/s in all(, return \d+\.\d)?, \S+ left|100,000 agent steps done, evaluating"
)


@needs_tmux
def test_a_terminal_shows_steps_rate_return_and_time_left_in_two_lines_that_go_away(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text("{hidden_sizes: [64, 64], total_steps: 100000, eval_episodes: 1}")
    command = [sys.executable, "-m", "a2c", "train", "long.yaml", "--seeds", "0-1", "--out", "out"]
    gauges = []
    with terminal(tmp_path, command) as shown:
        for lines in shown.screens():
            if shows := [line for line in lines if "CartPole-v1, seeds 0 to 1" in line]:
                gauges.append(shows)
                assert len(lines) <= 2
                assert all(re.fullmatch(SHOWN, line) for line in lines[1:]), lines
        assert gauges
        assert shown.everything()[-1] == "exit code 0"
        assert not any(re.fullmatch(SHOWN, line) for line in shown.everything())


def test_a_short_training_prints_no_progress_where_there_is_no_terminal(tmp_path: Path) -> None:
    done = a2c_says("train", "-", "--seeds", "0", "--out", tmp_path / "out", fields=SMALL)
    assert (done.returncode, done.stderr) == (0, "")


@needs_tmux
def test_quiet_turns_the_progress_off(tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text("{hidden_sizes: [8], total_steps: 20000, eval_episodes: 1}")
    command = [sys.executable, "-m", "a2c", "train", "short.yaml", "--seeds", "0", "--out", "out", "--quiet"]
    with terminal(tmp_path, command) as shown:
        assert all(line.startswith("exit code 0") for lines in shown.screens() for line in lines if line)
