"""The chat's languages: a row and a catalog for each. They are loaded here and handed to all that speaks."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, tzinfo
from pathlib import Path

from twistchat.errors import NoSuchLanguage
from twistchat.wire.language import ENGLISH, Language, Languages

LOCALE = Path(__file__).parent / "locale"
"""The catalogs, as gettext has them: `CODE/LC_MESSAGES/twistchat.mo`."""

ROWS = (
    ENGLISH,
    Language("zh_CN", "简体中文", ("zh",)),  # Singapore and Malaysia write simplified characters
    Language("zh_TW", "繁體中文", ("zh_Hant", "zh_HK", "zh_MO")),  # Hong Kong and Macau write traditional ones
)
"""Each language's code, its own name, and what else people and systems write for it. The source's is the first."""


def loaded(zone: tzinfo = UTC) -> Languages:
    """Read the catalogs. A language whose catalog is not there is left out, as in a checkout that was not built.

    Args:
        zone: The zone of the times that are shown.
    """
    languages = []
    for row in ROWS:
        with suppress(FileNotFoundError):
            catalog = gettext.translation("twistchat", LOCALE, [row.code], fallback=row is ENGLISH)
            languages.append(replace(row, catalog=catalog, zone=zone))
    return Languages(languages)


def terminals_language(environment: Mapping[str, str], languages: Languages) -> Language:
    """The language that the environment asks for, as gettext reads it; English where it is none of those there are."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for code in environment.get(variable, "").split(":"):
            with suppress(NoSuchLanguage):
                return languages.found(code)
    return languages[ENGLISH.code]
