"""The lines of a file to be imported, however it is encoded and ended, as often as they are wanted."""

from __future__ import annotations

import codecs
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

_LOOKED_AT = 65536
"""Bytes by which a file's encoding is told."""


@contextmanager
def opened(path: Path | None) -> Iterator[BinaryIO]:
    """A file that can be read twice; what cannot, as a pipe, is copied into one without a name first.

    Args:
        path: None for standard input.

    Raises:
        OSError: It cannot be read, or there is no room for the copy.
    """
    with nullcontext(sys.stdin.buffer) if path is None else path.open("rb") as file:
        if file.seekable():
            yield file
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            yield copy


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """A file's lines from its beginning, in UTF-8 or GB18030; LF, CRLF or CR ends one.

    No character's bytes have these in them in either. UTF-16, which Windows calls Unicode, becomes UTF-8.
    """
    file.seek(0)
    encoding = _wide_encoding(file.read(_LOOKED_AT))
    file.seek(0)
    if encoding is None:
        for part in file:
            yield from part.splitlines()
        return
    text = io.TextIOWrapper(file, encoding, errors="replace")
    try:
        for line in text:
            yield line.rstrip("\n").encode()
    finally:
        text.detach()


def digest_of(file: BinaryIO, room: str) -> str:
    """What a file's content, put into a room, is known by."""
    file.seek(0)
    digest = sha256(room.encode() + b"\n")
    while part := file.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()[:16]


def _wide_encoding(head: bytes) -> str | None:
    """UTF-16, by its mark, or else by the zeros in every second byte of ASCII; None where it is not that."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    if not even and not odd:
        return None
    return "utf-16-le" if odd >= even else "utf-16-be"
