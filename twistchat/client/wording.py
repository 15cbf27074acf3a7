"""What a conversation is, in words: events, answers and remarks as lines of text, harmless to any terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from twistchat.core.events import Told
from twistchat.wire.sentences import TextFormat
from twistchat.wire.text import escaped


@dataclass(frozen=True)
class Wording(TextFormat):
    """Lines of text in the person's language."""

    def encode(self, line: str) -> bytes:
        """One line without an end."""
        return line.encode("utf-8", "replace")

    def line(self, told: Told, here: str, dated: bool = False) -> str:
        """An event as a line.

        Args:
            told: What happened.
            here: The room that the person talks in; another one's name is put before the line.
            dated: Whether the time stands before it.
        """
        room = told.event.room
        return replace(self, labels=room != here, stamps=dated).event(told).decode("utf-8")

    def told(self, value: Mapping[str, Any]) -> str:
        """A server's notice or refusal; with the line that it is about, where a line of the person's was refused."""
        text = str(value.get("text", ""))
        line = value.get("line")
        return escaped(text if line is None else f"{text} ({line})")

    def remark(self, sentence: str, data: Mapping[str, object]) -> str:
        """A remark of the client's."""
        return escaped(self.language.say(sentence, data))


def clock_time(told: Told) -> str:
    """An event's time of the day, where the person is."""
    return datetime.fromtimestamp(told.time).strftime("%H:%M")
