"""What `twistd twistchat` runs: all interfaces over one hub, made by walking one table."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from twisted.application.service import IService, MultiService, Service
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, ensureDeferred, gatherResults
from twisted.internet.defer import TimeoutError as DeadlineError
from twisted.logger import Logger
from twisted.python.usage import UsageError

from twistchat import __version__, operatorlog
from twistchat.admin.administration import open_administration
from twistchat.calls import service as calls
from twistchat.claimsdaily import ClaimsDaily
from twistchat.cluster.joining import make_cluster
from twistchat.core.addresses import is_loopback
from twistchat.core.commands.rows import COMMANDS
from twistchat.core.hub import Hub
from twistchat.errors import CannotStart, NotUnderstood
from twistchat.garbage import Sweeping, collect_rarely
from twistchat.givingup import give_up
from twistchat.greeting import greet
from twistchat.hangup import OwnWindow
from twistchat.heeding import Heeding
from twistchat.interfaces.context import Context
from twistchat.interfaces.descriptors import capacity, check_limit
from twistchat.interfaces.listening import HasDoor, ListeningService, WayIn
from twistchat.interfaces.sharing import SharingReactor
from twistchat.interfaces.stdin import StdinService
from twistchat.interfaces.table import INTERFACES
from twistchat.languages import loaded
from twistchat.localname import LocalName
from twistchat.log.lockfile import FolderLock
from twistchat.log.memory import MemoryLog
from twistchat.log.sqlite import SqliteLog
from twistchat.machine import Look, Machine
from twistchat.options import Options, check_state_dir, prepared_state_dir
from twistchat.privileges import acting_as, user_of
from twistchat.reach import Door, Reach
from twistchat.shortpolls import keep_polls_short
from twistchat.steadytime import keep_steady
from twistchat.succession import notify
from twistchat.succession.house import House
from twistchat.succession.mandate import Mandate, own_command, taken_mandate
from twistchat.succession.restarts import Restarts
from twistchat.succession.successor import Successor, by_name
from twistchat.vault import ThreadVault
from twistchat.wire.json import JsonFormat
from twistchat.zone import MachineZone

__all__ = ["ChatService", "Options", "makeService"]

log = Logger()

STOP_SECONDS = 2.5
"""How long people's connections may take to read what is queued when the server stops."""

EMPTY_SECONDS = 0.5
"""Between two looks whether the last has gone of a server that is emptied."""

LAST_COMMIT_SECONDS = 0.4
"""How long it may then take to store that everyone has left."""


class ChatService(MultiService):
    """The whole server: a hub, and a child service for each interface that is on."""

    def __init__(
        self, options: Options, reactor: Any, successor: Successor | None = None, is_rehearsal: bool = False
    ) -> None:
        """Make the server, listening nowhere yet.

        Args:
            options: The command line and configuration, already checked.
            reactor: What to run it with.
            successor: This process, where it takes over from another one.
            is_rehearsal: Whether to see only whether it could be made; nothing is taken, opened or changed.

        Raises:
            CannotStart: It cannot run as it was told to.
        """
        super().__init__()
        check_limit()
        self.options = options
        self._successor = successor
        self._heeding = Heeding(reactor)
        self.restarts = Restarts(lambda: self._house)
        with acting_as(user_of(options.parent)):
            self._make_parts(options, reactor)
            if not is_rehearsal:
                self._settle_in()

    def _make_parts(self, options: Options, reactor: Any) -> None:
        """Make what there is to run: in memory first, and files once all that can be checked was."""
        if options["share-port"] == "on":
            reactor = SharingReactor(reactor)
        given = Path(options["state-dir"])
        check_state_dir(given)
        self.state_dir = given.absolute()  # `twistd --rundir` leaves this folder
        self._lock = FolderLock(self.state_dir)
        self._copy = make_log(options, self.state_dir, reactor)
        handed = None if self._successor is None else self._successor.letter.cluster
        self._cluster = make_cluster(options, self._copy, self.state_dir, reactor, handed)
        self._log = self._copy if self._cluster is None else self._cluster.log
        zone, machine = MachineZone(), Machine(Look())
        languages = loaded(zone)
        self.reach = Reach(machine, options["name"], options.near_only, LocalName(reactor))
        self.reach.doors = self._doors
        self._vault = ThreadVault(reactor)
        self._reactor = reactor
        self.hub = self._made_hub(languages.command_words(row.name for row in COMMANDS), zone)
        opened = open_administration if self._cluster is None else self._cluster.administration
        administration = replace(opened(self.hub, self.state_dir, self.reach.page_url), restart=self.restarts.run)
        language = languages.found(options["language"])
        sockets = [row.at_web for row in INTERFACES if row.at_web is not None]
        self._context = Context(
            self.hub, language, reactor, self.state_dir, administration, options, machine, self.reach, sockets
        )
        self._add_services()

    def _made_hub(self, words: Mapping[str, str], zone: MachineZone) -> Hub:
        """The hub, with all that it does not have of itself; `words` are commands' names in other languages."""
        hub = Hub(
            self._log,
            self._reactor,
            time.time,
            self.options.limits(),
            words,
            names=None if self._cluster is None else self._cluster.names,
            place=self.reach,
            zone=zone,
            vault=self._vault,
            elsewhere=None if self._cluster is None else self._cluster.post,
        )
        hub.claims_mode, hub.claims_keep = self.options["claims"], self.options.claims_keep()
        return hub

    def _add_services(self) -> None:
        """Have the services of the table that are on, and those that come beside.

        Raises:
            NotUnderstood: None of them is for people.
        """
        options, context = self.options, self._context
        for row in INTERFACES:
            if options[row.name] != "off":
                service = row.make_service(options[row.name], context)
                service.setName(row.name)
                self.addService(service)
        shared_calls = None if self._cluster is None else self._cluster.shared_calls
        self.addService(calls.make_service(self.hub, context.reactor, self.state_dir, options, shared_calls))
        administration = context.administration
        if administration.expiry is not None:
            self.addService(ClaimsDaily(administration.expiry, context.reactor))
        if options["console"] == "on":
            self.addService(StdinService(administration, context.reactor, sys.stdin.buffer))
        if not any(row.is_for_people for row in INTERFACES if row.name in self.namedServices):
            raise NotUnderstood("Every interface is off, so nobody could join. Leave one on.")

    def _settle_in(self) -> None:
        """Take the state folder, and make what is to be kept there."""
        if self._successor is None:
            for way_in in self._ways_in():
                way_in.check()
            prepared_state_dir(Path(self.options["state-dir"]))
            self._lock.take()
        else:
            self._lock.have(self._successor.lock)
        self._copy.check()  # while somebody sees stderr
        self._context.administration.journal.open()
        for way_in in self._ways_in():
            way_in.prepare()
        self.reach.fingerprint = self._context.seal.fingerprint

    def _ways_in(self) -> Iterator[WayIn]:
        return (service for service in self if isinstance(service, WayIn))

    def _doors(self) -> Iterator[Door]:
        people = {row.name for row in INTERFACES if row.is_for_people}
        for service in self:
            if service.name in people and isinstance(service, HasDoor) and service.door is not None:
                yield service.door

    def privilegedStartService(self) -> None:
        """Listen everywhere, or end the process with a sentence."""
        if self._successor is None:
            with self._giving_up():
                super().privilegedStartService()

    def startService(self) -> None:
        """Run; at SIGHUP, read limits and log file anew, or stop where it came as the terminal went."""
        if self._successor is not None:
            self._take_over(self._successor)
            return
        with self._giving_up():
            self._lock.take()  # the process may be another by now
            self._copy.open()
            if self._cluster is not None:
                self._cluster.start()
            super().startService()  # `python -m twisted` opens no port before this
        recalled = Deferred.fromCoroutine(self.hub.recall_announcements())
        recalled.addErrback(lambda failure: log.failure("earlier announcements cannot be read", failure))
        log.info("files: can hold about {people} people.", people=capacity())
        self._reactor.callWhenRunning(self._tell_how_to_open)  # last: who waits for it may end the server by a signal
        greeted = Deferred.fromCoroutine(greet(self.reach, sys.__stdout__))
        greeted.addErrback(lambda failure: log.failure("the addresses cannot be shown", failure))
        self._heed_signals()
        notify.tell("READY=1")

    def _heed_signals(self) -> None:
        self._window = OwnWindow()
        self._heeding.begin(
            {signal.SIGHUP: self._hang_up, signal.SIGUSR1: self.drain, signal.SIGUSR2: self.restarts.begin}
        )

    # --- from one process to another

    def _take_over(self, successor: Successor) -> None:
        """Have all that another process had, as soon as the reactor runs; nothing is read before that one lets go."""
        try:
            self._copy.open()
            self._copy.revive(successor.letter.log)
            if self._cluster is not None:
                self._take_over_cluster(successor)
            services = by_name(self)
            successor.take_ports(services)
            Service.startService(self)
            for way_in in self._ways_in():
                way_in.startService()
        except Exception as error:
            successor.give_up(error)
        absent = JsonFormat(self._context.language)
        succeed = partial(successor.succeed, self.hub, services, absent, self._lock, self._serve)
        self._reactor.callWhenRunning(lambda: Deferred.fromCoroutine(succeed()))

    def _take_over_cluster(self, successor: Successor) -> None:
        written = successor.letter.cluster
        if written is None:
            raise CannotStart("--cluster was off, and is not now. Stop this server, and start it.")
        self._cluster.hand_over.take(written, successor.connect_to_redis(self._reactor))

    def _serve(self) -> None:
        """Begin with what only the server does, now that this process is it."""
        if self._cluster is not None:
            self._cluster.hand_over.go_on()
        self._heed_signals()
        for service in self:
            if not service.running:
                service.startService()

    @property
    def _house(self) -> House:
        twistd: Any = self.options.parent or {}
        pidfile = twistd.get("pidfile") or ("" if self._mandate is None else self._mandate.pidfile)
        return House(
            self.hub,
            lambda: [service for service in self if isinstance(service, WayIn)],
            self._copy,
            self._lock,
            self._reactor,
            [*own_command(), "serve", *self.options.words],
            self.options.folder,
            self._mandate,
            operatorlog.file(),
            str(Path(pidfile).absolute()) if pidfile else "",
            lambda: not self.running,
            None if self._cluster is None else self._cluster.hand_over,
        )

    @property
    def _mandate(self) -> Mandate | None:
        return None if self._successor is None else self._successor.mandate

    @contextlib.contextmanager
    def _giving_up(self) -> Iterator[None]:
        try:
            yield
        except CannotStart as error:
            give_up(error, self.options.parent)

    def _tell_how_to_open(self) -> None:
        for service in self:
            address = service.port.getHost() if service.name == "tcp" else None
            if isinstance(address, IPv4Address | IPv6Address) and is_loopback(address.host):
                to_all = "`--tcp tcp:{port}` would open it to everyone who can reach this machine, "
                log.info(f"tcp: {to_all}`--open` to its own networks.", port=address.port)

    def drain(self) -> None:
        """Take nobody new, by any port that people have, and stop once nobody is left; idempotent."""
        if not self.hub.is_draining:
            log.info("nobody new is taken; the server stops once all have gone who are here, or at SIGTERM.")
            ensureDeferred(self._drain())

    async def _drain(self) -> None:
        self.hub.is_draining = True
        for service in self:
            if isinstance(service, ListeningService) and service.name != "admin":
                await service.take_nobody()
        self.hub.tell_of_end()
        self._stop_when_empty()

    def _stop_when_empty(self) -> None:
        if self.hub.everyone:
            self._reactor.callLater(EMPTY_SECONDS, self._stop_when_empty)
            return
        self._heeding.stop()

    def _hang_up(self) -> None:
        """Nobody is left who could stop a server whose window was closed, and the next could not have its ports."""
        if not self._window.is_gone:
            self.reload()
            return
        self._heeding.stop()  # the kernel and the shell both say so

    def reload(self) -> None:
        """Open the log file anew and read the configuration's limits again; nobody is disconnected."""
        try:
            operatorlog.reopen()
        except OSError as error:
            log.error("SIGHUP: the log goes on where it was: {error}", error=str(error))
        try:
            self.options.read_config()
            self.hub.limits = self.options.limits()
        except (UsageError, ValueError) as error:
            log.error("SIGHUP: the limits stay as they were: {error}", error=str(error))
        else:
            log.info("SIGHUP: limits read again.")

    def stopService(self) -> Deferred[Any]:
        """Tell everyone, send what is queued, and stop, within a time limit."""
        self._heeding.end()
        told = self.hub.shut_down()
        return Deferred.fromCoroutine(self._stopped(gatherResults([told, super().stopService()])))

    async def _stopped(self, gone: Deferred[Any]) -> None:
        with contextlib.suppress(DeadlineError):
            await gone.addTimeout(STOP_SECONDS, self._reactor)
        with contextlib.suppress(DeadlineError):
            await self.hub.pipeline.drained().addTimeout(LAST_COMMIT_SECONDS, self._reactor)
        if self._cluster is not None:
            with contextlib.suppress(DeadlineError):
                await self._cluster.stop().addTimeout(LAST_COMMIT_SECONDS, self._reactor)
        await self._log.close()
        await self._vault.close()
        self._lock.release()
        self._heeding.let_go()
        if self._mandate is not None and self._mandate.pidfile:
            _unlink(Path(self._mandate.pidfile))


def make_log(options: Options, folder: Path, reactor: Any) -> SqliteLog | MemoryLog:
    """The log that the options name, not opened yet."""
    if options["log"] == "memory":
        return MemoryLog(time.time)
    return SqliteLog(folder, reactor, time.time, options["durability"], options.keep())


def makeService(options: Options) -> IService:
    """Make the server, as twistd's plugin asks for it."""
    from twisted.internet import reactor

    log.info("twistchat {version}", version=__version__)
    keep_steady(reactor)
    keep_polls_short(reactor)
    mandate = taken_mandate()
    try:
        service = ChatService(options, reactor) if mandate is None else _succeeding(options, reactor, mandate)
    except CannotStart as error:
        give_up(error, options.parent)
    if not reactor.running:  # otherwise the process is not the server's alone
        collect_rarely()
        service.addService(Sweeping(service.hub, reactor))
    return service


def _succeeding(options: Options, reactor: Any, mandate: Mandate) -> ChatService:
    """Make the server once another process hands over to it; before, see whether it could be made."""
    successor = Successor(mandate)
    try:
        ChatService(options, reactor, is_rehearsal=True)
        successor.wait_for_letter()
        return ChatService(options, reactor, successor)
    except Exception as error:
        successor.give_up(error)


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
