"""Restarts of this server, one at a time, whoever asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twistchat.errors import CannotRestart
from twistchat.succession.house import House
from twistchat.succession.outcome import begun, told
from twistchat.succession.predecessor import HandOver

log = Logger()


class Restarts:
    """Hands over where that is asked for: by a signal, or by an administrator."""

    def __init__(self, house: Callable[[], House]) -> None:
        """Do nothing yet.

        Args:
            house: Gives what is handed over, as it is by then.
        """
        self._house = house
        self._is_going_on = False

    def begin(self) -> None:
        """Hand over; what comes of it is said in the log and in the lock."""
        Deferred.fromCoroutine(self.run()).addErrback(lambda failure: failure.trap(CannotRestart))

    async def run(self) -> NoReturn:
        """Hand over to a new process, of the version that is installed by now.

        Raises:
            CannotRestart: It was not done; everything goes on as before.
        """
        if self._is_going_on:
            log.warn("restart: one is going on; asking for another changes nothing.")
            raise CannotRestart("a restart is going on already")
        self._is_going_on = True
        try:
            house = self._house()
            house.lock.tell(begun())
            log.info("restart: a new process is started.")
            await HandOver(house).do()
        except CannotRestart as error:
            log.error("restart: {error}", error=str(error))
            house.lock.tell(told(str(error), is_done=False))
            raise
        finally:
            self._is_going_on = False
