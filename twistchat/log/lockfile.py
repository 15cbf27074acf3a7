"""One server on one folder: a file that is locked while the server lives, with its process id in it.

Behind that stands `usr2`, as the server hands over to another process at that signal, and on the next line what came of
it last, in JSON.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from twistchat.errors import CannotStart

LOCKS = Path("/proc/locks")

LOOKS = 5
"""At the list, before it is believed that nobody is there. The kernel gives it in pages of 4 KiB, and leaves one out
where another that it gave before has been let go of meanwhile; of a lock that is just taken anew it has none at all."""

KNOWS_RESTART = "usr2"
"""Stands behind the process id of a server that hands over at SIGUSR2; others would be killed by it."""


def holder(lock: Path, locks: Path = LOCKS) -> int | None:
    """The process that holds a state folder; None where none does, or the system does not tell.

    Args:
        lock: The folder's file `lock`.
        locks: Where Linux lists all locks (proc_locks(5)). To try the lock would keep a server from starting meanwhile.
    """
    for _ in range(LOOKS):
        try:
            found = _holder(lock, lock.stat(), locks.read_text("ascii"))
        except OSError:
            return None
        if found is not None:
            return found
    return None


def _holder(lock: Path, about: os.stat_result, listed: str) -> int | None:
    inode = f"{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}"
    lines = listed.splitlines()
    held = {(words[5], words[4]) for line in lines if len(words := line.split()) >= 6 and words[1] == "FLOCK"}
    exact = next((process for where, process in held if where == inode), None)
    return int(exact) if exact is not None else _named(lock, about.st_ino, held)


def _named(lock: Path, inode: int, held: set[tuple[str, str]]) -> int | None:
    """The process that the file names, where it holds a file of that number on whatever device.

    Linux lists the device that an overlay (a container's own files) or btrfs has its files from, and not theirs.
    """
    process = next(iter(lock.read_text("ascii", "replace").split()), "")
    return int(process) if any((where.rpartition(":")[2], by) == (str(inode), process) for where, by in held) else None


class FolderLock:
    """Holds a folder for this process. The kernel lets go of it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is locked yet."""
        self._path = folder / "lock"
        self._file: int | None = None
        self._taken_by: int | None = None

    def take(self) -> None:
        """Lock the folder, or note the process id anew after a fork; idempotent.

        Raises:
            CannotStart: Another process has it; the sentence names it.
        """
        try:
            if self._file is None:
                self._file = self._locked()
            elif self._taken_by != os.getpid():
                self._take_anew()
            self._taken_by = os.getpid()
            self._write(self._file, "")
        except OSError as error:
            raise CannotStart(f"{self._path} cannot be written: {error.strerror}.") from error

    # --- handed to another process

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def descriptor(self) -> int:
        """What another process holds the lock by; it is taken by now."""
        assert self._file is not None
        return self._file

    def have(self, descriptor: int) -> None:
        """Hold a lock that another process has taken, by its descriptor; the file still names that one."""
        self._file = descriptor

    def take_over(self, outcome: str) -> None:
        """Be who holds it, now that the other process does no more.

        Args:
            outcome: What whoever asked for a restart is told, in one line.
        """
        self._take_anew()
        self._taken_by = os.getpid()
        self.tell(outcome)

    def _take_anew(self) -> None:
        """Have the kernel tell that this process has it; it tells who took it, even where that has ended.

        That is proc_locks(5), by which `holder` goes.
        """
        for how in (fcntl.LOCK_SH, fcntl.LOCK_EX):  # nobody else starts in a moment as short as that between the two
            with suppress(OSError):
                fcntl.flock(self.descriptor, how | fcntl.LOCK_NB)

    def tell(self, outcome: str) -> None:
        """Tell whoever asked for a restart what has become of it, in one line; a full disk is no reason to end."""
        with suppress(OSError):
            self._write(self.descriptor, outcome)

    def names(self, process: int) -> bool:
        """Whether the file says that it is a process's by now."""
        return os.pread(self.descriptor, 20, 0).split()[:1] == [str(process).encode("ascii")]

    def _write(self, file: int, outcome: str) -> None:
        text = f"{os.getpid()} {KNOWS_RESTART}\n{outcome}".rstrip("\n").encode("utf-8") + b"\n"
        os.pwrite(file, text, 0)
        os.ftruncate(file, len(text))

    # ---

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
            holder = next(iter(os.read(file, 20).decode("ascii", "replace").split()), "unknown")
            os.close(file)
            raise CannotStart(
                f"Another twistchat, process {holder}, uses {self._path.parent}. Stop it, or give another --state-dir."
            ) from None
        return file
