"""The formats of an export, each with what makes its text of the log's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from twistchat.log.exporting import StoredLine, json_line
from twistchat.transfer import page, table, transcript
from twistchat.wire.language import Language

UTF_8_WITH_MARK = "utf-8-sig"
"""A spreadsheet program reads a file without the mark in the machine's old encoding, and garbles Chinese."""


class Readership(NamedTuple):
    """Who an export is for."""

    language: Language
    """What sentences are in, and the zone of times."""
    room: str | None
    """The only room that is in it, if it is one."""
    now: float
    """When it is made, in seconds since 1970."""


class ExportFormat(NamedTuple):
    """One of them."""

    written: Callable[[Iterable[StoredLine], Readership], Iterator[str]]
    """Gives the text in parts."""
    encoding: str = "utf-8"
    newline: str = "\n"


FORMATS: Mapping[str, ExportFormat] = {
    "json": ExportFormat(lambda lines, _reader: map(json_line, lines)),
    "txt": ExportFormat(lambda lines, reader: transcript.written(lines, reader.language, reader.room)),
    "html": ExportFormat(lambda lines, reader: page.written(lines, reader.language, reader.room, reader.now)),
    "csv": ExportFormat(lambda lines, _reader: table.written(lines), UTF_8_WITH_MARK, ""),
}
"""By the word behind `--format`, which is also how a file's name ends."""
