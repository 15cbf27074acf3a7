"""JSON objects for programs and pages, each a text message of a WebSocket (RFC 6455)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

from twistchat.wire.json import JsonFormat

try:
    from websockets.speedups import apply_mask
except ImportError:  # websockets was built without a compiler
    from websockets.utils import apply_mask

TEXT = 0x81
"""RFC 6455 5.2: the first byte of the last frame of a message, of text, with no extension."""
BINARY = 0x82
_MASKED = 0x80
_TWO_BYTES, _EIGHT_BYTES = 126, 127  # of length follow
_MOST_IN_TWO = 0xFFFF


@dataclass(frozen=True)
class WebFormat(JsonFormat):
    """The dialect of programs, its pieces already framed: a server's frames bear no mask, so all may share them."""

    def ended(self, text: str) -> bytes:
        """An object's text as a message."""
        return framed(text.encode("utf-8"))


def framed(payload: bytes, kind: int = TEXT) -> bytes:
    """A message of a server's.

    Args:
        payload: What is in it.
        kind: Its first byte: a text's, or `BINARY`.
    """
    length = len(payload)
    if length < _TWO_BYTES:
        return struct.pack("!BB", kind, length) + payload
    if length <= _MOST_IN_TWO:
        return struct.pack("!BBH", kind, _TWO_BYTES, length) + payload
    return struct.pack("!BBQ", kind, _EIGHT_BYTES, length) + payload


@lru_cache(maxsize=8)
def framed_lines(lines: bytes, kind: int) -> bytes:
    """Lines that end in CRLF, each as a message without its end; all who share a frame share these."""
    return b"".join(framed(line, kind) for line in lines.split(b"\r\n")[:-1])


def whole_text(data: bytes, start: int) -> tuple[str, int] | None:
    """Read the frame that nearly all are: a client's text message in one piece, of less than 64 KiB.

    Args:
        data: What came.
        start: Where a frame begins in it, if it has one there at all.

    Returns:
        The text and where its frame ends. None where that is any other frame, a wrong one, or not there as a whole:
        what is to be done then takes an implementation of the whole protocol.
    """
    begin = start + 6
    if len(data) < begin or data[start] != TEXT:
        return None
    length = data[start + 1] - _MASKED  # below 0 where there is no mask
    if length == _TWO_BYTES and len(data) >= begin + 2:
        length = int.from_bytes(data[start + 2 : start + 4], "big")
        begin += 2
    elif not 0 <= length < _TWO_BYTES:
        return None
    end = begin + length
    if end > len(data):
        return None
    try:
        return apply_mask(data[begin:end], data[begin - 4 : begin]).decode("utf-8"), end
    except UnicodeDecodeError:
        return None


def whole_frames(data: bytes | bytearray, most: int, share: int) -> int:
    """Where the frames end that a client's bytes begin with and that are there as a whole.

    Args:
        data: What came, from the beginning of a frame on.
        most: The longest payload, in bytes.
        share: Bytes after which it is enough; the last frame may go beyond.

    Returns:
        0 where not even the first is whole. The length of `data` where a frame's head shows that it is to be refused,
        whatever follows: it bears no mask (RFC 6455 5.1), or is longer than `most`.
    """
    end = 0
    while end < share and (found := _frame_end(data, end, most)) is not None:
        end = found
    return end


def _frame_end(data: bytes | bytearray, start: int, most: int) -> int | None:
    head = start + 2
    if len(data) < head:
        return None
    length = data[start + 1] - _MASKED
    if length in (_TWO_BYTES, _EIGHT_BYTES):
        size = 2 if length == _TWO_BYTES else 8
        if len(data) < head + size:
            return None
        length = int.from_bytes(data[head : head + size], "big")
        head += size
    if not 0 <= length <= most:
        return len(data)
    end = head + 4 + length
    return end if end <= len(data) else None
