"""Where the workflow lies, and a new folder with a paper that uses it."""

from importlib.resources import files
from pathlib import Path

from a2c import untrusted
from a2c.config.errors import mistake
from a2c.runs.files import write_text
from a2c.runs.sources import PACKAGE

# An installed package carries `workflow` and `profiles`; in a checkout they lie beside it.
CARRIED = PACKAGE / "workflow"
WORKFLOW = CARRIED if CARRIED.is_dir() else PACKAGE.parent / "workflow"
PROFILES = CARRIED / "profiles" if CARRIED.is_dir() else PACKAGE.parent / "profiles"
RULES = WORKFLOW / "paper.smk"
STUDY = ("Snakefile", "paper.yaml", "README.md", "gitignore")


def new_study(folder: Path) -> list[Path]:
    """Write a small paper, its Snakefile, profile and README into a new or empty folder; gives the files.

    ConfigError if there is something in the folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise mistake("new", "DIR", str(folder), "a new folder, or an empty one")
    templates = files("a2c.pipeline") / "study"
    texts = {name: templates.joinpath(name).read_text(encoding="utf-8") for name in STUDY}
    texts[".gitignore"] = texts.pop("gitignore")
    for name in ("default", "slurm"):
        profile = Path("profiles", name, "config.yaml")
        texts[str(profile)] = untrusted.read(PROFILES / name / "config.yaml").decode()
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]
