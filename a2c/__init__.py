"""a2c-bench: seeded A2C runs, confidence intervals, and verdicts on statements about A2C.

    import a2c

    folder = a2c.train({"env_id": "CartPole-v1"}, seeds="0-9", out="results/cartpole")
    curves = a2c.curves(folder)
    policy = a2c.load(folder, seed=3)
    action = policy.act(observation)

docs/policy.md describes all of it. Importing the package imports none of the libraries that these functions need.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from a2c.api import curves, episodes, load, train

__version__ = "0.2.0"
__all__ = ["curves", "episodes", "load", "train"]


def __getattr__(name: str) -> Any:
    """The functions of `a2c.api`, imported when one is first used."""
    if name in __all__:
        from a2c import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
