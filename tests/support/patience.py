"""How long tests wait for others, and what is said of those who keep them waiting."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 60.0
"""How long anything may take on a busy machine, which may stand still meanwhile, before the test gives up."""

MOST_OF_LOG = 2000
"""Characters of the end of each log."""


def doings(folder: Path) -> str:
    """What the processes do that have to do with a folder, and the ends of the logs in it: for a test that gives up."""
    lines: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):  # it has just ended
            lines += _process(process, str(folder))
    for file in (*folder.glob("*.log"), *folder.glob("state/lock"), *folder.glob("state/processes/*/lock")):
        with suppress(OSError):
            lines.append(f"{file}:\n{file.read_text('utf-8', 'replace')[-MOST_OF_LOG:]}")
    return "\n".join([*lines, f"load {os.getloadavg()}"])


def _process(process: Path, folder: str) -> list[str]:
    """One process: its state, where in the kernel it waits, how long it computed and how long it had no processor."""
    words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    if not any(folder in word for word in words) and folder not in os.readlink(process / "cwd"):
        return []
    state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
    ran, waited = (int(number) / 1e9 for number in (process / "schedstat").read_text().split()[:2])
    where, group = (process / "wchan").read_text(), (process / "autogroup").read_text().strip()
    return [
        f"process {process.name} of {parent}: {state} in {where}, computed {ran:.2f} s, had no processor {waited:.2f} "
        f"s, {group}: {' '.join(words)[:300]}"
    ]
