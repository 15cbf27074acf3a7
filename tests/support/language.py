"""A language that nobody speaks, for tests of what holds for any."""

from __future__ import annotations

from collections.abc import Mapping


class Dictionary:
    """A catalog out of a table: texts, or contexts and texts, with their translations."""

    def __init__(self, words: Mapping[str | tuple[str, str], str]) -> None:
        self._words = words

    def gettext(self, message: str, /) -> str:
        """The translation, or the text itself."""
        return self._words.get(message, message)

    def pgettext(self, context: str, message: str, /) -> str:
        """The translation in that context, or the text itself."""
        return self._words.get((context, message), message)
