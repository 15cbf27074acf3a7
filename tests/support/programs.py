"""Hooks and calls of a server that is to be started, and a receiver of calls."""

from __future__ import annotations

import http.server
import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.patience import PATIENCE_SECONDS
from support.server import Server

from twistchat.admin.administration import AUDIT
from twistchat.admin.journal import FileJournal
from twistchat.core.bans import CALL, HOOK, Act
from twistchat.core.calling import CallOptions, shown_url
from twistchat.core.programs import ONCE, TOKEN_BYTES, digest_of_token, token_of


def _keep(folder: Path, act: Act) -> None:
    state = folder / "state"
    state.mkdir(mode=0o700, exist_ok=True)
    journal = FileJournal(state / AUDIT, time.time)
    journal.keep(act)
    journal.close()


def a_hook(folder: Path, name: str, room: str = "lobby", once: str = "") -> str:
    """Have a server that is started in a folder have a hook; its token.

    Args:
        folder: The server's.
        name: The hook's.
        room: Where it talks.
        once: Within what time it says the same once; empty where it says it each time.
    """
    token = token_of(secrets.token_bytes(TOKEN_BYTES))
    _keep(folder, Act(HOOK, "op", name, once and ONCE + once, room=room, digest=digest_of_token(token)))
    return token


def a_call(folder: Path, name: str, url: str, dialect: str = "json") -> None:
    """Have a server that is started in a folder do a call."""
    also = CallOptions(dialect).written()
    _keep(folder, Act(CALL, "op", name, shown_url(url), url, also=also))


def stored(folder: Path) -> list[tuple[str, str, str]]:
    """The kind, the name and the text of all that a server in a folder has stored."""
    command = [sys.executable, "-m", "twistchat", "export", "--state-dir", str(folder / "state")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    rows = map(json.loads, done.stdout.splitlines())
    return [(row["kind"], row["name"], row["text"]) for row in rows]


def hook_url(server: Server, token: str) -> str:
    """Where a hook is."""
    return f"http://127.0.0.1:{server.port('web')}/hooks/{token}"


class Receiver:
    """Takes calls, and answers them with a status."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.more: dict[str, str] = {}
        """Header fields of the answers."""
        self.came = threading.Event()
        self.answers = threading.Event()
        """Whether what comes is answered; it is kept at once."""
        self.answers.set()
        self._is_down = False
        receiver = self

        class _Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver._is_down:  # by a connection that was kept from before
                    self.close_connection = True
                    return
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                receiver.came.set()
                receiver.answers.wait(PATIENCE_SECONDS)
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                for name, value in receiver.more.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._handler = _Handler
        self._server = self._bound(0)
        self.url = f"http://127.0.0.1:{self._server.server_port}/secret"

    def _bound(self, port: int) -> http.server.ThreadingHTTPServer:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler)
        server.daemon_threads = True
        return server

    def texts(self) -> list[str]:
        """The lines that came, each as its people read it."""
        return self.lines(body for _, body in self.got)

    @staticmethod
    def lines(bodies: Iterable[bytes]) -> list[str]:
        """The lines of some bodies."""
        return [line for body in bodies for line in json.loads(body)["text"].splitlines()]

    def waits_for(self, text: str) -> None:
        """Wait until a line came."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(text in line for line in self.texts()):
            self.came.clear()
            assert self.came.wait(deadline - time.monotonic()), f"{text!r} never came: {self.texts()}"

    @contextmanager
    def listens(self) -> Iterator[Receiver]:
        """Take calls while the block runs; it may be done again, at the same port."""
        if self._is_down:
            self._server = self._bound(self._server.server_port)
            self._is_down = False
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._is_down = True
            self._server.shutdown()
            self._server.server_close()
            thread.join(PATIENCE_SECONDS)
