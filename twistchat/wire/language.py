"""The languages that people read the chat in: gettext catalogs, with English the source."""

from __future__ import annotations

import gettext
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Self

from twistchat.errors import NoSuchLanguage, Phrase
from twistchat.wire.text import padded

LOCALE = Path(__file__).parent.parent / "locale"

# What people and systems write for a language of ours that is not called so, in lower case. Hong Kong and Macau write
# traditional characters, Singapore and Malaysia simplified ones; C and POSIX are what a terminal has that says nothing.
_ALSO = {
    "zh_hant": "zh_TW",
    "zh_hk": "zh_TW",
    "zh_mo": "zh_TW",
    "zh": "zh_CN",
    "c": "en",
    "posix": "en",
}


@dataclass(frozen=True)
class Language:
    """One language; equal to another of the same code."""

    code: str
    catalog: gettext.NullTranslations = field(compare=False, repr=False, default_factory=gettext.NullTranslations)

    def say(self, sentence: str, data: Mapping[str, object]) -> str:
        """Translate a sentence and put the data in.

        Phrases are translated too, lists are joined by commas, times are rounded for reading.
        """
        return self.catalog.gettext(sentence).format(**{key: self._shown(value) for key, value in data.items()})

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return self.catalog.pgettext("language", "English")

    def words_for(self, command: str) -> list[str]:
        """What a command is also called in this language, without the slash; English names are not among them."""
        words = self.catalog.pgettext("command", command)
        return [] if words == command else words.casefold().split()

    def _shown(self, value: object) -> object:
        if type(value) is str:
            return value
        if isinstance(value, Phrase):
            return _Columns(self.catalog.gettext(value))
        if isinstance(value, datetime):
            return f"{value.astimezone():%Y-%m-%d %H:%M %Z}"
        if isinstance(value, timedelta):
            return self.duration(max(0, round(value.total_seconds())))  # a clock may have been set back
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def duration(self, seconds: int) -> str:
        """A time as people say it, in its two largest units: `3 d 4 h`, `5 min 10 s`; the units are the SI's."""
        parts: list[str] = []
        for size, unit in _UNITS:
            count, seconds = divmod(seconds, size)
            if count or (size == 1 and not parts):
                parts.append(f"{count} {self.catalog.gettext(unit)}")
        return " ".join(parts[:2])


ENGLISH = Language("en")

_UNITS = ((86400, Phrase("d")), (3600, Phrase("h")), (60, Phrase("min")), (1, Phrase("s")))


class _Columns(str):
    """A text whose width in a sentence (`{usage:20}`) is counted in a terminal's columns."""

    def __format__(self, width: str) -> str:
        return padded(self, int(width)) if width else self


@lru_cache
def codes() -> list[str]:
    """The languages there are."""
    return ["en", *sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/twistchat.mo"))]


@lru_cache
def language(code: str) -> Language:
    """The language of that code.

    Raises:
        LookupError: There is none; `codes` lists those there are.
    """
    if code not in codes():
        raise LookupError(code)
    return Language(code, gettext.translation("twistchat", LOCALE, [code], fallback=code == "en"))


def found(written: str, among: Iterable[str]) -> Language:
    """The language that somebody or some system means: `zh_TW`, `zh-Hant-HK`, `zh_TW.UTF-8`, `en_US`, `繁體中文`.

    Args:
        written: What they write.
        among: The codes to choose from.

    Raises:
        NoSuchLanguage: It is none of those.
    """
    languages = [language(code) for code in among]
    called = {name.casefold(): each for each in languages for name in (each.code, each.name)}
    tag = re.split(r"[.@]", written.strip().replace("-", "_"))[0].casefold()
    while tag:
        if tag in called:
            return called[tag]
        if _ALSO.get(tag, "").casefold() in called:
            return called[_ALSO[tag].casefold()]
        tag = tag.rpartition("_")[0]
    raise NoSuchLanguage(written, _listed(among))


def _listed(among: Iterable[str]) -> list[str]:
    return [f"{code} {language(code).name}" for code in among]


@dataclass(frozen=True)
class Spoken:
    """What all dialects have in common: the language, and how to change it."""

    language: Language = ENGLISH

    def spoken(self, language: str) -> Self:
        """The same format in another language, as `found` finds it.

        Raises:
            NoSuchLanguage: There is none of that code for this dialect.
        """
        return replace(self, language=found(language, self.codes))

    @property
    def languages(self) -> list[str]:
        """The languages of this dialect: the code of each, and its own name."""
        return _listed(self.codes)

    @property
    def codes(self) -> Sequence[str]:
        """The codes of the languages that this dialect can show."""
        return codes()


def command_words(names: Collection[str]) -> dict[str, str]:
    """What commands of these English names are called in all the other languages."""
    return {word: name for code in codes() for name in names for word in language(code).words_for(name)}
