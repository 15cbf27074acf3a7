"""What the conversation needs of whoever shows it: plain lines, JSON, a terminal, or a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from twistchat.core.events import Told


class Display(Protocol):
    """Where a conversation is shown."""

    def event(self, told: Told, value: Mapping[str, Any]) -> None:
        """Show what happened in a room; `value` is the object that the server sent, with `past` in it."""
        ...

    def told(self, value: Mapping[str, Any]) -> None:
        """Show a `notice` or a `refused` of the server's."""
        ...

    def remark(self, code: str, sentence: str, data: Mapping[str, object]) -> None:
        """Show what the client itself has to say: an English sentence, to be translated, and its data."""
        ...

    def changed(self) -> None:
        """Something that the status line shows is different now; also when there is room for another line."""
        ...

    def name_refused(self, value: Mapping[str, Any]) -> None:
        """The first name was refused: give another one with `Conversation.take_name`, or end."""
        ...

    def ended(self, status: int) -> None:
        """The conversation is over: 0 where the person left, 1 where the server let them go."""
        ...
