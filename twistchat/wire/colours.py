"""Colours for people at terminals: one for each name, the same in every client of ours and in every run.

They are the terminal's own sixteen (ECMA-48 8.3.117 and the bright ones beside them), so that its theme has its way.
"""

from __future__ import annotations

import re
from zlib import crc32

from twistchat.core import names

OF_NAMES = (
    *(("ansigreen", 32), ("ansiyellow", 33), ("ansiblue", 34), ("ansimagenta", 35), ("ansicyan", 36)),
    *(("ansibrightred", 91), ("ansibrightgreen", 92)),
)
"""What names may have: as prompt-toolkit calls it, and its number for a terminal."""

BOLD, REVERSE, QUIET, RED, PRIVATE = "1", "7", "90", "31", "35"

_OFF = "\x1b[0m"
_SPEAKER = re.compile(r"\x1b\[1;[0-9]+m(.*?)\x1b\[0m(.*)")
"""Whoever a line is from, as `bold_name` writes them, and what follows: no text has an escape of its own."""


def shade(name: str) -> tuple[str, int]:
    """The colour of a name, as `OF_NAMES` has it, whoever else is there."""
    return OF_NAMES[crc32(names.key(name).encode("utf-8", "replace")) % len(OF_NAMES)]


def in_colour(text: str, *codes: str) -> str:
    """A text in a colour, or with another attribute."""
    return f"\x1b[{';'.join(codes)}m{text}{_OFF}"


def bold_name(name: str) -> str:
    """A name in its colour."""
    return in_colour(name, BOLD, str(shade(name)[1]))


def mention(own: str) -> re.Pattern[str]:
    """Finds a name where it is a word of its own, or among letters without spaces between words."""
    return re.compile(rf"(?<![0-9A-Za-z_])({re.escape(own)})(?![0-9A-Za-z_])", re.IGNORECASE)


def with_mentions(line: str, own: str) -> str:
    """A coloured line in which one's own name stands out, where somebody else says it."""
    said = _SPEAKER.search(line)
    if said is None or said[1] == own:
        return line
    marked = mention(own).sub(in_colour(r"\1", BOLD, REVERSE), said[2])
    return line[: said.start(2)] + marked + line[said.end(2) :]
