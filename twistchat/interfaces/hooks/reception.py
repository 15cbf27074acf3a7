"""Programs at the web port: which of them are heard, and what they are answered.

Rule 1: the token alone is the address: `/hooks/TOKEN` and `/feed/TOKEN`, whatever follows, as tools put more behind it;
    and `/TOKEN` for what is posted, as ntfy's programs take the token for the topic of a server.
Rule 2: a wrong token is answered alike, whatever is wrong about it, and before a body is read.
Rule 3: `ok` means stored. It is in small letters, as Grafana takes Slack's `OK` in others for a failure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twistchat.core.bans import FEED, HOOK, Act
from twistchat.core.hub import Hub
from twistchat.core.programs import is_like_token
from twistchat.errors import (
    ChatError,
    NothingReadable,
    NotRead,
    NotStored,
    Overloaded,
    Restricted,
    TooFast,
    TooManyRooms,
)
from twistchat.interfaces.hooks.feeds import read_feed
from twistchat.interfaces.hooks.posts import post, token_of_ntfy
from twistchat.interfaces.responses import NOT_HERE, Caller, Response, TurnedAway, said
from twistchat.wire.http import Head

log = Logger()

MOST_BODY_BYTES = 64 * 1024
"""Slack takes 40,000 characters, Discord 6,000; Alertmanager sends a few KiB for a group of alerts."""

MOST_UNKNOWN_BYTES = 16 * 1024
"""Of a body that has the token in it, so that anybody may send one; ntfy's messages have 4 KiB."""

WAIT_SECONDS = 10
"""After which a program may try again where nothing can be stored."""

OK = Response(HTTPStatus.OK, b"ok", "text/plain")

_PATH = re.compile(r"(?P<kind>hooks|feed)(?:/(?P<token>[^/]*).*)?")
_KINDS = {"hooks": HOOK, "feed": FEED}
_SUFFIXES = re.compile(r"\.(?:json|atom|xml)$")
_UNSPOKEN = ("image", "audio", "video", "font")

_NO_HOOK = said(HTTPStatus.NOT_FOUND, "There is nothing at this address. Whoever runs the server makes one: hook NAME")
_FAR = said(
    HTTPStatus.FORBIDDEN,
    "Only programs on this machine and in private networks are heard here; --hooks everyone hears all.",
)
_NO_WORDS = said(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "That is no text. Send text, a form or JSON.")
_POST = said(HTTPStatus.METHOD_NOT_ALLOWED, "Send what is to be said by POST.", Allow="POST, PUT")
_GET = said(HTTPStatus.METHOD_NOT_ALLOWED, "A feed is read by GET.", Allow="GET, HEAD")

_STATUS: dict[type[ChatError], HTTPStatus] = {
    TooFast: HTTPStatus.TOO_MANY_REQUESTS,
    NothingReadable: HTTPStatus.UNPROCESSABLE_ENTITY,
    Restricted: HTTPStatus.FORBIDDEN,
    NotStored: HTTPStatus.SERVICE_UNAVAILABLE,
    NotRead: HTTPStatus.SERVICE_UNAVAILABLE,
    Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    TooManyRooms: HTTPStatus.SERVICE_UNAVAILABLE,
}


def refused(error: ChatError) -> Response:
    """What a program is answered that is refused; where waiting helps, for how long."""
    kinds = (status for kind, status in _STATUS.items() if isinstance(error, kind))
    status = next(kinds, HTTPStatus.SERVICE_UNAVAILABLE)
    if status is HTTPStatus.TOO_MANY_REQUESTS or status is HTTPStatus.SERVICE_UNAVAILABLE:
        seconds = math.ceil(error.seconds) if isinstance(error, TooFast) else WAIT_SECONDS
        return said(status, str(error), Retry_After=str(seconds))
    return said(status, str(error))


class ProgramReception:
    """Answers programs. See `twistchat.interfaces.responses.Reception`."""

    def __init__(self, hub: Hub, whom: str, page: str) -> None:
        """Hear programs.

        Args:
            hub: The chat.
            whom: Which: `near`, `everyone` or `off`.
            page: The path of the page, below which hooks are as well, for who passes on that alone.
        """
        self._hub = hub
        self._whom = whom
        self._page = page

    def expects(self, head: Head) -> bool:
        """Whether a request is for a hook or a feed; ntfy's programs post to the page itself."""
        return self._read(head) is not None or (
            self._is_page(head) and head.has_body and head.method in ("POST", "PUT")
        )

    def most_bytes(self, caller: Caller, head: Head) -> int:
        """How long a body may be.

        Raises:
            TurnedAway: None is read: the caller may not post, or it would be none that can be said.
        """
        if self._whom == "off":
            raise TurnedAway(NOT_HERE)
        if self._whom == "near" and not caller.is_near:
            raise TurnedAway(_FAR)
        kind, token = self._read(head) or (HOOK, "")
        if kind == FEED and head.method not in ("GET", "HEAD"):
            raise TurnedAway(_GET)
        if kind == HOOK and head.method not in ("POST", "PUT"):
            raise TurnedAway(_POST)
        if head.headers.get("content-type", "").partition("/")[0].strip().lower() in _UNSPOKEN:
            raise TurnedAway(_NO_WORDS)
        if kind == HOOK and not token:
            return MOST_UNKNOWN_BYTES
        if self._hub.programs.find(kind, token) is None:
            raise TurnedAway(self._wrong(caller))
        return MOST_BODY_BYTES if kind == HOOK else 0

    def answer(self, caller: Caller, head: Head, body: bytes) -> Deferred[Response]:
        """Answer a request."""
        answering = Deferred.fromCoroutine(self._answer(caller, head, body))
        return answering.addErrback(self._failed)

    def _failed(self, failure: Any) -> Response:
        log.failure("a program could not be answered", failure)
        return said(HTTPStatus.INTERNAL_SERVER_ERROR, "An error in the server; its log says more.")

    async def _answer(self, caller: Caller, head: Head, body: bytes) -> Response:
        kind, token = self._read(head) or (HOOK, "")
        act = self._hub.programs.find(kind, token or token_of_ntfy(body))
        if act is None:
            return self._wrong(caller)
        use = self._hub.programs.use(act)
        try:
            response = await self._used(act, head, body)
        except ChatError as error:
            use.refusal = error.code
            return refused(error)
        use.done(self._hub.wall())
        return response

    def _used(self, act: Act, head: Head, body: bytes) -> Coroutine[Any, Any, Response]:
        return read_feed(self._hub, act, head) if act.verb == FEED else self._post(act, head, body)

    async def _post(self, act: Act, head: Head, body: bytes) -> Response:
        await post(self._hub, act, head, body)
        return OK

    def _wrong(self, caller: Caller) -> Response:
        try:
            self._hub.programs.check_wrong(caller.address)
        except TooFast as error:
            return refused(error)
        return _NO_HOOK

    def _is_page(self, head: Head) -> bool:
        return head.path in ("/", self._page)

    def _read(self, head: Head) -> tuple[str, str] | None:
        """The kind and the token of a path; None for any other path."""
        path = head.path.removeprefix(self._page).removeprefix("/")
        if head.method in ("POST", "PUT") and is_like_token(first := path.partition("/")[0]):
            return HOOK, first
        found = _PATH.fullmatch(path)
        if found is None:
            return None
        token = found["token"] or ""
        return _KINDS[found["kind"]], _SUFFIXES.sub("", token) if found["kind"] == "feed" else token
