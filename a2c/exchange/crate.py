"""A paper's results as a Workflow Run RO-Crate: code, configurations, runs, figures, and what made what.

The crate keeps to RO-Crate 1.1 and to the profiles Process Run Crate 0.5, Workflow Run Crate 0.5 and Workflow RO-Crate
1.0: one action for the workflow, one for the training of each seed block. Dates come from the manifests, so that the
same results give the same bytes.
"""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatch
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from rocrate.model.contextentity import ContextEntity
from rocrate.model.data_entity import DataEntity
from rocrate.rocrate import ROCrate

import a2c
from a2c.config import ConfigError
from a2c.runs import manifest
from a2c.runs.audit import results_below
from a2c.runs.files import DamagedError, one_line, read_sealed, sha256, write_whole
from a2c.runs.sources import PACKAGE, sources_hash
from a2c.verify.sameness import Result, read_result

CHECKOUT = PACKAGE.parent
PAPER = ("paper.json", "index.html", "claims.csv", "claims.md", "claims.tex", "runs", "studies", "films")
CODE = (
    *("Snakefile", "workflow", "config", "profiles", "containers", "a2c"),
    *("requirements.lock", "environment.yml", "pyproject.toml", "LICENSE", "CITATION.cff"),
)
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
RUN_TERMS = "https://w3id.org/ro/terms/workflow-run#"
WORKFLOW_TERMS = {name: RUN_TERMS + name for name in ("ContainerImage", "containerImage", "sha256")}
FORMATS = {
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".mp4": "video/mp4",
    ".npz": "application/zip",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".tex": "application/x-tex",
    ".yaml": "application/yaml",
}
UNSEEN = ("__pycache__", "*.sif", "checkpoint.npz", "progress.json")  # no part of code or results
README = """# {title}

{description}

A Workflow Run RO-Crate; `ro-crate-metadata.json` says what each file is, and which run of which code made it.

- `results/`: runs, studies, figures, tables and verdicts; `results/index.html` shows them on one page
- `code/`: a2c-bench {version}; its `Snakefile` is the workflow, and `python -m a2c audit ../results` replays all runs
"""


def export(results: Path, out: Path, author: str | None) -> int:
    """Write the crate of the paper in the folder `results` to `out`, a folder or a file .zip; gives its files' number.

    `author`: whose results they are and who ran the workflow; the authors of the checkout's CITATION.cff if None.
    ConfigError if something is in the way or there is no checkout; DamagedError, naming the file, at a damaged result.
    """
    if out.exists():
        raise ConfigError(f"--out {out}: is there already; allowed: a name that is not taken")
    if out.resolve().is_relative_to(results.resolve()):
        raise ConfigError(f"--out {out}: lies in the results themselves; allowed: a place outside of {results}")
    if not (CHECKOUT / "Snakefile").exists():
        raise ConfigError(f"export: {CHECKOUT} has no Snakefile; allowed: in a checkout of the repository")
    blocks = [read_result(folder) for folder in results_below(results / "runs")]
    crate = _Crate(_paper(results), blocks, author)
    crate.add_code()
    crate.add_results(results)
    crate.add_actions(results)
    crate.add_readme()
    with tempfile.TemporaryDirectory(dir=_existing(out.parent), prefix=".a2c-export-") as beside:
        crate.write(Path(beside, "crate"))
        if out.suffix == ".zip":
            write_whole(out, lambda file: _zip(Path(beside, "crate"), file))
        else:
            Path(beside, "crate").rename(out)
    return len(crate.files)


class _Crate:
    """The crate in the making."""

    def __init__(self, paper: Mapping[str, Any], blocks: Sequence[Result], author: str | None) -> None:
        self._crate = ROCrate(version="1.1")
        self._crate.metadata.extra_terms.update(WORKFLOW_TERMS)
        self._blocks = blocks
        self._spans = {block.folder: _span(block.held) for block in blocks}
        self.files: dict[Path, DataEntity] = {}
        citation = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text(encoding="utf-8"))
        name = author or ", ".join(_name(person) for person in citation["authors"])
        self._author = self._entity("#author", "Person" if author else "Organization", name=name)
        self._paper = paper
        licence = f"https://spdx.org/licenses/{citation['license']}"
        self._root = self._crate.root_dataset
        self._root["name"] = paper["title"]
        self._root["description"] = paper["description"] or paper["title"]
        self._root["datePublished"] = _last(self._spans.values())
        self._root["author"] = self._author
        self._root["license"] = self._entity(licence, "CreativeWork", name=citation["license"], description="licence")
        self._root["conformsTo"] = [
            self._entity(profile, "CreativeWork", name=name, version=version)
            for profile, (name, version) in PROFILES.items()
        ]

    def add_code(self) -> None:
        """The checkout's workflow, configs and sources, and as the main entity its Snakefile."""
        for name in CODE:
            for path in _files(CHECKOUT / name):
                place = Path("code", path.relative_to(CHECKOUT))
                if path.name == "Snakefile":
                    facts = {"name": "a2c-bench", "version": a2c.__version__, **_facts(path)}
                    workflow = self._crate.add_workflow(path, place, properties=facts, main=True, lang="snakemake")
                    workflow["author"] = self._author
                    self.files[place] = workflow
                else:
                    self._add_file(path, place)

    def add_results(self, results: Path) -> None:
        """All files below the folder of results; of a run's, the manifest's checksums."""
        sums = {
            block.folder / name: entry["sha256"]
            for block in self._blocks
            for name, entry in block.held["files"].items()
        }
        for name in PAPER:
            for path in _files(results / name):
                self._add_file(path, _place(results, path), sums.get(path))

    def add_actions(self, results: Path) -> None:
        """What made what: the training of each seed block, and the workflow as a whole."""
        trained = [self._training(results, block) for block in self._blocks]
        asked = [place for place in self.files if place.name in ("paper.json", "study.json")]
        made = [place for place in self.files if place.parts[0] == "results" and place not in asked]
        action = self._action(
            "#workflow-run",
            self._crate.mainEntity,
            f"{self._paper['title']}: training, statistics, figures",
            "From the first training's start to the last one's end. Figures and tables are made of the same runs anew "
            "whenever the workflow is asked to. " + self._about_code(),
            (min(span[0] for span in self._spans.values()), _last(self._spans.values())),
        )
        action["object"] = self._entities(asked)
        action["result"] = self._entities(made)
        self._root["mentions"] = [action, *trained]

    def add_readme(self) -> None:
        """What a reader sees first."""
        facts = {"name": "README", "encodingFormat": "text/markdown", "about": {"@id": "./"}}
        text = README.format(version=a2c.__version__, **self._paper)
        self.files[Path("README.md")] = self._crate.add_file(StringIO(text), "README.md", properties=facts)

    def write(self, folder: Path) -> None:
        self._crate.write(folder)

    def _training(self, results: Path, block: Result) -> ContextEntity:
        held, place = block.held, block.folder.relative_to(results).as_posix()
        diverged = [seed for seed, run in held["runs"].items() if run["status"] != "finished"]
        action = self._action(
            f"#train-{quote(place)}",
            self._sources(held),
            f"training of {place}",
            f"Seeds {held['seeds']} of {held['name']}, on {held['platform']['cpu']}; diverged: {diverged or 'none'}",
            self._spans[block.folder],
        )
        action["object"] = [
            self._value(f"#configuration-{held['name']}", "configuration", json.dumps(held["configuration"])),
            self._value(f"#seeds-{quote(place)}", "seeds", ", ".join(map(str, held["seeds"]))),
        ]
        places = (_place(results, block.folder / name) for name in [*held["files"], manifest.NAME])
        action["result"] = self._entities([made for made in places if made in self.files])  # weights may be left out
        if held["container"]:
            action["containerImage"] = self._image(held["container"])
        return action

    def _entities(self, places: Sequence[Path]) -> Any:
        """The entities of files; one alone stands for itself, as the standard would have it."""
        found = [self.files[place] for place in places]
        return found[0] if len(found) == 1 else found

    def _sources(self, held: Mapping[str, Any]) -> ContextEntity:
        """The code that trained a block, named by the hash that its manifest has."""
        digest = held["code"]["sources_sha256"]
        found = self._entity(
            f"#sources-{digest}",
            "SoftwareSourceCode",
            name="a2c-bench, the sources that decide training",
            version=held["code"]["version"],
            sha256=digest,
        )
        if digest == sources_hash():
            found["hasPart"] = [entity for place, entity in self.files.items() if place.parts[:2] == ("code", "a2c")]
        return found

    def _about_code(self) -> str:
        digests = sorted({block.held["code"]["sources_sha256"] for block in self._blocks})
        if digests == [sources_hash()]:
            return "The code in this crate has trained the runs."
        return (
            f"The code in this crate (sources that decide training: {sources_hash()}) is not the one that "
            f"trained the runs ({', '.join(digests)})."
        )

    def _image(self, digest: str) -> ContextEntity:
        return self._entity(
            f"#image-{quote(digest)}",
            "ContainerImage",
            name="the image that the runs were trained in",
            additionalType={"@id": f"{RUN_TERMS}SIFImage"},
            sha256=digest.removeprefix("sha256:"),
        )

    def _action(
        self, identifier: str, instrument: Any, name: str, description: str, span: tuple[str, str]
    ) -> ContextEntity:
        status = "http://schema.org/CompletedActionStatus"
        facts = {"startTime": span[0], "endTime": span[1], "actionStatus": status}
        action = self._entity(identifier, "CreateAction", name=name, description=description, **facts)
        action["instrument"], action["agent"] = instrument, self._author
        return action

    def _value(self, identifier: str, name: str, value: str) -> ContextEntity:
        return self._entity(identifier, "PropertyValue", name=name, value=value)

    def _entity(self, identifier: str, kind: str, **facts: Any) -> ContextEntity:
        return self._crate.add(ContextEntity(self._crate, identifier, properties={"@type": kind, **facts}))

    def _add_file(self, path: Path, place: Path, checksum: str | None = None) -> None:
        self.files[place] = self._crate.add_file(path, place, properties=_facts(path, checksum))


def _paper(results: Path) -> dict[str, Any]:
    path = results / "paper.json"
    if not path.exists():
        raise DamagedError(f"{path}: missing; `snakemake` makes it with the page of a paper")
    paper = read_sealed(path)
    try:
        return {"title": str(paper["title"]), "description": str(paper["description"])}
    except KeyError as error:
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None


def _files(path: Path) -> Iterator[Path]:
    """The files at or below `path`, in order, without hidden ones and what is no part of code or results."""
    if path.is_file():
        yield path
    elif path.is_dir():
        for inner in sorted(path.iterdir()):
            if not any(fnmatch(inner.name, pattern) for pattern in (".*", *UNSEEN)):
                yield from _files(inner)


def _place(results: Path, path: Path) -> Path:
    return Path("results", path.relative_to(results))


def _facts(path: Path, checksum: str | None = None) -> dict[str, str]:
    return {
        "name": path.name,
        "encodingFormat": FORMATS.get(path.suffix, "text/plain"),
        "contentSize": str(path.stat().st_size),
        "sha256": checksum or sha256(path),
    }


def _span(held: Mapping[str, Any]) -> tuple[str, str]:
    """When a block's training began and ended, from its manifest."""
    timings = held["timings"]
    last = timings["sessions"][-1]
    seconds = timedelta(seconds=last["seconds"] + timings["evaluation_seconds"])
    ended = datetime.fromisoformat(last["started"]) + seconds
    return timings["sessions"][0]["started"], ended.isoformat(timespec="seconds")


def _last(spans: Any) -> str:
    return max(span[1] for span in spans)


def _name(person: Mapping[str, str]) -> str:
    return person.get("name") or f"{person.get('given-names', '')} {person.get('family-names', '')}".strip()


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _zip(folder: Path, file: Path) -> None:
    """The folder as a zip file whose bytes depend on nothing but its files' names and bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with path.open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target)
