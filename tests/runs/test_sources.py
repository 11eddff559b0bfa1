"""The hash of the sources changes with what is executed, and with nothing else."""

from pathlib import Path

import pytest

from a2c.runs.sources import DECIDES_TRAINING, PACKAGE, compiled, executed, hash_of, sources_hash

SOURCE = '''
"""A module."""

import math


def area(radius: float) -> float:
    """The area of a circle."""
    return math.pi * radius**2  # Euclid


class Circle:
    """A circle."""

    radius = 1.0
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # Euclid", ""),
        ("  # Euclid", "  # Archimedes"),
        ('    """The area of a circle."""\n', '    """Pi r squared."""\n'),
        ('"""A module."""\n', ""),
        ('    """A circle."""\n\n', ""),
        ("\n\nclass", "\n\n\n\nclass"),
        ("math.pi * radius**2", "(math.pi * radius ** 2)"),
        ("import math", "import math;"),
    ],
)
def test_comments_docstrings_and_layout_do_not_change_it(old: str, new: str) -> None:
    assert old in SOURCE
    assert executed(SOURCE.replace(old, new)) == executed(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("math.pi * radius**2", "math.pi + radius**2"),
        ("radius**2", "radius**3"),
        ("radius = 1.0", "radius = 1"),
        ("radius: float)", "radius: float = 1)"),
        ("import math", "import math, sys"),
        ("class Circle", "class Disc"),
        ("    radius = 1.0", '    radius = "1.0"'),
    ],
)
def test_a_changed_operator_value_or_name_changes_it(old: str, new: str) -> None:
    assert old in SOURCE
    assert executed(SOURCE.replace(old, new)) != executed(SOURCE)


def test_a_string_that_is_no_docstring_counts() -> None:
    assert executed("x = 'a'") != executed("x = 'b'")
    assert executed("def f():\n    x = 1\n    'no docstring'") != executed("def f():\n    x = 1")


def test_the_name_of_a_file_counts(tmp_path: Path) -> None:
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text(SOURCE)
    assert hash_of(tmp_path, [tmp_path / "one.py"]) != hash_of(tmp_path, [tmp_path / "two.py"])


def test_a_comment_in_the_learner_leaves_the_hash_and_another_operator_changes_it(tmp_path: Path) -> None:
    source = (PACKAGE / "learn" / "returns.py").read_text(encoding="utf-8")
    file = tmp_path / "returns.py"
    file.write_text(source)
    before = hash_of(tmp_path, [file])
    file.write_text(f"# A comment.\n{source}")
    assert hash_of(tmp_path, [file]) == before
    file.write_text(source.replace("rewards[t] + discounts[t]", "rewards[t] - discounts[t]"))
    assert hash_of(tmp_path, [file]) != before


def test_the_hash_is_one_of_the_package() -> None:
    assert len(sources_hash()) == 64


C_SOURCE = """/* A file. */
#include "core.h" // ours

/* The area
 * of a circle. */
float area(float r) { return 3.14f * r * r; } /* Euclid */
const char *text = "/* no comment */";
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [("/* A file. */\n", ""), (" /* Euclid */", "  // Archimedes"), ("/* The area\n * of a circle. */\n", "\n\n")],
)
def test_comments_in_c_do_not_change_it(old: str, new: str) -> None:
    assert old in C_SOURCE
    assert compiled(C_SOURCE.replace(old, new)) == compiled(C_SOURCE)


@pytest.mark.parametrize(("old", "new"), [("r * r", "r + r"), ("core.h", "more.h"), ("no comment", "a comment")])
def test_changed_code_in_c_changes_it(old: str, new: str) -> None:
    assert compiled(C_SOURCE.replace(old, new)) != compiled(C_SOURCE)


def test_the_core_is_part_of_the_hash() -> None:
    files = [file for part in DECIDES_TRAINING for file in (PACKAGE / part).rglob("*.c")]
    assert PACKAGE / "core" / "loops.c" in files
