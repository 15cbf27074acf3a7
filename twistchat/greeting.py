"""What the operator is shown at start: by which addresses others join, and the QR code of the first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from twisted.logger import Logger

from twistchat.core.place import Way
from twistchat.qr import fitting
from twistchat.reach import Reach, page_of

log = Logger()

MOST_SHOWN = 6
"""Addresses shown at start; /where has all."""


async def greet(reach: Reach, stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> None:
    """Tell the operator by which addresses others join.

    Args:
        reach: Finds them out.
        stream: The process's own standard output; a code is shown there if it is a terminal with room for it.
        environment: Says what kind of terminal that is.
    """
    await reach.look_around()
    ways = reach.ways()
    for line in sentences(reach, ways):
        log.info("where: {line}", line=line)
    page = page_of(ways)
    if page is not None and stream is not None and stream.isatty() and environment.get("TERM", "dumb") != "dumb":
        show(page.url, stream)


def sentences(reach: Reach, ways: Sequence[Way]) -> Iterator[str]:
    """What there is to be said of a server and the ways that lead to it now."""
    if reach.name is not None:
        yield f"this is {reach.name}."
    if not reach.is_open:
        return
    for way in ways[:MOST_SHOWN]:
        yield f"{way.url}  ({way.typed or 'in a browser'})"
    if len(ways) > MOST_SHOWN:
        yield f"and {len(ways) - MOST_SHOWN} more; /where lists them."
    page = page_of(ways)
    if page is not None:
        yield f"for a projector: {page.url}qr"
    if not ways:
        yield "this machine has no address now by which others could join. Once it is in a network, /where tells."


def show(url: str, stream: TextIO) -> None:
    """Write a code to a terminal, if that has room and characters for it."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
        text = "\n".join([*fitting(url, columns, rows), ""])
        stream.write(text.encode(stream.encoding).decode(stream.encoding))
        stream.flush()
    except (OSError, UnicodeEncodeError):  # no terminal any more; one without half blocks
        return
