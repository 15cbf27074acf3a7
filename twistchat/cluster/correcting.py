"""Sets right what the log says of this server's people where it is not so, as after a burial."""

from __future__ import annotations

from typing import Any

from twistchat.cluster.batches import rows_of
from twistchat.cluster.connectedchat import ConnectedChat
from twistchat.cluster.ownbatches import OwnBatches
from twistchat.cluster.peoplebyserver import PeopleByServer, room_and_name
from twistchat.core.events import Gone, Joined, Stored

AGAIN_SECONDS = 1.0
"""Before it is looked at again where something is still on its way."""


class Correction:
    """Of one server's people."""

    def __init__(self, own: OwnBatches, attendance: PeopleByServer, server: str, reactor: Any) -> None:
        """Correct nothing yet.

        Args:
            own: This server's batches.
            attendance: Who is in which room, as the log has it.
            server: This one.
            reactor: Time for intervals.
        """
        self._own = own
        self._attendance = attendance
        self._server = server
        self._reactor = reactor
        self._is_going_on = False
        self.chat: ConnectedChat | None = None
        """Whose people it is about."""

    def soon(self) -> None:
        """Compare what the log says of this server's people with who is here, once nothing is on its way."""
        if not self._is_going_on and self.chat is not None:
            self._is_going_on = True
            self.chat.settled().addCallback(lambda _: self._correct())

    def _correct(self) -> None:
        self._is_going_on = False
        assert self.chat is not None
        if self._own.run is None or len(self._own):
            self._reactor.callLater(AGAIN_SECONDS, self.soon)
            return
        here = dict.fromkeys(self.chat.memberships())
        said = dict.fromkeys(map(room_and_name, self._attendance.of(self._server)))
        events: list[Stored] = [Gone(room, name) for room, name in said if (room, name) not in here]
        events += [Joined(room, name) for room, name in here if (room, name) not in said]
        if events:
            self._own.add(rows_of(events), is_of_chat=False).addErrback(lambda _: self.soon())
