"""The hash of the code that decides a training result, taken of what is executed."""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import a2c

PACKAGE = Path(a2c.__file__).parent
DECIDES_TRAINING = ("streams.py", "config/configuration.py", "config/metrics.py", "envs", "core", "learn")  # in a2c/
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)  # nodes that may have a docstring
C_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)  # a string or a comment
UNUSED = ("type_comment", "kind")  # fields of syntax trees that change nothing when the code runs


@cache
def sources_hash() -> str:
    """SHA-256 of the sources that decide training: two runs with the same hash were trained by the same code."""
    return hash_of(PACKAGE, (file for part in DECIDES_TRAINING for file in _files(PACKAGE / part)))


def hash_of(folder: Path, files: Iterable[Path]) -> str:
    """SHA-256 of Python and C files and their names below `folder`.

    Each Python file counts as its syntax tree without docstrings, each C file as its lines without comments: comments
    and blank lines do not matter. The hash is the same on every version of Python that this package supports.
    """
    digest = hashlib.sha256()
    for file in files:
        name = file.relative_to(folder).as_posix()
        text = file.read_text(encoding="utf-8")
        digest.update(f"{name}\0{executed(text) if file.suffix == '.py' else compiled(text)}\0".encode())
    return digest.hexdigest()


def executed(source: str) -> str:
    """The syntax tree of a Python source, without docstrings and positions, as text."""
    return "".join(_node(ast.parse(source)))


def compiled(source: str) -> str:
    """The lines of a C source without comments and without spaces at their ends."""
    text = C_TOKEN.sub(lambda match: " " if match[0].startswith("/") else match[0], source)
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.suffix in (".py", ".c", ".h")) if path.is_dir() else [path]


def _node(node: ast.AST) -> Iterator[str]:
    """A node as `Name(field=...)`. Empty fields are left out, as later versions of Python add some."""
    yield f"{type(node).__name__}("
    if isinstance(node, ast.Constant):
        yield repr(node.value)
    else:
        for name, value in ast.iter_fields(node):
            if name == "body" and isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                value = value[1:]
            if name not in UNUSED and value not in (None, []):
                yield f"{name}="
                yield from _value(value)
    yield ")"


def _value(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield "["
        for item in value:
            yield from _value(item)
        yield "]"
    elif isinstance(value, ast.AST):
        yield from _node(value)
    else:
        yield f"{value!r},"
