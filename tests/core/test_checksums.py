"""One program, compiled for every kind of CPU by every compiler, and with sanitizers, prints the same checksums."""

import shutil
import subprocess
from functools import cache

import pytest

from a2c.core import build
from tests.core.builds import HERE, PROGRAM, SOURCES, best, builds, each_build, flags, library
from tests.core.compiled import compiled

SANITIZERS = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
ARM = [shutil.which("aarch64-linux-gnu-gcc"), shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")]


def said(compiler: str, architecture: list[str], more: list[str], runner: str | None = None) -> str:
    """What the program prints, compiled so."""
    given = [flag for flag in flags(compiler, architecture) if flag not in PROGRAM]
    out = compiled(compiler, [*given, *more, *SOURCES, HERE / "checksums.c"])
    command = [runner, str(out)] if runner else [str(out)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@cache
def expected() -> str:
    """By the best build; the other tests compare with it."""
    compiler, name = best()
    return said(compiler, build.builds()[name], [])


def test_there_is_a_line_for_each_function() -> None:
    lines = expected().splitlines()
    assert len(lines) == 4 * 10 + 4 + 4
    assert len({line.split()[-1] for line in lines}) == len(lines) - 8  # the two kinds of each fma agree


@pytest.mark.parametrize(("compiler", "name"), each_build())
def test_every_build_and_compiler(compiler: str, name: str) -> None:
    assert said(compiler, build.builds()[name], []) == expected()


@pytest.mark.slow
@pytest.mark.parametrize("compiler", sorted({compiler for compiler, _ in builds()}))
@pytest.mark.parametrize("more", [["-O0"], SANITIZERS], ids=["unoptimised", "sanitizers"])
def test_unoptimised_and_under_sanitizers(compiler: str, more: list[str]) -> None:
    assert said(compiler, [], more) == expected()


@pytest.mark.slow
@pytest.mark.skipif(None in ARM, reason="needs gcc-aarch64-linux-gnu and qemu-user")
def test_aarch64_emulated() -> None:
    compiler, runner = ARM
    assert compiler is not None
    assert said(compiler, build.BUILDS["aarch64"]["neon"], ["-static"], runner) == expected()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("nm") is None, reason="needs nm")
@pytest.mark.parametrize(("compiler", "name"), builds())
def test_nothing_is_imported(compiler: str, name: str) -> None:
    built = library(compiler, name)._name
    assert subprocess.run(["nm", "-D", "-u", built], check=True, capture_output=True, text=True).stdout == ""
