"""The connection under a conversation: made again, with growing waits, for as long as there is something to say."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from twistchat.client.address import Address
from twistchat.client.conversation import Conversation
from twistchat.client.reasons import NO_ANSWER, reason_of
from twistchat.core.clocks import DelayedCall, cancel
from twistchat.errors import Phrase

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before the first and the later tries to connect; each wait is twice the one before, give or take a fifth."""

PING_SECONDS = 20.0
"""Between two signs of life that the client asks for."""

FIRST_PING_SECONDS = 2.0

ANSWER_SECONDS = 15.0
"""How long the server may take to answer one; after that the connection counts as dead."""

LOOK_SECONDS = 5.0
"""Between two looks at the clock. One that comes twice as late shows that the terminal was stopped, or the machine
asleep: then the server is asked at once, as nobody knows what became of the connection."""

WOKEN_SECONDS = 5.0
"""How long the server may take to answer then."""

PROMPT_SECONDS = 8.0
"""How long a server may take for the prompt, which it sends at once; a web server is silent until it is asked."""


class Wire(Protocol):
    """One connection, as a transport serves it."""

    def send(self, data: bytes) -> None:
        """Send bytes."""
        ...

    def close(self) -> None:
        """End it; `Link.closed` is called once it is gone, if that has not been yet."""
        ...


Connect = Callable[["Link"], Deferred[Wire]]
"""Makes a connection that gives its lines to `Link.line` and tells `Link.closed` when it is gone."""


class Link:
    """Keeps a conversation connected."""

    def __init__(self, reactor: Any, address: Address, conversation: Conversation, connect: Connect) -> None:
        """Prepare; `start` connects.

        Args:
            reactor: For the waits.
            address: Only to be shown.
            conversation: Whose connection this is.
            connect: Makes one connection.
        """
        self._reactor = reactor
        self._address = address
        self._conversation = conversation
        self._connect = connect
        self._wire: Wire | None = None
        self._timer: DelayedCall | None = None
        self._wait = FIRST_WAIT
        self._heard = self._looked = 0.0
        self._patience = ANSWER_SECONDS
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor
        self._stopped = False
        self._has_told = False
        self.lost_since: float | None = reactor.seconds()
        """When the connection was lost, by the reactor's clock; None while there is one."""
        self.was_connected = False
        self.first_failed: Callable[[str], None] = lambda reason: None
        """Called where the very first try fails, with the reason."""

    def start(self) -> None:
        """Connect now."""
        if not self._stopped:
            self._connect(self).addCallbacks(self._made, self._not_made)

    def stop(self) -> None:
        """Hang up, and connect no more."""
        self._stopped = True
        self._cancel()
        self._stop_looking()
        if self._wire is not None:
            self._wire.close()

    # --- called by transports

    def opened(self, wire: Wire) -> None:
        """The server is ready for the hello."""
        self._wire = wire
        self.was_connected = True
        self.lost_since = None
        self._later(FIRST_PING_SECONDS, self._ping)
        self._looked = self._reactor.seconds()
        self._looking.start(LOOK_SECONDS, now=False)
        self._conversation.connected(wire.send)

    def line(self, wire: Wire, line: bytes) -> None:
        """A line came."""
        if wire is not self._wire:
            return
        self._heard = self._reactor.seconds()
        if self._conversation.received(line.decode("utf-8", "replace")):
            if self._conversation.is_in:
                self._wait, self._has_told = FIRST_WAIT, False
        else:
            self._not_ours(line.decode("utf-8", "replace"))

    def remark(self, code: str, sentence: str, data: Mapping[str, object]) -> None:
        """Show something about the connection."""
        self._conversation.display.remark(code, sentence, data)

    def refuse(self, code: str, sentence: str, data: Mapping[str, object]) -> None:
        """Say why the server at that address is not talked to, and end: trying again would change nothing."""
        self.stop()
        self.remark(code, sentence, data)
        self._conversation.display.ended(1)

    def closed(self, wire: Wire, reason: str) -> None:
        """A connection is gone; nothing happens for one that was given up before."""
        if wire is not self._wire:
            return
        self._wire = None
        self.lost_since = self._reactor.seconds()
        self._cancel()
        self._stop_looking()
        self._conversation.lost()
        self._try_again(reason)

    # --- making connections

    def _made(self, wire: Wire) -> None:
        if self._stopped:
            wire.close()
        elif self._wire is None:
            self._later(PROMPT_SECONDS, lambda: self._no_prompt(wire))

    def _no_prompt(self, wire: Wire) -> None:
        """Nothing came to say hello to: another kind of port; or, where there was a chat, one that hangs."""
        wire.close()
        if not self.was_connected:
            self.stop()
            sentence = Phrase(
                "{address} says nothing, so it is no TCP port of a chat. A web page is for a browser; "
                "for TLS, write tls:// before the host."
            )
            self._conversation.display.remark("no-prompt", sentence, {"address": str(self._address)})
            self._conversation.display.ended(1)

    def _not_made(self, failure: Failure) -> None:
        self.failed(reason_of(failure))

    def failed(self, reason: str) -> None:
        """A connection ended before it was opened, or none could be made."""
        if self._stopped:
            return
        self._cancel()
        if not self.was_connected and self._wait == FIRST_WAIT:
            self._wait *= 2
            self.first_failed(reason)
        self._try_again(reason)

    def _try_again(self, reason: str) -> None:
        if self._stopped:
            return
        if not self._has_told:
            self._has_told = True
            sentence = Phrase("No connection to {address} ({reason}). Trying again; what you type is kept.")
            self._conversation.display.remark("lost", sentence, {"address": str(self._address), "reason": reason})
        self._later(self._wait * random.uniform(0.8, 1.2), self.start)
        self._wait = min(2 * self._wait, LONGEST_WAIT)

    def _not_ours(self, line: str) -> None:
        sentence = Phrase("{address} does not look like a twistchat server. It says: {line}")
        self._conversation.display.remark("not-ours", sentence, {"address": str(self._address), "line": line[:200]})
        self._conversation.display.ended(1)

    # --- signs of life

    def _look(self) -> None:
        """Look whether this process was stopped."""
        if not self._was_stopped():
            self._looked = self._reactor.seconds()

    def _was_stopped(self) -> bool:
        """Whether more time is gone than should be; then the server is asked whether it is there."""
        now = self._reactor.seconds()
        if now - self._looked <= 2 * LOOK_SECONDS:
            return False
        self._looked = now
        self._ask(WOKEN_SECONDS)
        return True

    def _stop_looking(self) -> None:
        if self._looking.running:
            self._looking.stop()

    def _ping(self) -> None:
        asked = self._reactor.seconds()
        if not self._conversation.is_in and asked - self._heard < ANSWER_SECONDS:
            self._later(PING_SECONDS, self._ping)  # much was missed, and it is coming
            return
        self._ask(ANSWER_SECONDS)

    def _ask(self, patience: float) -> None:
        asked = self._reactor.seconds()
        self._patience = patience
        self._later(patience, self._dead)
        self._conversation.ping(lambda: self._answered(asked))

    def _answered(self, asked: float) -> None:
        self._conversation.lag = self._reactor.seconds() - asked
        self._conversation.display.changed()
        self._later(PING_SECONDS, self._ping)

    def _dead(self) -> None:
        if self._was_stopped():  # what has come meanwhile is not read yet
            return
        wire, silent = self._wire, self._reactor.seconds() - self._heard
        if silent < self._patience:
            self._later(self._patience - silent, self._dead)  # other lines come, so the answer is on its way
        elif wire is not None:
            self.closed(wire, NO_ANSWER)
            wire.close()

    def _later(self, seconds: float, call: Callable[[], object]) -> None:
        self._cancel()
        self._timer = self._reactor.callLater(seconds, call)

    def _cancel(self) -> None:
        cancel(self._timer)
