"""Imports point one way, and modules that are imported often import no large library."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "a2c"
# The layout, in the order of imports: a room may import itself and those before it.
ROOMS = [
    "streams",
    "untrusted",
    "temporary",
    "terminal",
    "words",
    "config",
    "core",
    "envs",
    "learn",
    "runs",
    "analysis",
    "tuning",
    "planning",
    "display",
    "play",
    "policy",
    "verify",
    "exchange",
    "report",
    "watch",
    "pipeline",
    "api",
    "cli",
]
FORBIDDEN = {
    "config": {"torch", "numpy", "pandas", "gymnasium", "matplotlib"},
    "envs": {"torch", "pandas", "pyarrow", "matplotlib"},
    "core": {"torch", "gymnasium", "pandas", "pyarrow", "matplotlib"},
    "learn": {"pandas", "pyarrow", "matplotlib", "pathlib", "tempfile", "shutil", "io"},
    "runs": {"matplotlib"},
    "analysis": {"torch", "gymnasium", "matplotlib"},
    "tuning": {"torch", "gymnasium", "pandas", "matplotlib"},
    "display": {"torch", "pandas", "matplotlib"},
    "report": {"torch", "gymnasium"},
    "watch": {"torch", "gymnasium", "matplotlib"},
    "pipeline": {"matplotlib"},
}


def imported(path: Path) -> set[str]:
    """Dotted names of the modules that a file imports, at its top or within a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            within = node.module == "a2c"
            names.update(f"a2c.{alias.name}" for alias in node.names) if within else names.add(node.module or "")
    return names


def files_of(room: str) -> list[Path]:
    folder = PACKAGE / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


FILES = [(room, path) for room in ROOMS for path in files_of(room)]
each_file = pytest.mark.parametrize(
    ("room", "path"), FILES, ids=[path.relative_to(PACKAGE).as_posix() for _, path in FILES]
)


@each_file
def test_imports_point_one_way(room: str, path: Path) -> None:
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("a2c.")}
    assert rooms <= set(ROOMS[: ROOMS.index(room) + 1])


@each_file
def test_a_room_does_not_import_the_libraries_forbidden_to_it(room: str, path: Path) -> None:
    assert not {name.split(".")[0] for name in imported(path)} & {"snakemake", *FORBIDDEN.get(room, set())}


def test_every_module_is_in_a_room() -> None:
    listed = {path for _, path in FILES} | {PACKAGE / "__init__.py", PACKAGE / "__main__.py"}
    assert set(PACKAGE.rglob("*.py")) == listed


def test_every_file_of_the_core_is_in_the_table_of_the_house() -> None:
    text = (PACKAGE.parent / "docs" / "house.md").read_text(encoding="utf-8")
    files = sorted(path.name for path in (PACKAGE / "core").glob("*.c"))
    assert files
    assert [name for name in files if f"`{name}`" not in text] == []


@pytest.mark.parametrize("path", files_of("learn"), ids=lambda path: path.name)
def test_learning_opens_no_file(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    assert "open" not in {node.id for node in nodes if isinstance(node, ast.Name)}


def loaded(code: str, heavy: list[str]) -> list[str]:
    """Which of the heavy modules a new interpreter has loaded after this code."""
    question = f"import sys; {code}; print(*(name for name in {heavy} if name in sys.modules))"
    command = [sys.executable, "-c", question]
    return (
        subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
        .stdout.splitlines()[-1]
        .split()
    )


@pytest.mark.parametrize("module", ["a2c", "a2c.config", "a2c.runs.study", "a2c.report.catalogue"])
def test_the_snakefile_and_help_load_nothing_heavy(module: str) -> None:
    heavy = ["torch", "numpy", "pandas", "matplotlib", "gymnasium", "scipy"]
    assert loaded(f"import {module}", heavy) == []


def test_training_on_flat_observations_does_not_import_pytorch(tmp_path: Path) -> None:
    """Its import takes longer than many trainings."""
    fields = [("optimizer: adam", tmp_path / "native"), ("env_kwargs: {render_mode: rgb_array}", tmp_path / "stepped")]
    code = "from a2c.cli import main"
    for text, folder in fields:
        config = folder.with_suffix(".yaml")
        config.write_text(f"{{{text}, hidden_sizes: [8], total_steps: 400, eval_episodes: 1}}")
        code += f"; main(['train', '{config}', '--seeds', '0', '--out', '{folder}'])"
    assert loaded(code, ["torch", "matplotlib", "scipy"]) == []


def test_the_cost_of_training_on_flat_observations_does_not_import_pytorch(tmp_path: Path) -> None:
    """Neither in `plan` nor where a job requests memory and time of a cluster."""
    paper = tmp_path / "paper.yaml"
    base = "{hidden_sizes: [8], total_steps: 4000}"
    grid = "{env_id: [CartPole-v1, LunarLander-v3]}"
    paper.write_text(f"{{title: t, results: out, studies: [{{name: s, base: {base}, grid: {grid}, seeds: 0-1}}]}}")
    code = (
        "from pathlib import Path; from a2c.config import load_paper; from a2c.pipeline.requests import request; "
        "from a2c.planning.estimate import estimate; from a2c.planning.times import known_times; "
        f"from a2c.runs.layout import plan; paper = load_paper(Path('{paper}')); runs = Path('{tmp_path}'); "
        "estimate(paper, runs, 'test', False, print); blocks = sum(plan(paper, runs).values(), []); "
        "[request(block, known_times(blocks, 'test'), 'test', 1, 1) for block in blocks]"
    )
    assert loaded(code, ["torch", "matplotlib"]) == []


def test_training_on_images_does_not_import_the_compiler_of_pytorch(tmp_path: Path) -> None:
    """Its import takes as long as all other imports together."""
    config = tmp_path / "images.yaml"
    config.write_text(
        "{env_id: ALE/Pong-v5, network: cnn, conv_channels: [4, 4, 4], hidden_sizes: [8], optimizer: rmsprop, "
        "env_kwargs: {max_num_frames_per_episode: 160}, n_envs: 2, total_steps: 40, eval_episodes: 1}"
    )
    code = f"from a2c.cli import main; main(['train', '{config}', '--seeds', '0', '--out', '{tmp_path / 'images'}'])"
    assert loaded(code, ["torch", "torch._dynamo", "torch._inductor", "sympy"]) == ["torch"]
