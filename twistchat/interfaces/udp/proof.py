"""How much may be sent to an address that somebody else may have written into a datagram.

Rule 1: An address is proved if it is loopback, as no kernel takes a datagram with such a sender from outside (RFC 1122
    3.2.1.3), or if a datagram from it and its port had a cookie that was sent to that address and port alone; or by
    rule 4.
Rule 2: To one that is not proved there are never sent more bytes than came from it: whatever a member is to get beyond
    that is left out, and an answer to somebody who is no member is no longer than the datagram that it answers.
Rule 3: Who is not near proves the address before they are let in. Who is near (on one of this machine's own networks)
    may come in first, since the tutorial's client knows no cookies: it sends `L name`, and waits for `OK`.
Rule 4: Such a member's bytes are counted until they answer the `OK`: with a line, or a sign of life. The tutorial's
    client can give no better answer, so whoever forges a neighbour's address *twice*, from within that network, has the
    room sent to it. Numbered datagrams begin with a cookie, near or not.
Rule 5: The past is sent once the address is proved: a page of it on coming in, more where it is asked for.
"""

from __future__ import annotations

import secrets
from typing import Self

from twistchat.core.addresses import is_loopback
from twistchat.core.limits import Rate
from twistchat.wire import cookie
from twistchat.wire.packing import Written, packed, unpacked

Address = tuple[str, int]

REPLIES_TO_STRANGERS = Rate(100.0, 200)
"""Answers to senders that are no members, all of them together: they cost us, and whom they name, something."""

PAD = b"PAD"
"""Tells a stranger that a cookie is longer than what came: ask again with spaces behind the name."""

PADDING = 8
"""So many spaces at the end of a login ask for a cookie, from somebody near, who could come in without one."""


class Cookies:
    """Makes cookies and knows them again, and keeps nothing for that."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._ahead = 0.0  # by which the clock that they were begun with goes before this process's

    def state(self, now: float) -> Written:
        """What another process needs to know the cookies that were given, which have the time in them."""
        return {"secret": packed(self._secret), "clock": now + self._ahead}

    def revive(self, state: Written, now: float) -> None:
        """Know those that were given before a state was written down."""
        self._secret, self._ahead = unpacked(state["secret"]), state["clock"] - now

    def make(self, name: str, sender: Address, now: float) -> str:
        """A cookie for whoever wants that name at that address."""
        return cookie.make(self._secret, f"{sender[0]} {sender[1]}", name, now + self._ahead)

    def prove(self, name: str, given: str, sender: Address, now: float) -> bool:
        """Whether the address is proved, by itself or by that cookie."""
        at = f"{sender[0]} {sender[1]}"
        return is_loopback(sender[0]) or cookie.proves(given, self._secret, at, name, now + self._ahead)


class Credit:
    """What one member may be sent."""

    def __init__(self, is_proved: bool) -> None:
        self.is_proved = is_proved
        self.has_left_out = False
        """Whether something was left out."""
        self._bytes = 0

    def state(self) -> Written:
        """What another process needs to go on."""
        return {"is_proved": self.is_proved, "has_left_out": self.has_left_out, "bytes": self._bytes}

    @classmethod
    def revived(cls, state: Written) -> Self:
        """Go on where a state was written down."""
        credit = cls(state["is_proved"])
        credit.has_left_out, credit._bytes = state["has_left_out"], state["bytes"]
        return credit

    def came(self, count: int) -> None:
        """Count the bytes of a datagram that came."""
        self._bytes += count

    def pays(self, packet: bytes) -> bool:
        """Whether a datagram may be sent; if so it is counted."""
        if self.is_proved:
            return True
        if len(packet) > self._bytes:
            self.has_left_out = True
            return False
        self._bytes -= len(packet)
        return True
