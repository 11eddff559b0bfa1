"""The manifest of a result: what was trained, by which code, on which machine, and a checksum of every file."""

import os
import platform
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

import a2c
from a2c import untrusted
from a2c.config import ConfigError, Configuration
from a2c.config.errors import inconsistent, validate
from a2c.config.seeds import LARGEST
from a2c.learn.trainer import same_bits_anywhere, uses_core
from a2c.runs.environment import environment_of, sources_of
from a2c.runs.files import SEAL, DamagedError, read_sealed, sealed, texts_of, write_text
from a2c.runs.names import LEFT_OUT, SNAPSHOTS_FILE, THIN, THIN_FILE, WHOLE, WHOLE_FILES
from a2c.runs.sources import PACKAGE, sources_hash
from a2c.runs.variables import deciding_variables
from a2c.untrusted import FileName

NAME = "manifest.json"
DIGEST = "A2C_CONTAINER_DIGEST"  # environment variable in which the workflow passes the image's digest to jobs
LIBRARIES = ("torch", "gymnasium", "ale-py", "numpy")


class _Run(BaseModel):
    model_config = ConfigDict(strict=True)
    status: Literal["finished", "diverged"]
    step: int = Field(default=0, ge=0)  # left out where the run used its whole budget
    reason: str = ""

    @model_validator(mode="after")
    def _has_step(self) -> "_Run":
        if self.status == "diverged" and "step" not in self.model_fields_set:
            raise inconsistent("step", None, "the agent step at which the run diverged")
        if self.status == "diverged" and not self.reason:
            raise inconsistent("reason", self.reason, "what diverged")
        return self


class _Environment(BaseModel):
    model_config = ConfigDict(strict=True)
    package: str | None
    version: str | None
    sources_sha256: str | None
    reward_threshold: float | None


class _Registration(BaseModel):
    model_config = ConfigDict(strict=True)
    tests_sha256: str


class _File(BaseModel):
    model_config = ConfigDict(strict=True)
    sha256: str
    bytes: int | None = Field(default=None, ge=0)


class _Code(BaseModel):
    model_config = ConfigDict(strict=True)
    version: str
    sources_sha256: str


class _Platform(BaseModel):
    model_config = ConfigDict(strict=True)
    cpu: str


def _moment(text: str) -> str:
    try:
        if 2000 <= datetime.fromisoformat(text).year < 3000:
            return text
    except ValueError:
        pass
    raise PydanticCustomError("moment", "a date and time of the years 2000 to 2999, as 2026-11-27T08:00:00+00:00")


Seconds = Annotated[float, Field(ge=0, le=1e10)]  # 300 years


class _Session(BaseModel):
    model_config = ConfigDict(strict=True)
    started: Annotated[str, AfterValidator(_moment)]
    seconds: Seconds


class _Timings(BaseModel):
    model_config = ConfigDict(strict=True)
    sessions: list[_Session] = Field(min_length=1)
    training_seconds: Seconds
    evaluation_seconds: Seconds
    agent_steps_per_second: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Manifest(BaseModel):
    """The keys that readers need."""

    model_config = ConfigDict(strict=True)
    name: str
    kind: Literal["whole", "thin"] = "whole"  # whole ones do not write it
    configuration: dict[str, Any]
    seeds: list[Annotated[int, Field(ge=0, le=LARGEST)]] = Field(min_length=1)
    runs: dict[str, _Run]
    files: dict[FileName, _File]
    left_out: list[FileName] = []
    left_out_content: dict[str, dict[FileName, str]] = {}  # by seed: checksums of content, see `a2c.runs.content`
    bits: int = 1  # of the arithmetic, see `a2c.learn.trainer.bits_of`; not written before there were several
    code: _Code
    platform: _Platform
    determinism: dict[str, Any]
    container: str | None
    environment: _Environment | None = None  # not written by version 0.1.0
    registration: _Registration | None = None  # of the tests that the runs were made for
    timings: _Timings


def lock_hash() -> str | None:
    """SHA-256 of the checkout's lock file; None if the package is installed without one."""
    lock = PACKAGE.parent / "requirements.lock"
    return untrusted.checksum(lock) if lock.exists() else None


def where_it_runs(configuration: Configuration) -> dict[str, Any]:
    """Code, environment, libraries, machine: all that can change a result's bits, beside configuration and seed."""
    return {
        "code": {"version": a2c.__version__, "sources_sha256": sources_hash(), "lock_sha256": lock_hash()},
        "environment": environment_of(configuration),
        "container": _container(),
        "platform": {
            "python": platform.python_version(),
            **{library: metadata.version(library) for library in LIBRARIES},
            **(_core() if uses_core(configuration) else _pytorch(configuration)),
            "cpu": _cpu_model(),
            "system": f"{platform.system()} {platform.machine()}",
            **({} if same_bits_anywhere(configuration) else deciding_variables()),
        },
    }


def _core() -> dict[str, Any]:
    from a2c.core.choose import load

    return {"core_build": load().name}


def _pytorch(configuration: Configuration) -> dict[str, Any]:
    import torch  # imported here, as the core trains without it

    on_gpu = configuration.device == "cuda" and torch.cuda.is_available()
    return {
        "torch_build": re.sub(r"\s+", " ", torch.__config__.show()).strip(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "gpu": torch.cuda.get_device_name() if on_gpu else None,
    }


def origin(content: Mapping[str, Any]) -> dict[str, Any]:
    """What decides the bits of a result beside configuration and seed, as a manifest tells it.

    That is the code, that of an environment outside the core, and the platform.

    The platform counts only where the configuration's bits depend on it; the kind of GPU is part of it. Two runs of the
    same configuration, seed and origin have the same bits.
    """
    made = {
        "sources": content["code"]["sources_sha256"],
        "bits": content.get("bits", 1),
        "environment": sources_of(content),
    }
    if same_bits_anywhere(Configuration.model_validate(content["configuration"])):
        return made
    platform = {key: value for key, value in content["platform"].items() if key != "core_build"}
    return {**made, "platform": platform, "determinism": content["determinism"]}


def _container() -> str | None:
    """Digest of the image that this process runs in: from the variable, or of the image's file. None outside images."""
    image = os.environ.get("APPTAINER_CONTAINER") or os.environ.get("SINGULARITY_CONTAINER")
    if DIGEST in os.environ or image is None:
        return os.environ.get(DIGEST)
    if Path(image).is_file():
        return f"sha256:{untrusted.checksum(Path(image).resolve(), at_most=None)}"
    return f"unknown, as {image} cannot be seen from within"


def _cpu_model() -> str:
    try:
        names = re.findall(
            r"^model name\s*:\s*(.+)$",
            Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace"),
            re.MULTILINE,
        )
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def write(folder: Path, files: Sequence[str], content: dict[str, Any]) -> None:
    """Write the manifest of `folder`, with the checksums of `files`. It is written last: with it, a result is whole."""
    checksums = {
        name: {"sha256": untrusted.checksum(folder / name, at_most=None), "bytes": (folder / name).stat().st_size}
        for name in files
    }
    write_text(folder / NAME, sealed({**content, "files": checksums}, sort_keys=True))


def leave_out(
    folder: Path, content: Mapping[str, Any], names: Collection[str], checksums: Mapping[str, Mapping[str, str]]
) -> None:
    """Write the manifest of `folder`, a copy of a result without the files `names`; their checksums are kept.

    `checksums`: by seed, of the content of these files.
    """
    body = {key: value for key, value in content.items() if key != SEAL}
    lacks = {"left_out": sorted(names), "left_out_content": checksums}
    write_text(folder / NAME, sealed({**body, **lacks}, sort_keys=True))


def read(folder: Path) -> dict[str, Any]:
    """The manifest of `folder`.

    DamagedError if it is missing, any byte of it was changed, it is not a manifest, or lacks a file of its kind.
    """
    path = folder / NAME
    content = read_sealed(path)
    try:
        validate(_Manifest, content, str(path))
    except ConfigError as error:
        raise DamagedError(str(error)) from None
    if len(set(content["seeds"])) < len(content["seeds"]):
        raise DamagedError(f"{path}: seeds: {content['seeds']}; allowed: each once")
    if others := {str(seed) for seed in content["seeds"]} ^ content["runs"].keys():
        raise DamagedError(f"{path}: runs.{min(others)}: missing, or not a seed of this result")
    _check_names(path, content)
    _check_lines(path, content)
    return content


def registered_tests(content: Mapping[str, Any]) -> str:
    """The hash over all tests that stood when the runs of a manifest began; empty if none were registered."""
    return str((content.get("registration") or {}).get("tests_sha256", ""))


def _check_lines(path: Path, content: Mapping[str, Any]) -> None:
    """DamagedError if a text of the manifest has several lines: what is printed of it could be taken for a verdict.

    Arguments of an environment may have them; they are printed as Python writes text.
    """
    environment = {**(content.get("environment") or {}), "kwargs": None}
    for key, value in {**content, "configuration": None, "environment": environment}.items():
        if not all(map(untrusted.IN_ONE_LINE.fullmatch, texts_of(value))):
            raise DamagedError(f"{path}: {key}: a text of several lines; allowed: text in one line")


def _check_names(path: Path, content: Mapping[str, Any]) -> None:
    """DamagedError unless the manifest has all files of its kind, and leaves out none but those that it may."""
    snapshots = (SNAPSHOTS_FILE,) if content["configuration"].get("snapshots") else ()
    expected = (THIN_FILE,) if content.get("kind") == THIN else (*WHOLE_FILES, *snapshots)
    for name in expected:
        if name not in content["files"]:
            raise DamagedError(f"{path}: files.{name}: missing; a {content.get('kind', WHOLE)} result has it")
    for name in content.get("left_out", ()):
        if name not in LEFT_OUT:
            raise DamagedError(f"{path}: left_out: {name} is not allowed; allowed: {', '.join(LEFT_OUT)}")


def check_files(folder: Path, content: Mapping[str, Any], names: Sequence[str] | None = None) -> None:
    """Compare the files of `folder` with the checksums in its manifest: all, or those of `names`.

    Raises DamagedError, naming the file, if one differs or is missing. A file that was left out of a published copy may
    be missing.
    """
    for name in names or content["files"]:
        if name in content.get("left_out", ()) and not (folder / name).exists():
            continue
        expected = content["files"][name]
        if untrusted.checksum(folder / name, expected.get("bytes")) != expected["sha256"]:
            raise DamagedError(f"{folder / name}: damaged (its checksum is not the manifest's)")
