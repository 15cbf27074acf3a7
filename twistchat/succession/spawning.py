"""Starting the new process: as a child, or, where systemd looks after the server, as one that systemd is the parent of.

systemd takes a main process that was not its own child when it was told of it for one whose end it does not see
(service(8): "alien"): a stop would not wait for it, and kill it while it says goodbye. So somebody starts it who ends
at once; then it is systemd's.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

_BETWEEN = """
import os, sys
end, process = int(sys.argv[1]), os.fork()
if process:
    os.write(end, b"%d" % process)
    os._exit(0)
os.close(end)
os.execv(sys.argv[2], sys.argv[2:])
"""


class Started(Protocol):
    """The new process, as `subprocess` has them."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    def kill(self) -> None:
        """End it by SIGKILL."""
        ...

    def wait(self) -> object:
        """Wait for its end."""
        ...

    def poll(self) -> int | None:
        """None while it lives, then its exit status; of one that a signal has killed that signal, negative."""
        ...


class Fostered:
    """A process that has another parent."""

    def __init__(self, between: subprocess.Popen[bytes], told: int) -> None:
        """Have it started.

        Args:
            between: Who starts it, and ends.
            told: Where that one writes the process id.
        """
        self._between = between
        self._told = told
        self._pid: int | None = None
        self._file: int | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 where it was never started. Waits for whoever starts it, which takes milliseconds."""
        if self._pid is None:
            self._between.wait()
            self._pid = int(os.read(self._told, 20) or b"0")
            os.close(self._told)
            if self._pid:
                with suppress(ProcessLookupError):
                    self._file = os.pidfd_open(self._pid)
        return self._pid

    def kill(self) -> None:
        """End it by SIGKILL."""
        if self.pid and self._file is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._file, signal.SIGKILL)

    def wait(self) -> None:
        """Wait for its end."""
        self._has_ended(None)

    def poll(self) -> int | None:
        """None while it lives, then 1: how it ended, its parent alone knows."""
        return 1 if self._has_ended(0) else None

    def _has_ended(self, milliseconds: int | None) -> bool:
        if not self.pid or self._file is None:
            return True
        poll = select.poll()  # select(2) knows no descriptor above 1023
        poll.register(self._file, select.POLLIN)
        return bool(poll.poll(milliseconds))


def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    channel: int,
    errors: IO[bytes] | None,
    is_fostered: bool,
) -> Started:
    """Start a process.

    Args:
        command: What it runs.
        environment: What it has in it.
        folder: Where it is.
        channel: The descriptor that it inherits.
        errors: Where it complains; None for where this process does.
        is_fostered: Whether it becomes the child of whoever looks after this one.

    Raises:
        OSError: It cannot be started.
    """
    if not is_fostered:
        return subprocess.Popen(command, env=environment, cwd=folder, pass_fds=(channel,), stderr=errors)
    told, end = os.pipe2(os.O_CLOEXEC)
    words = [sys.executable, "-S", "-E", "-c", _BETWEEN, str(end), *command]
    try:
        between = subprocess.Popen(words, env=environment, cwd=folder, pass_fds=(channel, end), stderr=errors)
    except OSError:
        os.close(told)
        raise
    finally:
        os.close(end)
    return Fostered(between, told)
