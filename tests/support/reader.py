"""Somebody at a terminal who types lines that are neither Python nor verbs, as people in the chat do."""

from __future__ import annotations

from support.rows import Rows

from twistchat.terminal.completion import Offer, among
from twistchat.terminal.readline import Readline


class Person:
    """Somebody who types at a terminal, and the lines that they have sent."""

    mark = "> "

    def __init__(self, columns: int = 40) -> None:
        self.rows = Rows()
        self.sent: list[str] = []
        self.interrupted = 0
        self.ended = 0
        self.readline = Readline(self, columns, self.rows.write)
        self.readline.draw()

    def keeps(self, line: str) -> bool:
        return not line.startswith("gone")

    def take(self, line: str) -> None:
        self.sent.append(line)

    def interrupt(self) -> None:
        self.interrupted += 1

    def end(self) -> None:
        self.ended += 1

    def offer(self, before: str) -> Offer:
        return among(before.split(" ")[-1], ["小明", "小明明", "adam", "Adalbert", "eve"])

    def coloured(self, line: str) -> str:
        return f"\x1b[1m{line}\x1b[m"

    def types(self, *parts: str) -> str:
        for part in parts:
            self.readline.receive(part.encode())
        return self.rows.text
