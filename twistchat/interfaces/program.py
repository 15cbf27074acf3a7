"""A program at the far end of a connection: it sends JSON objects where a person types lines."""

from __future__ import annotations

import hmac
from contextlib import suppress

from twistchat.core.hub import Hub
from twistchat.core.replies import Refused, notice
from twistchat.core.session import Session
from twistchat.errors import ChatError, LineTooLong, NobodyCalled, NoSuchLanguage
from twistchat.wire.json import Hello, JsonFormat, parse_hello, parse_request
from twistchat.wire.language import Language


class Program:
    """Takes a program's lines to its session, whatever connection brings them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def greet(self, hello: Hello) -> None:
        """Enter the chat as the hello says; an earlier connection with the same name and key makes room for this."""
        session = self._session
        _make_room(session.hub, hello)
        session.key = hello.key
        session.receive(hello.name)

    def receive(self, line: str) -> None:
        """Take one line: another hello as long as no name was accepted, a request from then on."""
        session = self._session
        try:
            hello = parse_hello(line) if session.name is None else None
            if hello is not None:
                self.greet(hello)
                return
            request = parse_request(line)
        except ChatError as error:
            session.reject(error)
            return
        if session.name is None:
            session.tell(Refused(NobodyCalled(""), request.id))
        elif len(request.line.encode()) > (most := session.hub.limits.line_bytes):
            session.reject(LineTooLong(most), request.id)
        else:
            session.receive(request.line, request.id)


def spoken_by(hello: Hello, default: Language) -> JsonFormat:
    """The dialect that a program asks for; the server's own language where that is not spoken."""
    format = JsonFormat(default)
    with suppress(NoSuchLanguage):
        return format.spoken(hello.language)
    return format


def _make_room(hub: Hub, hello: Hello) -> None:
    """End the connection that the program had before, which the server may not know to be dead."""
    try:
        other = hub.roster.find(hello.name)
    except NobodyCalled:
        return
    if other.key and hmac.compare_digest(other.key.encode(), hello.key.encode()):
        other.tell(notice("replaced", "You came in again by another connection, which takes this one's place."))
        other.end()
