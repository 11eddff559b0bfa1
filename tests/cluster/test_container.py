"""The pipeline in the image, with real Apptainer: same bytes as outside, digests recorded, wrong images refused."""

import getpass
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from a2c.core.choose import CHECKSUM, available
from a2c.pipeline.containers import LOCK_LABEL, image_digest
from a2c.runs.sources import sources_hash
from a2c.untrusted import checksum
from tests.processes import ROOT, contents, run_snakemake

INSIDE = ("--sdm", "apptainer", "--apptainer-args", "--cleanenv --net --network none")
SMOKE = str(ROOT / "config" / "smoke.yaml")
PROBE = """
import json, pathlib, platform
try:
    pathlib.Path("/opt/a2c/written").touch()
    written = True
except OSError:
    written = False
interfaces = [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
print(json.dumps({"interfaces": interfaces, "written": written, "python": platform.python_version()}))
"""

CORES = """
import json
from a2c.core.choose import available, checksum, load
print(json.dumps({name: checksum(load(name)) for name in available()}))
"""
LIBRARIES_OF_CUDA = """
import json, torch
print(json.dumps([torch.__version__, torch.version.cuda, torch.backends.cudnn.version(), torch.cuda.nccl.version()]))
"""

pytestmark = pytest.mark.timeout(4000)  # the first one builds the image where there is none
needs_apptainer = pytest.mark.skipif(
    shutil.which("apptainer") is None,
    reason="no apptainer; on Debian 12, tests/cluster/install-apptainer.sh installs it",
)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke paper, made without an image."""
    folder = tmp_path_factory.mktemp("outside")
    done = run_snakemake(folder, "--cores", "2", "--configfile", SMOKE)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def inside(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke paper, made in the image by the user who runs the tests, without a network."""
    folder = tmp_path_factory.mktemp("inside")
    done = run_snakemake(folder, "--cores", "2", "--configfile", SMOKE, *INSIDE)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def home_of_nobody() -> Iterator[Path]:
    """A folder of the user `nobody`. Tests that root runs can switch to this user."""
    if os.geteuid() != 0:
        pytest.skip(f"{getpass.getuser()}, who runs the tests, is an ordinary user already")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        shutil.chown(folder, "nobody")
        yield Path(folder)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of the paper except the logs; manifests and lineages without the fields on where they were made."""
    held = contents(folder / "results" / "smoke", ["logs"])
    for name in held:
        if name.endswith("manifest.json"):
            manifest = json.loads(held[name])
            del manifest["container"], manifest["platform"]["python"]  # the image's patch version may differ
            manifest["platform"]["torch"] = manifest["platform"]["torch"].split("+")[0]  # the build, in the CUDA image
            held[name] = json.dumps(manifest).encode()
        elif name.endswith("lineage.json"):
            lineage = json.loads(held[name])
            del lineage["sha256"]  # its own seal
            for block in lineage["runs"]:
                del block["container"]
            held[name] = json.dumps(lineage).encode()
    return held


def manifests(folder: Path) -> list[dict[str, Any]]:
    """The manifests of the smoke paper's six seed blocks."""
    found = [json.loads(path.read_text()) for path in folder.rglob("manifest.json")]
    assert len(found) == 6
    return found


def says(image: Path, code: str, *options: str) -> Any:
    """What a Python program prints as JSON in the image, as a job would run it."""
    command = ["apptainer", "exec", *INSIDE[-1].split(), *options, str(image), "python", "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(told.stdout)


def another_image(folder: Path, label: str) -> Path:
    """A real, tiny image with the label of a lock file."""
    labels = folder / "root" / ".singularity.d" / "labels.json"
    labels.parent.mkdir(parents=True)
    labels.write_text(json.dumps({LOCK_LABEL: label}))
    image = folder / "another.sif"
    fakeroot = ["--fakeroot"] if os.geteuid() == 0 else []
    subprocess.run(["apptainer", "build", *fakeroot, str(image), str(folder / "root")], check=True, capture_output=True)
    return image


def refused(monkeypatch: pytest.MonkeyPatch, folder: Path, image: Path) -> str:
    """The error line of a dry run with an image."""
    monkeypatch.setenv("A2C_IMAGE", str(image))
    done = run_snakemake(folder, "-n", "--cores", "1", "--configfile", SMOKE, "--sdm", "apptainer")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


@needs_apptainer
@pytest.mark.slow
def test_inside_and_outside_the_bytes_are_the_same(outside: Path, inside: Path) -> None:
    assert bytes_of(inside) == bytes_of(outside)


@needs_apptainer
@pytest.mark.slow
def test_manifests_record_the_digest_of_the_image_and_null_outside(image: Path, outside: Path, inside: Path) -> None:
    assert {manifest["container"] for manifest in manifests(inside)} == {f"sha256:{checksum(image, at_most=None)}"}
    assert {manifest["container"] for manifest in manifests(outside)} == {None}


@needs_apptainer
@pytest.mark.slow
def test_jobs_run_on_the_python_of_the_image_without_network_and_cannot_write_into_it(
    image: Path, inside: Path
) -> None:
    seen = says(image, PROBE)  # network interfaces, whether it can write into the image, its Python
    assert seen["interfaces"] == ["lo"]
    assert not seen["written"]
    assert {manifest["platform"]["python"] for manifest in manifests(inside)} == {seen["python"]}


@needs_apptainer
@pytest.mark.slow
def test_every_build_of_the_core_that_the_host_has_compiled_loads_in_the_image_read_only_with_its_checksum(
    image: Path,
) -> None:
    inside = says(image, CORES, "--bind", f"{ROOT}:{ROOT}:ro", "--env", f"PYTHONPATH={ROOT}")
    assert inside == dict.fromkeys(available(), CHECKSUM)


@needs_apptainer
@pytest.mark.slow
def test_an_ordinary_user_gets_the_same_bytes(image: Path, outside: Path, home_of_nobody: Path) -> None:
    """Up to the tables, with the Snakemake of the image, because other users cannot read root's Python."""
    digest = image_digest(image)
    command = ["apptainer", "exec", *INSIDE[-1].split(), "--home", str(home_of_nobody), "--bind", f"{ROOT}:{ROOT}:ro"]
    command += ["--env", f"PYTHONPATH={ROOT},A2C_CONTAINER_DIGEST={digest}", str(image), "python", "-m", "snakemake"]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--profile", str(ROOT / "profiles" / "default")]
    command += ["--cores", "2", "--configfile", SMOKE, "--", "data"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home_of_nobody)}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=home_of_nobody,
        env=environment,
        user="nobody",
        group="nogroup",
        extra_groups=[],
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert next(home_of_nobody.rglob("summary.csv")).stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert bytes_of(home_of_nobody).items() <= bytes_of(outside).items()
    assert {manifest["container"] for manifest in manifests(home_of_nobody)} == {digest}


@needs_apptainer
@pytest.mark.slow
@pytest.mark.parametrize("profile", ["default", "slurm"])
def test_with_a_profile_jobs_in_the_image_see_the_gpu_driver_of_the_host(
    profile: str, image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apptainer takes the driver's programs from PATH: without a GPU, a stand-in is one of them."""
    stand_in = tmp_path / "bin" / "nvidia-smi"
    stand_in.parent.mkdir()
    stand_in.write_text("#!/bin/sh\necho the driver of the host\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}:{os.environ['PATH']}")
    rule = f'container: "{image}"\nrule look:\n    output: "seen"\n    shell: "nvidia-smi >{{output}}"\n'
    (tmp_path / "Snakefile").write_text(rule)
    command = [sys.executable, "-m", "snakemake", "--profile", str(ROOT / "profiles" / profile)]
    command += ["--workflow-profile", "none", "--executor", "local", "--cores", "1", "--sdm", "apptainer"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "seen").read_text() == "the driver of the host\n"


@needs_apptainer
@pytest.mark.slow
def test_the_labels_of_the_image_have_version_sources_and_lock_file(image: Path) -> None:
    command = ["apptainer", "inspect", "--json", "--labels", str(image)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    labels = json.loads(told.stdout)["data"]["attributes"]["labels"]
    assert labels["org.opencontainers.image.title"] == "a2c-bench"
    assert labels[LOCK_LABEL] == checksum(ROOT / "requirements.lock")
    assert len(labels["a2c.sources_sha256"]) == len(sources_hash())


@needs_apptainer
@pytest.mark.cuda_image
def test_the_cuda_image_has_the_build_on_pypi_and_its_libraries_load_without_a_gpu(cuda_image: Path) -> None:
    torch, cuda, cudnn, nccl = says(cuda_image, LIBRARIES_OF_CUDA, "--nv")
    assert torch.split("+")[0] == metadata.version("torch").split("+")[0]
    assert int(cuda.split(".")[0]) >= 13
    assert cudnn > 90000
    assert nccl[0] >= 2


@needs_apptainer
@pytest.mark.cuda_image
def test_on_the_cpu_of_the_cuda_image_the_smoke_paper_has_the_same_bytes_as_outside(
    cuda_image: Path, outside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A2C_IMAGE", str(cuda_image))
    done = run_snakemake(tmp_path, "--cores", "2", "--configfile", SMOKE, "--sdm", "apptainer")
    assert done.returncode == 0, done.stdout + done.stderr
    assert bytes_of(tmp_path) == bytes_of(outside)
    assert {manifest["container"] for manifest in manifests(tmp_path)} == {image_digest(cuda_image)}


@needs_apptainer
def test_an_image_of_another_lock_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = another_image(tmp_path, "0" * 64)
    assert refused(monkeypatch, tmp_path, image) == (
        f"a2c: {image}: not made from this requirements.lock; `make container` builds one that is"
    )


@needs_apptainer
def test_a_file_that_is_not_an_image_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = tmp_path / "text.sif"
    image.write_text("no image")
    assert refused(monkeypatch, tmp_path, image) == f"a2c: {image}: not an image that apptainer can read"


def test_without_an_image_the_error_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = tmp_path / "none.sif"
    assert refused(monkeypatch, tmp_path, image) == (
        f"a2c: {image}: missing; `make container` builds containers/a2c.sif, A2C_IMAGE names another"
    )


@needs_apptainer
@pytest.mark.slow
def test_an_environment_of_ones_own_gives_the_same_bytes_inside(image: Path, tmp_path: Path) -> None:
    """The package lies beside the paper, outside the image."""
    paper = str(ROOT / "examples" / "walks" / "corridor.yaml")
    runs = []
    for name, options in (("outside", ()), ("inside", INSIDE)):
        (tmp_path / name).mkdir()
        done = run_snakemake(tmp_path / name, "--cores", "2", "--configfile", paper, *options, "--", "data")
        assert done.returncode == 0, done.stdout + done.stderr
        held = contents(tmp_path / name / "results" / "corridor" / "runs")
        runs.append({path: data for path, data in held.items() if not path.endswith("manifest.json")})
    assert len(runs[0]) == 10
    assert runs[0] == runs[1]
