"""What the kernel tells of processes and of this machine. Linux only: epoll and /proc."""

from __future__ import annotations

import os
import platform
import re
from functools import cache
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGESIZE")


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, all its threads, user and system, to a hundredth of a second.

    Raises:
        OSError: There is no such process.
    """
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_bytes(pid: int) -> int:
    """Memory that a process has in use.

    Raises:
        OSError: There is no such process.
    """
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * _PAGE


def listens(port: int) -> bool:
    """Whether a process listens at a port of loopback. Asking it by connecting would end `ncat --chat`."""
    wanted = re.compile(rf" 0100007F:{port:04X} 00000000:0000 0A ")
    return wanted.search(Path("/proc/net/tcp").read_text("ascii")) is not None


@cache
def split_cores() -> tuple[set[int], set[int]]:
    """The cores for the server and those for the load generator; the same ones where there is only one.

    The answer stays as it was first given, as this process then keeps to its part.
    """
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, set(others) or {first}


def has_own_core() -> bool:
    """Whether the load generator shares no core with the server."""
    return split_cores()[0].isdisjoint(split_cores()[1])


def description() -> dict[str, object]:
    """What a reader needs to judge figures from this machine; no names, no paths."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "python": platform.python_version(),
        "kernel": f"{platform.system()} {platform.release().split('-')[0]}",
        "load before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
