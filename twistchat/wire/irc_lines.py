"""A line of IRC and its parts: tags, source, command, parameters (RFC 1459 2.3.1, IRCv3 message-tags). No I/O.

`twisted.words.protocols.irc` is not used: it takes a tagged line's tags for the command, fails where a read cuts a
character, and cannot send client-only tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

LINE_BYTES = 512
"""Of a line with its CRLF, its tags not counted (RFC 1459 2.3)."""

TAG_BYTES = 4096
"""Of a client's tags with their `@` and the blank behind them (IRCv3 message-tags)."""

MOST_PARAMETERS = 15
"""RFC 1459 2.3."""

_ESCAPES = {"\\": "\\", ":": ";", "s": " ", "r": "\r", "n": "\n"}
_ESCAPED = {value: f"\\{key}" for key, value in _ESCAPES.items()}
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_TO_ESCAPE = re.compile(r"[\\; \r\n]")

# What is between blanks, commas and colons; a text without control characters: no CTCP, no colours, no NUL.
_PLAIN = re.compile(rb"PRIVMSG #([^\x00-\x20\x7f,:]+) :([^\x00-\x1f\x7f]+)")

NO_TAGS: Mapping[str, str] = {}


class IrcLine(NamedTuple):
    """A line, taken apart."""

    tags: Mapping[str, str]
    source: str | None
    command: str
    """In capitals, as commands are in any case."""
    params: Sequence[str]


def plain_message(line: bytes) -> tuple[str, str] | None:
    """The room and the text of a line that says something to one room and has nothing else to be acted on; None for
    any other.

    Nearly all that is said is said so, and this is a tenth of the work that others need.

    Args:
        line: Without its end.
    """
    found = _PLAIN.fullmatch(line)
    if found is None:
        return None
    try:
        return found[1].decode("utf-8"), found[2].decode("utf-8")
    except UnicodeDecodeError:
        return None


def parse(text: str) -> IrcLine | None:
    """Take a line apart; None where it has no command.

    Args:
        text: Without its end.
    """
    tags: Mapping[str, str] = NO_TAGS
    source = None
    text = text.lstrip(" ")
    if text.startswith("@"):
        written, _, text = text.partition(" ")
        tags = parse_tags(written[1:])
        text = text.lstrip(" ")
    if text.startswith(":"):
        source, _, text = text[1:].partition(" ")
    before, colon, last = f" {text}".partition(" :")
    words = [word for word in before.split(" ") if word]
    if not words:
        return None
    return IrcLine(tags, source, words[0].upper(), [*words[1:], last] if colon else words[1:])


def parse_tags(written: str) -> Mapping[str, str]:
    """Read tags as they stand between `@` and the blank; of one that comes twice the last counts."""
    parts = (each.partition("=") for each in written.split(";") if each)
    return {key: _ESCAPE.sub(_unescaped, value) if "\\" in value else value for key, _, value in parts}


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[1])


def written_tags(tags: Mapping[str, str]) -> str:
    """Tags as they stand between `@` and the blank."""
    return ";".join(f"{key}={_TO_ESCAPE.sub(_escaped, value)}" if value else key for key, value in tags.items())


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPED[found[0]]


def written(command: str, *params: str, source: str = "", tags: str = "") -> str:
    """Put a line together, without its end; the last parameter has a colon only where it needs one.

    Args:
        command: Its command or number.
        params: Only the last may be empty, have blanks or begin with a colon.
        source: Who it is from, if that is said.
        tags: As `written_tags` gives them.
    """
    words = [f"@{tags}"] if tags else []
    words += [f":{source}"] if source else []
    words += [command, *params[:-1]]
    if params:
        last = params[-1]
        words.append(f":{last}" if not last or " " in last or last.startswith(":") else last)
    return " ".join(words)


def is_too_long(line: bytes) -> bool:
    """Whether a client's line, without its end, is longer than it may be: its tags, or the rest."""
    if not line.startswith(b"@"):
        return len(line) > LINE_BYTES - 2
    tags, blank, rest = line.partition(b" ")
    return len(tags) + len(blank) > TAG_BYTES or len(rest) > LINE_BYTES - 2


def fitted(line: bytes) -> bytes:
    """A line as long as one may be: what is over 512 bytes, its tags not counted, is left out behind a whole character.

    Answers have words of the client's in them, which are as long as it likes.

    Args:
        line: With its end.
    """
    if len(line) <= LINE_BYTES:
        return line
    tags, blank, rest = line.partition(b" ") if line.startswith(b"@") else (b"", b"", line)
    if len(rest) <= LINE_BYTES:
        return line
    return b"".join([tags, blank, rest[: LINE_BYTES - 2].decode("utf-8", "ignore").encode(), b"\r\n"])


def client_tags(tags: Mapping[str, str]) -> str:
    """Those tags that clients tell each other, as they are written; others are between a client and its server."""
    return written_tags({key: value for key, value in tags.items() if key.startswith("+")}) if tags else ""
