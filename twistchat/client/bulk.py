"""Many lines of a script as few messages: the server takes few messages a second, but long ones."""

from __future__ import annotations

from collections.abc import Callable

MOST_MESSAGE_CHARS = 1000
"""A message's limit in the server, unless its operator has set another."""

LINE_END = " \u21b5 "
"""What stands in a message where a line ended: a message is one line to everyone who reads it."""


class Pack:
    """Collects lines, and says as many of them at once as fit into a message."""

    def __init__(self, speak: Callable[[str], None]) -> None:
        """Begin with nothing.

        Args:
            speak: Takes a message.
        """
        self._speak = speak
        self._text = ""

    def add(self, line: str) -> None:
        """Take a line; what was collected is said first where both do not fit into one message."""
        line = line.rstrip()
        if not line:
            return
        joined = f"{self._text}{LINE_END}{line}" if self._text else line
        if len(joined) > MOST_MESSAGE_CHARS and self._text:
            self.flush()
            joined = line
        self._text = joined

    def flush(self) -> None:
        """Say what was collected."""
        if text := self.take():
            self._speak(text)

    def take(self) -> str:
        """Give back what was collected, unsaid."""
        text, self._text = self._text, ""
        return text
