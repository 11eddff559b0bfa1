"""What a training gave, in a few numbers and lines."""

from typing import Any

import numpy as np

from a2c.analysis.curves import POINTS, final_return, solved
from a2c.config.seeds import format_seeds
from a2c.runs.result import Result
from a2c.words import counted


def numbers_of(result: Result) -> dict[str, Any]:
    """The numbers of a result: its seeds, how many finished, their returns, how many solved the task, the time.

    `final_return` and `evaluation_return` (sampled) have mean, lowest and highest over the seeds that finished; they
    are None where there is none. `solved` is None for an environment without a threshold.
    """
    runs = result.manifest["runs"]
    finished = [seed for seed in result.seeds if runs[str(seed)]["status"] == "finished"]
    finals = _final_returns(result, finished)
    threshold = (result.manifest.get("environment") or {}).get("reward_threshold")
    evaluation = result.evaluation.to_pydict()
    sampled = [
        (seed, value)
        for seed, mode, value in zip(evaluation["seed"], evaluation["mode"], evaluation["return"], strict=True)
        if mode == "sampled"
    ]
    means = [np.mean([value for of, value in sampled if of == seed]) for seed in finished]
    timings = result.manifest["timings"]
    return {
        "folder": str(result.folder),
        "environment": result.configuration.env_id,
        "configuration": result.configuration.name,
        "agent_steps": result.configuration.total_steps,
        "seeds": result.seeds,
        "finished": finished,
        "diverged": [seed for seed in result.seeds if runs[str(seed)]["status"] == "diverged"],
        "final_return": _spread(finals),
        "evaluation_return": _spread(means),
        "solved": None if threshold is None else sum(solved(final, threshold) for final in finals),
        "seconds": timings["training_seconds"],
        "agent_steps_per_second": timings["agent_steps_per_second"],
    }


def lines_of(numbers: dict[str, Any]) -> list[str]:
    """The numbers in words, a line each."""
    n = len(numbers["seeds"])
    lines = [
        f"{numbers['folder']}: {counted(n, 'seed')} of {numbers['environment']}, {numbers['agent_steps']:,} "
        f"agent steps each, in {numbers['seconds']:.1f} s"
    ]
    if numbers["diverged"]:
        lines.append(f"diverged: {len(numbers['diverged'])} of {n} (seeds {format_seeds(numbers['diverged'])})")
    for name, words in (("final_return", "final return"), ("evaluation_return", "evaluation return")):
        if spread := numbers[name]:
            seeds = f"seeds from {spread['lowest']:.1f} to {spread['highest']:.1f}"
            lines.append(f"{words}: {spread['mean']:.1f}" if n == 1 else f"{words}: mean {spread['mean']:.1f}, {seeds}")
    if numbers["solved"] is not None:
        lines.append(f"solved: {numbers['solved']:.0f} of {counted(n, 'seed')}")
    return lines


def _final_returns(result: Result, seeds: list[int]) -> list[float]:
    seed_of, steps, returns = (result.episodes[name].to_numpy() for name in ("seed", "step", "return"))
    finals = []
    for seed in seeds:
        chosen = seed_of == seed
        ended = result.manifest["runs"][str(seed)].get("step", result.configuration.total_steps)
        finals.append(final_return(steps[chosen], returns[chosen], max(POINTS, ended)))
    return finals


def _spread(values: list[Any]) -> dict[str, float] | None:
    known = [float(value) for value in values if not np.isnan(value)]
    return {"mean": float(np.mean(known)), "lowest": min(known), "highest": max(known)} if known else None
