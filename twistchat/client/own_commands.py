"""Commands that the client does itself, as no server can do them; called and translated as a server's are."""

from __future__ import annotations

from typing import Protocol

from twistchat.core.command_table import CommandTable, command
from twistchat.languages import loaded


class Clearable(Protocol):
    """Whoever shows lines to a person."""

    def clear(self) -> None:
        """Take what was shown off the screen, or say why not."""
        ...


@command("/clear", "clears the screen")
def _clear(display: Clearable, _argument: str) -> None:
    display.clear()


ROWS = (_clear,)


def own_commands() -> CommandTable[Clearable]:
    """The table, with the words of all languages."""
    return CommandTable(ROWS, loaded().command_words(row.name for row in ROWS))
