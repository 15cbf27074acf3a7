"""What a client has said of itself so far, before it is let in."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOT_IN_USER = re.compile(r"[^A-Za-z0-9._-]")
_MOST_USER_CHARS = 10


@dataclass
class Registration:
    """A client's NICK, USER and PASS, and whether it still negotiates capabilities."""

    nick: str | None = None
    user: str | None = None
    real_name: str = ""
    secret: str = ""
    """Who comes again with it and the same name takes the place of the connection before."""
    code: str = ""
    """Of a claimed name, in place of a secret."""
    proof: str | None = None
    """What came of a proof so far, since one was asked for (SASL)."""
    mechanism: str = ""
    """How it is to be proven."""
    is_proven: bool = False
    """Whether one was enough."""
    is_negotiating: bool = False
    version: int = 301
    """Of capability negotiation."""

    @property
    def is_complete(self) -> bool:
        """Whether all came that is needed."""
        return self.nick is not None and self.user is not None and not self.is_negotiating


def user_name(text: str) -> str:
    """What a client calls its user, cut to what may stand in a source."""
    return _NOT_IN_USER.sub("", text)[:_MOST_USER_CHARS] or "user"
