"""What a process is told that is started to take over, beside its command line: an environment variable has it."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import MutableMapping, Sequence
from dataclasses import asdict, dataclass, fields

VARIABLE = "TWISTCHAT_SUCCESSION"

HANDED_OVER = 75
"""The exit status of a server that a keeper has started, and that has handed over to another process: EX_TEMPFAIL of
sysexits.h, which nothing else here exits with."""


@dataclass(frozen=True)
class Mandate:
    """One process's."""

    channel: int
    """The descriptor of its end of the channel."""
    is_kept: bool = False
    """Whether a keeper waits for its end, and looks who is the next."""
    pidfile: str = ""
    """The file that has the server's process id, if there is one."""
    logfile: str = ""
    """Where the operator's log goes; empty for standard output."""
    sockets: int = 0
    """How many sockets the first of all these servers was started with, and what they are called: see handed.py."""
    socket_names: str = ""

    def put(self, environment: MutableMapping[str, str]) -> None:
        """Tell a process that is to be started."""
        environment[VARIABLE] = json.dumps(asdict(self))


def mandate_of(environment: MutableMapping[str, str]) -> Mandate | None:
    """What this process was started for; None for one that begins by itself."""
    said = environment.get(VARIABLE)
    if said is None:
        return None
    known = {field.name for field in fields(Mandate)}
    return Mandate(**{name: value for name, value in json.loads(said).items() if name in known})


def taken_mandate() -> Mandate | None:
    """The same, which no process that this one starts shall believe to be its own."""
    mandate = mandate_of(os.environ)
    os.environ.pop(VARIABLE, None)
    return mandate


def own_command(originally: Sequence[str] = sys.orig_argv) -> list[str]:
    """What runs this program once more, whether it is installed or one file.

    Args:
        originally: What the interpreter was started with.
    """
    file = next((word for word in originally[1:2] if os.path.isfile(word) and zipfile.is_zipfile(word)), None)
    return [sys.executable, *(["-m", "twistchat"] if file is None else [os.path.abspath(file)])]
