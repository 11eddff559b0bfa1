"""The free memory of a machine, and the limits of control groups."""

from pathlib import Path

import psutil
import pytest

from a2c.planning import free_memory as free

GIB = 2**30


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 8 GiB available and no limits. A test can add files."""
    parts = "".join(f"{name}: 1 kB\n" for name in ("MemFree", "Buffers", "Cached", "Shmem", "Active", "Inactive"))
    total = f"MemTotal: {16 * 2**20} kB\nMemAvailable: {8 * 2**20} kB\n"
    (tmp_path / "meminfo").write_text(total + parts)
    (tmp_path / "own").write_text("0::/job/step\n")
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    monkeypatch.setattr(free, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(free, "OWN_CGROUPS", tmp_path / "own")
    return tmp_path


def limit(group: Path, at_most: str, used: int, cached: int) -> None:
    group.mkdir(parents=True, exist_ok=True)
    (group / "memory.max").write_text(f"{at_most}\n")
    (group / "memory.current").write_text(f"{used}\n")
    (group / "memory.stat").write_text(f"anon 1\ninactive_file {cached}\n")


def test_without_a_limit_the_machines_memory_is_available(machine: Path) -> None:
    assert free.free_memory() == 8 * GIB
    limit(machine / "cgroup" / "job" / "step", "max", GIB, 0)
    assert free.free_memory() == 8 * GIB


@pytest.mark.parametrize("group", ["job/step", "job", ""])
def test_a_limit_on_any_control_group_of_the_process_counts(machine: Path, group: str) -> None:
    limit(machine / "cgroup" / group, str(4 * GIB), 3 * GIB, GIB)  # 1 GiB of the 3 only caches files
    assert free.free_memory() == 2 * GIB


def test_a_limit_of_control_groups_version_1_counts(machine: Path) -> None:
    (machine / "own").write_text("7:cpu,cpuacct:/\n4:memory:/job\n0::/\n")
    group = machine / "cgroup" / "memory" / "job"
    group.mkdir(parents=True)
    (group / "memory.limit_in_bytes").write_text(str(2 * GIB))
    (group / "memory.usage_in_bytes").write_text(str(GIB))
    (group / "memory.stat").write_text("cache 5\ntotal_inactive_file 0\n")
    assert free.free_memory() == GIB


def test_a_limit_above_the_machines_memory_has_no_effect(machine: Path) -> None:
    limit(machine / "cgroup", str(64 * GIB), 0, 0)
    assert free.free_memory() == 8 * GIB


def test_free_memory_is_unknown_if_the_system_does_not_say(machine: Path) -> None:
    (machine / "meminfo").unlink()
    assert free.free_memory() is None
