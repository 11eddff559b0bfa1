"""What `import a2c` offers to programs and notebooks."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a2c.config import ConfigError, Configuration, configuration, parse_seeds, read_mapping

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from a2c.policy import TrainedPolicy
    from a2c.runs.result import Result


def load(
    folder: str | Path,
    seed: int | None = None,
    *,
    rng: "np.random.Generator | None" = None,
    allow_modules: str | Iterable[str] = (),
) -> "TrainedPolicy":
    """The trained policy of one seed of the result in `folder`.

    `seed`: if None, the one with the highest mean return in the sampled evaluation. `rng`: what sampled actions are
    drawn from; if None, a generator that the seed decides, so that two programs draw the same. `allow_modules`: the
    module, or modules, that the result may import, as they register its environment; importing one runs its code.

    Raises ConfigError if the seed is not there or diverged, DamagedError if a file is missing, damaged, or was left out
    of a published copy.
    """
    from a2c.envs.registry import allow_modules as allow
    from a2c.play.player import best_seed, read_player
    from a2c.policy import TrainedPolicy
    from a2c.runs.result import read_one_result

    allow([allow_modules] if isinstance(allow_modules, str) else allow_modules)
    result = read_one_result(Path(folder))
    return TrainedPolicy(read_player(result, best_seed(result, "sampled") if seed is None else seed), rng)


def train(configuration: Mapping[str, Any] | str | Path, seeds: str | int | Sequence[int], out: str | Path) -> Path:
    """Train seeds of a configuration into the folder `out`, as `a2c train` does; returns the folder.

    `configuration`: fields by name, or the path of a YAML or JSON file of them; docs/configuration.md lists the fields.
    `seeds`: such as "0-9", 3 or range(10). What is finished is not trained again; what was interrupted goes on.

    Raises ConfigError if a field is wrong, DamagedError if the folder holds a damaged result, EnvironmentFaultError if
    the environment raised.
    """
    from a2c.envs.registry import trust
    from a2c.planning.ready import check_ready
    from a2c.runs.training import train as train_block

    config, source = _configuration(configuration)
    try:
        numbers = parse_seeds(seeds)
    except ValueError as error:
        raise ConfigError(f"seeds: {seeds!r} is not allowed; allowed: {error}") from None
    trust([config], Path(source).parent)
    facts = check_ready(config, len(numbers), source)
    train_block(config, numbers, facts, Path(out), checkpoint_every=30.0, say=print)
    return Path(out)


def episodes(folder: str | Path) -> "pd.DataFrame":
    """The finished training episodes of all results at or below `folder`, a row each.

    Columns: `environment`, `configuration`, `seed`, `env` (the number of the run's environment), `step` (agent steps of
    the run when the episode ended), `return`, `length`. DamagedError if there is no result, if a file is damaged, or if
    a result has thin runs, whose episodes were not published.
    """
    from a2c.runs.parquet import frame_of

    return _table(folder, lambda result: frame_of(result.episodes))


def curves(folder: str | Path) -> "pd.DataFrame":
    """The learning curves of all runs at or below `folder`: 100 rows for each.

    Columns: `environment`, `configuration`, `seed`, `step`, and `return`: the mean return of the episodes that ended in
    the 5 % of the budget before that step; where none ended the value before, and NaN before the first episode
    (docs/statistics.md). DamagedError if there is no result or if a file is damaged.
    """
    return _table(folder, _curves_of)


def _curves_of(result: "Result") -> "pd.DataFrame":
    import pandas as pd

    from a2c.analysis.curves import budget_grid
    from a2c.analysis.run_curves import curves_of

    steps = budget_grid(result.configuration.total_steps)[1:]
    rows = [pd.DataFrame({"seed": seed, "step": steps, "return": curve}) for seed, curve in curves_of(result).items()]
    return pd.concat(rows, ignore_index=True)


def _table(folder: str | Path, of_result: Any) -> "pd.DataFrame":
    """The tables of all results at or below a folder, one below the other, with their configurations in front."""
    import pandas as pd

    from a2c.runs.result import read_result, result_folders

    tables = []
    for path in result_folders(Path(folder)):
        result = read_result(path)
        table = of_result(result)
        table.insert(0, "configuration", result.configuration.name)
        table.insert(0, "environment", result.configuration.env_id)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _configuration(given: Mapping[str, Any] | str | Path) -> tuple[Configuration, str]:
    """The configuration, and its file or where else it is from."""
    if isinstance(given, Mapping):
        return configuration(dict(given), "configuration"), "configuration"
    return configuration(read_mapping(Path(given)), str(given)), str(given)
