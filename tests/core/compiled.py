"""C compiled for tests, kept in the user's cache: once for all processes of a run, and again only after a change.

To have all of it compiled again: `rm -r ~/.cache/a2c-bench/compiled`.
"""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from a2c.core import build

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "a2c-bench" / "compiled"


def compiled(compiler: str, arguments: Sequence[str | Path]) -> Path:
    """What `compiler arguments -o OUTPUT` makes; the arguments are flags and files."""
    out = CACHE / _key(compiler, tuple(map(str, arguments)))
    if not out.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=CACHE)
        os.close(handle)
        try:
            subprocess.run([compiler, *arguments, "-o", beside], check=True)
            os.chmod(beside, 0o755)
            os.replace(beside, out)  # whole or not at all, also beside another process
        finally:
            Path(beside).unlink(missing_ok=True)
    return out


@cache
def _key(compiler: str, arguments: tuple[str, ...]) -> str:
    """A hash of all that decides what is made: the compiler, the flags, and the core's and the tests' C files."""
    version = subprocess.run([compiler, "--version"], check=True, capture_output=True, text=True).stdout
    digest = hashlib.sha256(repr((version, arguments)).encode())
    for path in (*build.sources(), *sorted(Path(__file__).parent.glob("*.[ch]"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:32]
