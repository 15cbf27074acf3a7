"""Whom the client has met by TLS: a file as ssh's `known_hosts`, one line for each server, for its owner alone.

A line is `HOST:PORT MARK`, where the mark is `sha256:` and the hash of the server's key, or `authority` where one of
the authorities that this machine trusts vouched for its certificate. Other lines, as remarks behind `#`, stay.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from twistchat.client.address import Address
from twistchat.drafts import put_in_place

MOST_LINES = 1000
"""Of more, the oldest go."""

MOST_BYTES = 256 * 1024
"""Of the file; in a larger one, which is not ours, a line might be missed."""

AUTHORITY = "authority"

_LINE = re.compile(rf"(\S+) ({AUTHORITY}|sha256:[0-9a-f]{{64}})\s*")


class Known(NamedTuple):
    """What is known of a server."""

    mark: str
    line: int
    """The number of its line in the file, from 1."""


class CannotTell(Exception):
    """The file cannot be read; the text says why."""


class KnownServers:
    """The file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, address: Address) -> Known | None:
        """What is known of the server at an address; the first line about it counts.

        Raises:
            CannotTell: The file cannot be read.
        """
        for number, line in enumerate(self._lines(), 1):
            found = _LINE.fullmatch(line)
            if found is not None and found[1] == _place(address):
                return Known(found[2], number)
        return None

    def add(self, address: Address, mark: str) -> int:
        """Keep what is known of a server from now on.

        Returns:
            The number of its line.

        Raises:
            CannotTell: The file cannot be read.
            OSError: It cannot be written.
        """
        lines = [*self._lines(), f"{_place(address)} {mark}"][-MOST_LINES:]
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        put_in_place(self.path, "".join(f"{line}\n" for line in lines).encode(), replaces=True)
        return len(lines)

    def _lines(self) -> list[str]:
        try:
            with self.path.open("rb") as file:
                written = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise CannotTell(error.strerror) from error
        if len(written) > MOST_BYTES:
            raise CannotTell(f"it has more than {MOST_BYTES // 1024} KiB")
        if not written:
            return []
        return written.decode("utf-8", "replace").removesuffix("\n").split("\n")  # as sed counts them


def _place(address: Address) -> str:
    return str(address).partition("://")[2].lower()
