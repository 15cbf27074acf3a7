"""Why there is no connection, in words of our own: Twisted's are English, for programmers, and end in a full stop."""

from __future__ import annotations

import sys

from twisted.internet import error
from twisted.python.failure import Failure

from twistchat.errors import Phrase

HUNG_UP = Phrase("the server hung up")
NOBODY = Phrase("nobody listens there")
NO_ANSWER = Phrase("no answer")
NO_HOST = Phrase("there is no host of that name")
UNREACHABLE = Phrase("that host cannot be reached from here")
BROKEN = Phrase("the connection broke")
NOT_TRUSTED = Phrase("its certificate is not trusted here; --ca FILE names one that is")
NO_TLS = Phrase("no TLS is spoken there")

_REASONS: tuple[tuple[type[Exception], Phrase], ...] = (
    (error.ConnectionDone, HUNG_UP),
    (error.ConnectionLost, BROKEN),
    (error.ConnectionRefusedError, NOBODY),
    (error.DNSLookupError, NO_HOST),
    (error.TimeoutError, NO_ANSWER),
    (error.TCPTimedOutError, NO_ANSWER),
    (error.NoRouteError, UNREACHABLE),
)
"""The first that fits; what is not here says it in its own words."""


def reason_of(failure: Failure) -> str:
    """Why a connection could not be made, or ended: a Phrase, to be translated, wherever that is known."""
    why = failure.value
    assert why is not None
    if _is_of_tls(why):
        return NOT_TRUSTED if "certificate" in str(why) else NO_TLS
    for kind, reason in _REASONS:
        if isinstance(why, kind):
            return reason
    told = why.args[0] if why.args else None
    return told if isinstance(told, Phrase) else failure.getErrorMessage().rstrip(".")


def _is_of_tls(why: BaseException) -> bool:
    ssl = sys.modules.get("OpenSSL.SSL")  # it is not imported for this: without it, nothing has raised its errors
    return ssl is not None and isinstance(why, ssl.Error)
