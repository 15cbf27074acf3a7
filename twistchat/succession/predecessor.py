"""The old process of a restart: it starts the new one, writes down what there is, and ends once that has all of it.

Until the new one has said TAKEN everything can go back, and does: the new one is killed, and this one reads on.

Rule 1: one at a time. Each try is an object of its own, forgotten where it fails.
Rule 2: from the letter on this does not return to the reactor, so that nothing that was written down changes.
Rule 3: it never ends by the reactor: Twisted's close calls shutdown(2), which ends a socket that another has, too.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from twisted.internet import tcp
from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.task import deferLater
from twisted.logger import Logger

from twistchat import __version__
from twistchat.core.hub import Hub
from twistchat.core.portrait import Values
from twistchat.core.replies import notice
from twistchat.errors import CannotRestart
from twistchat.succession import keeper, notify
from twistchat.succession.channel import Channel, ChannelBroken
from twistchat.succession.freezing import Freezer
from twistchat.succession.letter import GO, NO, TAKEN, CarriedPort, CarriedSession, Letter, reads
from twistchat.succession.mandate import HANDED_OVER, Mandate

log = Logger()

READY_SECONDS = 30.0
"""For Python to start, and the new version to read its command line and configuration; people are served meanwhile."""

FREEZE_SECONDS = 5.0
"""For what was begun to come to its end, while nothing more is read."""

CLOSE_SECONDS = 2.0
"""Of those, for connections that are being closed."""

TAKE_SECONDS = 10.0
"""For the new process to read the letter, and to have everybody back: 20,000 people take 6 s."""

LOOK_SECONDS = 0.002

DEFERRED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2}
"""Signals that wait while it is not known who the server is."""


class CarriedLog(Protocol):
    """The log, as far as it has to be written down."""

    @property
    def trouble(self) -> str | None:
        """Why nothing is stored at present."""
        ...

    def portrait(self) -> Values:
        """What another process needs to go on, beside the files."""
        ...

    def pause(self) -> None:
        """Hold no lock of a file."""
        ...


class CarriedCluster(Protocol):
    """The server's part in a cluster, as far as another process goes on with it."""

    @property
    def trouble(self) -> str | None:
        """Why nothing is stored at present."""
        ...

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is on its way to the others or from them."""
        ...

    @property
    def transport(self) -> Any:
        """What the connection goes by that is handed over, where it can be."""
        ...

    def hold(self) -> None:
        """Have the others wait for this server while it stands still."""
        ...

    def release(self) -> None:
        """Go on here after all."""
        ...

    def portrait(self) -> Values:
        """What another process needs to go on."""
        ...


@dataclass(frozen=True)
class House:
    """What is handed over."""

    hub: Hub
    services: Callable[[], Iterable[Any]]
    log: CarriedLog
    lock: Any
    """The state folder's, of `twistchat.log.lockfile`."""
    reactor: Any
    command: Sequence[str]
    """What starts the new process, and in which folder."""
    folder: Path
    mandate: Mandate | None
    """What this process was started for itself."""
    logfile: str = ""
    pidfile: str = ""
    cluster: CarriedCluster | None = None


class HandOver:
    """One try."""

    def __init__(self, house: House) -> None:
        """Try nothing yet."""
        self._house = house
        self._freezer = Freezer(house.reactor, None if house.cluster is None else house.cluster.transport)
        self._process: subprocess.Popen[bytes] | None = None
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
        if hub.is_draining:
            raise CannotRestart("this server is being emptied, and stops soon")
        self._check_log()

    def _check_log(self) -> None:
        house = self._house
        if (trouble := (house.cluster or house.log).trouble) is not None:
            raise CannotRestart(f"nothing can be stored at present: {trouble}")

    # --- the new process

    async def _start(self) -> None:
        """Start it, and wait until it could take over."""
        self._spawn()
        said = await self._heard()
        if not reads(said):
            raise CannotRestart(_refusal(said))

    def _spawn(self) -> None:
        house = self._house
        own, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._channel = Channel(own)
        is_kept = house.mandate is not None and house.mandate.is_kept
        mandate = Mandate(its.fileno(), is_kept or self._becomes_keeper, house.pidfile, house.logfile)
        environment = {**os.environ}
        mandate.put(environment)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, DEFERRED)  # it inherits that: see successor.py
        try:
            self._process = subprocess.Popen(house.command, env=environment, cwd=house.folder, pass_fds=(its.fileno(),))
        except OSError as error:
            raise CannotRestart(f"the new process cannot be started: {error.strerror}") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            its.close()

    async def _heard(self) -> str:
        assert self._channel is not None
        waiting = _Waiting(self._house.reactor, self._channel)
        try:
            await waiting.said.addTimeout(READY_SECONDS, self._house.reactor)
        except TimeoutError:
            raise CannotRestart(f"the new process was not ready within {READY_SECONDS:.0f} s") from None
        finally:
            waiting.end()
        self._channel.patience(TAKE_SECONDS)
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
            house.cluster.hold()
        now = house.reactor.seconds
        began = now()
        while True:
            self._freezer.freeze()
            house.hub.tell_presence()
            is_over = not self._freezer.is_closing or now() - began >= CLOSE_SECONDS
            if is_over and house.hub.is_at_rest and (house.cluster is None or house.cluster.is_at_rest):
                break
            if now() - began >= FREEZE_SECONDS:
                raise CannotRestart(f"what had begun was not at its end within {FREEZE_SECONDS:.0f} s")
            await deferLater(house.reactor, LOOK_SECONDS)
        self._check_log()

    # --- without the reactor

    def _hand_over(self, frozen_at: float) -> NoReturn:
        assert self._channel is not None
        assert self._process is not None
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, DEFERRED)
        try:
            self._house.log.pause()
            letter, descriptors = self._letter(frozen_at)
            self._channel.patience(TAKE_SECONDS)
            self._channel.hand_over(letter.to_bytes(), descriptors)
            said = self._channel.hear()
            if said != TAKEN:
                raise CannotRestart(_refusal(said))
            notify.tell(f"MAINPID={self._process.pid}")
            self._channel.say(GO)
        except (ChannelBroken, CannotRestart) as error:
            notify.tell(f"MAINPID={os.getpid()}")
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            if isinstance(error, CannotRestart):
                raise
            raise CannotRestart(f"the new process did not take over: {error}") from error
        self._end(self._process)

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

    def _end(self, process: subprocess.Popen[bytes]) -> NoReturn:
        """Be gone; whatever happens now, this process must serve nobody any more."""
        status = 1
        try:
            self._say_goodbye()
            status = self._leave(process)
        finally:
            os._exit(status)

    def _say_goodbye(self) -> None:
        """Tell those who have to come again, whose connections nobody else has, and send it as far as that goes."""
        before = {*self._house.reactor.getDelayedCalls()}
        for person in self._left_behind:
            with suppress(Exception):
                person.tell(notice("restarting", "This server restarts. Come in again now."))
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

    def _leave(self, process: subprocess.Popen[bytes]) -> int:
        """Make sure that who looks at this process's id finds the server; gives the exit status."""
        house = self._house
        if house.pidfile:
            with suppress(OSError):
                Path(house.pidfile).write_text(f"{process.pid}\n", "ascii")
        is_kept = house.mandate is not None and house.mandate.is_kept
        if is_kept or self._becomes_keeper:
            self._wait_until_it_serves(process)
        if self._becomes_keeper:
            keeping = [sys.executable, "-S", "-E", keeper.__file__, str(house.lock.path), str(process.pid)]
            os.execv(sys.executable, keeping)  # with signals blocked, so that it has those that wait
        for number in signal.sigpending() & DEFERRED:
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)
        return HANDED_OVER if is_kept else 0

    def _wait_until_it_serves(self, process: subprocess.Popen[bytes]) -> None:
        """Until the lock names it: a keeper looks there for whom to wait."""
        until = time.monotonic() + TAKE_SECONDS
        while not self._house.lock.names(process.pid) and process.poll() is None and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)

    @property
    def _becomes_keeper(self) -> bool:
        """Whether somebody looks at this process's id who can be told of no other."""
        is_kept = self._house.mandate is not None and self._house.mandate.is_kept
        return not (is_kept or self._house.pidfile or notify.is_watched())

    # --- going back

    def _go_back(self) -> None:
        """Have the new process be gone for certain, and read on."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._freezer.thaw()
        if self._house.cluster is not None:
            self._house.cluster.release()


class _Waiting:
    """Waits for the channel to have something, by the reactor."""

    def __init__(self, reactor: Any, channel: Channel) -> None:
        self._reactor = reactor
        self._channel = channel
        self.said: Deferred[None] = Deferred()
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._channel.fileno()

    def logPrefix(self) -> str:
        return "restart"

    def doRead(self) -> None:
        self.end()
        self.said.callback(None)

    def connectionLost(self, reason: object) -> None:
        """Twisted's hook, for a reactor that stops."""

    def end(self) -> None:
        """Wait no more; idempotent."""
        self._reactor.removeReader(self)


def _refusal(said: str) -> str:
    word, _, why = said.partition(" ")
    return why if word == NO and why else f"the new version reads other letters than this one's: it said {said!r}"
