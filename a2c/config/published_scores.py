"""Published scores of others, read from a CSV file: a study's own scores are compared with them."""

import csv
import io
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from a2c.config.configuration import Name
from a2c.config.errors import ConfigError, validate
from a2c.config.files import read_text


def _empty_to_none(cell: Any) -> Any:
    return None if cell == "" else cell


OptionalNumber = Annotated[float | None, BeforeValidator(_empty_to_none)]  # empty where the source does not say


class PublishedScore(BaseModel):
    """A row of the file: a score from a source."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    source: str = Field(min_length=1, description="who published it")
    algorithm: Name
    env_id: str = Field(min_length=1, description="Gymnasium id of the most similar environment")
    score: float = Field(description="reward per episode")
    spread: OptionalNumber = Field(description="standard deviation")
    spread_is: str = Field(description="what the spread is over: seeds, evaluation episodes")
    seeds: int = Field(ge=1)
    agent_steps: int = Field(ge=1)
    sticky_actions: OptionalNumber = Field(
        description="Atari: probability that an action repeats; empty if the source is silent"
    )
    scored: Literal["training", "evaluation", "best evaluation"] = Field(
        description="the episodes that the score is the mean of"
    )
    protocol: Name
    where: str = Field(min_length=1, description="where in the source")


def read_published_scores(path: Path) -> list[PublishedScore]:
    """All scores of a CSV file, in order. ConfigError at the first mistake."""
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(path)), restkey="too many cells", restval=""))
    except csv.Error as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    return [validate(PublishedScore, row, f"{path}, line {number}") for number, row in enumerate(rows, start=2)]
