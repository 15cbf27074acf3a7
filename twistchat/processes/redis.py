"""A Redis of the servers' own, at a Unix socket that their user alone can open."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from twistchat.errors import CannotStart
from twistchat.processes.supervisor import Child

PROGRAMS = ("redis-server", "valkey-server")

SOCKET = "socket"
MOST_PATH = 100
"""Bytes of a Unix socket's path; sun_path has 108 (unix(7))."""


@contextmanager
def socket_folder(folder: Path) -> Iterator[Path]:
    """Where its socket is: in its folder, or in one that is made for as long as it runs, where that one's path is long.

    Args:
        folder: Where it keeps what it keeps.
    """
    if len(str(folder.absolute() / SOCKET).encode()) <= MOST_PATH:
        yield folder.absolute()
    else:
        with tempfile.TemporaryDirectory(prefix="twistchat-") as short:
            yield Path(short)


def redis(
    folder: Path, at: Path, is_durable: bool, found: Callable[[str], str | None] = shutil.which
) -> tuple[Child, str]:
    """The process, and the endpoint where it is.

    Args:
        folder: Where it keeps what it keeps.
        at: Where its socket is.
        is_durable: Whether each line is on the disk before it is shown (`--durability power`).
        found: Finds a program on the PATH.

    Raises:
        CannotStart: There is no such program.
    """
    program = next(filter(None, map(found, PROGRAMS)), None)
    if program is None:
        raise CannotStart(
            f"--processes: neither {PROGRAMS[0]} nor {PROGRAMS[1]} is on the PATH. `apt install redis-server`, or say "
            "by --cluster where a Redis runs."
        )
    at = at / SOCKET
    folder.mkdir(0o700, exist_ok=True)
    words = [
        *(program, "--port", "0", "--unixsocket", str(at), "--unixsocketperm", "600", "--dir", str(folder.absolute())),
        *("--appendonly", "yes", "--appendfsync", "always" if is_durable else "no", "--save", ""),
        *("--daemonize", "no", "--logfile", "", "--loglevel", "warning", "--maxmemory-policy", "noeviction"),
    ]
    child = Child("redis", words, is_ready=lambda _child: _answers(at), hears_hangup=False)
    return child, f"unix:{at}"


def _answers(at: Path) -> bool:
    """Whether it takes commands; while it reads its file it says so in place of an answer."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(1.0)
        try:
            asked.connect(str(at))
            asked.sendall(b"PING\r\n")
            return asked.recv(7) == b"+PONG\r\n"
        except OSError:
            return False
