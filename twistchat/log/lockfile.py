"""One server on one folder: a file that is locked while the server lives, with its process id in it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from twistchat.errors import CannotStart

LOCKS = Path("/proc/locks")


def holder(lock: Path, locks: Path = LOCKS) -> int | None:
    """The process that holds a state folder; None where none does, or the system does not tell.

    Args:
        lock: The folder's file `lock`.
        locks: Where Linux lists all locks (proc_locks(5)). To try the lock would keep a server from starting meanwhile.
    """
    try:
        about = lock.stat()
        lines = locks.read_text("ascii").splitlines()
    except OSError:
        return None
    inode = f"{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}"
    for line in lines:
        words = line.split()
        if len(words) >= 6 and words[1] == "FLOCK" and words[5] == inode:
            return int(words[4])
    return None


class FolderLock:
    """Holds a folder for this process. The kernel lets go of it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is locked yet."""
        self._path = folder / "lock"
        self._file: int | None = None

    def take(self) -> None:
        """Lock the folder, or note the process id anew after a fork; idempotent.

        Raises:
            CannotStart: Another process has it; the sentence names it.
        """
        try:
            if self._file is None:
                self._file = self._locked()
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode("ascii"), 0)
        except OSError as error:
            raise CannotStart(f"{self._path} cannot be written: {error.strerror}.") from error

    def release(self) -> None:
        """Let another server have the folder; idempotent."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _locked(self) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise CannotStart(
                f"Another twistchat, process {holder}, uses {self._path.parent}. Stop it, or give another --state-dir."
            ) from None
        return file
