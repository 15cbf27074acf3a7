"""Announcements typed at the server itself, as the tutorial's server had them: `twistd -n twistchat --console`."""

from __future__ import annotations

import threading
from typing import IO, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread
from twisted.logger import Logger

from twistchat.admin.administration import Administration
from twistchat.core.text import clean_line
from twistchat.errors import ChatError
from twistchat.wire.text import decode

log = Logger()

WHO = "the server's own terminal"

MOST_BYTES = 4096
"""Of a line; what is longer is taken in parts."""


class StdinService(Service):
    """Reads lines while it runs; each is announced before the next is read.

    A thread reads: made non-blocking, as the reactor would need it, the terminal would be so for the log, too.
    """

    def __init__(self, administration: Administration, reactor: Any, stream: IO[bytes]) -> None:
        """Prepare to read.

        Args:
            administration: What administrators work with.
            reactor: What announcements are made in.
            stream: Standard input.
        """
        self._moderation = administration.moderation
        self._reactor = reactor
        self._stream = stream

    def startService(self) -> None:
        """Begin to read; the thread ends with the input, or with the process."""
        super().startService()
        log.info("console: each line typed here is announced to everyone.")
        threading.Thread(target=self._read, name="console", daemon=True).start()

    def _read(self) -> None:
        while line := self._stream.readline(MOST_BYTES):
            blockingCallFromThread(self._reactor, self._announce, line)  # type: ignore[arg-type]  # it means Deferred[T]

    def _announce(self, line: bytes) -> Deferred[None]:
        return Deferred.fromCoroutine(self._announced(line))

    async def _announced(self, line: bytes) -> None:
        try:
            text = clean_line(decode(line))
            if text and self.running:
                await self._moderation.announce(WHO, text)
        except ChatError as error:
            log.error("console: {error}", error=str(error))
