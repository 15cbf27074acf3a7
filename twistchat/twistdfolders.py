"""The folders that twistd is told to go to before it starts a server, checked while nothing is made yet."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.python.usage import UsageError


def check(twistd: Mapping[str, Any]) -> None:
    """Refuse folders that twistd could not go to, as it would do so by a traceback, after the server's files were made.

    Args:
        twistd: Its options; `python -m twisted` has neither of these.

    Raises:
        UsageError: The text says what to do.
    """
    if twistd.get("chroot"):
        raise UsageError(
            "--chroot: the program and its files are outside of that folder by then. Leave it out; "
            "a unit of systemd can have RootDirectory=."
        )
    folder = Path(twistd.get("rundir") or ".")
    if not folder.is_dir():
        raise UsageError(f"--rundir {folder}: there is no such folder. Give one that exists, or leave it out.")
    if not os.access(folder, os.X_OK):
        raise UsageError(f"--rundir {folder}: it cannot be entered. Give another, or leave it out.")
