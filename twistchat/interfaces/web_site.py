"""What the web port answers plain requests with: the page's files, and whether the server is well."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from twistchat.errors import CannotStart
from twistchat.wire.http import Head

PAGE = Path(__file__).parent / "page"

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PATH = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*")


@dataclass(frozen=True)
class Answer:
    """An answer to a request, without what every answer says."""

    status: HTTPStatus
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    more: Mapping[str, str] = field(default_factory=dict)


def said(status: HTTPStatus, sentence: str, **more: str) -> Answer:
    """An answer in a sentence; an underscore in a field's name stands for a hyphen."""
    return Answer(status, f"{sentence}\n".encode(), more={name.replace("_", "-"): more[name] for name in more})


NOT_HERE = said(HTTPStatus.NOT_FOUND, "There is nothing here.")

Source = Callable[[str, Head], Answer]
"""Answers a request of a peer at an address."""


@dataclass(frozen=True)
class _File:
    body: bytes
    kind: str
    tag: str

    def __call__(self, peer: str, head: Head) -> Answer:
        if self.tag in head.headers.get("if-none-match", ""):
            return Answer(HTTPStatus.NOT_MODIFIED, more={"ETag": self.tag})
        return Answer(HTTPStatus.OK, self.body, self.kind, {"ETag": self.tag})


def _file(path: Path) -> _File:
    body = path.read_bytes()
    return _File(body, _KINDS[path.suffix], f'"{hashlib.sha256(body).hexdigest()[:16]}"')


class Site:
    """Paths and what stands there."""

    def __init__(self, path: str, sources: Mapping[str, Source]) -> None:
        """Lay out a site.

        Args:
            path: Where the page is, such as `/` or `/chat/`; the WebSocket is at `chat` below it.
            sources: What answers at other paths.

        Raises:
            CannotStart: That is no path.
        """
        if not _PATH.fullmatch(path):
            raise CannotStart(f"--web-path {path}: this is no path. Give one that begins and ends with /.")
        self.socket_path = f"{path}chat"
        files: dict[str, Source] = {
            f"{path}{each.name}": _file(each) for each in PAGE.iterdir() if each.suffix in _KINDS
        }
        self._sources: dict[str, Source] = {**sources, **files, path: files.pop(f"{path}index.html")}
        if path != "/":
            self._sources[path.removesuffix("/")] = lambda peer, head: said(
                HTTPStatus.PERMANENT_REDIRECT, "It is a folder.", Location=path
            )

    def answer(self, peer: str, head: Head) -> Answer:
        """Answer a plain request."""
        if head.method not in ("GET", "HEAD"):
            return said(HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD are known here.", Allow="GET, HEAD")
        if head.path == self.socket_path:
            return said(HTTPStatus.UPGRADE_REQUIRED, "A WebSocket is here.", Upgrade="websocket")
        source = self._sources.get(head.path)
        return NOT_HERE if source is None else source(peer, head)
