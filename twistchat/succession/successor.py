"""The new process of a restart: it says that it could take over, has everybody back, and begins.

Rule 1: nothing is read, accepted or sent before GO, or before the old process is gone: nobody else has the sockets
    then.
Rule 2: until then it ends by itself alone where anything is wrong, by `_exit`, so that no socket is shut down.
Rule 3: signals wait until then, as they do in the old process: it was started with them blocked.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from twisted.logger import Logger

from twistchat.core.hub import Hub
from twistchat.interfaces.adopting import Descriptor, connect_again
from twistchat.log.lockfile import FolderLock
from twistchat.succession import notify
from twistchat.succession.channel import Channel, ChannelBroken
from twistchat.succession.deferral import DEFERRED
from twistchat.succession.letter import GONE_ON, TAKEN, CarriedPort, CarriedSession, Letter, ready
from twistchat.succession.mandate import Mandate
from twistchat.succession.outcome import told, told_of
from twistchat.succession.refusing import NO

log = Logger()


@dataclass(eq=False)
class Absent:
    """Somebody who has to come again: their connection is the old process's, which says goodbye to them."""

    format: Any
    interface: str
    address: str
    held = 0
    one_try = False

    def send(self, frame: Any) -> None:
        """Nobody is there."""

    def hold(self, seconds: float) -> bool:
        """Nothing comes."""
        return True

    def disconnect(self) -> None:
        """Nothing is connected."""


class Successor:
    """This process, as long as it is not the server yet."""

    def __init__(self, mandate: Mandate) -> None:
        """Have been started to take over."""
        self.mandate = mandate
        self.channel = Channel.of(mandate.channel)
        self.letter: Letter
        self._descriptors: list[int] = []
        self._begin_ports: list[Callable[[], object]] = []
        self._begin_clients: list[Callable[[], object]] = []
        self._go_on: list[Callable[[], None]] = []
        self._absent: list[Any] = []
        self._not_served = Counter[str]()
        """Who came by what is no longer served, by the interface."""

    # --- before anything is taken over

    def wait_for_letter(self) -> None:
        """Say that this process could take over, and wait until it is to; the old one serves on meanwhile.

        Raises:
            ChannelBroken: The old process has ended, or needs nobody.
            CannotRead: The letter is none that is known.
        """
        self.channel.say(ready())
        data, self._descriptors = self.channel.take()
        self.letter = Letter.of(data)

    def give_up(self, why: object) -> NoReturn:
        """End, and say why; the old process serves on."""
        try:
            print(f"twistchat: {why}", file=sys.__stderr__, flush=True)
            self.channel.say(f"{NO} {str(why).rstrip('.')}")
        except ChannelBroken:
            pass
        finally:
            os._exit(1)

    @property
    def lock(self) -> int:
        """The descriptor of the state folder's lock."""
        return self._descriptors[self.letter.lock]

    # --- taking over

    def connect_to_redis(self, reactor: Any) -> Callable[[Any], object] | None:
        """What gives a protocol the connection to Redis that the old process had; None where that cannot be."""
        if self.letter.cluster_connection is None:
            return None
        place, family = self.letter.cluster_connection
        return partial(_connect, reactor, Descriptor(self._descriptors[place], family))

    def take_ports(self, services: Mapping[str, Any]) -> None:
        """Have services listen at the ports that they had, of which nothing is read yet.

        Args:
            services: All that there are now, by their names. A port whose interface is off now is closed.
        """
        for name, written in self.letter.ports.items():
            port = CarriedPort.read(written)
            number = self._descriptors[port.descriptor]
            if name in services:
                self._begin_ports.append(services[name].take(port.state, Descriptor(number, port.family)))
            else:
                os.close(number)

    def have_back(self, hub: Hub, services: Mapping[str, Any], format: Any) -> None:
        """Have everybody back, in the order in which they connected; the chat is prepared.

        Args:
            hub: The chat.
            services: By their names.
            format: What those are spoken to in who are not there.
        """
        people = self.letter.people
        for each in people:
            self._have_one_back(hub, services, format, each)
        self._go_on = hub.settle(self.letter.portrait, [each.session for each in people])

    def _have_one_back(self, hub: Hub, services: Mapping[str, Any], format: Any, each: CarriedSession) -> None:
        number = None if each.descriptor is None else self._descriptors[each.descriptor]
        if each.interface not in services or each.state is None:
            if number is not None:
                os.close(number)
            absent = Absent(format, each.interface or each.way, each.address)
            self._absent.append(hub.revive(each.session, absent))
            if each.interface:
                self._not_served[f"{each.interface}, which is off now"] += 1
            return
        descriptor = None if number is None else Descriptor(number, each.family)
        session_of = partial(hub.revive, each.session)
        self._begin_clients.append(services[each.interface].come_back(each.state, session_of, descriptor))

    async def succeed(
        self, hub: Hub, services: Mapping[str, Any], format: Any, lock: FolderLock, serve: Callable[[], object]
    ) -> None:
        """Become the server.

        Args:
            hub: The chat.
            services: By their names; they have the ports.
            format: What those are spoken to in who are not there.
            lock: The state folder's.
            serve: Begins with what only the server does.
        """
        try:
            await hub.recall_announcements()
            await hub.prepare(self.letter.portrait)
            self.have_back(hub, services, format)
            self.wait_for_go()
        except BaseException as error:
            log.failure("restart: this process cannot take over")
            self.give_up(f"an error in the new process: {error!r}")
        self.begin()
        facts = self._facts()
        sentence = told_of(**facts)
        lock.take_over(told(sentence, is_done=True, **facts))
        serve()
        notify.tell("READY=1")
        log.info("restart: {sentence}", sentence=sentence)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, DEFERRED)  # those come now that came meanwhile

    def wait_for_go(self) -> None:
        """Say that all is taken, and wait for the old process to let go of it, or to be gone.

        It closes its end only by ending, while this process lives: where nobody hears, everybody is this one's.
        """
        self.channel.patience(None)
        try:
            self.channel.say(TAKEN)
            self.channel.hear()
        except ChannelBroken:
            log.warn("restart: the old process ended before it said that it does no more")
        with suppress(ChannelBroken):
            self.channel.say(GONE_ON)
        self.channel.close()

    def begin(self) -> None:
        """Serve: what waited to be sent first, then connections, then ports."""
        for call in (*self._begin_clients, *self._go_on, *(session.close for session in self._absent)):
            self._call(call)
        for call in self._begin_ports:
            self._call(call)
        self._begin_clients, self._go_on, self._begin_ports = [], [], []

    def _call(self, call: Callable[[], object]) -> None:
        """One person's trouble is not everybody's: nobody else could serve them any more."""
        try:
            call()
        except Exception:
            log.failure("restart: somebody could not go on")

    def _facts(self) -> dict[str, Any]:
        letter, still = self.letter, time.monotonic() - self.letter.frozen_at
        again = {**letter.again, **self._not_served}
        kept = len(letter.sessions) - sum(again.values())
        return {"before": letter.version, "kept": kept, "again": again, "still": still}


def _connect(reactor: Any, descriptor: Descriptor, protocol: Any) -> None:
    lost = connect_again(reactor, descriptor, protocol)
    if lost is not None:
        lost()


def by_name(services: Iterable[Any]) -> dict[str, Any]:
    """Services by their names."""
    return {service.name: service for service in services if service.name}
