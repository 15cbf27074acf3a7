"""An operator of a chat without a network."""

from __future__ import annotations

from pathlib import Path

from support.chat import Chat

from twistchat.admin.administration import open_administration
from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Live
from twistchat.admin.verb import VerbTable
from twistchat.admin.verbs import VERBS


def an_operator(chat: Chat, folder: Path, who: str = "op", verbs: VerbTable = VERBS) -> Operator:
    """One whose audit is in a folder."""
    return Operator(open_administration(chat.hub, folder), who, verbs)


class FakeViewer:
    """What a prompt shows, as one text."""

    def __init__(self) -> None:
        self.text = ""
        self.columns = 1000
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
