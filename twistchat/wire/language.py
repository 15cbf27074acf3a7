"""The languages that people read the chat in: gettext catalogs, with English the source."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).parent.parent / "locale"


@dataclass(frozen=True)
class Language:
    """One language; equal to another of the same code."""

    code: str
    catalog: gettext.NullTranslations = field(compare=False, repr=False, default_factory=gettext.NullTranslations)

    def say(self, sentence: str, data: Mapping[str, object]) -> str:
        """Translate a sentence and put the data in; lists are joined by commas, times are rounded for reading."""
        return self.catalog.gettext(sentence).format(**{key: _shown(value) for key, value in data.items()})


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M %Z}"
    if isinstance(value, timedelta):
        return duration(max(0, round(value.total_seconds())))  # a clock may have been set back
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def duration(seconds: int) -> str:
    """A time as people say it, in its two largest units: `3 d 4 h`, `5 min 10 s`; the units are the SI's."""
    parts: list[str] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


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
