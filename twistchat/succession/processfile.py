"""The file with the server's process id that twistd has written: another process is named in it."""

from __future__ import annotations

import os
from pathlib import Path


def can_be_renamed(path: str) -> bool:
    """Whether there is one that this process may change: root may have made it before the server was somebody else."""
    return bool(path) and os.access(path, os.W_OK, effective_ids=True)


def rename(path: Path, process: int) -> None:
    """Name another process; whoever reads the file finds one of both.

    Raises:
        OSError: It cannot be written to.
    """
    text = f"{process}\n".encode("ascii")
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.pwrite(file, text, 0)
        os.ftruncate(file, len(text))
    finally:
        os.close(file)
