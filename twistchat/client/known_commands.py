"""Which words behind a slash are commands, by every name, and what the log tells of each: as the server says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twistchat.core.command_table import Trace, split
from twistchat.core.commands.rows import COMMANDS
from twistchat.core.text import clean_line


class KnownCommands:
    """A server's commands; English ones of this version until a server has told its own."""

    def __init__(self) -> None:
        self._traces = {name: row.trace for row in COMMANDS for name in (row.name, *row.aliases)}

    def learn(self, told: object) -> None:
        """Take the table that came with a welcome; what is none, as from an older server, changes nothing."""
        traces = dict(_traces(told))
        if traces:
            self._traces = traces

    def parse(self, line: str) -> tuple[Trace | None, str]:
        """What the log will tell of a line that somebody typed.

        Returns:
            The trace of the command that it is, and what stands behind its name; or None and the text that it says.
        """
        word, rest = split(clean_line(line))
        return (None if word is None else self._traces.get(word, Trace.NOTHING)), rest


def _traces(told: object) -> Iterator[tuple[str, Trace]]:
    for row in _listed(told):
        if isinstance(row, dict):
            trace = _trace(row.get("trace"))
            for name in (row.get("name"), *_listed(row.get("aliases")), *_listed(row.get("words"))):
                if isinstance(name, str):
                    yield name, trace


def _trace(told: object) -> Trace:
    try:
        return Trace(str(told))
    except ValueError:  # one of a later version: nobody here knows what to look for
        return Trace.NOTHING


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
