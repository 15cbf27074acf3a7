"""A program at the far end of a connection: it sends JSON objects where a person types lines."""

from __future__ import annotations

from contextlib import suppress

from twistchat.core.replies import Refused
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
        self._session.take_place(hello.name, hello.key)
        self._session.receive(hello.name)

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
        elif len(request.line.encode()) > (most := session.limits.line_bytes):
            session.reject(LineTooLong(most), request.id)
        else:
            session.receive(request.line, request.id)


def spoken_by(hello: Hello, default: Language) -> JsonFormat:
    """The dialect that a program asks for; the server's own language where that is not spoken."""
    format = JsonFormat(default)
    with suppress(NoSuchLanguage):
        return format.spoken(hello.language)
    return format
