"""The films of a paper: in each environment, the best and the median seed of a study's baseline at play."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from a2c import untrusted
from a2c.config import ConfigError, slug
from a2c.runs import manifest
from a2c.runs.files import DamagedError, read_sealed, sealed, write_text
from a2c.runs.study import StudyRecord, read_study_record
from a2c.runs.study_tables import read_table
from a2c.untrusted import FileName

FOLDER, FILMS = "films", "films.json"
MODE = "sampled"
FORM = {"width": 240, "fps": 25, "seconds": 20}


class _Film(BaseModel):
    """An entry of the list."""

    model_config = ConfigDict(strict=True, extra="forbid")
    role: Literal["best", "median"]
    file: FileName
    configuration: str
    seed: int
    eval_return: float
    n_seeds: int
    total_reward: float = Field(alias="return")
    recorded: float
    length: int
    seconds: float
    of_seconds: float
    sha256: str


class _Films(BaseModel):
    """The list of an environment's films."""

    model_config = ConfigDict(strict=True)
    env_id: str
    study: str
    title: str
    setting: str
    mode: str
    films: list[_Film]


_FILMS = TypeAdapter(_Films)
COLUMNS = ["configuration", "seed", "status", "eval_return"]


def write_films(study_dir: Path, environment: str) -> None:
    """Film the best and the median seed of a study's baseline in an environment, `environment` as paths have it.

    Into `RESULTS/films/<environment>/`, from the weights in `RESULTS/runs/`. Where the weights were left out, existing
    films of the same runs are kept; without such films there are none. `films.json` lists the films.
    """
    study, runs = read_study_record(study_dir), read_table(study_dir, "runs")[COLUMNS]
    results = study_dir.parent.parent
    folder = results / FOLDER / environment
    env_id = next(name for name in study.environments if slug(name) == environment)
    label, configuration = _shown(study, env_id)
    before = _kept(folder)
    films = []
    for role, row in chosen_seeds(runs, configuration, study.seeds).items():
        film = {"role": role, "file": f"{role}.gif", "configuration": configuration, **row}
        facts = _shoot(results / "runs", _blocks(study, configuration), film, folder) or _same(film, before)
        if facts:
            films.append({**film, **facts, "n_seeds": film["n_seeds"]})
    for old in {film["file"] for film in before} - {film["file"] for film in films}:
        (folder / old).unlink(missing_ok=True)
    place = {"env_id": env_id, "study": study.name, "title": study.title, "setting": label}
    write_text(folder / FILMS, sealed({**place, "mode": MODE, "films": films}))


def _shown(study: StudyRecord, env_id: str) -> tuple[str, str]:
    """Label and configuration of the baseline in an environment, or of the first setting if there is no baseline."""
    present = [setting for setting in study.settings if env_id in setting.configurations]
    chosen = next((setting for setting in present if setting.is_baseline), present[0])
    label = f"{chosen.label} (baseline)" if chosen.is_baseline else chosen.label
    return label if chosen.point else "", chosen.configurations[env_id]


def chosen_seeds(runs: pd.DataFrame, configuration: str, seeds: Sequence[int]) -> dict[str, dict[str, Any]]:
    """By role: the best and the median seed by evaluation return (the lower of two in the middle), and of how many."""
    rows = runs[(runs["configuration"] == configuration) & runs["seed"].isin(seeds)]
    finished = rows[(rows["status"] == "finished") & rows["eval_return"].notna()]
    ranked = finished.sort_values(["eval_return", "seed"], ascending=[False, True], kind="stable")
    places = {"best": 0, "median": len(ranked) // 2} if len(ranked) > 1 else {"best": 0}
    return {
        role: {"seed": int(row["seed"]), "eval_return": float(row["eval_return"]), "n_seeds": len(rows)}
        for role, place in places.items()
        for _, row in ranked.iloc[place : place + 1].iterrows()
    }


def _blocks(study: StudyRecord, configuration: str) -> list[str]:
    return next(one.blocks for one in study.configurations if one.name == configuration)


def _shoot(runs: Path, blocks: Sequence[str], film: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Write the film and return facts about it; empty if the weights were left out or nothing can be drawn."""
    from a2c.play.film import Format, film_writer, make_film  # here, as the page needs no environments
    from a2c.play.player import read_player
    from a2c.runs.result import LeftOutError, read_result

    place = next(place for place in blocks if film["seed"] in manifest.read(runs / place)["seeds"])
    out = folder / film["file"]
    try:
        player = read_player(read_result(runs / place), film["seed"])
        shot = make_film(player, MODE, 1, Format(**FORM), lambda: None)
    except (LeftOutError, ConfigError):
        return {}
    film_writer(out, "film")(shot)
    (episode,) = shot.episodes
    return {
        "return": episode.total_reward,
        "recorded": shot.recorded[0],
        "length": len(episode.actions),
        "seconds": round(shot.seconds, 2),
        "of_seconds": round(shot.of_seconds, 2),
        "sha256": untrusted.checksum(out),
    }


def _kept(folder: Path) -> list[dict[str, Any]]:
    """The whole films that are listed in a folder. DamagedError if the list is damaged."""
    if not (folder / FILMS).exists():
        return []
    films = read_films(folder)["films"]
    return [
        film
        for film in films
        if (folder / film["file"]).exists() and untrusted.checksum(folder / film["file"]) == film["sha256"]
    ]


def read_films(folder: Path) -> dict[str, Any]:
    """The list of films in a folder. DamagedError if it is missing or damaged, or names a file outside the folder."""
    content = read_sealed(folder / FILMS)
    try:
        return _FILMS.validate_python(content).model_dump(by_alias=True)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DamagedError(f"{folder / FILMS}: damaged ({place}: {error.errors()[0]['msg']})") from None


def _same(film: Mapping[str, Any], before: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The entry of an existing film of the same run in the same role, whatever the number of seeds; else empty."""
    facts = {key: value for key, value in film.items() if key != "n_seeds"}
    return next((old for old in before if facts.items() <= old.items()), {})
