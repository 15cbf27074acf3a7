"""A real server whose clock a test sets (libfaketime: Debian's faketime)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.server import Server

FAKETIME = [*Path("/usr/lib").glob("*/faketime/libfaketime.so.1")]

needs_faketime = pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed (Debian's faketime)")


class Faked(Server):
    """A server whose time of day can be set; how long things take stays as it is, unless that is to pass, too."""

    def __init__(self, folder: Path, *options: str, passes: bool = False, **how: Any) -> None:
        """Say how it is started.

        Args:
            folder: Its current folder.
            options: Further options of twistchat.
            passes: Whether what the clock is set by has passed for whatever waits for some time.
            how: As `Server` takes it.
        """
        self._by = folder / "by"
        self.sets_clock(0)
        environment = {
            "LD_PRELOAD": str(FAKETIME[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._by),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "0" if passes else "1",
        }
        super().__init__(folder, *options, environment=environment, **how)

    def sets_clock(self, seconds: int) -> None:
        """Set the server's clock by so many seconds against the real one."""
        new = self._by.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.rename(self._by)
