"""Ports and connections that are not read while a server hands over, and are read again where it does not."""

from __future__ import annotations

from typing import Any

from twisted.internet import tcp, udp, unix

_OURS = (tcp.Port, tcp.Server, unix.Port, unix.Server, udp.Port)


class Freezer:
    """What is read no more. What is to be sent goes on: connections that are being closed have to come to their end."""

    def __init__(self, reactor: Any, spared: Any = None) -> None:
        """Freeze nothing yet.

        Args:
            reactor: What reads.
            spared: A connection that is read on, as what was begun may need it.
        """
        self._reactor = reactor
        self._spared = spared
        self._frozen: dict[Any, None] = {}

    def freeze(self) -> None:
        """Read nothing from now on; what has begun to be read since is read no more."""
        for each in self._reactor.getReaders():
            if isinstance(each, _OURS) and each is not self._spared:
                self._frozen[each] = None
                self._reactor.removeReader(each)

    def thaw(self) -> None:
        """Read on; who is gone by now is left out."""
        for each in self._frozen:
            if each.connected:
                self._reactor.addReader(each)
        self._frozen.clear()

    @property
    def is_closing(self) -> bool:
        """Whether a connection is being closed that still has something to be sent."""
        return any(isinstance(each, _OURS) and each.disconnecting for each in self._reactor.getWriters())
