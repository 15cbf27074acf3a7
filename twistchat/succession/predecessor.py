"""The old process of a restart: it starts the new one, writes down what there is, and ends once that has all of it.

Until the new one has said TAKEN everything can go back, and does: the new one is killed, and this one reads on.

Rule 1: one at a time. Each try is an object of its own, forgotten where it fails.
Rule 2: from the letter on this does not return to the reactor, so that nothing that was written down changes.
Rule 3: it never ends by the reactor: Twisted's close calls shutdown(2), which ends a socket that another has, too.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NoReturn

from twisted.internet import tcp
from twisted.internet.defer import TimeoutError
from twisted.internet.task import deferLater
from twisted.logger import Logger

from twistchat import __version__
from twistchat.core.portrait import Values
from twistchat.core.replies import notice
from twistchat.errors import CannotRestart
from twistchat.succession import keeper, notify, processfile
from twistchat.succession.channel import Channel, ChannelBroken
from twistchat.succession.deferral import DEFERRED, Deferral
from twistchat.succession.firstword import FirstWord
from twistchat.succession.freezing import Freezer
from twistchat.succession.handed import FIRST, count_and_names
from twistchat.succession.house import House
from twistchat.succession.letter import GO, TAKEN, CarriedPort, CarriedSession, Letter, reads
from twistchat.succession.mandate import HANDED_OVER, Mandate
from twistchat.succession.refusing import NO
from twistchat.succession.spawning import Started, start

log = Logger()

READY_SECONDS = 30.0
"""For Python to start, and the new version to read its command line and configuration; people are served meanwhile."""

FREEZE_SECONDS = 5.0
"""For what was begun to come to its end, while nothing more is read."""

CLOSE_SECONDS = 2.0
"""Of those, for connections that are being closed."""

TAKE_SECONDS = 10.0
"""For the new process to read the letter, and to have everybody back."""

TAKE_SECONDS_EACH = 0.002
"""And for each person: they take 0.3 ms where the machine has nothing else to do."""

MOST_BYTES = 1 << 30
"""Of a letter: it is in memory twice, as both processes are. What waits for 1,000 who read nothing is 0.3 GiB."""

DEATH_SECONDS = 0.2
"""In which a process that closes all that it has is seen to have ended."""

LOOK_SECONDS = 0.002


class HandOver:
    """One try."""

    def __init__(self, house: House) -> None:
        """Try nothing yet."""
        self._house = house
        self._freezer = Freezer(house.reactor, None if house.cluster is None else house.cluster.transport)
        self._deferral = Deferral()
        self._paused_at: float | None = None
        """Since when the log is another process's."""
        self._process: Started | None = None
        self._channel: Channel | None = None
        self._left_behind: list[Any] = []
        """Who has to come again."""
        self._handed_over: set[Any] = set()
        """Ports and connections that are another process's by the end; nothing more is sent by them."""

    async def do(self) -> NoReturn:
        """Hand over, and end this process.

        Raises:
            CannotRestart: It was not done; this process serves on.
        """
        self._check()
        try:
            await self._start()
            frozen_at = time.monotonic()
            await self._freeze()
            self._hand_over(frozen_at)
        except Exception as error:
            self._go_back()
            if isinstance(error, CannotRestart):
                raise
            log.failure("restart: it failed in a way that it should not")
            raise CannotRestart(f"an error in this server: {error!r}") from error

    def _check(self) -> None:
        hub = self._house.hub
        if self._house.is_ending():
            raise CannotRestart("this server is being stopped")
        if hub.is_draining:
            raise CannotRestart("this server is being emptied, and stops soon")
        if (trouble := self._house.trouble) is not None:
            raise CannotRestart(f"nothing can be stored at present: {trouble}")

    # --- the new process

    async def _start(self) -> None:
        """Start it, and wait until it could take over."""
        self._spawn()
        said = await self._heard()
        if not reads(said):
            raise CannotRestart(_refusal(said))

    def _spawn(self) -> None:
        house, environment = self._house, {**os.environ}
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, DEFERRED)  # it inherits that: see successor.py
        try:
            with ExitStack() as ours:
                own, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
                self._channel = Channel(own)
                ours.enter_context(its)
                mandate = self._mandate(its)
                ours.callback(os.close, mandate.channel)
                mandate.put(environment)
                # A daemon's standard error is nowhere, and a new version that cannot even begin complains there.
                errors = ours.enter_context(open(house.logfile, "ab")) if house.logfile else None
                fosters = notify.is_watched() and not mandate.is_kept
                self._process = start(house.command, environment, house.folder, mandate.channel, errors, fosters)
        except OSError as error:
            raise CannotRestart(f"the new process cannot be started: {error.strerror}") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _mandate(self, its: socket.socket) -> Mandate:
        """What the new process is told; the channel's descriptor is none that stands for one of systemd's sockets."""
        house, before = self._house, self._house.mandate
        count, names = (before.sockets, before.socket_names) if before else count_and_names()
        number = fcntl.fcntl(its, fcntl.F_DUPFD_CLOEXEC, FIRST + count)
        is_kept = (before is not None and before.is_kept) or self._becomes_keeper
        return Mandate(number, is_kept, house.pidfile, house.logfile, count, names)

    async def _heard(self) -> str:
        assert self._channel is not None
        waiting = FirstWord(self._house.reactor, self._channel)
        try:
            await waiting.said.addTimeout(READY_SECONDS, self._house.reactor)
        except TimeoutError:
            raise CannotRestart(f"the new process was not ready within {READY_SECONDS:.0f} s") from None
        finally:
            waiting.end()
        self._channel.patience(self._take_seconds)
        try:
            return self._channel.hear()
        except ChannelBroken:
            raise CannotRestart("the new process ended before it was ready; its log says why") from None

    # --- standing still

    async def _freeze(self) -> None:
        """Read nothing more, and wait until what was begun has come to its end."""
        house = self._house
        for service in house.services():
            send_away = getattr(service, "send_away", None)
            if send_away is not None:
                send_away()
        if house.cluster is not None:
            house.cluster.hold(FREEZE_SECONDS + 2 * self._take_seconds)  # to write all down, and to have it back
        now = house.reactor.seconds
        began = now()
        self._deferral.begin()
        while True:
            self._freezer.freeze()
            await deferLater(house.reactor, LOOK_SECONDS)  # signals that came before are heeded here
            house.hub.tell_presence()
            is_over = not self._freezer.is_closing or now() - began >= CLOSE_SECONDS
            if is_over and house.is_at_rest:
                break
            if now() - began >= FREEZE_SECONDS:
                raise CannotRestart(f"what had begun was not at its end within {FREEZE_SECONDS:.0f} s")
        self._check()

    # --- without the reactor

    def _hand_over(self, frozen_at: float) -> NoReturn:
        assert self._channel is not None
        assert self._process is not None
        self._house.log.pause()
        self._paused_at = time.monotonic()
        letter, descriptors = self._letter(frozen_at)
        written = letter.to_bytes()
        if len(written) > MOST_BYTES:
            raise CannotRestart(f"{len(written) >> 20} MiB would have to be handed over, and {MOST_BYTES >> 20} may be")
        self._channel.patience(self._take_seconds)
        try:
            self._channel.hand_over(written, descriptors)
            said = self._channel.hear()
            if said != TAKEN:
                raise CannotRestart(_refusal(said))
            self._channel.say(GO)
        except ChannelBroken as error:
            raise CannotRestart(f"the new process did not take over: {error}") from error
        self._see_it_go_on(self._channel, self._process)
        self._end(self._process)

    def _see_it_go_on(self, channel: Channel, process: Started) -> None:
        """Wait until the new process has heard that it is to go on; one that ended before leaves everybody to this one.

        It begins behind that word. What says nothing and lives is of a version that has no such word, or has stopped.
        """
        try:
            channel.hear()
        except ChannelBroken:
            until = time.monotonic() + DEATH_SECONDS
            while time.monotonic() < until:
                if process.poll() is not None:
                    raise CannotRestart("the new process ended just before it went on") from None
                time.sleep(LOOK_SECONDS)

    @property
    def _take_seconds(self) -> float:
        return TAKE_SECONDS + TAKE_SECONDS_EACH * len(self._house.hub.everyone)

    def _letter(self, frozen_at: float) -> tuple[Letter, list[int]]:
        house, descriptors = self._house, [self._house.lock.descriptor]

        def placed(transport: Any) -> tuple[int, int]:
            descriptors.append(transport.fileno())
            self._handed_over.add(transport)
            return len(descriptors) - 1, int(transport.socket.family)

        ports: dict[str, Values] = {}
        for service in house.services():
            port = getattr(service, "port", None)
            if port is not None:
                ports[service.name] = CarriedPort(service.state(), *placed(port)).written()
        numbers, again = house.hub.numbers, Counter[str]()
        sessions: list[Values] = []
        for person, session in house.hub.everyone.items():
            portrait = session.portrait(numbers).written()
            client: Any = person.client
            carried = client.carried() if hasattr(client, "carried") else None
            way = (client.interface, client.address)
            if carried is None:
                self._left_behind.append(person)
                again["SSH" if client.interface == "ssh" else "TLS"] += 1
                sessions.append(CarriedSession(portrait, "", *way).written())
                continue
            place, family = (None, 0) if carried.transport is None else placed(carried.transport)
            sessions.append(CarriedSession(portrait, client.home, *way, carried.state, place, family).written())
        chat = house.hub.portrait().written()
        cluster, connection = None, None
        if house.cluster is not None:
            cluster, transport = house.cluster.portrait(), house.cluster.transport
            connection = placed(transport) if isinstance(transport, tcp.Connection) else None
        logged = house.log.portrait()
        letter = Letter(__version__, chat, ports, sessions, 0, frozen_at, logged, dict(again), cluster, connection)
        return letter, descriptors

    def _end(self, process: Started) -> NoReturn:
        """Be gone; whatever happens now, this process must serve nobody any more."""
        status = 1
        try:
            notify.tell(f"MAINPID={process.pid}")
            self._say_goodbye()
            status = self._leave(process)
        finally:
            os._exit(status)

    def _say_goodbye(self) -> None:
        """Tell those who have to come again, whose connections nobody else has, and send it as far as that goes."""
        before = {*self._house.reactor.getDelayedCalls()}
        for person in self._left_behind:
            with suppress(Exception):
                person.tell(notice("restarting", "This server restarts. Join again now."))
                person.client.disconnect()
        now = self._house.reactor.seconds()
        for call in {*self._house.reactor.getDelayedCalls()} - before:
            if call.getTime() <= now:  # what was just said is sealed at the end of this turn, which does not come
                with suppress(Exception):
                    call.func(*call.args, **call.kw)
        for writer in self._house.reactor.getWriters():
            if writer not in self._handed_over:
                with suppress(Exception):
                    writer.doWrite()

    def _leave(self, process: Started) -> int:
        """Make sure that who looks at this process's id finds the server; gives the exit status."""
        house = self._house
        if house.pidfile:
            with suppress(OSError):
                processfile.rename(Path(house.pidfile), process.pid)
        is_kept = house.mandate is not None and house.mandate.is_kept
        if is_kept or self._becomes_keeper:
            self._wait_until_it_serves(process)
        if (ended := process.poll()) is not None:
            return ended if ended >= 0 else 128 - ended  # the server has ended, and this process is who can say so
        for number in self._deferral.taken():
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)
        if self._becomes_keeper:
            keeper.adopt()
            keeping = [sys.executable, "-S", "-E", keeper.__file__, str(house.lock.path), str(process.pid)]
            os.execv(sys.executable, keeping)  # with signals blocked, until it waits for them
        return HANDED_OVER if is_kept else 0

    def _wait_until_it_serves(self, process: Started) -> None:
        """Until the lock names it: a keeper looks there for whom to wait."""
        until = time.monotonic() + TAKE_SECONDS
        while not self._house.lock.names(process.pid) and process.poll() is None and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)

    @property
    def _becomes_keeper(self) -> bool:
        """Whether somebody looks at this process's id who can be told of no other."""
        is_kept = self._house.mandate is not None and self._house.mandate.is_kept
        is_told = notify.is_watched() or processfile.can_be_renamed(self._house.pidfile)
        return not (is_kept or is_told)

    # --- going back

    def _go_back(self) -> None:
        """Have the new process be gone for certain, and read on.

        The channel is closed last: one that has all, and finds nobody there any more, is the server.
        """
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._channel is not None:
            self._channel.close()
        if self._paused_at is not None:
            self._house.log.resume()
            stood = time.monotonic() - self._paused_at
            for call in self._house.reactor.getDelayedCalls():
                call.delay(stood)  # nobody is late who could not be heard
        self._freezer.thaw()
        if self._house.cluster is not None:
            self._house.cluster.release()
        self._deferral.end()


def _refusal(said: str) -> str:
    word, _, why = said.partition(" ")
    return why if word == NO and why else f"the new version reads other letters than this one's: it said {said!r}"
