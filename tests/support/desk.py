"""An administrator's desk over a chat without a network."""

from __future__ import annotations

from pathlib import Path

from support.chat import Chat

from twistchat.admin.desk import Desk, open_office
from twistchat.admin.tables import Live


def open_desk(chat: Chat, folder: Path, who: str = "op") -> Desk:
    """A desk whose audit is in a folder."""
    return Desk(open_office(chat.hub, folder), who)


class FakeScreen:
    """What a prompt shows, as one text."""

    def __init__(self) -> None:
        self.text = ""
        self.above: list[str] = []
        self.followed: list[Live] = []

    def show(self, text: str) -> None:
        self.text += text

    def show_above(self, text: str) -> None:
        self.above.append(text)

    def follow(self, live: Live) -> None:
        self.followed.append(live)

    def take(self) -> str:
        text, self.text = self.text, ""
        return text
