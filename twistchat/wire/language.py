"""How sentences are said to people: translated, with their data as people read it. English is the source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import ClassVar, Protocol, Self

from twistchat.errors import Listed, NoSuchLanguage, Phrase, Reason
from twistchat.wire.text import padded


class Catalog(Protocol):
    """Translations into one language; what `gettext` reads from a file serves it."""

    def gettext(self, message: str, /) -> str:
        """The translation of a text, or the text itself where there is none."""
        ...

    def pgettext(self, context: str, message: str, /) -> str:
        """The translation of a text that means something else elsewhere."""
        ...


class _Source:
    """The catalog of the language that the source is written in."""

    def gettext(self, message: str, /) -> str:
        return message

    def pgettext(self, context: str, message: str, /) -> str:
        return message


@dataclass(frozen=True)
class Language:
    """One language; equal to another of the same code and zone, as those say everything alike."""

    code: str
    """As systems write it: `zh_TW`."""
    name: str = field(default="", compare=False, repr=False)
    """What it calls itself."""
    also: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What people and systems write for it that is neither of those, nor its code with something behind it."""
    catalog: Catalog = field(default=_Source(), compare=False, repr=False)
    zone: tzinfo = field(default=UTC, repr=False)
    """Where the reader is: the zone of the times that are shown."""
    among: Languages | None = field(default=None, compare=False, repr=False)
    """All that there are, of which this is one; None where there is no other."""

    @property
    def all(self) -> Languages:
        """The languages that one can go on in."""
        return self.among or Languages([self])

    def say(self, sentence: str, data: Mapping[str, object], context: str = "") -> str:
        """Translate a sentence and put the data in.

        Phrases are translated too, lists are joined by the language's own mark, times are rounded for reading.

        Args:
            sentence: English, with names in braces for the data.
            data: What is put in.
            context: Tells the sentence from one that is the same in English alone.
        """
        text = self.catalog.pgettext(context, sentence) if context else self.catalog.gettext(sentence)
        return text.format(**{key: self._shown(value) for key, value in data.items()})

    def words_for(self, command: str) -> list[str]:
        """What a command is also called in this language, without the slash; English names are not among them."""
        words = self.catalog.pgettext("command", command)
        return [] if words == command else words.casefold().split()

    def _shown(self, value: object) -> object:
        if type(value) is str:
            return value
        if isinstance(value, Phrase):
            return _Columns(self.catalog.gettext(value))
        if isinstance(value, Reason):
            return value.in_a_sentence(self.catalog.gettext(Reason.sentence))
        if isinstance(value, datetime):
            return f"{value.astimezone(self.zone):%Y-%m-%d %H:%M %Z}"
        if isinstance(value, timedelta):
            return self.duration(max(0, round(value.total_seconds())))  # a clock may have been set back
        if isinstance(value, list):
            return self.catalog.pgettext("list", ", ").join(map(self._item, value))
        return value

    def _item(self, item: object) -> str:
        return f"{item.number}: {self.catalog.gettext(item.words)}" if isinstance(item, Listed) else str(item)

    def time(self, seconds: float) -> str:
        """A point in time, given in seconds since 1970, to the minute."""
        return _minute(seconds, self.zone)

    def duration(self, seconds: int) -> str:
        """A time as people say it, in its two largest units: `3 d 4 h`, `5 min 10 s`; the units are the SI's."""
        parts: list[str] = []
        for size, unit in _UNITS:
            count, seconds = divmod(seconds, size)
            if count or (size == 1 and not parts):
                parts.append(f"{count} {self.catalog.gettext(unit)}")
        return " ".join(parts[:2])


ENGLISH = Language("en", "English", ("C", "POSIX"))  # a terminal has the latter two where it says nothing

_UNITS = ((86400, Phrase("d")), (3600, Phrase("h")), (60, Phrase("min")), (1, Phrase("s")))


@lru_cache(maxsize=16)
def _minute(seconds: float, zone: tzinfo) -> str:
    """All events of a batch have the same."""
    return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M")


class _Columns(str):
    """A text whose width in a sentence (`{usage:20}`) is counted in a terminal's columns."""

    def __format__(self, width: str) -> str:
        return padded(self, int(width)) if width else self


class Languages:
    """The languages that there are, each knowing the others. Made once; nothing changes them."""

    def __init__(self, languages: Iterable[Language]) -> None:
        """Put languages together.

        Args:
            languages: Each with its catalog. Where two are written alike, the earlier one is meant.
        """
        self._by_code = {each.code: replace(each, among=self) for each in languages}
        self._written: dict[str, str] = {}
        for each in self:
            for written in (each.code, each.name, *each.also):
                self._written.setdefault(_tag(written), each.code)

    def __iter__(self) -> Iterator[Language]:
        return iter(self._by_code.values())

    def __getitem__(self, code: str) -> Language:
        """The language of exactly that code; KeyError where there is none."""
        return self._by_code[code]

    @property
    def codes(self) -> list[str]:
        """Their codes, in their order."""
        return list(self._by_code)

    @property
    def listed(self) -> list[str]:
        """The code of each and its own name, for people to choose from."""
        return [f"{each.code} {each.name}" for each in self]

    def found(self, written: str) -> Language:
        """The language that somebody or some system means: `zh_TW`, `zh-Hant-HK`, `zh_TW.UTF-8`, `en_US`, `繁體中文`.

        Raises:
            NoSuchLanguage: It is none of these.
        """
        tag = _tag(written)
        while tag:
            if tag in self._written:
                return self[self._written[tag]]
            tag = tag.rpartition("_")[0]
        raise NoSuchLanguage(written, self.listed)

    def command_words(self, names: Iterable[str]) -> dict[str, str]:
        """What commands of these English names are called in all the other languages."""
        return {word: name for name in names for each in self for word in each.words_for(name)}


def _tag(written: str) -> str:
    """What tells languages apart: the subtags of RFC 5646 or of a POSIX locale, without its encoding and modifier."""
    return re.split(r"[.@]", written.strip().replace("-", "_"))[0].casefold()


@dataclass(frozen=True)
class Spoken:
    """What all dialects have in common: the language, and how to change it."""

    language: Language = ENGLISH

    comes_first: ClassVar[bool] = False

    def coloured(self, on: bool) -> Self:
        """The same: most dialects have no colours."""
        return self

    def spoken(self, language: str) -> Self:
        """The same format in another language, as `Languages.found` finds it.

        Raises:
            NoSuchLanguage: There is none of that code for this dialect.
        """
        return replace(self, language=self.language.all.found(language))

    @property
    def languages(self) -> list[str]:
        """The languages of this dialect: the code of each, and its own name."""
        return self.language.all.listed
