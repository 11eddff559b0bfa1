"""The display where there is no terminal, and how it writes times."""

import time

import pytest

from a2c.display import screen
from a2c.display.screen import Screen, duration


def test_without_a_terminal_there_is_a_line_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screen, "EVERY", 0.05)
    numbers = iter(range(1000))
    with Screen(lambda: "never drawn", lambda: f"{next(numbers)} done") as shown:
        time.sleep(0.3)
        shown.say("a message\nof two lines")
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if line.endswith("done")][:2] == ["0 done", "1 done"]
    assert told[-2:] == ["a message", "of two lines"]
    time.sleep(0.15)
    assert capsys.readouterr().err.count("done") <= 1  # one that had begun when the display was stopped


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1.0, "0:00"), (0.4, "0:00"), (59.6, "1:00"), (245.0, "4:05"), (3600.0, "1:00:00")]
)
def test_times_are_minutes_and_seconds(seconds: float, text: str) -> None:
    assert duration(seconds) == text
