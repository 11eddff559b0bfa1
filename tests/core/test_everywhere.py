"""One program of lanes prints the same checksums by every compiler, unoptimised, under sanitizers, and on AArch64."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from a2c.core import build
from tests.core.builds import PROGRAM, builds, flags
from tests.core.compiled import compiled

pytestmark = pytest.mark.slow  # each compiles the whole core
SANITIZERS = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
CROSS = shutil.which("aarch64-linux-gnu-gcc")
EMULATOR = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
SOURCES = [path for path in build.sources() if path.suffix == ".c"]


@cache
def says(
    compiler: str, architecture: tuple[str, ...] = (), more: tuple[str, ...] = (), runner: str | None = None
) -> str:
    given = [flag for flag in flags(compiler, list(architecture)) if flag not in PROGRAM]
    here = Path(__file__).with_name("lanes.c")
    given += [*build.STRICT, *more, f"-I{build.HERE}", '-DA2C_SOURCES=""']
    out = compiled(compiler, [*given, here, *SOURCES])
    command = [runner, str(out)] if runner else [str(out)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def expected() -> str:
    compiler, name = builds()[-1]
    return says(compiler, tuple(build.builds()[name]))


def test_configurations_differ() -> None:
    lines = expected().splitlines()
    assert len({line.split()[-1] for line in lines}) == len(lines) == 17


@pytest.mark.parametrize(("compiler", "name"), builds())
def test_builds(compiler: str, name: str) -> None:
    assert says(compiler, tuple(build.builds()[name])) == expected()


@pytest.mark.parametrize("compiler", sorted({compiler for compiler, _ in builds()}))
@pytest.mark.parametrize("more", [("-O0",), ("-Os",), tuple(SANITIZERS)], ids=["-O0", "-Os", "sanitizers"])
def test_flags_that_decide_no_bits(compiler: str, more: tuple[str, ...]) -> None:
    assert says(compiler, tuple(build.builds()[builds()[-1][1]]), more) == expected()


@pytest.mark.skipif(shutil.which("clang") is None, reason="needs clang")
def test_nothing_is_read_before_it_is_written() -> None:
    assert says("clang", (), ("-O1", "-g", "-fsanitize=memory", "-fno-sanitize-recover=all")) == expected()


@pytest.mark.skipif(CROSS is None or EMULATOR is None, reason="needs gcc-aarch64-linux-gnu and qemu-user")
def test_aarch64_emulated() -> None:
    assert CROSS is not None
    assert says(CROSS, tuple(build.BUILDS["aarch64"]["neon"]), ("-static",), EMULATOR) == expected()
