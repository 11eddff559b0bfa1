"""What a test looks up of its study, whichever kind it is of, in a paper or as a record of results."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol


class TestedStudy(Protocol):
    """A study whose points claims name: of runs, or of gradient estimators at their snapshots."""

    kind: ClassVar[str]  # its key in a paper's file, and its folder in that of the results: studies or gradients

    @property
    def name(self) -> str: ...
    @property
    def centre(self) -> str:
        """The centre that it is made around; empty without."""

    @property
    def seeds(self) -> list[int]: ...
    @property
    def looks(self) -> Sequence[int]:
        """Numbers of seeds at which its tests are looked at; empty: once, at all seeds."""

    @property
    def places(self) -> list[dict[str, Any]]:
        """The points as `a2c.config.claims.locate` takes them."""

    @property
    def baseline(self) -> Mapping[str, Any]: ...
    @property
    def point_names(self) -> list[str]:
        """A name for each point, as tables have it."""

    @property
    def point_environments(self) -> list[str]:
        """Of each point the environment, empty where its returns may have another range than the environment's own."""

    @property
    def total_steps(self) -> int:
        """The budget of its runs, in agent steps."""


class PlannedStudy(TestedStudy, Protocol):
    """A study in a paper."""

    @property
    def group(self) -> str:
        """Its name in the paper's file, which studies around several centres share."""

    @property
    def configuration_names(self) -> list[str]: ...
    @property
    def numbers_from(self) -> dict[str, Any]:
        """What decides the numbers of its runs beside the names of its points; empty if these say all."""
