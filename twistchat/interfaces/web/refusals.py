"""What the web port refuses at its door, and the line in the log that says what was the matter."""

from __future__ import annotations

from http import HTTPStatus

from twisted.logger import Logger

from twistchat.core.limits import Rate
from twistchat.errors import NotNear
from twistchat.interfaces.noting import Noting
from twistchat.interfaces.responses import Response, said

log = Logger()

NOTED = Rate(0.2, 10)
"""Lines in the log, for all visitors together: a browser that tries again and again must not fill the disk."""

MOST_CHARS = 100
"""Of what a visitor has sent, in such a line."""

ELSEWHERE = said(
    HTTPStatus.FORBIDDEN,
    "A page from elsewhere may not talk here, nor a program without an Origin from another machine. "
    "--web-origin lists other pages, --web-proxy the proxies in front.",
)
OTHER_HOST = said(
    HTTPStatus.MISDIRECTED_REQUEST,
    "This server does not go by that host's name. It answers to localhost and to this machine's own names and "
    "addresses; --web-host lists more, --web-proxy the proxies in front.",
)
FAR = said(HTTPStatus.FORBIDDEN, str(NotNear()))
NO_UPGRADE = said(
    HTTPStatus.UPGRADE_REQUIRED,
    "A WebSocket is here, and the request has no Upgrade. A proxy in front has to pass that on.",
    Upgrade="websocket",
)


class Refusal(Exception):
    """A request is not answered as it asks to be."""

    def __init__(self, answer: Response, what: str, value: str | None = None) -> None:
        """Refuse.

        Args:
            answer: What the visitor is told.
            what: The header field that is missing or wrong, or another word for the matter.
            value: What stands in it; None where it is missing.
        """
        super().__init__(answer.body.decode().strip())
        self.answer = answer
        self.what = what
        self.value = value


class RefusalLog:
    """Notes refusals in the operator's log, not too many of them."""

    def __init__(self, now: float) -> None:
        self._noting = Noting(NOTED, now)

    def note(self, peer: str, path: str, refusal: Refusal, now: float) -> None:
        """Note one."""
        more = self._noting.more(now)
        if more is None:
            return
        matter = f"no {refusal.what}" if refusal.value is None else f"{refusal.what}: {refusal.value[:MOST_CHARS]!a}"
        log.info(
            "web: {peer} was refused {path!a} with {status}: {matter}{more}",
            peer=peer,
            path=path[:MOST_CHARS],
            status=refusal.answer.status.value,
            matter=matter,
            more=more,
        )
