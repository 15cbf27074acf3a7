"""What is answered to a request at the web port, whoever answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred

from twistchat.wire.http import Head


@dataclass(frozen=True)
class Response:
    """An answer to a request, without what every answer says."""

    status: HTTPStatus
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    more: Mapping[str, str] = field(default_factory=dict)


def said(status: HTTPStatus, sentence: str, **more: str) -> Response:
    """An answer in a sentence; an underscore in a field's name stands for a hyphen."""
    return Response(status, f"{sentence}\n".encode(), more={name.replace("_", "-"): more[name] for name in more})


NOT_HERE = said(HTTPStatus.NOT_FOUND, "There is nothing here.")


class TurnedAway(Exception):
    """A request is answered before its body is read."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body.decode().strip())
        self.answer = answer


class Caller(NamedTuple):
    """Who sends a request."""

    address: str
    """The real one, where a proxy that is believed has passed it on."""
    is_near: bool
    """Whether that is this machine's or a private network's."""


class Reception(Protocol):
    """Answers requests that may have a body, and whose answers may take a while."""

    def expects(self, head: Head) -> bool:
        """Whether a request is its to answer."""
        ...

    def most_bytes(self, caller: Caller, head: Head) -> int:
        """How long a body may be.

        Raises:
            TurnedAway: None is read.
        """
        ...

    def answer(self, caller: Caller, head: Head, body: bytes) -> Deferred[Response]:
        """Answer a request; the Deferred does not fail."""
        ...
