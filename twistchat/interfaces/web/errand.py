"""A request of a program: whether its body is read, and how long that is."""

from __future__ import annotations

from http import HTTPStatus

from twisted.internet.defer import Deferred

from twistchat.core.programs import is_like_token
from twistchat.interfaces.responses import Caller, Reception, Response, TurnedAway, said
from twistchat.interfaces.web.visit import OriginPolicy
from twistchat.wire.http import Head

_IN_CHUNKS = said(
    HTTPStatus.LENGTH_REQUIRED,
    "A body in chunks is not read here. Send its length first: Content-Length.",
)
_NO_LENGTH = said(
    HTTPStatus.LENGTH_REQUIRED,
    "How long the body is was not said, so it is not read. Send its length first: Content-Length.",
)
_WRONG_LENGTH = said(HTTPStatus.BAD_REQUEST, "Content-Length is one number of bytes.")
_ENCODED = said(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "A compressed body is not read here. Send it as it is.",
    Accept_Encoding="identity",
)


def without_token(path: str) -> str:
    """A path as it may be written into a log: its first part may be a token, and what follows that."""
    first, _, rest = path[1:].partition("/")
    if is_like_token(first):
        return "/..."
    return f"/{first}/..." if rest else path


class Errand:
    """A request whose head is read, and whose body is to be."""

    def __init__(self, reception: Reception, policy: OriginPolicy, peer: str, head: Head) -> None:
        """Look at a head.

        Args:
            reception: Answers the request.
            policy: Who may come.
            peer: Whose connection it is.
            head: The request's.

        Raises:
            TurnedAway: It is answered without its body.
            Refusal: It is not answered at all.
        """
        policy.check_program(peer, head)
        self.head = head
        self._reception = reception
        self._caller = Caller(policy.address(peer, head), policy.is_near(peer, head))
        most = reception.most_bytes(self._caller, head)
        self.length = _length(head, most)
        """Bytes of the body."""

    def answer(self, body: bytes) -> Deferred[Response]:
        """The answer, once the body is there."""
        return self._reception.answer(self._caller, self.head, body)


def _length(head: Head, most: int) -> int:
    if head.is_chunked:
        raise TurnedAway(_IN_CHUNKS)
    if "content-length" not in head.headers and head.method in ("POST", "PUT"):
        raise TurnedAway(_NO_LENGTH)
    length = head.length
    if length is None:
        raise TurnedAway(_WRONG_LENGTH)
    if length > most:
        raise TurnedAway(said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has {most} bytes at most here."))
    if length and head.headers.get("content-encoding", "identity").lower() != "identity":
        raise TurnedAway(_ENCODED)
    return length
