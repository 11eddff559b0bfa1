"""A display that is drawn in place on a terminal and is a line every ten seconds elsewhere."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.progress_bar import ProgressBar
from rich.text import Text

REFRESH = 4  # drawings per second on a terminal
EVERY = 10.0  # seconds between two lines elsewhere
WIDTH = 24  # columns of a gauge


class Screen:
    """Shows a status on standard error from `start` (or `with`) until `stop`.

    `draw` gives what a terminal shows, `line` the same in one line, for a log file or a terminal that cannot move its
    cursor. Nothing else may write to standard error meanwhile: messages go through `say`.
    """

    def __init__(self, draw: Callable[[], RenderableType], line: Callable[[], str]) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._draw, self._line = draw, line
        self._stopped = threading.Event()
        self._live: Live | None = None
        self._lines: threading.Thread | None = None

    def start(self) -> None:
        """Begin to show the status."""
        if not is_in_place(self._console):
            self._lines = threading.Thread(target=self._print_lines, daemon=True)
            self._lines.start()
            return
        self._live = Live(
            console=self._console,
            get_renderable=self._draw,
            transient=True,
            refresh_per_second=REFRESH,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def stop(self) -> None:
        """Remove the status from the terminal. May be called again."""
        if self._live is not None:
            self._live.stop()
        self._stopped.set()
        if self._lines is not None:
            self._lines.join()  # a thread that runs on while the interpreter ends can abort the process

    def say(self, text: str, style: str = "") -> None:
        """Print text above the status, whole lines, which the terminal wraps if they are long."""
        self._console.print(text, style=style, markup=False, emoji=False, soft_wrap=True)

    def __enter__(self) -> "Screen":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        self.stop()

    def _print_lines(self) -> None:
        while not self._stopped.wait(EVERY):
            self.say(self._line())


def is_in_place(console: Console) -> bool:
    """Whether a console can be drawn over: a terminal that can move its cursor."""
    return sys.stderr.isatty() and console.is_terminal and not console.is_dumb_terminal


@contextmanager
def counter(unit: str) -> Iterator[Callable[[], None]]:
    """The number of `unit` that are done, on a terminal; nothing elsewhere. Call what it gives after each."""
    console = Console(stderr=True)
    if not is_in_place(console):
        yield lambda: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.completed:.0f} {task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(unit, total=None)
        yield lambda: progress.advance(task)


def gauge(done: float, total: float) -> ProgressBar:
    """A bar that shows how much of something is done."""
    return ProgressBar(total=max(total, 1e-9), completed=done, width=WIDTH)


def one_line(text: str, style: str = "") -> Text:
    """Text that stays on one line, with an ellipsis at the end where the terminal is too narrow."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def duration(seconds: float) -> str:
    """Minutes and seconds, from an hour on with hours: 4:05, 1:00:00."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
