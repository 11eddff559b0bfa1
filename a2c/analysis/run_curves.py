"""The learning curves of the runs of a result, whole or thin."""

from a2c.analysis.curves import Array, learning_curve
from a2c.runs.parquet import frame_of
from a2c.runs.result import Result


def curves_of(result: Result) -> dict[int, Array]:
    """The learning curve of each seed, shape (100,); see `a2c.analysis.curves.learning_curve`.

    DamagedError, naming the file, if it is missing or damaged.
    """
    if result.is_thin:
        return {seed: result.thin[seed].curve.astype(float) for seed in result.seeds}
    episodes = frame_of(result.episodes)
    of_seeds = {seed: episodes[episodes["seed"] == seed] for seed in result.seeds}
    total_steps = result.configuration.total_steps
    return {
        seed: learning_curve(own["step"].to_numpy(), own["return"].to_numpy(), total_steps)
        for seed, own in of_seeds.items()
    }
