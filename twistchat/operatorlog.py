"""The operator's log: one line an event, whatever is in it, and a file that can be opened again after rotation."""

from __future__ import annotations

import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TextIO

from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from zope.interface import implementer

from twistchat.privileges import User
from twistchat.wire.text import escaped

_LISTENS = re.compile(r"[\w ()]+ starting on .+|\(\w+ Port .+ Closed\)")


@implementer(ILogObserver)
class OperatorLog:
    """Writes events as lines. What a peer sent cannot begin a line of its own or act on the reader's terminal."""

    def __init__(self, path: Path | None) -> None:
        """Open the log.

        Args:
            path: The file, or None for standard output.
        """
        self._path = path
        self._stream = self._opened()

    def __call__(self, event: LogEvent) -> None:
        if _is_twisteds_own(event):
            return
        self._stream.write(formatted(event))
        self._stream.flush()

    def reopen(self) -> None:
        """Open the file anew, as something has moved the old one away.

        Raises:
            OSError: It cannot be opened; the log goes on where it was.
        """
        if self._path is not None:
            old, self._stream = self._stream, self._opened()
            old.close()

    def _opened(self) -> TextIO:
        return sys.stdout if self._path is None else self._path.open("a", encoding="utf-8", errors="backslashreplace")


def _is_twisteds_own(event: LogEvent) -> bool:
    """Whether Twisted says that it listens, or no more: we say so ourselves, with the address and how to get in."""
    return event.get("log_namespace") == "log_legacy" and bool(_LISTENS.fullmatch(str(event.get("log_text"))))


def formatted(event: LogEvent) -> str:
    """An event as a line; a failure's traceback follows, indented, so that each of its lines can be told apart."""
    time = datetime.fromtimestamp(event["log_time"]).astimezone().isoformat(timespec="seconds")
    level = event.get("log_level", LogLevel.info)
    line = f"{time} {level.name}: {escaped(formatEvent(event))}\n"
    failure = event.get("log_failure")
    if failure is not None:
        line += "".join(f"    {escaped(row)}\n" for row in failure.getTraceback().splitlines())
    return line


class _Current:
    """The process's one log: twistd makes it by the name of a function, so where it goes is said beforehand."""

    path: Path | None = None
    user: User | None = None
    log: OperatorLog | None = None


def write_to(logfile: str | None, user: User | None = None) -> None:
    """Say where the log goes, before twistd opens it.

    Args:
        logfile: What `twistd --logfile` says; None or `-` for standard output.
        user: Who the server will run as, and has to be able to open it anew.
    """
    _Current.user = user
    _Current.path = Path(logfile).absolute() if logfile and logfile != "-" else None


def opened() -> OperatorLog:
    """Open the log, as twistd asks for it with `--logger`, or end the process with a sentence."""
    path, user = _Current.path, _Current.user
    is_new = path is not None and not path.exists()
    try:
        _Current.log = OperatorLog(path)
        if is_new and path is not None and user is not None:
            os.chown(path, *user, follow_symlinks=False)
    except OSError as error:
        sys.exit(f"twistchat: --logfile {_Current.path}: {error.strerror}. Give a file that can be written.")
    return _Current.log


def file() -> str:
    """Where the log goes; empty for standard output."""
    return "" if _Current.path is None else str(_Current.path)


def reopen() -> None:
    """Open the log's file anew, if it was opened here.

    Raises:
        OSError: It cannot be opened; the log goes on where it was.
    """
    if _Current.log is not None:
        _Current.log.reopen()
