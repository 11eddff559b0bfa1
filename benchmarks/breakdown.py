"""Where a training's time goes: environment, acting, update, and their parts."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from a2c.learn.algorithms import a2c
from a2c.learn.learner import Learner

GROUPS = {
    "environment": ("stepping", "episodes"),
    "acting": ("network", "noise", "choice", "rest of acting"),
    "update": ("advantages", "loss", "gradients", "norms and clipping", "optimiser", "rest of update"),
    "loop and recording": (),
}


def breakdown(learner: Learner, train: Callable[[], None]) -> dict[str, float]:
    """Microseconds of each part per update of one lane, while `train` trains `learner`.

    Meanwhile the learner's functions are wrapped in clocks, which cost some percent of the time themselves.
    """
    clock = Clock()
    actors, model = learner.actors, learner.model
    wrapped: list[tuple[str, Any, str]] = [
        ("rest of acting", learner.algorithm, "collect"),
        ("stepping", actors.environments, "receive"),
        ("episodes", actors.episodes, "add"),
        ("network", model.network, "forward"),
        ("noise", type(actors.action_space), "noise"),
        ("choice", type(actors.action_space), "sample"),
        ("advantages", learner.algorithm, "estimate"),
        ("rest of update", learner.algorithm, "update"),
        ("rest of update", learner.algorithm, "measure"),
        ("loss", a2c, "a2c_losses"),
        ("gradients", model.network, "backward"),
        ("norms and clipping", model.gradients, "norms"),
        ("norms and clipping", model.gradients, "scale"),
        ("optimiser", model.optimizer, "step"),
    ]
    with ExitStack() as patched:
        for part, owner, name in wrapped:
            patched.enter_context(patch.object(owner, name, clock.wrap(part, getattr(owner, name))))
        clock.wrap("loop and recording", train)()
    updates = len(learner.seeds) * learner.actors.rows / learner.configuration.n_steps
    return {part: 1e6 * seconds / updates for part, seconds in clock.spent.items()}


class Clock:
    """Adds up the seconds spent in each wrapped function, without those of other wrapped functions that it calls."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)
        self._inside = [0.0]  # per open call: seconds of the wrapped calls inside it

    def wrap(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap `function`, so that its seconds count as those of `part`."""

        def timed(*arguments: Any, **named: Any) -> Any:
            self._inside.append(0.0)
            begun = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                taken = time.process_time() - begun
                self.spent[part] += taken - self._inside.pop()
                self._inside[-1] += taken

        return timed


def table(by_column: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Lines of text: a column of microseconds and shares for each breakdown."""
    lines = [f"{'microseconds per update of one lane, share':44}" + "".join(f"{name:>14}" for name in by_column)]

    def line(name: str, parts: tuple[str, ...]) -> str:
        times = [(sum(spent[part] for part in parts), sum(spent.values())) for spent in by_column.values()]
        return f"{name:44}" + "".join(f"{time:8.0f}{time / total:6.0%}" for time, total in times)

    for group, parts in GROUPS.items():
        lines += [line(group, parts or (group,)), *(line(f"  {part}", (part,)) for part in parts)]
    return lines
