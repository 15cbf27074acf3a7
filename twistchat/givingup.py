"""A server that cannot start says why in one sentence, to whoever started it, and ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from twisted.logger import Logger

from twistchat.errors import CannotStart, NotUnderstood
from twistchat.status import FAILED, WRONG_USE

log = Logger()


def give_up(error: CannotStart, twistd: Any) -> NoReturn:
    """End the process with one sentence; twistd itself would show a traceback and leave its pid file behind."""
    if twistd is not None and twistd.get("pidfile"):
        with contextlib.suppress(OSError, ValueError):
            pidfile = Path(twistd["pidfile"])
            if int(pidfile.read_text()) == os.getpid():
                pidfile.unlink()
    starter = None if twistd is None else twistd.get("statusPipe")
    if starter is None:
        print(f"twistchat: {error}", file=sys.__stderr__)  # twistd makes sys.stderr a part of the log
    else:
        _tell_starter(error, starter)
    sys.exit(WRONG_USE if isinstance(error, NotUnderstood) else FAILED)


def _tell_starter(error: CannotStart, starter: int) -> None:
    """Tell the process that started this daemon; it waits for that, shows 98 bytes, and names the log for the rest."""
    log.critical("{error}", error=str(error))
    os.write(starter, f"1 {error}".encode("ascii", "backslashreplace")[:100])
    os.close(starter)
