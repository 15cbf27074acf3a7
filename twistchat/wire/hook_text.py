"""What tools put into texts, as lines that people read: Slack's links, long texts folded, too many lines counted."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from twistchat.core.text import clean

MOST_LINES = 10
"""That one body makes; a chat is no place for a log."""

# Without `<` within, so that no text of many `<` is gone through again from each.
_LINK = re.compile(r"<([^<>|\s]{1,2000})\|([^<>]{1,2000})>")
_BARE = re.compile(r"<((?:https?|mailto):[^<>|\s]{1,2000})>")
_TIME = re.compile(r"<t:([0-9]{1,11})(?::[tTdDfFsSR])?>")
"""Discord's (https://discord.com/developers/docs/reference#message-formatting): seconds since 1970."""

_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
"""The three that Slack has, the ampersand last (https://docs.slack.dev/messaging/formatting-message-text/)."""


def without_markup(text: str) -> str:
    """A text of Slack's kind: `<url|words>` as `words (url)`, `<url>` as it is, `&lt; &gt; &amp;` as characters;
    and Discord's times.
    """
    if "<" in text:
        text = _TIME.sub(_time, _BARE.sub(r"\1", _LINK.sub(r"\2 (\1)", text)))
    if "&" in text:
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
    return text


def _time(match: re.Match[str]) -> str:
    return f"{datetime.fromtimestamp(int(match[1]), UTC):%Y-%m-%d %H:%M} UTC"


def as_lines(texts: Iterable[str], most_chars: int, most_lines: int) -> list[str]:
    """Texts as lines that can be said.

    Args:
        texts: As they came, with ends of lines in them; what is behind both limits' product is only counted.
        most_chars: Of a line; what is longer is folded at a space.
        most_lines: How many; the last then says how many more there are.
    """
    said: list[str] = []
    left, more = most_lines * most_chars, 0
    for text in texts:
        lines = deque(text.splitlines())
        while lines and len(said) <= most_lines and left > 0:
            line = lines.popleft()
            said += _folded(clean(line[:left]), most_chars)
            more += -(-max(0, len(line) - left) // most_chars)
            left -= len(line)
        more += sum(map(bool, map(str.strip, lines)))
    if not said or (not more and len(said) <= most_lines):
        return said
    shown = said[: most_lines - 1]
    return [*shown, f"... and {more + len(said) - len(shown)} more lines"]


def _folded(line: str, most: int) -> Iterator[str]:
    while len(line) > most:
        at = line.rfind(" ", most // 2, most + 1)
        at = most if at < 0 else at
        yield line[:at].rstrip()
        line = line[at:].lstrip()
    if line:
        yield line


def joined(parts: Sequence[object], between: str = " ") -> str:
    """What there is of some parts, with something between them."""
    return between.join(text for part in parts if (text := words(part)))


def words(value: object) -> str:
    """A text or a number as a text; nothing for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
