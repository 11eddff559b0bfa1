"""The films on the page."""

import re
import shutil
from pathlib import Path

import pytest

from a2c.report.page.page import page
from a2c.runs.files import DamagedError, sealed
from a2c.runs.study import PaperRecord
from tests.play.test_paper_films import ENVIRONMENT, add_films, films_of
from tests.report.page.test_page import Elements, own_code, words_of

pytestmark = pytest.mark.usefixtures("unsettled")


@pytest.fixture(scope="module")
def filmed(trained: Path, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn studies, and the films of another one. Do not change it: copy it."""
    results = tmp_path_factory.mktemp("filmed")
    shutil.copytree(drawn, results, dirs_exist_ok=True)
    add_films(results, trained)
    return results


def html_of(results: Path, paper: PaperRecord) -> str:
    page(results, paper)
    return (results / "index.html").read_text(encoding="utf-8")


def test_the_page_shows_stills_with_captions_and_plays_on_request_only(filmed: Path, paper: PaperRecord) -> None:
    html = html_of(filmed, paper)
    found = Elements(html)
    assert [a["id"] for tag, a in found.elements if tag == "h2"] == [
        "in-short",
        "verdicts",
        "studies",
        "films",
        "known-before",
        "reading",
    ]
    shown = [a for tag, a in found.elements if a.get("class") == "film"]
    assert [a["id"] for a in shown] == ["film-CartPole-v1-best", "film-CartPole-v1-median"]
    assert [a["data-film"] for a in shown] == ["films/CartPole-v1/best.gif", "films/CartPole-v1/median.gif"]
    assert not any(a["src"].endswith(".gif") for tag, a in found.elements if tag == "img")
    assert "The best of 3 seeds by mean return of the sampled evaluation episodes (30.0): seed 1." in words_of(found)
    assert f"return {films_of(filmed)[0]['return']:.1f} in " in words_of(found)
    for tag, attributes in found.elements:
        if tag == "a" and attributes["href"].startswith("films/"):
            assert (filmed / attributes["href"]).is_file()
    script = (filmed / "page.js").read_text(encoding="utf-8")
    assert not re.search(r"https?:", own_code(html, script))


def test_a_paper_without_films_has_no_section_of_films(drawn: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    assert 'id="films"' not in html_of(tmp_path, paper)
    (tmp_path / "films" / ENVIRONMENT).mkdir(parents=True)
    (tmp_path / "films" / ENVIRONMENT / "films.json").write_text(
        sealed({"env_id": ENVIRONMENT, "study": "again", "title": "", "setting": "", "mode": "sampled", "films": []})
    )
    assert 'id="films"' not in html_of(tmp_path, paper)


def test_a_damaged_film_is_named(filmed: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(filmed, tmp_path, dirs_exist_ok=True)
    victim = tmp_path / "films" / ENVIRONMENT / "median.gif"
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(DamagedError, match=r"median\.gif: damaged"):
        html_of(tmp_path, paper)
    victim.unlink()
    with pytest.raises(DamagedError, match=r"median\.gif: missing"):
        html_of(tmp_path, paper)
