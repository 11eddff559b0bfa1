"""What the template shows of the films."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from a2c import untrusted
from a2c.config import slug
from a2c.play.paper_films import FILMS, FOLDER, read_films
from a2c.report.numbers import number, thousands
from a2c.report.page.claims import address
from a2c.report.page.embedding import embedded, link
from a2c.runs.files import DamagedError
from a2c.runs.study import StudyRecord


def shown_films(results: Path, studies: Sequence[StudyRecord], out: Path) -> list[dict[str, Any]]:
    """Of each environment, in the studies' order, the films that there are.

    DamagedError names a film that is missing or has another checksum than in its films.json.
    """
    shown = []
    for environment in dict.fromkeys(name for study in studies for name in study.environments):
        folder = results / FOLDER / slug(environment)
        if not (folder / FILMS).exists():
            continue
        content = read_films(folder)
        films = []
        for film in content["films"]:
            picture = _read_film(folder / film["file"], film["sha256"])
            films.append(_film(content, film, picture, folder, out))
        if films:
            place = {key: content[key] for key in ("title", "setting")} | {"address": address(content["study"])}
            shown.append({"name": environment, "id": f"film-{slug(environment)}", "films": films, **place})
    return shown


def _read_film(path: Path, checksum: str) -> bytes:
    content = untrusted.read(path)
    if hashlib.sha256(content).hexdigest() != checksum:
        raise DamagedError(f"{path}: damaged (its checksum is not that of {FILMS})")
    return content


def _film(
    content: Mapping[str, Any], film: Mapping[str, Any], picture: bytes, folder: Path, out: Path
) -> dict[str, Any]:
    with Image.open(io.BytesIO(picture)) as images:
        width, height = images.size
        still = io.BytesIO()
        images.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(still, "png", optimize=True)
    return {
        "id": f"film-{folder.name}-{film['role']}",
        "role": film["role"],
        "still": embedded(still.getvalue()),
        "file": link(folder / film["file"], out),
        "width": width,
        "height": height,
        "name": f"{content['env_id']}, seed {film['seed']}",
        "caption": _caption(content["mode"], film),
    }


def _caption(mode: str, film: Mapping[str, Any]) -> str:
    chosen = f"The {film['role']} of {film['n_seeds']} seeds" if film["n_seeds"] > 1 else "The only seed"
    recorded = "" if film["return"] == film["recorded"] else f" ({number(film['recorded'])} where it was trained)"
    length = f"{film['of_seconds']:.0f} s"
    shown = f"all {length}" if film["seconds"] == film["of_seconds"] else f"the first {film['seconds']:.0f} of {length}"
    return (
        f"{chosen} by mean return of the {mode} evaluation episodes ({number(film['eval_return'])}): seed "
        f"{film['seed']}. The first of these episodes: return {number(film['return'])}{recorded} in "
        f"{thousands(film['length'])} agent steps; {shown} of play."
    )
