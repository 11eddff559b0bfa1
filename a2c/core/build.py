"""Compile the core: several builds of one source, for the kinds of CPU that this machine's architecture has.

    python -m a2c.core.build

Installing the package does the same. Nothing of the environment's CFLAGS is used: flags decide bits. This file needs
the standard library alone, as it runs before anything is installed.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = "built"

# No contraction: a multiply-add is fused where the source says so, and nowhere else. Freestanding, without libraries:
# the core imports no symbol, and loads with any libc.
FLAGS = [
    *("-std=c11", "-O3", "-fPIC", "-shared", "-nostdlib", "-ffreestanding", "-fvisibility=hidden"),
    *("-fno-stack-protector", "-ffp-contract=off", "-fno-fast-math", "-fno-math-errno", "-fno-trapping-math"),
    *("-Wall", "-Wextra", "-Wno-pass-failed"),
]
STRICT = ["-Werror"]  # for tests: a later compiler's new warnings are no reason to refuse an installation
# For gcc alone: it must not turn the loop of our memset into a call of memset.
GCC_FLAGS = ["-fno-tree-loop-distribute-patterns", "-fexcess-precision=standard"]

BUILDS = {  # the best one last
    "x86_64": {
        "baseline": ["-march=x86-64"],
        "avx2": ["-march=x86-64-v3"],
        "avx512": ["-march=x86-64-v4", "-mprefer-vector-width=512"],
    },
    "aarch64": {"neon": ["-march=armv8-a"]},
}
ARCHITECTURES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
LEVELS = {"baseline": 1, "avx2": 3, "avx512": 4, "neon": 1}  # as a2c_level in machine.c


class BuildError(Exception):
    """The core cannot be compiled here; the message is one line."""


def builds() -> dict[str, list[str]]:
    """The builds of this machine's architecture, each with its flags; the best one last."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise BuildError(f"the core is made for {' and '.join(BUILDS)}; this machine is {machine}")
    return BUILDS[ARCHITECTURES[machine]]


def sources(folder: Path = HERE) -> list[Path]:
    """The C files and headers, in a fixed order."""
    return sorted(
        (path for pattern in ("*.[ch]", "environments/*.[ch]") for path in folder.glob(pattern)),
        key=lambda path: path.relative_to(folder).as_posix(),
    )


def source_hash(folder: Path = HERE) -> str:
    """A hash of all that decides a build's bits: the sources and the flags. A stale build has another one."""
    digest = hashlib.sha256(repr((FLAGS, GCC_FLAGS, BUILDS)).encode())
    for path in sources(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def compiler() -> str:
    """The C compiler: $CC if it is set, else cc, gcc or clang."""
    wanted = [os.environ["CC"]] if os.environ.get("CC") else ["cc", "gcc", "clang"]
    found = next(filter(None, map(shutil.which, wanted)), None)
    if found is None:
        raise BuildError(f"no C compiler ({', '.join(wanted)}) was found; install gcc or clang, or set CC")
    return found


def is_clang(cc: str) -> bool:
    return "clang" in _run([cc, "--version"]).stdout


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a compiler, which may speak in any encoding."""
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)


def command(cc: str, flags: Iterable[str], output: Path, folder: Path = HERE) -> list[str]:
    """The command that compiles one build."""
    own = [] if is_clang(cc) else GCC_FLAGS
    files = [str(path) for path in sources(folder) if path.suffix == ".c"]
    return [cc, *FLAGS, *own, *flags, f'-DA2C_SOURCES="{source_hash(folder)}"', *files, "-o", str(output)]


def build(into: Path, cc: str | None = None) -> list[str]:
    """Compile every build that the compiler can into the folder `into`; gives their names."""
    cc = cc or compiler()
    into.mkdir(parents=True, exist_ok=True)
    made, said = [], ""
    for name, flags in builds().items():
        handle, beside = tempfile.mkstemp(suffix=".so", dir=into)
        os.close(handle)
        try:
            done = _run(command(cc, flags, Path(beside)))
            if done.returncode == 0:
                os.chmod(beside, 0o755)
                os.replace(beside, into / f"core-{name}.so")  # whole or not at all, also beside another build
                made.append(name)
            else:
                said = said or next((line for line in done.stderr.splitlines() if "error" in line), "it failed")
        finally:
            Path(beside).unlink(missing_ok=True)
    if not {"baseline", "neon"} & set(made):
        raise BuildError(f"{cc} cannot compile the core: {said}")
    return made


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m a2c.core.build", description=__doc__.splitlines()[0])
    parser.add_argument("--cc", help="the C compiler (default: $CC, cc, gcc or clang)")
    parser.add_argument("--into", type=Path, default=HERE / FOLDER, help="folder of the builds")
    arguments = parser.parse_args()
    try:
        print(f"{arguments.into}: {', '.join(build(arguments.into, arguments.cc))}")
    except BuildError as error:
        sys.exit(f"a2c.core: {error}")


if __name__ == "__main__":
    main()
