"""Errors of the core's functions, and how often a step gives Gymnasium's own bits. Minutes long: run by hand.

python -m tests.core.accuracy functions          every float32 argument of exp, log and tanh
python -m tests.core.accuracy doubles 100000     so many arguments of each range against mpmath
python -m tests.core.accuracy steps 10000000     so many states of each environment, a tenth of them played
python -m tests.core.accuracy steps 10000000 Acrobot-v1
python -m tests.core.accuracy causes 20000       what makes Acrobot's and Pendulum's steps differ, in so many states
"""

import sys
from collections.abc import Callable, Iterator

import gymnasium as gym
import mpmath
import numpy as np
from mpmath import mp
from numpy.typing import NDArray

from tests.core.builds import best, library, of
from tests.core.replaced import replaced
from tests.core.steps import IDS, Doubles, apart, draw_states, step_gymnasium, step_native

mp.prec = 160

FLOATS: dict[str, Callable[[Doubles], Doubles]] = {"expf": np.exp, "logf": np.log, "tanhf": np.tanh}
CHUNK = 2**22
CHANGES = {
    "Gymnasium's own": {"functions": False, "squares": False},
    "squares as products": {"functions": False, "squares": True},
    "the core's sine and cosine": {"functions": True, "squares": False},
    "both": {"functions": True, "squares": True},
}


def float_errors(name: str, x: NDArray[np.float32]) -> Doubles:
    """Errors in units of the last place of a float32 function; float64's own, 2^-29 of a unit, does not matter.

    NaN where either is NaN. An infinite result counts as 2^128.
    """
    core = library(*best())
    with np.errstate(all="ignore"):
        exact = FLOATS[name](x.astype(np.float64))
        exact, ours = (np.clip(value, -(2.0**128), 2.0**128) for value in (exact, of(core, name, x).astype(np.float64)))
        place = np.ldexp(1.0, np.clip(np.frexp(exact)[1] - 24, -149, 104))
        return np.abs(ours - exact) / place


def double_error(ours: float, exact: mpmath.mpf) -> float:
    """The same for a float64 function, with an exact value by mpmath."""
    place = mpmath.mpf(2) ** max(mp.frexp(abs(exact))[1] - 53, -1074)
    return float(abs(mpmath.mpf(ours) - exact) / place)


Case = tuple[str, int | None, Callable[[mpmath.mpf], mpmath.mpf], str, Doubles]


def double_cases(n: int, seed: int) -> Iterator[Case]:
    """Function, which of its outputs, mpmath's, a name of the range, and arguments."""
    random = np.random.default_rng(seed)
    uniform = random.random(n)
    yield "exp", None, mp.exp, "-1 to 1", random.uniform(-1, 1, n)
    yield "exp", None, mp.exp, "all", random.uniform(-745, 709.7, n)
    yield "log", None, mp.log, "0 to 1", uniform
    yield "log", None, mp.log, "-log(0 to 1)", -np.log(uniform)
    yield "log", None, mp.log, "about 1", random.uniform(0.7, 1.42, n)
    yield "log", None, mp.log, "all", np.exp(random.uniform(-744, 709, n))
    multiples = random.integers(-(2**29), 2**29, n) * (np.pi / 2)
    for output, exact in enumerate((mp.sin, mp.cos)):
        yield "sincos", output, exact, "CartPole's", random.uniform(-0.21, 0.21, n)
        yield "sincos", output, exact, "-8 to 8", random.uniform(-8, 8, n)
        yield "sincos", output, exact, "-2^30 to 2^30", random.uniform(-(2.0**30), 2.0**30, n)
        yield "sincos", output, exact, "multiples of pi/2", multiples
        yield "sincos", output, exact, "small", 10.0 ** -random.uniform(0, 320, n)


def double_errors(n: int, seed: int) -> Iterator[tuple[str, int | None, str, Doubles]]:
    core = library(*best())
    for name, output, exact, which, x in double_cases(n, seed):
        ours = of(core, name, x, outputs=1 if output is None else 2)
        ours = ours if output is None else ours[output]
        pairs = zip(ours.tolist(), x.tolist(), strict=True)
        yield name, output, which, np.array([double_error(y, exact(mpmath.mpf(at))) for y, at in pairs])


def played_states(env_id: str, n: int, seed: int) -> tuple[Doubles, NDArray[np.int64] | NDArray[np.float32]]:
    """States that random actions lead to, and the actions."""
    environment = gym.make(env_id)
    environment.action_space.seed(seed)
    inner = environment.unwrapped
    states, actions, over = [], [], True
    for i in range(n):
        if over:
            environment.reset(seed=seed + i)
        action = environment.action_space.sample()
        states.append(np.array(inner.state, dtype=np.float64))  # type: ignore[attr-defined]
        actions.append(action)
        _, _, terminated, truncated, _ = environment.step(action)
        over = terminated or truncated
    return np.array(states).T.copy(), np.array(actions).reshape(n)


def functions() -> None:
    for name in FLOATS:
        worst, at, wrong, finite = 0.0, 0.0, 0, 0
        for start in range(0, 2**32, CHUNK):
            x = np.arange(start, start + CHUNK, dtype=np.uint64).astype(np.uint32).view(np.float32)
            errors = float_errors(name, x)
            errors = np.where(np.isnan(errors), 0.0, errors)
            finite += int(np.isfinite(x).sum())
            wrong += int((errors > 0.5).sum())
            if errors.max() > worst:
                worst, at = float(errors.max()), float(x[errors.argmax()])
        print(f"{name}: at most {worst:.4f} at {at.hex()}; {wrong / finite:.3%} not rounded to the nearest", flush=True)


def doubles(n: int) -> None:
    for name, output, which, errors in double_errors(n, 0):
        part = "" if output is None else f"[{output}]"
        print(f"{name}{part}, {which}: at most {errors.max():.4f}; {np.mean(errors > 0.5):.3%} not nearest", flush=True)


def steps(n: int, *env_ids: str) -> None:
    core = library(*best())
    for env_id in env_ids or IDS:
        for which, draw, number in (("over the box", draw_states, n), ("of random play", played_states, n // 10)):
            same = observed = paid = ended = 0
            largest, absolute = np.zeros(4), np.zeros(4)
            for start in range(0, number, 100_000):
                size = min(100_000, number - start)
                state, actions = draw(env_id, size, start)
                ours, theirs = step_native(core, env_id, state, actions), step_gymnasium(env_id, state, actions)
                same += int((ours.state == theirs.state).all(axis=0).sum())
                observed += int((ours.observations == theirs.observations).all(axis=1).sum())
                paid += int((ours.rewards == theirs.rewards).sum())
                ended += int((ours.terminated == theirs.terminated).sum())
                rows = len(state)
                largest[:rows] = np.maximum(largest[:rows], apart(ours.state, theirs.state, state).max(axis=1))
                absolute[:rows] = np.maximum(absolute[:rows], np.abs(ours.state - theirs.state).max(axis=1))
            print(
                f"{env_id}, {number} states {which}: states {same / number:.5%} equal, "
                f"observations {observed / number:.5%}, rewards {paid / number:.5%}, ends {ended / number:.5%}; "
                f"largest difference by number "
                f"{largest[:rows].tolist()} units, {absolute[:rows].tolist()}",
                flush=True,
            )


def causes(n: int) -> None:
    """The share of equal states, with the core's functions or exact squares in Gymnasium's own code."""
    for env_id in ("Acrobot-v1", "Pendulum-v1"):
        state, actions = draw_states(env_id, n, 0)
        ours = step_native(library(*best()), env_id, state, actions).state
        for which, changed in CHANGES.items():
            with replaced(**changed):
                theirs = step_gymnasium(env_id, state, actions).state
            print(f"{env_id}, {n} states, {which}: {(ours == theirs).all(axis=0).mean():.3%} equal", flush=True)


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    if what == "functions":
        functions()
    elif what == "causes":
        causes(int(arguments[0]))
    elif what == "doubles":
        doubles(int(arguments[0]))
    else:
        steps(int(arguments[0]), *arguments[1:])
