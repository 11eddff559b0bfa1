"""The memory that this process can still allocate."""

from collections.abc import Iterator
from pathlib import Path

import psutil

CGROUPS, OWN_CGROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def free_memory() -> int | None:
    """Bytes that this process can still allocate: those of the machine, or less if a control group limits it.

    None if the system does not say.
    """
    try:
        free: int = psutil.virtual_memory().available
    except (OSError, KeyError, ValueError, psutil.Error):
        return None
    return min([free, *_left_in_groups()])


def _left_in_groups() -> Iterator[int]:
    """Bytes left in each control group that limits this process: its own group and those around it."""
    try:
        lines = OWN_CGROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2
            base, names = CGROUPS, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            base, names = CGROUPS / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        own = Path(path.lstrip("/"))
        for group in (own, *own.parents):  # a container may not see the outer groups, or name its own "/"
            left = _left(base / group, *names)
            if left is not None:
                yield left


def _left(group: Path, limit_name: str, usage_name: str, cache_name: str) -> int | None:
    """Bytes left in a control group, None if it has no limit. Cached files count as free: the kernel can drop them."""
    try:
        limit, usage = (int((group / name).read_text(encoding="utf-8")) for name in (limit_name, usage_name))
        cached = next(
            int(line.split()[1])
            for line in (group / "memory.stat").read_text(encoding="utf-8").splitlines()
            if line.split()[0] == cache_name
        )
    except (OSError, ValueError, StopIteration):  # ValueError: the limit is "max"
        return None
    return limit - usage + cached
