"""What a running server's figures are, second by second: its own from `/metrics`, and the kernel's and the disk's."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from twistchat.bench import machine
from twistchat.bench.servers import Address
from twistchat.log.sqlite import LOG_FILE

Sample = dict[str, float]
"""Figures by name; those that have a label stand under `name label`."""

_FIGURE = re.compile(r'^(?:twistchat_)?(\w+)(?:\{\w+="([^"]*)"\})? ([0-9.e+-]+|NaN|\+Inf)$', re.MULTILINE)

ANSWER_SECONDS = 60.0


def read(address: Address) -> Sample:
    """Ask a server for its figures.

    Raises:
        OSError, HTTPException: It does not answer.
    """
    asking = HTTPConnection(*address, timeout=ANSWER_SECONDS)
    try:
        asking.request("GET", "/metrics")
        text = asking.getresponse().read().decode()
    finally:
        asking.close()
    return {f"{name} {label}".strip(): float(value) for name, label, value in _FIGURE.findall(text)}


class Sampler:
    """Keeps a sample of each second, in a thread of its own, until it is left."""

    def __init__(self, web: Address, pid: int, folder: Path) -> None:
        """Prepare.

        Args:
            web: Where the server answers browsers.
            pid: Its process.
            folder: Its state.
        """
        self.samples: list[Sample] = []
        self._web = web
        self._pid = pid
        self._wal = folder / f"{LOG_FILE}-wal"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="watch", daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def sample(self) -> Sample:
        """The figures as they are now.

        Raises:
            OSError, HTTPException: The server does not answer.
        """
        began = time.monotonic()
        figures = read(self._web)
        figures["answer_seconds"] = time.monotonic() - began
        figures["resident"] = machine.resident_bytes(self._pid)
        figures["wal"] = self._wal.stat().st_size if self._wal.exists() else 0
        return figures

    def _go_on(self) -> None:
        while not self._ended.wait(1.0):
            with suppress(OSError, HTTPException):
                self.samples.append(self.sample())
