"""Scores that others have published, as a file of them: what a study's own are set beside."""

import csv
import io
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from a2c.config.errors import ConfigError, validate


def _or_none(cell: Any) -> Any:
    return None if cell == "" else cell


Maybe = Annotated[float | None, BeforeValidator(_or_none)]  # an empty cell: the source does not say


class PublishedScore(BaseModel):
    """A row of the file: one score of one source."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    source: str = Field(min_length=1, description="who published it")
    algorithm: str = Field(min_length=1)
    env_id: str = Field(min_length=1, description="the Gymnasium id of the environment that comes nearest")
    score: float = Field(description="reward per episode")
    spread: Maybe = Field(description="standard deviation")
    spread_is: str = Field(description="of what: over seeds, over evaluation episodes")
    seeds: int = Field(ge=1)
    agent_steps: int = Field(ge=1)
    sticky_actions: Maybe = Field(
        description="Atari: probability that an action repeats; empty if the source is silent"
    )
    scored: Literal["training", "evaluation", "best evaluation"] = Field(description="which episodes the score is of")
    protocol: str = Field(min_length=1)
    where: str = Field(min_length=1, description="where it stands")


def read_published_scores(path: Path) -> list[PublishedScore]:
    """All scores of a CSV file, in its order. ConfigError at the first mistake."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), restkey="too many cells", restval=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path}: cannot be read: {reason}") from None
    return [validate(PublishedScore, row, f"{path}, line {number}") for number, row in enumerate(rows, start=2)]
