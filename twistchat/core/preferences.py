"""How one person sees the chat: in which dialect, with or without times and their own lines, and whom they ignore."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from twistchat.core import names
from twistchat.core.events import Acted, Away, Described, Entry, Event, Noticed, Said, Signal, Whispered
from twistchat.core.ports import Format
from twistchat.errors import NoSuchLanguage


class Preferences:
    """One person's preferences. Whoever changes them has the rooms place the person again."""

    def __init__(self, format: Format[Any]) -> None:
        self.echo = True
        self.echo_private = True
        """Whether their own private messages are shown to them."""
        self.times = False
        self.colours: bool | None = None
        """Whether they want colours; None for what their interface has begun with."""
        self.past: int | None = None
        """How many lines of the past to be shown on coming into a room; None for all that the server shows."""
        self.language: str | None = None
        """What the person asked to be spoken to in; None for the server's choice."""
        self.ignored: dict[str, str] = {}
        """Name keys of people whose words are hidden, and their names as they were shown; kept by `Ignoring`."""
        self.speak(format)

    def speak(self, format: Format[Any]) -> None:
        """Go on in another dialect, and in the same language where the dialect has it."""
        if self.language is not None:
            with suppress(NoSuchLanguage):
                format = format.spoken(self.language)
        if self.colours is not None:
            format = format.coloured(self.colours)
        self.format = format.stamped(self.times)
        self._labelled: Format[Any] | None = None

    @property
    def labelled(self) -> Format[Any]:
        """The format with the room's name, in which they see what happens where they do not talk: most never do."""
        if self._labelled is None:
            self._labelled = self.format.labelled(True)
        return self._labelled

    def speak_in(self, language: str) -> None:
        """Go on in another language.

        Raises:
            NoSuchLanguage: There is none of that code; nothing has changed.
        """
        format = self.format.spoken(language)
        self.language = language
        self.speak(format)

    def colour(self, on: bool) -> None:
        """See who speaks by colours, or not."""
        self.colours = on
        self.speak(self.format)

    def stamp(self, on: bool) -> None:
        """See the time before each event, or not."""
        self.times = on
        self.speak(self.format)

    def recent(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Of a room's latest lines those to be shown on coming into it."""
        wanted = tuple(entry for entry in entries if self.wants(entry.event, is_own=False))
        return wanted if self.past is None else wanted[max(0, len(wanted) - self.past) :]

    @property
    def comes_quietly(self) -> bool:
        """Whether nothing of what was before is to be shown: no line, no topic, no standing announcement."""
        return self.past == 0

    def ignores(self, name: str) -> bool:
        """Whether what somebody of that name says is hidden."""
        return bool(self.ignored) and names.key(name) in self.ignored

    def wants(self, event: Event, is_own: bool) -> bool:
        """Whether an event is shown."""
        if not isinstance(event, Said | Acted | Whispered | Noticed | Signal):
            return True
        if is_own:
            return self._wants_own(event)
        return not self.ignores(event.name)

    def _wants_own(self, event: Event) -> bool:
        if isinstance(event, Away | Described):
            return isinstance(event, Described)
        return self.echo_private if isinstance(event, Whispered) else self.echo
