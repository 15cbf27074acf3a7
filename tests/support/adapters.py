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
    file = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, how)
        yield
    finally:
        os.close(file)
