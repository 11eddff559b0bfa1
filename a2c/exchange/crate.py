"""A Workflow Run RO-Crate: code, configurations, runs, figures, and which action made which file.

It keeps to RO-Crate 1.1 and to the profiles Process Run Crate 0.5, Workflow Run Crate 0.5 and Workflow RO-Crate 1.0.
There is one action for the workflow and one for the training of each seed block. All dates come from the manifests.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import yaml
from rocrate.model.contextentity import ContextEntity
from rocrate.model.data_entity import DataEntity
from rocrate.rocrate import ROCrate

import a2c
from a2c.exchange.crate_files import CHECKOUT, CODE, RESULTS, crate_files, file_properties
from a2c.runs import manifest
from a2c.runs.result import Result
from a2c.runs.sources import sources_hash
from a2c.runs.study import PAPER, STUDY

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
RUN_TERMS = "https://w3id.org/ro/terms/workflow-run#"
WORKFLOW_TERMS = {name: RUN_TERMS + name for name in ("ContainerImage", "containerImage", "sha256")}
README = """# {title}

{description}

A Workflow Run RO-Crate; `ro-crate-metadata.json` says what each file is, and which run of which code made it.

- `results/`: runs, studies, figures, tables and verdicts; `results/index.html` shows the verdicts and
  links the pages of the studies; `results/paper.pdf` is the paper in print
- `code/`: a2c-bench {version}; its `Snakefile` is the workflow, and `python -m a2c audit ../results` replays all runs
"""


class Span(NamedTuple):
    """When something began and ended, ISO 8601."""

    start: str
    end: str


class Crate:
    """The crate of a paper whose results are in the folder `results`, with its code and the `blocks` trained for it.

    `author`: a person's name, or None for the authors in CITATION.cff.
    """

    def __init__(
        self, title: str, description: str, results: Path, blocks: Sequence[Result], author: str | None
    ) -> None:
        self.files: dict[Path, DataEntity] = {}  # by path within the crate
        self._title, self._results, self._blocks = title, results, blocks
        self._spans = [_span(block.manifest) for block in blocks]
        self._crate = ROCrate(version="1.1")
        self._crate.metadata.extra_terms.update(WORKFLOW_TERMS)
        citation = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text(encoding="utf-8"))
        authors = author or ", ".join(_full_name(person) for person in citation["authors"])
        self._author = self._entity("#author", "Person" if author else "Organization", name=authors)
        self._describe(description, citation["license"])
        self._add_code()
        self._add_results()
        self._add_actions()
        self._add_readme(description)

    def write(self, folder: Path) -> None:
        """Write the crate into a new folder."""
        self._crate.write(folder)

    def _describe(self, description: str, licence: str) -> None:
        root = self._crate.root_dataset
        root["name"] = self._title
        root["description"] = description or self._title
        root["datePublished"] = max(span.end for span in self._spans)
        root["author"] = self._author
        licence_id = f"https://spdx.org/licenses/{licence}"
        root["license"] = self._entity(licence_id, "CreativeWork", name=licence, description="licence")
        root["conformsTo"] = [
            self._entity(profile, "CreativeWork", name=name, version=version)
            for profile, (name, version) in PROFILES.items()
        ]

    def _add_code(self) -> None:
        """Add the checkout's workflow, papers and sources; the Snakefile is the crate's main entity."""
        for name in CODE:
            for path in crate_files(CHECKOUT / name):
                target = Path("code", path.relative_to(CHECKOUT))
                if path == CHECKOUT / "Snakefile":
                    properties = {"name": "a2c-bench", "version": a2c.__version__, **file_properties(path)}
                    workflow = self._crate.add_workflow(
                        path, target, properties=properties, main=True, lang="snakemake"
                    )
                    workflow["author"] = self._author
                    self.files[target] = workflow
                else:
                    self._add_file(path, target)

    def _add_results(self) -> None:
        """Add the files of the results; the checksums of a run's files are those of its manifest."""
        checksums = {
            block.folder / name: file["sha256"]
            for block in self._blocks
            for name, file in block.manifest["files"].items()
        }
        for name in RESULTS:
            for path in crate_files(self._results / name):
                self._add_file(path, self._target(path), checksums.get(path))

    def _add_actions(self) -> None:
        """Add an action for the training of each seed block, and one for the workflow."""
        trainings = [self._training(block, span) for block, span in zip(self._blocks, self._spans, strict=True)]
        inputs = [target for target in self.files if target.name in (PAPER, STUDY)]
        outputs = [target for target in self.files if target.parts[0] == "results" and target not in inputs]
        action = self._action(
            "#workflow-run",
            self._crate.mainEntity,
            f"{self._title}: training, statistics, figures",
            "From the start of the first training to the end of the last one. Figures and tables are made again from "
            f"the same runs whenever the workflow is run. {self._about_code()}",
            Span(min(span.start for span in self._spans), max(span.end for span in self._spans)),
        )
        action["object"] = self._entities(inputs)
        action["result"] = self._entities(outputs)
        self._crate.root_dataset["mentions"] = [action, *trainings]

    def _add_readme(self, description: str) -> None:
        properties = {"name": "README", "encodingFormat": "text/markdown", "about": {"@id": "./"}}
        text = README.format(version=a2c.__version__, title=self._title, description=description)
        self.files[Path("README.md")] = self._crate.add_file(StringIO(text), "README.md", properties=properties)

    def _training(self, block: Result, span: Span) -> ContextEntity:
        """The training of a seed block: its code, its configuration and seeds, the files of its result."""
        content, path = block.manifest, block.folder.relative_to(self._results).as_posix()
        diverged = [seed for seed, run in content["runs"].items() if run["status"] != "finished"]
        action = self._action(
            f"#train-{quote(path)}",
            self._sources(content),
            f"training of {path}",
            f"Seeds {block.seeds} of {content['name']}, on {content['platform']['cpu']}; "
            f"diverged: {diverged or 'none'}",
            span,
        )
        action["object"] = [
            self._value(f"#configuration-{content['name']}", "configuration", json.dumps(content["configuration"])),
            self._value(f"#seeds-{quote(path)}", "seeds", ", ".join(map(str, block.seeds))),
        ]
        targets = (self._target(block.folder / name) for name in [*content["files"], manifest.NAME])
        action["result"] = self._entities([target for target in targets if target in self.files])  # weights may lack
        if content["container"]:
            action["containerImage"] = self._image(content["container"])
        return action

    def _sources(self, content: Mapping[str, Any]) -> ContextEntity:
        """The code that trained a block, named by the hash in its manifest."""
        digest = content["code"]["sources_sha256"]
        sources = self._entity(
            f"#sources-{digest}",
            "SoftwareSourceCode",
            name="a2c-bench, the sources that decide training",
            version=content["code"]["version"],
            sha256=digest,
        )
        if digest == sources_hash():
            sources["hasPart"] = [
                entity for target, entity in self.files.items() if target.parts[:2] == ("code", "a2c")
            ]
        return sources

    def _about_code(self) -> str:
        """Whether the code in the crate is the code that trained the runs."""
        digests = sorted({block.manifest["code"]["sources_sha256"] for block in self._blocks})
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

    def _action(self, identifier: str, instrument: Any, name: str, description: str, span: Span) -> ContextEntity:
        status = "http://schema.org/CompletedActionStatus"
        properties = {"startTime": span.start, "endTime": span.end, "actionStatus": status}
        action = self._entity(identifier, "CreateAction", name=name, description=description, **properties)
        action["instrument"], action["agent"] = instrument, self._author
        return action

    def _value(self, identifier: str, name: str, value: str) -> ContextEntity:
        return self._entity(identifier, "PropertyValue", name=name, value=value)

    def _entity(self, identifier: str, kind: str, **properties: Any) -> ContextEntity:
        return self._crate.add(ContextEntity(self._crate, identifier, properties={"@type": kind, **properties}))

    def _entities(self, targets: Sequence[Path]) -> Any:
        """The entities of files; a single one without a list, as the standard has it."""
        entities = [self.files[target] for target in targets]
        return entities[0] if len(entities) == 1 else entities

    def _add_file(self, path: Path, target: Path, checksum: str | None = None) -> None:
        self.files[target] = self._crate.add_file(path, target, properties=file_properties(path, checksum))

    def _target(self, path: Path) -> Path:
        """The path within the crate of a file of the results."""
        return Path("results", path.relative_to(self._results))


def _span(content: Mapping[str, Any]) -> Span:
    """When a block's training began and ended, from its manifest."""
    timings = content["timings"]
    last = timings["sessions"][-1]
    seconds = timedelta(seconds=last["seconds"] + timings["evaluation_seconds"])
    end = datetime.fromisoformat(last["started"]) + seconds
    return Span(timings["sessions"][0]["started"], end.isoformat(timespec="seconds"))


def _full_name(person: Mapping[str, str]) -> str:
    return person.get("name") or f"{person.get('given-names', '')} {person.get('family-names', '')}".strip()
