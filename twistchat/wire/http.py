"""As much of HTTP/1.1 (RFC 9112) as a page and a WebSocket need: heads in, whole answers out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import urlsplit

MOST_HEAD_BYTES = 8 * 1024
"""The longest head of a request (nginx: 8K for a line)."""

GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
"""Answers who `waits`."""

_LENGTH = re.compile(r"[0-9]{1,10}", re.ASCII)

END_OF_HEAD = b"\r\n\r\n"

# What every answer says: nothing from elsewhere, nothing inline, in nobody's frame, no type guessed, no address told.
_ALWAYS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}

_REQUEST = re.compile(r"([A-Z]{1,20}) (/[!-~]*) HTTP/1\.([01])")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request."""

    method: str
    target: str
    headers: Mapping[str, str]
    """By name in lower case; what stood in several fields of a name is joined by commas."""
    lasts: bool
    """Whether the connection may go on after the answer."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What stands behind the target's `?`."""
        return self.target.partition("?")[2]

    @property
    def has_body(self) -> bool:
        """Whether more of this request follows."""
        return "transfer-encoding" in self.headers or self.headers.get("content-length", "0") != "0"

    @property
    def length(self) -> int | None:
        """How many bytes of body follow; None where that is not told as RFC 9112 6.2 has it."""
        said = self.headers.get("content-length", "0")
        return int(said) if _LENGTH.fullmatch(said) else None

    @property
    def is_chunked(self) -> bool:
        """Whether the body's length is not told before it (RFC 9112 7.1)."""
        return "transfer-encoding" in self.headers

    @property
    def waits(self) -> bool:
        """Whether the body is only sent once it was said that it will be read (RFC 9110 10.1.1)."""
        return "100-continue" in self.headers.get("expect", "").lower()

    @property
    def wants_websocket(self) -> bool:
        """Whether it asks to go on as a WebSocket (RFC 6455 4.2.1)."""
        return "websocket" in self.headers.get("upgrade", "").lower()


def may_be_request(begun: bytes) -> bool:
    """Whether bytes that have come so far may become a request.

    Who speaks TLS or anything else here learns so at once, as a browser that tries https first and then http.
    """
    line, end, _ = begun.partition(b"\n")
    if not end:
        return line in (b"", b"\r") or line[:1].isupper()
    return line.endswith(b"\r") and _REQUEST.fullmatch(line[:-1].decode("latin-1")) is not None


def parse_head(head: bytes) -> Head | None:
    """Read a request's head without the empty line that ends it; None where it is none."""
    first, *rest = head.decode("latin-1").split("\r\n")
    request = _REQUEST.fullmatch(first)
    fields = [_FIELD.fullmatch(line) for line in rest]
    if request is None or not all(fields):
        return None
    headers: dict[str, str] = {}
    for field in fields:
        assert field is not None
        name, value = field[1].lower(), field[2]
        if name == "host" and name in headers:  # RFC 9112 3.2: to be refused
            return None
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if request[3] == "1" and "host" not in headers:
        return None
    lasts = request[3] == "1" and "close" not in headers.get("connection", "").lower()
    return Head(request[1], request[2], headers, lasts)


def response(
    status: HTTPStatus,
    body: bytes = b"",
    *,
    now: float,
    kind: str = "text/plain; charset=utf-8",
    more: Mapping[str, str] | None = None,
    lasts: bool = False,
    bare: bool = False,
) -> bytes:
    """A whole answer.

    Args:
        status: Its code.
        body: What it holds.
        now: The time, in seconds since 1970.
        kind: The body's media type.
        more: Header fields beside those that every answer has.
        lasts: Whether the connection goes on.
        bare: Whether the body is left out, as HEAD wants it.
    """
    fields = {"Date": formatdate(now, usegmt=True), **_ALWAYS, **(more or {})}
    if status is not HTTPStatus.NOT_MODIFIED:
        fields |= {"Content-Type": kind, "Content-Length": str(len(body))}
    fields["Connection"] = "keep-alive" if lasts else "close"
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode("latin-1") + END_OF_HEAD + (b"" if bare else body)


_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([!$&'()*+;=~\w.%-]+))(?::[0-9]*)?", re.ASCII | re.IGNORECASE)


def host_of(authority: str) -> str:
    """The host in `HOST:PORT` (RFC 9110 7.2), in lower case, an IPv6 address without brackets; empty for anything else.

    Whoever takes it for that of a request relies on it: what has a user before it or a path behind it has no host.
    """
    match = _AUTHORITY.fullmatch(authority)
    return (match[1] or match[2]).lower() if match is not None else ""


def same_origin(origin: str, authority: str) -> bool:
    """Whether a page's origin, such as `https://chat.example`, is the host that it talks to, port included.

    Schemes are not compared: behind a proxy that speaks TLS the server does not know its own.
    """
    try:
        page, host = urlsplit(origin), urlsplit(f"//{authority}")
        default = {"http": 80, "https": 443}[page.scheme]
        return bool(page.hostname) and (page.hostname, page.port or default) == (host.hostname, host.port or default)
    except (KeyError, ValueError):
        return False
