"""Names for all servers: reserved in Redis, and free from the place in the log where their last bearer goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from twisted.internet.defer import Deferred, succeed

from twistchat.cluster.peoplebyserver import PeopleByServer
from twistchat.cluster.resp import CommandRefused, ConnectionGone
from twistchat.cluster.scripts import Scripts
from twistchat.core.clocks import Clock
from twistchat.errors import NotStored, Phrase

FAR = Phrase("the servers' common log cannot be reached")

WAIT_SECONDS = 5.0
"""How long who comes in waits for Redis to be open, as when a server has just started."""


class ClusterNames:
    """The Names port over several servers."""

    def __init__(self, scripts: Scripts, clock: Clock, server: str, attendance: PeopleByServer) -> None:
        """Hold none yet.

        Args:
            scripts: Those of the connection that writes.
            clock: Time for intervals.
            server: This one.
            attendance: Who of this server is in which room, as the log has it.
        """
        self._scripts = scripts
        self._clock = clock
        self._server = server
        self._attendance = attendance
        self._leaving: set[str] = set()
        self._waiting: list[Deferred[None]] = []
        self.held: set[str] = set()
        """The keys that this server has."""
        self.run: str | None = None
        """Which process Redis is, while it is open."""
        self.drained: Callable[[], Deferred[None]] = lambda: succeed(None)
        """Waits until all is in the log that was submitted so far."""

    def opened(self, run: str) -> None:
        """Go on, as Redis is open."""
        self.run = run
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)
        self._free_soon()

    # --- handed to another process

    def portrait(self) -> tuple[list[str], list[str]]:
        """The keys that this server has, and those of them that it gives up."""
        return sorted(self.held), sorted(self._leaving)

    def revive(self, held: Iterable[str], leaving: Iterable[str]) -> None:
        """Have what another process of this server had: Redis knows."""
        self.held, self._leaving = {*held}, {*leaving}

    # ---

    def claim(self, keys: AbstractSet[str]) -> Deferred[bool]:
        """Reserve keys, all or none.

        The Deferred fails with NotStored where Redis does not answer.
        """
        return Deferred.fromCoroutine(self._claim(keys))

    async def _claim(self, keys: AbstractSet[str]) -> bool:
        if self.run is None:
            opened: Deferred[None] = Deferred()
            self._waiting.append(opened)
            opened.addTimeout(WAIT_SECONDS, self._clock)  # type: ignore[arg-type]
            try:
                await opened
            except Exception:
                self._waiting.remove(opened)
                raise NotStored(FAR) from None
        try:
            is_granted = await self._scripts.run("claim", self._server, self.run or "", *sorted(keys))
        except (ConnectionGone, CommandRefused):
            raise NotStored(FAR) from None
        if is_granted:
            self._leaving -= keys
            self.held |= keys
        return bool(is_granted)

    def free(self, keys: AbstractSet[str]) -> None:
        """Give keys up, from the place in the log on where their bearer goes."""
        self._leaving |= keys
        self._free_soon()

    def freed(self, changes: Sequence[tuple[str, str]]) -> list[str]:
        """The keys that are free from a batch on, of who comes and goes in it: nobody bears them in any room then."""
        if not self._leaving:
            return []
        borne, is_borne = self._attendance.borne_after(changes), self._attendance.is_borne
        freed = sorted(key for key in self._leaving if not (borne[key] if key in borne else is_borne(key)))
        self._gave_up(freed)
        return freed

    def lost(self, keys: Iterable[str]) -> None:
        """Note that keys are others' now."""
        self._gave_up(keys)

    def _gave_up(self, keys: Iterable[str]) -> None:
        self._leaving.difference_update(keys)
        self.held.difference_update(keys)

    def _free_soon(self) -> None:
        """Free what no leaving is on its way for, as of whoever was in no room."""
        if self._leaving:
            self.drained().addCallback(self._free_now)

    def _free_now(self, _: object) -> None:
        keys = self.freed(())
        if not keys:
            return
        freeing: Deferred[Any] = self._scripts.run("free", self._server, *keys)
        freeing.addErrback(lambda _: self.not_freed(keys))

    def not_freed(self, keys: Iterable[str]) -> None:
        """Note that keys could not be given up; they are, once that can be, unless somebody here has them by then."""
        again = set(keys) - self.held
        self._leaving |= again
        self.held |= again
