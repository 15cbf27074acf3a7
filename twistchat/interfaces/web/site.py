"""What the web port answers plain requests with: the page's files, and whether the server is well."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape
from http import HTTPStatus
from pathlib import Path

from twistchat.core.addresses import is_loopback
from twistchat.errors import NotUnderstood
from twistchat.interfaces.responses import NOT_HERE, Response, said
from twistchat.interfaces.web import words
from twistchat.wire.http import Head, host_of
from twistchat.wire.language import ENGLISH, Languages

PAGE = Path(__file__).parent / "page"

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_JSON = "application/json"
LATER = frozenset({"desk.js", "desk.css", "poster.css"})
"""Of the page's files those that a first load does not need: a moderator's desk, and how `/qr` looks."""

_PATH = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*")


Source = Callable[[str, Head], Response]
"""Answers a request of a peer at an address."""


_GZIP = re.compile(
    r"(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q=(?P<weight>[01](?:\.[0-9]{0,3})?)\s*)?(?=,|$)", re.IGNORECASE
)

_ALONE = {"Cross-Origin-Opener-Policy": "same-origin"}
"""No page that opened this one, or that it opened, has a hold of its window."""


def takes_gzip(accepted: str) -> bool:
    """Whether a client asks for gzip by its `Accept-Encoding` (RFC 9110 12.5.3): named, and not with a weight of 0."""
    weights = [found["weight"] for found in _GZIP.finditer(accepted)]
    return any(weight is None or float(weight) > 0 for weight in weights)


@dataclass(frozen=True)
class _Form:
    """The bytes of a file in one encoding."""

    body: bytes
    fields: Mapping[str, str]


@dataclass(frozen=True)
class _File:
    """A file, compressed once: who asks for gzip gets that, all others the file as it is."""

    kind: str
    plain: _Form
    packed: _Form

    def __call__(self, peer: str, head: Head) -> Response:
        form = self.packed if takes_gzip(head.headers.get("accept-encoding", "")) else self.plain
        if form.fields["ETag"] in head.headers.get("if-none-match", ""):
            return Response(HTTPStatus.NOT_MODIFIED, more=form.fields)
        return Response(HTTPStatus.OK, form.body, self.kind, form.fields)


def _file(body: bytes, kind: str, **more: str) -> _File:
    digest = hashlib.sha256(body).hexdigest()[:16]
    plain = _Form(body, {**more, "ETag": f'"{digest}"', "Vary": "Accept-Encoding"})
    packed = {**more, "ETag": f'"{digest}-gzip"', "Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
    return _File(kind, plain, _Form(gzip.compress(body, mtime=0), packed))


def _called(html: bytes, name: str) -> bytes:
    """The page of a server that has a name of its own."""
    return html.replace(b">twistchat<", f">{escape(name)}<".encode())


def _all_scripts() -> str:
    """Tells a browser of all scripts at once (RFC 8288), which else would learn of each when it has read another."""
    scripts = (each.name for each in sorted(PAGE.glob("*.js")) if each.name not in LATER)
    return ", ".join(f"<{name}>; rel=modulepreload" for name in scripts)


class Site:
    """Paths and what stands there."""

    def __init__(
        self, path: str, sources: Mapping[str, Source], languages: Languages | None = None, name: str | None = None
    ) -> None:
        """Lay out a site.

        Args:
            path: Where the page is, such as `/` or `/chat/`; the WebSocket is at `chat` below it.
            sources: What answers at other paths.
            languages: What the page can be had in; None for English alone.
            name: What the page calls the server; None for its own words.

        Raises:
            CannotStart: That is no path.
        """
        if not _PATH.fullmatch(path):
            raise NotUnderstood(f"--web-path {path}: this is no path. Give one that begins and ends with /.")
        self.path = path
        self.socket_path = self.below("chat")
        files = {
            f"{path}{each.name}": _file(each.read_bytes(), _KINDS[each.suffix])
            for each in PAGE.iterdir()
            if each.suffix in _KINDS
        }
        html = files.pop(f"{path}index.html").plain.body
        index = _file(html if name is None else _called(html, name), _KINDS[".html"], Link=_all_scripts())
        spoken = {
            f"{path}words/{each.code}.json": _file(words.spoken(PAGE, each), _JSON)
            for each in languages or Languages([ENGLISH])
        }
        self._sources: dict[str, Source] = {**sources, **files, **spoken, path: index}
        if path != "/":
            self._sources[path.removesuffix("/")] = lambda peer, head: said(
                HTTPStatus.PERMANENT_REDIRECT, "It is a folder.", Location=path
            )

    def below(self, name: str) -> str:
        """A path below the page's."""
        return f"{self.path}{name}"

    def answer(self, peer: str, head: Head) -> Response:
        """Answer a plain request."""
        answer = self._found(peer, head)
        return replace(answer, more={**answer.more, **_ALONE}) if _is_trustworthy(head) else answer

    def _found(self, peer: str, head: Head) -> Response:
        if head.method not in ("GET", "HEAD"):
            return said(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD are known here.", Allow="GET, HEAD")
        source = self._sources.get(head.path)
        return NOT_HERE if source is None else source(peer, head)


def _is_trustworthy(head: Head) -> bool:
    """Whether browsers take the page for secure, as far as the request tells: on other pages they log an error at each
    load about a policy that they do not follow there (https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy).
    """
    host = host_of(head.headers.get("host", ""))
    is_local = host == "localhost" or host.endswith(".localhost") or is_loopback(host)
    return is_local or head.headers.get("x-forwarded-proto", "").lower() == "https"
