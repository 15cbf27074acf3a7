"""What a dialect does for the talking side of its connection, which is `ingress.py`."""

from __future__ import annotations

from typing import Any, Protocol

from twistchat.core.ports import Client


class Talker(Client[Any], Protocol):
    """What a dialect does for the talking side of its connection."""

    format: Any
    """As the core's Client; set anew when the client turns out to speak another."""

    @property
    def waiting(self) -> int:
        """Bytes that were read and are still to be dealt with."""
        ...

    def take_next(self) -> bool:
        """Deal with the next line; false where none is there as a whole."""
        ...

    def look_ahead(self) -> bool:
        """Look at what came next without dealing with it; false where there is nothing to be seen."""
        ...

    def share_done(self) -> None:
        """Called when a turn's share is done, unless the connection is over."""
        ...

    def hang_up(self) -> None:
        """End the connection, whose session is closed, once what is queued for it is out."""
        ...
