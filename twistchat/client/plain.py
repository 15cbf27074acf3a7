"""The client without a terminal: lines in, lines out, or JSON out. No escape codes, whatever a server sends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from twistchat.client.conversation import Conversation
from twistchat.client.proving import CLAIMED
from twistchat.client.wording import Wording
from twistchat.core.events import Told
from twistchat.errors import Phrase
from twistchat.wire.json import VERSION, dumps


class PlainDisplay:
    """Writes a line for each thing that happens."""

    def __init__(
        self, conversation: Conversation, wording: Wording, ended: Callable[[int], None], prompt: str = ""
    ) -> None:
        """Begin.

        Args:
            conversation: What is shown.
            wording: How.
            ended: Called with the exit status once it is over.
            prompt: What stands before what is typed, at a terminal.
        """
        self._conversation = conversation
        self.wording = wording
        self._ended = ended
        self._prompt = prompt
        self._is_deaf = False
        self.trouble = 0
        """Lines that the server refused or that may not have been done."""

    def event(self, told: Told, value: Mapping[str, Any]) -> None:
        """Show what happened in a room."""
        self.out(self.wording.line(told, self._conversation.room, dated=bool(value.get("past"))))

    def told(self, value: Mapping[str, Any]) -> None:
        """Show an answer; a refusal goes to stderr."""
        refused = value.get("kind") == "refused"
        self.trouble += refused and "line" in value
        self.out(self.wording.told(value), sys.stderr if refused else sys.stdout)

    def remark(self, code: str, sentence: str, data: Mapping[str, object]) -> None:
        """Show a remark of the client's, on stderr."""
        self.trouble += code == "uncertain"
        self.out(self.wording.remark(sentence, data), sys.stderr)

    def changed(self) -> None:
        """There is no status line."""

    def name_refused(self, value: Mapping[str, Any]) -> None:
        """Nobody is there to think of another name, or to type a code that nobody else should read."""
        self.told(value)
        if value.get("code") == CLAIMED:
            sentence = Phrase(
                "--code FILE gives the code, or the variable TWISTCHAT_CODE; --nick NAME gives another name."
            )
            self.remark("needs-code", sentence, {})
        self._ended(1)

    def ended(self, status: int) -> None:
        """It is over."""
        self._ended(status)

    def out(self, line: str, file: TextIO | None = None) -> None:
        """Write one line; what is half typed at a prompt stays to be sent."""
        if self._is_deaf:
            return
        before = "\r" if self._prompt else ""
        try:
            print(before + line, file=file or sys.stdout, flush=True)
            if self._prompt:
                print(self._prompt, end="", flush=True)
        except BrokenPipeError:  # whoever read this is gone, as `head` is after ten lines
            self._is_deaf = True
            self._ended(1)


class JsonDisplay(PlainDisplay):
    """Writes the server's objects as they come, and the client's remarks as objects of the kind `client`."""

    def event(self, told: Told, value: Mapping[str, Any]) -> None:
        """Show what happened in a room."""
        self.out(dumps(value))

    def told(self, value: Mapping[str, Any]) -> None:
        """Show an answer."""
        self.trouble += value.get("kind") == "refused" and "line" in value
        self.out(dumps(value))

    def remark(self, code: str, sentence: str, data: Mapping[str, object]) -> None:
        """Show a remark of the client's."""
        self.trouble += code == "uncertain"
        text = self.wording.remark(sentence, data)
        self.out(dumps({"v": VERSION, "kind": "client", "code": code, "text": text, "data": dict(data)}))
