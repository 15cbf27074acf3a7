"""What Redis does at once and undivided, in Lua: a file for each script in `lua/`, behind `head.lua`."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha1
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twistchat.cluster.link import RedisLink
from twistchat.cluster.resp import CommandRefused, Word

FOLDER = Path(__file__).parent / "lua"

PREFIX = "{tc}:"
"""Before all keys: the braces have a Redis of several shards keep them together."""

KEYS = ("log", "state", "names", "leases", "reported", "about", "acts", "called", "awaited")
"""Those that scripts are given, in this order; those of one server alone they make themselves."""

KEPT_IN_STREAM = 100_000
"""Entries: what a server that was away catches up with; 10 to 14 MB of Redis's memory."""

STATE = PREFIX + "state"
"""The newest number, which process is open, and how far each server is."""

ACTS = PREFIX + "acts"
"""Where Redis keeps what lasts, by number."""

ABOUT = PREFIX + "about"
"""What each server says of itself, by its id, as JSON."""

LEASES = PREFIX + "leases"
"""When each server's lease ends, by Redis's clock."""

NAMES = (
    "append",
    "beat",
    "called",
    "caller",
    "callkey",
    "claim",
    "free",
    "heal",
    "import",
    "leave",
    "open",
    "register",
    "snapshot",
    "supersede",
    "vouch",
    "whisper",
)


def source(name: str) -> str:
    """A script's whole text."""
    return "\n".join((FOLDER / f"{each}.lua").read_text("utf-8") for each in ("head", name))


class Scripts:
    """The scripts, by their names."""

    def __init__(self, link: RedisLink) -> None:
        """Read them; each connection has to `load` them first, as the Redis behind it may be another.

        Args:
            link: Where they are run.
        """
        self._link = link
        self._sources = {name: source(name) for name in NAMES}
        self._digests = {name: sha1(text.encode()).hexdigest() for name, text in self._sources.items()}
        self._keys = [PREFIX + key for key in KEYS]

    def load(self) -> None:
        """Give all scripts to Redis, where it may have them already."""
        for text in self._sources.values():
            self._link.call("SCRIPT", "LOAD", text).addErrback(lambda _: None)  # running it will fail, too

    def run(self, name: str, *words: Word) -> Deferred[Any]:
        """Run a script.

        Returns:
            Its answer. Fails with ConnectionGone or CommandRefused, whose word may be one of ours: RECOVERING, FENCED.
        """
        running = self._link.call("EVALSHA", self._digests[name], len(self._keys), *self._keys, *words)
        return running.addErrback(self._failed)

    def forget(self, key: str, fields: Iterable[Word]) -> Deferred[Any]:
        """Take fields out of one of the keys, which needs no script."""
        return self._link.call("HDEL", key, *fields)

    def _failed(self, failure: Failure) -> Failure:
        if isinstance(failure.value, CommandRefused) and failure.value.word == "NOSCRIPT":  # somebody flushed them
            self._link.abort()
        return failure
