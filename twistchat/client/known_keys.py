"""The keys by which names of one's own are known at servers: in a file that only its owner can read.

A line is `HOST:PORT KEY NAME`. A key goes to the server that it is for and to no other, as whoever has it has the name.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from twistchat.client.address import Address
from twistchat.core import names
from twistchat.drafts import put_in_place

MOST_LINES = 1000
"""Of more, the oldest go."""

MOST_BYTES = 256 * 1024
"""Of the file; a larger one is not ours."""

_LINE = re.compile(r"(\S+) ([A-Za-z0-9_-]{22,64}) (\S+)")


class KnownKeys:
    """The keys for one server."""

    def __init__(self, path: Path, address: Address) -> None:
        """Prepare.

        Args:
            path: The file.
            address: The server's.
        """
        self._path = path
        self._place = str(address).partition("://")[2].lower()

    def find(self, name: str) -> str | None:
        """The key of a name; None where there is none, or it cannot be read."""
        for line in reversed(self._lines()):
            found = _LINE.fullmatch(line)
            if found is not None and found[1] == self._place and names.key(found[3]) == names.key(name):
                return found[2]
        return None

    def keep(self, name: str, key: str) -> None:
        """Keep the key of a name; where that cannot be done, its code is asked for the next time."""
        if self.find(name) == key:
            return
        lines = [*self._lines(), f"{self._place} {key} {name}"][-MOST_LINES:]
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            put_in_place(self._path, "".join(f"{line}\n" for line in lines).encode(), replaces=True)

    def _lines(self) -> list[str]:
        try:
            with self._path.open("rb") as file:
                written = file.read(MOST_BYTES + 1)
        except OSError:
            return []
        return written.decode("utf-8", "replace").splitlines() if len(written) <= MOST_BYTES else []
