"""First bytes of peers that want something else: a browser, or a TLS client, pointed at a port of plain lines."""

from __future__ import annotations

import re

# Of a browser that was pointed here by mistake, or by a page that wants to make it talk.
_HTTP_REQUEST = re.compile(rb"[A-Z]{3,16} \S+ HTTP/[0-9.]+$")
_TLS_HELLO = re.compile(rb"\x16\x03[\x00-\x04]")  # RFC 8446 5.1: handshake, legacy version


def is_http_request(line: bytes) -> bool:
    """Whether a line, without its end, is a request's first."""
    return _HTTP_REQUEST.match(line) is not None


def is_tls_hello(read: bytes) -> bool:
    """Whether a first read begins as TLS does."""
    return _TLS_HELLO.match(read) is not None
