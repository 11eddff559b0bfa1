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


# The command line, whose training waits after its first checkpoint until a file named `go` is there.
WAITING = """
import time
from pathlib import Path
from a2c.cli import main
from a2c.runs import checkpoint

save = checkpoint.save

def save_and_wait(*arguments):
    save(*arguments)
    while not Path("go").exists():
        time.sleep(0.01)

checkpoint.save = save_and_wait
main()
"""


@needs_tmux
def test_a_terminal_shows_steps_rate_return_and_time_left_in_two_lines_that_go_away(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text("{hidden_sizes: [64, 64], total_steps: 100000, eval_episodes: 1}")
    command = [sys.executable, "-c", WAITING, "train", "long.yaml", "--seeds", "0-1", "--out", "out"]
    with terminal(tmp_path, [*command, "--checkpoint-every", "0"]) as shown:
        for lines in shown.screens():
            if any("CartPole-v1, seeds 0 to 1" in line for line in lines):
                assert len(lines) <= 2
                assert all(re.fullmatch(SHOWN, line) for line in lines[1:]), lines
            if any("agent steps, " in line for line in lines):
                (tmp_path / "go").touch()
        assert (tmp_path / "go").exists()
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
