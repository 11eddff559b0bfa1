"""The display where there is no terminal, and how it writes times."""

import threading

import pytest

from a2c.display import screen
from a2c.display.screen import Screen, duration


def test_without_a_terminal_there_is_a_line_every_few_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screen, "EVERY", 0.01)
    numbers, third, go_on = iter(range(1000)), threading.Event(), threading.Event()

    def line() -> str:
        number = next(numbers)
        if number == 2:
            third.set()
            go_on.wait()
        return f"{number} done"

    before = threading.enumerate()
    with Screen(lambda: "never drawn", line) as shown:
        third.wait()
        shown.say("a message\nof two lines")
        written = capsys.readouterr().err.splitlines()
        go_on.set()
    assert written == ["0 done", "1 done", "a message", "of two lines"]
    assert threading.enumerate() == before  # what is stopped writes nothing more


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1.0, "0:00"), (0.4, "0:00"), (59.6, "1:00"), (245.0, "4:05"), (3600.0, "1:00:00")]
)
def test_times_are_minutes_and_seconds(seconds: float, text: str) -> None:
    assert duration(seconds) == text
