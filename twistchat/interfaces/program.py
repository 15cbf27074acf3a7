"""A program at the far end of a connection: it sends JSON objects where a person types lines."""

from __future__ import annotations

from contextlib import suppress

from twistchat.core.replies import Refused
from twistchat.core.session import Session
from twistchat.errors import LineTooLong, NobodyCalled, NoSuchLanguage, NotARequest
from twistchat.wire.json import Hello, JsonFormat, parse_request


def enter(session: Session, hello: Hello) -> None:
    """Enter the chat as a hello says; an earlier connection with the same name and key makes room for this."""
    session.want_past(hello.past)
    session.take_place(hello.name, hello.key)
    session.entrance.show_code(hello.code)
    session.receive(hello.name)


def receive(session: Session, line: str) -> None:
    """Take a request of a program to its session."""
    try:
        request = parse_request(line)
    except NotARequest as error:
        session.reject(error)
        return
    if session.name is None:
        session.tell(Refused(NobodyCalled(""), request.id))
    elif len(request.line.encode()) > (most := session.limits.line_bytes):
        session.reject(LineTooLong(most), request.id)
    else:
        session.receive(request.line, request.id)


def spoken_by(hello: Hello, format: JsonFormat) -> JsonFormat:
    """The dialect that a program asks for: that format in its language, or as it is where that is not spoken."""
    with suppress(NoSuchLanguage):
        return format.spoken(hello.language)
    return format
