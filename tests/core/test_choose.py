"""Which build is used, and the one line that says what is wrong with it."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from a2c.core import build, choose
from a2c.core.choose import CoreError
from a2c.core.face import Core
from a2c.core.library import SIGNATURES
from tests.core.cores import COMPILERS, best

ALL = list(build.builds())


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The sources and builds in a folder of their own, which `choose` looks into."""
    folder = tmp_path / "core"
    shutil.copytree(build.HERE, folder, ignore=shutil.ignore_patterns("__pycache__", build.FOLDER))
    (folder / build.FOLDER).mkdir()
    for name in choose.available():
        shutil.copy(choose.path(name), folder / build.FOLDER)
    monkeypatch.setattr(build, "HERE", folder)
    choose._load.cache_clear()
    yield folder
    choose._load.cache_clear()


def test_the_best_is_taken() -> None:
    assert choose.load().path == choose.path(choose.available()[-1])


@pytest.mark.parametrize("name", choose.available())
def test_the_forced_build_is_loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(choose.FORCE, name)
    core = choose.load()
    assert core.path.name == f"core-{name}.so"
    assert choose.checksum(core) == choose.CHECKSUM


def line(name: str | None = None) -> str:
    with pytest.raises(CoreError) as caught:
        choose.load(name)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_an_unknown_build_is_refused() -> None:
    assert f"allowed: {', '.join(ALL)}" in line("sse9")


def test_a_core_that_is_not_compiled_is_named(copy: Path) -> None:
    shutil.rmtree(copy / build.FOLDER)
    assert "is missing; run `python -m a2c.core.build`" in line()


def test_a_forced_build_that_is_not_compiled_is_named(copy: Path) -> None:
    last = choose.available()[-1]
    if last == ALL[0]:
        pytest.skip("this machine has one build")
    choose.path(last).unlink()
    assert "this build is not compiled" in line(last)


def test_a_build_that_the_cpu_cannot_run_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(build.LEVELS, ALL[-1], 99)
    assert f"this CPU cannot run this build; it runs {ALL[0]}" in line(ALL[-1])


def test_a_build_without_a_function_of_the_sources_is_stale(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIGNATURES, "a2c_not_yet_there", (None, []))
    assert "compiled from other sources" in line()


def test_a_build_of_other_sources_is_refused(copy: Path) -> None:
    (copy / "loss.c").write_text((copy / "loss.c").read_text() + "\n")
    assert "compiled from other sources" in line()


def test_a_build_that_computes_wrong_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "CHECKSUM", "0" * 16)
    message = line()
    assert "twenty updates gave the checksum" in message
    assert "A2C_CORE" in message


def test_a_missing_compiler_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(build.BuildError, match=r"no C compiler \(cc, gcc, clang\) was found"):
        build.compiler()
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(build.BuildError, match="no-such-compiler"):
        build.compiler()


def test_a_compiler_that_fails_is_named(tmp_path: Path) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\necho 'error: it is not my day' >&2\nexit 1\n")
    compiler.chmod(0o755)
    with pytest.raises(build.BuildError, match="cannot compile the core: error: it is not my day"):
        build.build(tmp_path / "built", str(compiler))
    assert list((tmp_path / "built").iterdir()) == []


@pytest.mark.slow
def test_flags_of_the_environment_are_not_used(tmp_path: Path) -> None:
    environment = {**os.environ, "CFLAGS": "-ffast-math", "CPPFLAGS": "-DWIDTH=3", "LDFLAGS": "-lm"}
    command = [sys.executable, "-m", "a2c.core.build", "--into", str(tmp_path), "--cc", COMPILERS[0]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert choose.checksum(Core(tmp_path / f"core-{choose.best()}.so")) == choose.CHECKSUM


@pytest.mark.skipif(shutil.which("nm") is None, reason="needs nm")
@pytest.mark.parametrize("name", choose.available())
def test_nothing_is_imported_and_little_exported(name: str) -> None:
    def symbols(*options: str) -> list[str]:
        listed = subprocess.run(["nm", "-D", *options, choose.path(name)], check=True, capture_output=True, text=True)
        return [row.split()[-1] for row in listed.stdout.splitlines()]

    assert symbols("--undefined-only") == []
    assert all(symbol.startswith("a2c_") for symbol in symbols())


def test_the_cpus_mode_is_left_alone() -> None:
    """Denormals are cut by comparison: the process's own arithmetic is as it was."""
    core = best()
    core.c.a2c_multiply_adds(10)
    choose.checksum(core)
    assert np.float32(1e-40) * np.float32(0.5) > 0


@pytest.mark.parametrize("variable", ["OMP_NUM_THREADS=1", "MKL_CBWR=COMPATIBLE", "NPY_DISABLE_CPU_FEATURES=AVX2 FMA3"])
def test_variables_decide_no_bits(variable: str) -> None:
    name, _, value = variable.partition("=")
    code = "from a2c.core import choose; print(choose.checksum(choose.load()))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, name: value}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [choose.CHECKSUM]


def test_loading_imports_neither_torch_nor_gymnasium() -> None:
    code = "import sys; from a2c.core import choose; choose.load(); print({'torch', 'gymnasium'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_structs_are_as_long_as_in_c(tmp_path: Path) -> None:
    """What ctypes hands over has C's layout."""
    from a2c.core.library import ENDED, METRICS, Status, Stream
    from a2c.core.settings import Config

    names = {"config": Config, "ended": ENDED, "metrics": METRICS, "stream": Stream, "status": Status}
    program = tmp_path / "sizes.c"
    prints = "".join(f'printf("%zu\\n", sizeof(struct {name}));' for name in names)
    program.write_text(f'#include "loops.h"\n#include <stdio.h>\nint main(void) {{ {prints} return 0; }}\n')
    subprocess.run([COMPILERS[0], f"-I{build.HERE}", program, "-o", tmp_path / "sizes"], check=True)
    said = subprocess.run([tmp_path / "sizes"], check=True, capture_output=True, text=True).stdout
    python = [kind.itemsize if isinstance(kind, np.dtype) else ctypes.sizeof(kind) for kind in names.values()]
    assert [int(size) for size in said.split()] == python
