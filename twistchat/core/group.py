"""Members of a room who are sent the same frames."""

from __future__ import annotations

from typing import Any

from twistchat.core.member import Member
from twistchat.core.ports import Client, Format
from twistchat.core.sending import SendAll


class Group(dict[Member, Client[Any]]):
    """Members in the order of their coming, and the far end of each."""

    __slots__ = ("format", "send_all")

    def __init__(self, format: Format[Any], send_all: SendAll) -> None:
        """Begin without members.

        Args:
            format: What all of them see.
            send_all: How all of them are sent a frame.
        """
        super().__init__()
        self.format = format
        self.send_all = send_all
