"""The load generator: many members on one epoll, cheaper than any server, so that the server is what is measured.

It counts what arrives and looks into it only where it must: `bytes.count` over what a read brought.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from twistchat.bench import machine
from twistchat.bench.arrivals import Arrivals
from twistchat.bench.dialects import MARK
from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.servers import Server

ENTER_SECONDS = 60.0
"""How long a server may take over the first people; 100 a second are enough for the others."""

QUIET_SECONDS = 0.6
"""Silence after which all has been delivered that the coming of few brought; presence is held back for 0.25 s."""

QUIET_SECONDS_EACH = 1 / 2500
"""For each member, where there are many: a server may hold presence back for the longer the more there are."""

READ_BYTES = 256 * 1024

MOST_WAITING = 400
"""People who have connected and are not yet in."""

_BIND_ADDRESS_NO_PORT = 24
"""Linux's `IP_BIND_ADDRESS_NO_PORT`, which Python's `socket` names since 3.12: connecting picks the port, which may be
one that an earlier run left in TIME_WAIT with another server. `bind` would look for one that nobody has at all, which
takes it seconds for thousands of people once a few runs were made."""

_DIGITS = cycle("0123456789")


@dataclass(eq=False, slots=True)
class Visitor:
    """One connection of the crowd."""

    name: str
    socket: socket.socket
    fd: int
    told_of: int = 0
    """People whose coming this member was told of, while `Crowd.enter` was asked to count."""
    is_greeted: bool = False
    begun: bytes = b""
    """What has come until it is known to be in."""
    tail: bytes = b""
    """The beginning of a line whose end has not come yet."""


class Crowd:
    """Members of one server. What each has heard is counted; who needs more is watched."""

    def __init__(self, server: Server, letter: str = "m", arrivals: Arrivals | None = None) -> None:
        """Begin with nobody.

        Args:
            server: Whose members they are.
            arrivals: Notes when what members read had arrived; None where it is enough to know when they read it.
            letter: What their names begin with; of two crowds at one server each has its own. Behind it the crowd has a
                digit, as the people of the one before may not be seen off yet where a server is used again.
        """
        self.server = server
        self.arrivals = arrivals
        self._names = f"{letter}{next(_DIGITS)}x"
        self.members: list[Visitor] = []
        self.counts: dict[int, int] = {}
        """Marks heard, by the member's descriptor."""
        self.buffer = bytearray(READ_BYTES)
        """What the latest read brought, while a watcher is called."""
        self._watchers: Mapping[int, Callable[[int, int], None]] = {}
        self.gone = 0
        self.idle_seconds = 0.0
        """How long `round` has looked in vain for something to read."""
        self.sleeps = not machine.has_own_core()
        """Whether it sleeps until something comes, which leaves the core to others; see `round`."""
        self._epoll = select.epoll()
        self._by_fd: dict[int, Visitor] = {}
        self._receive: dict[int, Callable[[bytearray], int]] = {}

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            member.socket.close()
        self._epoll.close()

    # --- coming in

    def enter(self, count: int, tell: Callable[[str], None] = lambda text: None, counting: bool = False) -> None:
        """Bring so many more people in.

        Args:
            count: How many.
            tell: Takes words on the progress.
            counting: Whether to count whom each is told of, in `Visitor.told_of`.

        Raises:
            CannotMeasure: The server does not let them in.
        """
        goal, waiting, arriving = len(self.members) + count, set[int](), set[int]()
        deadline = time.monotonic() + ENTER_SECONDS + count / 100
        while waiting or len(self.members) < goal:
            while len(self.members) < goal and self._has_room_for_more(len(waiting), len(arriving)):
                fd = self.connect().fd
                waiting.add(fd)
                arriving.add(fd)
                if len(self.members) % 1000 == 0:
                    tell(f"{len(self.members)} people")
            self._let_in(waiting, arriving, counting)
            if time.monotonic() > deadline or self.gone:
                raise CannotMeasure(f"{self.server.name} let {len(self.members) - len(waiting)} of {goal} people in.")

    def _has_room_for_more(self, waiting: int, arriving: int) -> bool:
        return arriving < self.server.dialect.wave and waiting < MOST_WAITING

    def _let_in(self, waiting: set[int], arriving: set[int], counting: bool) -> None:
        for member, data in self.read(1.0):
            if member.fd in waiting:
                member.begun += data
                if self._is_in(member):
                    waiting.discard(member.fd)
                    member.begun = b""
                if member.is_greeted:
                    arriving.discard(member.fd)
            if counting:
                self._count_told(member, data)

    def _is_in(self, member: Visitor) -> bool:
        """Whether it has come in; one who is greeted just now says where it wants to be."""
        dialect = self.server.dialect
        if not member.is_greeted and dialect.greeted and dialect.greeted in member.begun:
            member.socket.sendall(dialect.enters())
            member.begun, member.is_greeted = b"", True
        if dialect.ready in member.begun:
            member.is_greeted = True
        return dialect.ready in member.begun

    def count_told(self, timeout: float) -> None:
        """Read once from everyone for whom something came, and count whom it tells of."""
        for member, data in self.read(timeout):
            self._count_told(member, data)

    def _count_told(self, member: Visitor, data: bytes) -> None:
        lines, newline, member.tail = (member.tail + data).rpartition(b"\n")
        member.told_of += self.server.dialect.people_told_of(lines + newline)

    def connect(self, watched: bool = True, receive_buffer: int | None = None) -> Visitor:
        """Bring one connection up and have it say its hello.

        Args:
            watched: Whether what arrives is read by this crowd.
            receive_buffer: Bytes that the kernel keeps for it; None for its default.
        """
        kind = socket.SOCK_DGRAM if self.server.dialect.datagrams else socket.SOCK_STREAM
        made = socket.socket(socket.AF_INET, kind)
        if receive_buffer is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if kind is socket.SOCK_STREAM:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.server.address[0] == "127.0.0.1":  # ports run out below 28,000 from one address
                made.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
                made.bind((f"127.0.0.{2 + len(self.members) // 10_000}", 0))
        made.settimeout(ENTER_SECONDS)
        made.connect(self.server.address)
        name = f"{self._names}{len(self.members)}"
        spoken: Any = self.server.dialect.sealed(made, name)
        member = Visitor(name, spoken, made.fileno())
        spoken.sendall(self.server.dialect.hello(name))
        made.setblocking(False)
        self.members.append(member)
        if watched:
            self.counts[member.fd] = 0
            self._by_fd[member.fd] = member
            self._receive[member.fd] = spoken.recv_into if self.arrivals is None else self.arrivals.reader(made)
            self._epoll.register(member.fd, select.EPOLLIN)
        return member

    def settle(self) -> None:
        """Read until nothing comes any more, then count from zero.

        Raises:
            CannotMeasure: It goes on coming.
        """
        quiet_since = began = time.monotonic()
        quiet_seconds = max(QUIET_SECONDS, len(self.members) * QUIET_SECONDS_EACH)
        while time.monotonic() - quiet_since < quiet_seconds:
            if time.monotonic() - began > ENTER_SECONDS:
                raise CannotMeasure(f"{self.server.name} does not come to rest.")
            if self.read(QUIET_SECONDS / 4):
                quiet_since = time.monotonic()
        self.counts.update(dict.fromkeys(self.counts, 0))

    # --- talking and hearing

    def say(self, member: Visitor, text: bytes, times: int = 1) -> None:
        """Say a text that holds the mark; who cannot send has been let go, and is counted so."""
        words = self.server.dialect.said(member.name, text) * times
        try:
            sent = member.socket.send(words)
            if sent < len(words):
                member.socket.setblocking(True)
                member.socket.sendall(words[sent:])
                member.socket.setblocking(False)
        except OSError:
            self.gone += 1

    def watch(self, watchers: Mapping[int, Callable[[int, int], None]]) -> None:
        """Have something called for what some members hear.

        Args:
            watchers: By descriptor; called with how many marks a read brought and how many bytes are in `buffer`.
        """
        self._watchers = watchers

    def round(self, timeout: float) -> None:
        """Read once from everyone for whom something came, and count it.

        A generator with a core of its own does not sleep meanwhile: a server would pay for waking it, which members on
        other machines do not cost it, and the more so the slower it is, as the generator then sleeps more often.

        Everyone reads at once. Who let lines wait would have them acknowledged late, and a server that leaves Nagle's
        algorithm on (RFC 896) would then send many in one packet, which saves it work and makes them later still.
        """
        buffer, receive, counts, watchers = self.buffer, self._receive, self.counts, self._watchers
        for fd, _ in self._await(timeout):
            try:
                size = receive[fd](buffer)
            except BlockingIOError:
                continue
            except OSError:
                size = 0
            if not size:
                self._left(fd)
                continue
            heard = buffer.count(MARK, 0, size)
            counts[fd] += heard
            if fd in watchers:
                watchers[fd](heard, size)

    def _await(self, timeout: float) -> list[tuple[int, int]]:
        most = len(self.counts) + 1
        if self.sleeps:
            return self._epoll.poll(timeout, most)
        began = time.perf_counter()
        while not (ready := self._epoll.poll(0, most)) and time.perf_counter() - began < timeout:
            pass
        self.idle_seconds += time.perf_counter() - began
        return ready

    def read(self, timeout: float) -> list[tuple[Visitor, bytes]]:
        """Read once from everyone for whom something came, and give what it was."""
        came = []
        for fd, _ in self._epoll.poll(timeout, len(self.counts) + 1):
            try:
                size = self._receive[fd](self.buffer)
            except BlockingIOError:
                continue
            except OSError:
                size = 0
            if size:
                came.append((self._by_fd[fd], bytes(self.buffer[:size])))
            else:
                self._left(fd)
        return came

    def hear(self, expected: int, seconds: float) -> int:
        """Read until so many marks were heard in all, or the time is over.

        Returns:
            How many are missing; below zero, how many came too many.
        """
        deadline = time.monotonic() + seconds
        while (missing := expected - sum(self.counts.values())) > 0 and time.monotonic() < deadline:
            self.round(0.05)
        return missing

    def _left(self, fd: int) -> None:
        self.gone += 1
        self._epoll.unregister(fd)
