"""The manifest beside every result: what was trained, by which code, on what, and a checksum of every file."""

import hashlib
import json
import os
import platform
import re
from collections.abc import Collection, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import a2c
from a2c.runs.files import DamagedError, sha256, write_text

NAME = "manifest.json"
PACKAGE = Path(a2c.__file__).parent
DECIDES_TRAINING = ("streams.py", "metrics.py", "config/configuration.py", "envs", "learn")  # below a2c/
DIGEST = "A2C_CONTAINER_DIGEST"  # the variable in which the workflow hands over which image a job runs in
LIBRARIES = ("torch", "gymnasium", "ale-py", "numpy")


@cache
def sources_hash() -> str:
    """SHA-256 over the sources that decide training: two runs with the same one were trained by the same code."""
    digest = hashlib.sha256()
    for part in DECIDES_TRAINING:
        path = PACKAGE / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def lock_hash() -> str | None:
    """SHA-256 of the lock file of the checkout, None where the package was installed without one."""
    lock = PACKAGE.parent / "requirements.lock"
    return sha256(lock) if lock.exists() else None


def where_it_runs() -> dict[str, Any]:
    """Code, libraries and machine, as far as they can change a result's bits."""
    import torch  # here, as reading a manifest needs no torch

    return {
        "code": {"version": a2c.__version__, "sources_sha256": sources_hash(), "lock_sha256": lock_hash()},
        "container": _container(),
        "platform": {
            "python": platform.python_version(),
            **{library: metadata.version(library) for library in LIBRARIES},
            "torch_build": re.sub(r"\s+", " ", torch.__config__.show()).strip(),
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
            "cpu": _cpu_model(),
            "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
            "system": f"{platform.system()} {platform.machine()}",
        },
    }


def _container() -> str | None:
    """Digest of the image around this process, None outside: handed over, or of the file that it came from."""
    image = os.environ.get("APPTAINER_CONTAINER") or os.environ.get("SINGULARITY_CONTAINER")
    if DIGEST in os.environ or image is None:
        return os.environ.get(DIGEST)
    return (
        f"sha256:{sha256(Path(image))}" if Path(image).is_file() else f"unknown, as {image} cannot be seen from within"
    )


def _cpu_model() -> str:
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def write(folder: Path, files: Sequence[str], content: dict[str, Any]) -> None:
    """Write the manifest of `folder`, last of all: where it stands, the result is whole."""
    checksums = {name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size} for name in files}
    write_text(folder / NAME, _sealed({**content, "files": checksums}))


def leave_out(folder: Path, manifest: dict[str, Any], names: Collection[str]) -> None:
    """Write `manifest` into `folder`, a copy without some of the files: it says so, and keeps their checksums."""
    content = {key: value for key, value in manifest.items() if key != "sha256"}
    write_text(folder / NAME, _sealed({**content, "left_out": sorted(names)}))


def read(folder: Path) -> dict[str, Any]:
    """The manifest of `folder`. DamagedError if it is missing or any byte of it was changed."""
    path = folder / NAME
    try:
        text = path.read_bytes().decode()
        manifest = json.loads(text)
        whole = _sealed({key: value for key, value in manifest.items() if key != "sha256"}) == text
    except FileNotFoundError:
        raise DamagedError(f"{path}: missing") from None
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{path}: damaged ({error})") from None
    if not whole:
        raise DamagedError(f"{path}: damaged (its own checksum does not fit)")
    return manifest


def check_files(folder: Path, manifest: dict[str, Any], names: Sequence[str] | None = None) -> None:
    """DamagedError, naming the file, unless all (or the named) files of `folder` have the manifest's checksums.

    What the manifest says was left out of a published copy may be missing.
    """
    for name in names or manifest["files"]:
        if name in manifest.get("left_out", ()) and not (folder / name).exists():
            continue
        if sha256(folder / name) != manifest["files"][name]["sha256"]:
            raise DamagedError(f"{folder / name}: damaged (its checksum is not the manifest's)")


def _sealed(content: dict[str, Any]) -> str:
    body = json.dumps(content, indent=1, sort_keys=True)
    seal = hashlib.sha256(body.encode()).hexdigest()
    return json.dumps({**content, "sha256": seal}, indent=1, sort_keys=True) + "\n"
