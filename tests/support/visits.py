"""The client's conversation and a real chat, without a network: the test makes connections and breaks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from support.chat import Chat
from support.lines import LineDoor, LinePeer

from twistchat.client.conversation import Conversation
from twistchat.client.proving import Proving
from twistchat.client.wording import Wording
from twistchat.core.events import Told


class Recorder:
    """A display that keeps what it is shown, as lines."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.lines: list[str] = []
        self.codes: list[str] = []
        """Of notices, refusals and remarks."""
        self.numbers: list[int] = []
        """Of all events that have one, in the order they were shown."""
        self.status: int | None = None
        self.refused_names: list[str] = []
        self.changes = 0

    def event(self, told: Told, value: Mapping[str, Any]) -> None:
        self.lines.append(Wording().line(told, self.conversation.room))
        if told.number is not None:
            self.numbers.append(told.number)

    def told(self, value: Mapping[str, Any]) -> None:
        self.lines.append(Wording().told(value))
        self.codes.append(str(value.get("code")))

    def remark(self, code: str, sentence: str, data: Mapping[str, object]) -> None:
        self.lines.append("-- " + Wording().remark(sentence, data))
        self.codes.append(code)

    def changed(self) -> None:
        self.changes += 1

    def name_refused(self, value: Mapping[str, Any]) -> None:
        self.refused_names.append(str(value.get("code")))

    def ended(self, status: int) -> None:
        self.status = status


class Visit:
    """Somebody at the client, and the connection that they have just now."""

    def __init__(
        self,
        chat: Chat,
        name: str = "ada",
        room: str = "lobby",
        key: str = "k",
        past: int | None = None,
        proving: Proving | None = None,
    ) -> None:
        self.door = LineDoor(chat)
        self.conversation = Conversation(name, proving or Proving(key), "en", room, past)
        self.shown = self.conversation.display = Recorder(self.conversation)
        self.peer: LinePeer | None = None
        self._sent = b""
        self.is_cut = False
        """Whether what the server sends gets lost from now on, as on a connection that is about to break."""

    def connects(self, chat: Chat | None = None) -> Visit:
        """Make a connection, perhaps to a server that has started again, and let all that follows happen."""
        if chat is not None:
            self.door = LineDoor(chat)
        self.is_cut = False
        self.peer = self.door.connects()
        self.conversation.connected(self._send)
        self.settles()
        return self

    def _send(self, data: bytes) -> None:
        self._sent += data

    def settles(self) -> None:
        """Pass lines on until both ends have nothing more to say."""
        for _ in range(1000):
            sent, self._sent = self._sent, b""
            if self.peer is None:
                return
            self.peer.sends(sent)
            lines = self.peer.hears()
            for line in [] if self.is_cut else lines:
                assert self.conversation.received(line), line
            if not self._sent and not lines:
                return
        raise AssertionError("this goes on for ever")

    def says(self, *lines: str) -> None:
        """Type lines."""
        for line in lines:
            self.conversation.say(line)
        self.settles()

    def breaks(self, server_knows: bool = True) -> None:
        """Lose the connection; the server may not notice."""
        if server_knows and self.peer is not None:
            self.peer.hangs_up()
        self.peer = None
        self._sent = b""
        self.conversation.lost()

    def sees(self) -> list[str]:
        """The lines that were shown since this was last asked."""
        self.settles()
        lines, self.shown.lines = self.shown.lines, []
        return lines
