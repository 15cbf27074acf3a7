"""This machine's network adapters while tests run beside each other: a browser breaks off what it loads when one comes
or goes (`net::ERR_NETWORK_CHANGED`), so none does while a test has a browser.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = Path(tempfile.gettempdir()) / f"twistchat-tests-adapters-{os.getuid()}"
_changing = False


@contextmanager
def stay() -> Iterator[None]:
    """Let no adapter come or go meanwhile."""
    with _locked(fcntl.LOCK_SH):
        yield


@contextmanager
def change() -> Iterator[None]:
    """Let adapters come and go while no other test has a browser; may be nested."""
    global _changing
    if _changing:
        yield
        return
    with _locked(fcntl.LOCK_EX):
        _changing = True
        try:
            yield
        finally:
            _changing = False


@contextmanager
def _locked(how: int) -> Iterator[None]:
    """Whoever waits has the gate closed meanwhile, or those with browsers, one after another, would never let go."""
    with _opened("") as lock:
        with _opened("-gate") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            fcntl.flock(lock, how)
        yield


@contextmanager
def _opened(which: str) -> Iterator[int]:
    file = os.open(f"{_LOCK}{which}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)
