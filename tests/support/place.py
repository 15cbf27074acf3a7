"""A place that a test makes, and addresses of a machine that there is not."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_interface

from support.chat import Chat

from twistchat.adapters import OwnAddress
from twistchat.core.place import Way, Whereabouts


class FakePlace(Whereabouts):
    """Leads where the test says, and lets in whom it says."""

    def __init__(self, *ways: Way, name: str | None = None, is_open: bool = True, far: Sequence[str] = ()) -> None:
        self.name = name
        self.looks = 0
        self._ways = ways
        self._is_open = is_open
        self._far = far

    @property
    def is_open(self) -> bool:
        return self._is_open

    def ways(self) -> Sequence[Way]:
        return self._ways

    async def look_around(self) -> None:
        self.looks += 1

    def admits(self, interface: str, address: str) -> bool:
        return address not in self._far


PAGE = Way("web", "private", "http://192.168.1.7:7980/")
LINES = Way("tcp", "private", "tcp://192.168.1.7:7976", "telnet 192.168.1.7 7976")


def place_at(chat: Chat, *ways: Way, **how: object) -> FakePlace:
    """Put a chat somewhere."""
    chat.hub.place = place = FakePlace(*ways, **how)  # type: ignore[arg-type]
    return place


def own(adapter: str, *addresses: str, is_up: bool = True) -> list[OwnAddress]:
    """The addresses of an adapter, each with the length of its network's prefix."""
    return [OwnAddress(adapter, ip_interface(each), is_up) for each in addresses]
