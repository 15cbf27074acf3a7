"""A table of /commands: what a row has, and how a line finds its row. It knows of no command.

A row says all that anybody has to know of a command: names, words in other languages, price, what the log tells of it
afterwards. Nobody else may keep such a list: clients are told the table.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from twistchat.errors import Phrase, UnknownCommand, UnknownCommandNearest

P = TypeVar("P")

Run = Callable[[P, str], Coroutine[Any, Any, None] | None]

Words = Mapping[str, str]
"""What commands are called in other languages, and their English names."""

NO_WORDS: Words = MappingProxyType({})

LIKENESS = 0.75
"""How alike a word must be to be suggested, as `difflib` counts it: two letters exchanged in a word of four.

Its default, 0.6, finds `leave` in `clear` and the alias `w` in `wi`.
"""

LIKENESS_CHINESE = 0.5
"""The same for words beyond ASCII: one character of two, as most Chinese words have, if it is the first or the last."""


class Trace(StrEnum):
    """What a client that lost its connection may find in the log of a command that it had sent."""

    NOTHING = "nothing"
    """Nothing that is surely of it: whether it was done cannot be known."""

    ACTED = "acted"
    """An `Acted` with the command's argument as its text."""

    GOODBYE = "goodbye"
    """The person left: once the connection is gone, it is as good as done."""


@dataclass(frozen=True, slots=True)
class Command(Generic[P]):
    """A row of the table."""

    name: str
    usage: Phrase
    """As a person would type it, optional parts in brackets."""
    explanation: Phrase
    price: float
    """What it costs of the flood limit; a line costs 1."""
    aliases: tuple[str, ...]
    """What else it is called in English."""
    trace: Trace
    counts_as_activity: bool
    """Whether whoever sends it is not idle; programs send some by themselves."""
    is_parting: bool
    """Whether it ends or leaves something; it is suggested only for a slip in one of its names."""
    is_for_moderators: bool
    """Whether only they are offered it; the same holds for what is suggested."""
    run: Run[P]
    """Called with what stands behind the command's name; a coroutine where it has to wait for the log."""


def command(
    usage: str,
    explanation: str,
    *,
    price: float = 1.0,
    aliases: str = "",
    trace: Trace = Trace.NOTHING,
    counts_as_activity: bool = True,
    is_parting: bool = False,
    is_for_moderators: bool = False,
) -> Callable[[Run[P]], Command[P]]:
    """Make a function a row, under the first word of its usage; a list of rows then has to name it.

    Args:
        usage: As a person would type it: `/who [ROOM]`.
        explanation: What it does, for /help.
        price: What it costs of the flood limit; a line costs 1.
        aliases: Other English names, with spaces between them.
        trace: What the log tells of it.
        counts_as_activity: Whether whoever sends it is not idle.
        is_parting: Whether it ends or leaves something.
        is_for_moderators: Whether only they are offered it.
    """

    def make(run: Run[P]) -> Command[P]:
        name = usage.split()[0].removeprefix("/")
        words = tuple(aliases.split())
        phrases = (Phrase(usage), Phrase(explanation))
        return Command(name, *phrases, price, words, trace, counts_as_activity, is_parting, is_for_moderators, run)

    return make


def split(line: str) -> tuple[str | None, str]:
    """Tell a command from what is said.

    Returns:
        The command's name without its slash and what stands behind it; or None and the text to say. Two slashes say
        a text that begins with one. Blanks before a slash are a text's indentation; a command is one all the same, as
    it might be meant for one person alone.
    """
    said = line.lstrip()
    if not said.startswith("/"):
        return None, line
    if said.startswith("//"):
        return None, line.replace("/", "", 1)
    word, _, rest = said[1:].partition(" ")
    return word.casefold(), rest.strip()


def as_text(line: str) -> str:
    """A line that says another one as it stands: of several that are pasted none is a command.

    Args:
        line: Cleaned.
    """
    return line.replace("/", "//", 1) if line.lstrip().startswith("/") else line


class CommandTable(Generic[P]):
    """Rows, found by every name that they have."""

    def __init__(self, rows: Iterable[Command[P]], words: Words = NO_WORDS) -> None:
        """Make a table.

        Args:
            rows: In the order in which /help shows them.
            words: What they are called in other languages; understood whatever a person's language is.
        """
        self._rows = tuple(rows)
        self._words = words
        by_name = {row.name: row for row in self._rows}
        by_alias = {alias: row for row in self._rows for alias in row.aliases}
        by_word = {word: by_name[name] for word, name in words.items() if name in by_name}
        self._found = {**by_word, **by_alias, **by_name}

    def __iter__(self) -> Iterator[Command[P]]:
        return iter(self._rows)

    def words_for(self, row: Command[P]) -> list[str]:
        """What a row is called in other languages."""
        return [word for word, name in self._words.items() if name == row.name]

    def get(self, word: str) -> Command[P] | None:
        """The row of that name, alias or word, given in lower case without its slash; None where there is none."""
        return self._found.get(word)

    def find(self, word: str) -> Command[P]:
        """The row of that name, alias or word, given in lower case without its slash.

        Raises:
            UnknownCommand: There is none; the sentence names the nearest, if one is near.
        """
        found = self._found.get(word)
        if found is not None:
            return found
        nearest = self._nearest(word)
        if nearest is not None:
            alike = self._found[nearest]
            raise UnknownCommandNearest(word, alike.name if nearest in alike.aliases else nearest)
        raise UnknownCommand(word)

    def _nearest(self, word: str) -> str | None:
        """The name, alias or word that is most like another, if one is near."""
        names = [
            name
            for name, row in self._found.items()
            if not (row.is_parting or row.is_for_moderators) or is_slip(word, name)
        ]
        likeness = LIKENESS
        if not word.isascii():
            names = [name for name in names if name[0] == word[0] or name[-1] == word[-1]]
            likeness = LIKENESS_CHINESE
        return next(iter(difflib.get_close_matches(word, names, 1, likeness)), None)


def is_slip(word: str, name: str) -> bool:
    """Whether a word has the letters of a name, in another order or but for one that is missing or too many.

    Another letter in the place of one makes another word, as `edit` is to `exit`.
    """
    longer, shorter = (word, name) if len(word) > len(name) else (name, word)
    if len(longer) == len(shorter):
        return sorted(word) == sorted(name)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))


NO_COMMANDS: CommandTable[Any] = CommandTable(())
