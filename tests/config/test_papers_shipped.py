"""The papers in config/: each is valid, and each of its environments can be trained."""

from pathlib import Path

import pytest

from a2c.config import load_paper
from a2c.config.files import read_mapping
from a2c.envs import check

CONFIG = Path(__file__).parents[2] / "config"
PAPERS = sorted(path for path in CONFIG.glob("*.yaml") if not path.name.startswith("claims"))
ALL_GAMES = CONFIG / "atari57.yaml"  # slow, because every game is started


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=pytest.mark.slow if path == ALL_GAMES else [], id=path.stem) for path in PAPERS],
)
def test_a_shipped_paper_is_valid_and_its_environments_are_supported(path: Path) -> None:
    paper = load_paper(path)
    made = {configuration.env_id: configuration for configuration, _ in paper.required_runs().values()}
    assert all(check(configuration, str(path)).action_space.width >= 2 for configuration in made.values())


def test_shipped_papers_have_different_folders_of_results() -> None:
    folders = [load_paper(path).results for path in PAPERS]
    assert len(set(folders)) == len(folders)


def test_the_papers_tuned_centre_is_what_the_published_tuning_chose() -> None:
    chosen = CONFIG.parent / "results" / "published" / "tuning" / "tunings" / "cartpole" / "best.yaml"
    assert read_mapping(CONFIG / "centres" / "tuned.yaml") == read_mapping(chosen)


def test_the_57_games_have_five_seeds_each() -> None:
    wanted = load_paper(ALL_GAMES).required_runs().values()
    assert len({configuration.env_id for configuration, _ in wanted}) == 57
    assert sum(len(seeds) for _, seeds in wanted) == 285
    assert {configuration.total_steps for configuration, _ in wanted} == {10_000_000}


def test_the_57_games_have_pongs_settings() -> None:
    study = next(study for study in load_paper(CONFIG / "atari.yaml").studies if study.name == "pong")
    assert load_paper(CONFIG / "atari57.yaml").studies[0].base == study.base.model_copy(
        update={"total_steps": 10_000_000}
    )
