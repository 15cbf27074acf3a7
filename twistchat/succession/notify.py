"""What systemd is told of a service of `Type=notify` (sd_notify(3)): that it is ready, and which process it is."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


def is_watched(environment: Mapping[str, str] | None = None) -> bool:
    """Whether somebody waits to be told."""
    return bool((os.environ if environment is None else environment).get("NOTIFY_SOCKET"))


def tell(said: str, environment: Mapping[str, str] | None = None) -> None:
    """Tell it; where nobody listens any more nothing happens.

    Args:
        said: Such as `READY=1`, or `MAINPID=123`.
        environment: In place of this process's.
    """
    path = (os.environ if environment is None else environment).get("NOTIFY_SOCKET", "")
    if not path:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
        sending.sendto(said.encode("ascii"), f"\0{path[1:]}" if path.startswith("@") else path)
