"""Pieces of a frame of IRC that are no line each: what is told once a frame, and what several become one line of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twistchat.wire.irc_lines import LINE_BYTES
from twistchat.wire.irc_rulings import Change, written


class Modes(NamedTuple):
    """A line of MODE, in parts."""

    tags: bytes
    head: str
    """What stands between the tags and the changes."""
    changes: tuple[Change, ...]

    @property
    def line(self) -> bytes:
        """The line, with its tags and its end."""
        return self.tags + self.said

    @property
    def said(self) -> bytes:
        """The line without its tags."""
        return f"{self.head} {written(self.changes)}\r\n".encode()

    def followed(self, by: Modes) -> Modes | None:
        """Both in one line, with the first one's tags; None where they cannot be."""
        both = Modes(self.tags, self.head, self.changes + by.changes)
        return both if self.head == by.head and len(both.said) <= LINE_BYTES else None


class ToFill(NamedTuple):
    """A frame of which something is each reader's own, and is filled in by their connection."""

    frame: bytes


class Once(bytes):
    """A piece that is not told for itself, as all others are; what it is otherwise, is a line with its end."""

    said: bytes = b""
    """What makes it the same as another piece of its frame, of which the first is told."""
    modes: Modes | None = None
    """Of changes of a room's modes: those that follow each other are told in one line."""


def once(tags: bytes, said: bytes) -> Once:
    """A piece that is told once a frame.

    Args:
        tags: What stands before it; it does not make it another.
        said: The rest.
    """
    piece = Once(tags + said)
    piece.said = said
    return piece


def of_modes(modes: Modes) -> Once:
    """A piece that is a change of a room's modes."""
    piece = Once(modes.line)
    piece.modes = modes
    return piece


def joined(pieces: Sequence[bytes]) -> bytes:
    """Pieces of which some are such, one after another."""
    told: list[bytes | Modes] = []
    seen: set[bytes] = set()
    for piece in pieces:
        if not isinstance(piece, Once):
            told.append(piece)
        elif piece.modes is not None:
            _append(told, piece.modes)
        elif piece.said not in seen:
            seen.add(piece.said)
            told.append(piece)
    return b"".join(each.line if isinstance(each, Modes) else each for each in told)


def _append(told: list[bytes | Modes], modes: Modes) -> None:
    last = told[-1] if told else None
    both = last.followed(modes) if isinstance(last, Modes) else None
    if both is None:
        told.append(modes)
    else:
        told[-1] = both
