"""The films of a paper: which seeds are seen at play, and what the page shows of them."""

import base64
import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from a2c.config import ConfigError, slug
from a2c.report.numbers import number, thousands
from a2c.report.reading import read_table
from a2c.report.studies import Study, environments, settings
from a2c.runs import manifest
from a2c.runs.files import DamagedError, read_sealed, sealed, sha256, write_text

NAME = "films.json"
MODE = "sampled"
FORM = {"width": 240, "fps": 25, "seconds": 20}
RUN = ["configuration", "seed", "status", "eval_return"]
EMBEDDED = 3_000_000  # bytes of films within the page, a third less than they are in base64; the others are linked


def write_films(study_dir: Path, environment: str) -> None:
    """Film the best and the median seed of a study's baseline in an environment, `environment` as paths have it.

    Into `RESULTS/films/<environment>/`, from the weights in `RESULTS/runs/`. Where these were left out, films of the
    same runs that lie there already are kept, and else there are none: `films.json` says what there is.
    """
    study, runs = read_sealed(study_dir / "study.json"), read_table(study_dir, "runs")[RUN]
    results = study_dir.parent.parent
    folder = results / "films" / environment
    env_id = next(name for name in environments(study) if slug(name) == environment)
    label, configuration = _shown(study, env_id)
    before = _kept(folder)
    films = []
    for role, row in _cast(runs, configuration, study["seeds"]).items():
        film = {"role": role, "file": f"{role}.gif", "configuration": configuration, **row}
        shot = _shoot(results / "runs", _blocks(study, configuration), film, folder)
        if shot or (shot := _same(film, before)):
            films.append({**film, **shot, "n_seeds": film["n_seeds"]})
    for old in {film["file"] for film in before} - {film["file"] for film in films}:
        (folder / old).unlink(missing_ok=True)
    place = {"env_id": env_id, "study": study["name"], "title": study["title"], "setting": label}
    told = {**place, "mode": MODE, "films": films}
    write_text(folder / NAME, sealed(told))


def _shown(study: Study, env_id: str) -> tuple[str, str]:
    """The baseline in an environment, or the first setting if there is none: what it is called, its configuration."""
    there = [setting for setting in settings(study) if env_id in setting.configurations]
    chosen = next((setting for setting in there if setting.is_baseline), there[0])
    label = f"{chosen.label} (baseline)" if chosen.is_baseline else chosen.label
    return label if chosen.point else "", chosen.configurations[env_id]


def _cast(runs: pd.DataFrame, configuration: str, seeds: Sequence[int]) -> dict[str, dict[str, Any]]:
    """The best and the median seed by evaluation return, and out of how many; the lower of two in the middle."""
    rows = runs[(runs["configuration"] == configuration) & runs["seed"].isin(seeds)]
    finished = rows[(rows["status"] == "finished") & rows["eval_return"].notna()]
    ranked = finished.sort_values(["eval_return", "seed"], ascending=[False, True], kind="stable")
    places = {"best": 0, "median": len(ranked) // 2} if len(ranked) > 1 else {"best": 0}
    return {
        role: {"seed": int(row["seed"]), "eval_return": float(row["eval_return"]), "n_seeds": len(rows)}
        for role, place in places.items()
        for _, row in ranked.iloc[place : place + 1].iterrows()
    }


def _blocks(study: Study, configuration: str) -> list[str]:
    return next(list(e["blocks"]) for e in study["configurations"] if e["configuration"] == configuration)


def _shoot(runs: Path, blocks: Sequence[str], film: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Write the film; what is to be told of it. Empty where the weights were left out, or nothing can be drawn."""
    from a2c.play.film import Format, film_writer, make_film  # here, as a page needs neither torch nor environments
    from a2c.play.player import LeftOutError, read_player
    from a2c.runs.result import read_result

    place = next(place for place in blocks if film["seed"] in manifest.read(runs / place)["seeds"])
    out = folder / film["file"]
    try:
        player = read_player(read_result(runs / place), film["seed"])
        seen = make_film(player, MODE, 1, Format(**FORM), lambda: None)
    except (LeftOutError, ConfigError):
        return {}
    film_writer(out, "film")(seen)
    (episode,) = seen.episodes
    return {
        "return": episode.total_reward,
        "recorded": seen.recorded[0],
        "length": len(episode.actions),
        "seconds": round(seen.seconds, 2),
        "of_seconds": round(seen.of_seconds, 2),
        "sha256": sha256(out),
    }


def _kept(folder: Path) -> list[dict[str, Any]]:
    """What lies there already, each film whole. DamagedError where the list of them is damaged."""
    if not (folder / NAME).exists():
        return []
    films: list[dict[str, Any]] = read_sealed(folder / NAME)["films"]
    return [
        film for film in films if (folder / film["file"]).exists() and sha256(folder / film["file"]) == film["sha256"]
    ]


def _same(film: Mapping[str, Any], before: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is known of a film of the same run in the same role, out of however many; empty if there is none."""
    asked = {key: value for key, value in film.items() if key != "n_seeds"}
    return next((old for old in before if asked.items() <= old.items()), {})


def films_of_page(results: Path, studies: Sequence[Study], out: Path) -> list[dict[str, Any]]:
    """What the template shows: per environment, in the studies' order, the films that there are.

    DamagedError names a film that is missing or not the one that its films.json tells of.
    """
    left, shown = EMBEDDED, []
    for environment in dict.fromkeys(name for study in studies for name in environments(study)):
        folder = results / "films" / slug(environment)
        if not (folder / NAME).exists():
            continue
        told = read_sealed(folder / NAME)
        films = []
        for film in told["films"]:
            picture = _picture(folder / film["file"], film["sha256"])
            left -= len(picture)
            films.append(_film(told, film, picture, left >= 0, folder, out))
        if films:
            place = {"study": told["study"], "title": told["title"], "setting": told["setting"]}
            shown.append({"name": environment, "id": f"film-{slug(environment)}", "films": films, **place})
    return shown


def _picture(path: Path, checksum: str) -> bytes:
    try:
        picture = path.read_bytes()
    except OSError as error:
        raise DamagedError(f"{path}: {'missing' if isinstance(error, FileNotFoundError) else error.strerror}") from None
    if hashlib.sha256(picture).hexdigest() != checksum:
        raise DamagedError(f"{path}: damaged (its checksum is not that of {NAME})")
    return picture


def _film(
    told: Mapping[str, Any], film: Mapping[str, Any], picture: bytes, embedded: bool, folder: Path, out: Path
) -> dict[str, Any]:
    with Image.open(io.BytesIO(picture)) as images:
        width, height = images.size
        still = io.BytesIO()
        images.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(still, "png", optimize=True)
    return {
        "id": f"film-{folder.name}-{film['role']}",
        "role": film["role"],
        "still": base64.b64encode(still.getvalue()).decode("ascii"),
        "gif": base64.b64encode(picture).decode("ascii") if embedded else "",
        "file": Path(os.path.relpath(folder / film["file"], out.parent)).as_posix(),
        "width": width,
        "height": height,
        "name": f"{told['env_id']}, seed {film['seed']}",
        "caption": _caption(told, film),
    }


def _caption(told: Mapping[str, Any], film: Mapping[str, Any]) -> str:
    chosen = f"The {film['role']} of {film['n_seeds']} seeds" if film["n_seeds"] > 1 else "The only seed"
    recorded = "" if film["return"] == film["recorded"] else f" ({number(film['recorded'])} where it was trained)"
    length = f"{film['of_seconds']:.0f} s"
    shown = f"all {length}" if film["seconds"] == film["of_seconds"] else f"the first {film['seconds']:.0f} of {length}"
    return (
        f"{chosen} by mean return of the {told['mode']} evaluation episodes ({number(film['eval_return'])}): seed "
        f"{film['seed']}. The first of these episodes: return {number(film['return'])}{recorded} in "
        f"{thousands(film['length'])} agent steps; {shown} of play."
    )
