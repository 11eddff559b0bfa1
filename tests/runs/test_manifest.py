"""What the manifest records about the image in which a run was trained, and about variables of the environment."""

import json
from pathlib import Path
from typing import Any

import pytest

from a2c.config import Configuration
from a2c.runs import manifest
from a2c.runs.files import SEAL, DamagedError, sealed
from a2c.runs.manifest import origin, where_it_runs
from a2c.untrusted import checksum


def test_outside_a_container_the_image_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A2C_CONTAINER_DIGEST", "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"):
        monkeypatch.delenv(name, raising=False)
    assert where_it_runs(Configuration())["container"] is None


def test_the_digest_that_the_workflow_passes_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A2C_CONTAINER_DIGEST", "sha256:abc")
    monkeypatch.setenv("APPTAINER_CONTAINER", "/images/a2c.sif")
    assert where_it_runs(Configuration())["container"] == "sha256:abc"


@pytest.mark.parametrize("engine", ["APPTAINER", "SINGULARITY"])
def test_the_digest_is_computed_if_none_is_passed(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a2c.sif").write_bytes(b"image")
    monkeypatch.delenv("A2C_CONTAINER_DIGEST", raising=False)
    monkeypatch.setenv(f"{engine}_CONTAINER", str(tmp_path / "a2c.sif"))
    assert where_it_runs(Configuration())["container"] == f"sha256:{checksum(tmp_path / 'a2c.sif')}"


def test_an_image_that_is_not_visible_from_within_is_recorded_as_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A2C_CONTAINER_DIGEST", raising=False)
    monkeypatch.setenv("APPTAINER_CONTAINER", "/images/a2c.sif")
    assert where_it_runs(Configuration())["container"] == "unknown, as /images/a2c.sif cannot be seen from within"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MKL_CBWR", "COMPATIBLE"),
        ("MKL_ENABLE_INSTRUCTIONS", "SSE4_2"),
        ("ATEN_CPU_CAPABILITY", "default"),
        ("ONEDNN_MAX_CPU_ISA", "SSE41"),
        ("DNNL_DEFAULT_FPMATH_MODE", "BF16"),
        ("NPY_DISABLE_CPU_FEATURES", "AVX2"),
        ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2"),
        ("NVIDIA_TF32_OVERRIDE", "1"),
        ("LD_PRELOAD", "libm-other.so"),
    ],
)
def test_a_variable_that_can_change_bits_is_a_part_of_the_platform(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for config in (Configuration(env_id="ALE/Pong-v5", network="cnn"), Configuration(env_id="LunarLander-v3")):
        content = {"configuration": config.model_dump(mode="json"), "determinism": {}}
        monkeypatch.delenv(name, raising=False)
        before = {**content, **where_it_runs(config)}
        monkeypatch.setenv(name, value)
        after = {**content, **where_it_runs(config)}
        assert after["platform"].get(name) == value
        assert origin(before) != origin(after)


def test_the_number_of_threads_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    before = where_it_runs(Configuration(env_id="LunarLander-v3"))
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    assert where_it_runs(Configuration(env_id="LunarLander-v3")) == before


def test_what_the_core_makes_alone_depends_on_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    assert "MKL_CBWR" not in where_it_runs(Configuration())["platform"]


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (("timings", "evaluation_seconds"), "soon", "timings.evaluation_seconds"),
        (("timings", "sessions"), [], "timings.sessions"),
        (("timings", "sessions", 0, "seconds"), 1e300, r"timings\.sessions\[0\]\.seconds"),
        (
            ("timings", "sessions", 0, "started"),
            "yesterday",
            r"timings\.sessions\[0\]\.started: .*; allowed: a date and time of the years 2000 to 2999",
        ),
        (
            ("timings", "sessions", 0, "started"),
            "9999-12-31T00:00:00",
            r"timings\.sessions\[0\]\.started: .*; allowed: a date and time of the years 2000 to 2999",
        ),
        (("runs", "0", "step"), None, r"runs\.0\.step: null is not allowed; allowed: a whole number"),
        (("runs", "0", "reason"), None, r"runs\.0\.reason: null is not allowed; allowed: text"),
        (("seeds", 0), 10**30, r"seeds\[0\]: 10+ is not allowed; allowed: a number of at most 2147483647"),
        (("code", "version"), None, "code.version"),
        (("platform", "cpu"), ["AMD"], "platform.cpu"),
    ],
)
def test_what_readers_need_has_its_type(
    place: tuple[Any, ...], value: object, named: str, trained: Path, tmp_path: Path
) -> None:
    content = json.loads((trained / "manifest.json").read_text())
    content.pop(SEAL)
    part = content
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    (tmp_path / "manifest.json").write_text(sealed(content, sort_keys=True))
    with pytest.raises(DamagedError, match=rf"manifest\.json: .*{named}"):
        manifest.read(tmp_path)
