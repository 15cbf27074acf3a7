"""Files that are whole or not there: written beside their place, then put there in one step."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def put_in_place(path: Path, data: bytes, replaces: bool = False) -> None:
    """Write a file that only its owner can read. Nobody ever sees a half-written one.

    Args:
        path: Its place.
        data: What it has.
        replaces: Whether one that is there already makes way; else that one stays, whoever wrote it, and when.

    Raises:
        OSError: It cannot be written.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)  # of a process that died with the same number
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replaces:
            draft.replace(path)
        else:
            with suppress(FileExistsError):
                os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
