"""The talking side of a connection: what came is dealt with in its order, a share each turn, at the talker's pace.

How lines are cut out of what came is the dialect's: its `Talker` gives them one by one. The way out is `egress.py`.

| state | deals with lines | reads on | left when |
|---|---|---|---|
| FREE | as they come, 32 a turn | yes | 32 were dealt with, or the turn's time is up: NEXT_TURN; held back: HELD |
| NEXT_TURN | no, as the others come first | while less than 1 KiB waits | a turn has time for this one: FREE |
| HELD | no | while less than 64 KiB waits | the time is up: FREE |
| OVER | no | as it was | never |

Rule 1: lines are dealt with in the order they came in, and none is dropped while the connection lasts. What is not read
    waits in the kernel, and then at the sender.
Rule 2: reading goes on while a talker is held back, or nobody would see them hang up. What is read is looked at
    without being dealt with, where the dialect has to answer some of it (a ping, a closing frame).
Rule 3: who has had 64 KiB waiting for 60 seconds, and never less than half of it meanwhile, is let go: no paste is so.
Rule 4: a line that is a program's hello, while there is no name, makes the connection a program's for good.
Rule 5: a peer ends in order by a FIN, TLS's close_notify, a WebSocket's closing frame or a datagram that says so. What
    came before that is dealt with as if they had stayed, in its order and at its pace, for 30 seconds at most; then
    their session closes. Who closed the sending side alone (`nc -N`) is answered. Who closed both looks the same, and
    is said all the same, whether anybody still takes what is sent or not.
Rule 6: a connection that is lost for good, by a reset or a time-out, ends its session at once: nobody is a member
    without a connection, and the peer's system told them that what they sent may be lost. What waited then is not said.
    The log says how much, as it does of what rule 5 has no time for.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.core.clocks import DelayedCall, Timer, cancel, seconds_left
from twistchat.core.hub import Hub
from twistchat.core.replies import Refused
from twistchat.core.session import Session
from twistchat.errors import ChatError, NeverStops, NotARequest
from twistchat.interfaces import program
from twistchat.interfaces.descriptors import check_capacity
from twistchat.interfaces.talker import Talker
from twistchat.wire.json import JsonFormat, parse_hello
from twistchat.wire.packing import Written, again

log = Logger()

LINES_A_TURN = 32
"""Lines taken from one connection before the others have their turn (ngircd: 3 a pass)."""

MOST_WAITING = 64 * 1024
"""Bytes read ahead of a talker who is held back; more waits in the kernel."""

MOST_FOR_NEXT_TURN = 1024
"""Bytes read ahead of a talker who waits for a turn; reading no more and again costs as much as a short line."""

FULL_SECONDS = 60.0
"""How long that much may wait before its sender is let go."""


LAST_SECONDS = 30.0
"""How long it may take to deal with what came before a peer's end: by the usual flood limit, 70 lines."""


class State(Enum):
    """What becomes of lines that came; see the table above."""

    FREE = "free"
    NEXT_TURN = "next turn"
    HELD = "held"
    OVER = "over"


FREE, NEXT_TURN, HELD, OVER = State


class Ingress:
    """Takes what came from one connection to its session."""

    def __init__(self, hub: Hub, talker: Talker, transport: Any, json: JsonFormat) -> None:
        """Begin free, with no session yet.

        Args:
            hub: The chat.
            talker: The dialect's side; its client there.
            transport: An `IPushProducer` that brings what is read, or None where the peer waits by itself.
            json: What programs are spoken to in, unless they ask for another language.
        """
        self.state = FREE
        self.session: Session | None = None
        self.is_program = False
        """Whether a program is at the far end."""
        self.is_reading = True
        self._hub = hub
        self._turns = hub.turn
        self._talker = talker
        self._transport = transport
        self._json = json
        self._until = 0.0  # held
        self._turn: DelayedCall | None = None
        self._release: Timer | None = None
        self._full: Timer | None = None
        self._last: Timer | None = None
        self._has_all = False  # nothing more comes
        self._is_finishing = False  # all that came is with the session
        self._is_lost = False  # nobody takes what is sent

    # --- handed to another process

    def written(self) -> Written:
        """What another process needs to go on; the session is the core's to portray."""
        now = self._hub.clock.seconds()
        timers = {
            "held": seconds_left(self._release, now),
            "full": seconds_left(self._full, now),
            "last": seconds_left(self._last, now),
        }
        flags = {"has_all": self._has_all, "lost": self._is_lost, "deaf": self._transport is None}
        return {"program": self.is_program, "reading": self.is_reading, **flags, **timers}

    def revive(self, state: Written, session_of: Callable[[Talker], Session]) -> Session:
        """Be where a state was written down, and deal with nothing before `begin`.

        Args:
            state: It.
            session_of: Gives a client its session back.
        """
        self.is_program, self.is_reading, self._has_all = state["program"], state["reading"], state["has_all"]
        self._is_lost = state["lost"]
        if state["deaf"]:
            self._transport = None
        elif self._transport is not None:
            self._transport.pauseProducing()
        self.session = session_of(self._talker)
        return self.session

    def begin(self, state: Written) -> None:
        """Go on from there: the same state again; nothing was read until now."""
        self._full = again(state["full"], self._never_stops, self._hub.clock)
        self._last = again(state["last"], self._not_in_time, self._hub.clock)
        if self.is_reading and self._transport is not None:
            self._transport.resumeProducing()
        if state["held"] is None:
            self._wait_for_turn()
        else:
            self.hold(state["held"])

    # --- the session

    def connect(self) -> Session:
        """Ask the chat for a session.

        Raises:
            ChatError: There is none to be had.
        """
        check_capacity(self._transport)
        self.session = self._hub.connect(self._talker)
        return self.session

    def come_in(self) -> Session | None:
        """Ask the chat for a session; where there is none to be had, the peer is told why, and is to be let go."""
        try:
            return self.connect()
        except ChatError as error:
            format = self._talker.format
            self._talker.send(format.frame(format.reply(Refused(error))))
            return None

    @property
    def has_all(self) -> bool:
        """Whether nothing more comes."""
        return self._has_all

    @property
    def name(self) -> str:
        """What the log calls whoever is there: their name, or where they come from."""
        return (self.session.name if self.session is not None else None) or self._talker.address

    def speak(self, format: Any) -> None:
        """Go on in another dialect, as it turned out what the client is."""
        assert self.session is not None
        self._talker.format = format
        self.session.speak(format)

    def hear(self, text: str) -> bool:
        """Deal with a line if a program said it: its hello, or a request.

        Returns:
            False where a person said it, to whose session it is still to be given.
        """
        session = self.session
        assert session is not None
        if session.name is None and self._greet(session, text):
            return True
        if self.is_program:
            program.receive(session, text)
        return self.is_program

    def _greet(self, session: Session, text: str) -> bool:
        try:
            hello = parse_hello(text)
        except NotARequest as error:
            session.reject(error)
            return True
        if hello is None:
            return False
        self.is_program = True
        session.entrance.read_ahead(None)
        self.speak(program.spoken_by(hello, self._json))
        program.enter(session, hello)
        return True

    def overflowed(self, cap: int) -> None:
        """Note, for an `Egress`, that it let the peer go."""
        self.log_end("{cap} bytes waited for it to read", cap=cap)

    def log_end(self, why: str, **more: Any) -> None:
        """Say in the log that this talker is let go.

        Args:
            why: With fields in it as `twisted.logger` has them.
            more: What stands in those.
        """
        log.info(f"{{interface}}: {{name!a}} let go: {why}", interface=self._talker.interface, name=self.name, **more)

    # --- the pace

    def go_on(self) -> bool:
        """Do this turn's share of what waits; to be called whenever something came.

        Returns:
            False where nothing may be done now.
        """
        if self.state is OVER or self._turn is not None:
            return False
        if not self._deal_with_share():
            self._wait_for_turn()
        elif self._has_all and self.state is FREE:
            self._finish()
        if self.state is not OVER:
            self._talker.share_done()
            self._settle()
        return True

    def _deal_with_share(self) -> bool:
        """Deal with what may be dealt with now; false where there may be more of it."""
        turn, take_next = self._turns, self._talker.take_next
        if self.state is FREE and not turn.has_time():
            return False
        for _ in range(LINES_A_TURN):
            if self.state is not FREE:
                if not self._look_ahead():
                    return True
            elif turn.is_over:
                return False
            elif not take_next():
                return True
        return False

    def _look_ahead(self) -> bool:
        return self.state is HELD and self._talker.look_ahead()

    def _wait_for_turn(self) -> None:
        if self.state is FREE:
            self.state = NEXT_TURN
        self._turn = self._turns.wait(self._turn_came)

    def _turn_came(self) -> None:
        self._turn = None
        if self.state is NEXT_TURN:
            self.state = FREE
        self.go_on()

    def hold(self, seconds: float) -> bool:
        """The core's hook: deal with nothing more for a while."""
        until = self._hub.clock.seconds() + seconds
        if self.state is OVER or (self._release is not None and until <= self._until):
            return True
        cancel(self._release)
        self._until = until
        self._release = self._hub.clock.callLater(seconds, self._released)
        self.state = HELD
        self._settle()
        return True

    def _released(self) -> None:
        self._release = None
        self.state = FREE if self._turn is None else NEXT_TURN
        self.go_on()

    def stop(self) -> None:
        """Deal with nothing more for ever; idempotent."""
        self.state = OVER
        for call in (self._turn, self._release, self._full, self._last):
            cancel(call)

    # --- the end

    def no_more(self, seconds: float | None = LAST_SECONDS) -> None:
        """Note that nothing more comes, as the peer has ended in order; `go_on` then sees to what came before.

        Idempotent. Where the session is over, there is nothing to see to.

        Args:
            seconds: How long that may take; None where the connection lasts, and its peer waits for as long as it is.
        """
        if not self._has_all and self._is_alive:
            self._has_all = True
            if seconds is not None:
                self._last = self._hub.clock.callLater(seconds, self._not_in_time)

    def shut(self) -> None:
        """Deal with what came, as the peer has closed its sending side: there is nothing to be read any more."""
        self._transport = None
        self.no_more()
        self.go_on()

    def lost(self, why: Failure) -> None:
        """Note that the connection is gone: by rule 5 where the peer ended it in order, otherwise by rule 6."""
        self._transport = None
        ended_in_order = self._has_all or why.check(ConnectionDone)
        if self._is_alive and ended_in_order and not why.check(ConnectionAborted):
            self._is_lost = True
            self.shut()
            return
        self.stop()
        if self.session is not None:
            self._log_unsaid("the connection was lost")
            self.session.close()

    @property
    def _is_alive(self) -> bool:
        return self.session is not None and not self.session.is_gone

    def _finish(self) -> None:
        """Close the session once it has dealt with what it was given."""
        if not self._is_finishing and self.session is not None:
            self._is_finishing = True
            self.session.finish(self._all_is_said, is_answered=not self._is_lost)

    def _all_is_said(self) -> None:
        assert self.session is not None
        self.session.close()
        self._talker.disconnect()
        self.stop_if_lost()

    def stop_if_lost(self) -> None:
        """To be called when a session has ended: no connection is there to be read to its end."""
        cancel(self._last)
        if self._is_lost:
            self.stop()

    def _not_in_time(self) -> None:
        if self._is_alive:
            self._log_unsaid("it took too long after their end")
            self._let_go(LAST_SECONDS)

    def _log_unsaid(self, why: str) -> None:
        assert self.session is not None
        lines, size = self.session.held, self._talker.waiting
        if not self.session.is_gone and (lines or size):
            self.log_end(f"{why}; not said: {{lines}} lines and {{size}} bytes", lines=lines, size=size)

    def _settle(self) -> None:
        """Read on or not, and watch for how long it has been full."""
        if self.state is FREE and self.is_reading and self._full is None:  # as nearly always
            return
        waiting = self._talker.waiting
        is_full = self.state is HELD and waiting >= MOST_WAITING
        self._read(not is_full and (self.state is not NEXT_TURN or waiting < MOST_FOR_NEXT_TURN))
        if is_full and self._full is None:
            self._full = self._hub.clock.callLater(FULL_SECONDS, self._never_stops)
        elif self._full is not None and waiting < MOST_WAITING // 2:
            cancel(self._full)
            self._full = None

    def _read(self, on: bool) -> None:
        if on is not self.is_reading and self._transport is not None:
            self.is_reading = on
            if on:
                self._transport.resumeProducing()
            else:
                self._transport.pauseProducing()

    def _never_stops(self) -> None:
        self.log_end("sent too fast for {seconds:.0f} s", seconds=FULL_SECONDS)
        self._let_go(FULL_SECONDS)

    def _let_go(self, seconds: float) -> None:
        assert self.session is not None
        self.session.refuse(NeverStops(seconds))
        self.session.close()
        self._talker.hang_up()
        self.stop_if_lost()
