"""Does the calls that are in force, on the server that it runs on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.logger import Logger

from twistchat.calls.positions import FilePositions
from twistchat.calls.queue import CallQueue
from twistchat.core.addresses import Network
from twistchat.core.bans import CALL, Act
from twistchat.core.events import Entry
from twistchat.core.hub import Hub
from twistchat.core.ports import DelayedCall
from twistchat.drafts import put_in_place
from twistchat.errors import CannotStart
from twistchat.log.worker import ThreadWorker, Worker
from twistchat.wire.calls import secret_of

if TYPE_CHECKING:
    from twistchat.calls.http import HttpPost

log = Logger()

KEY = "calls.key"
"""In the state folder: what the secrets of all calls are made of."""

KEY_BYTES = 32

LOOK_SECONDS = 1.0
"""Between two looks which calls are in force: other servers make and end them as well."""

MOST_WAITING = 64
"""Writings that wait for the disk; there is one at a time."""


def listed_networks(text: str | None) -> tuple[Network, ...]:
    """Read `--calls-to`: addresses and networks.

    Raises:
        CannotStart: One of them is none.
    """
    return tuple(map(_network, (text or "").replace(",", " ").split()))


def _network(word: str) -> Network:
    try:
        return ip_network(word, strict=False)
    except ValueError:
        raise CannotStart(f"--calls-to {word}: this is no address. Give such as 127.0.0.1 or 169.254.0.0/16.") from None


def make_service(hub: Hub, reactor: Any, folder: Path, options: Mapping[str, Any]) -> CallService:
    """Do the calls of a chat, as the command line has it.

    Args:
        hub: The chat.
        reactor: What to connect with.
        folder: The state folder.
        options: With `calls-to` and `calls-ca`.

    Raises:
        CannotStart: One of them cannot be read.
    """
    authorities = options["calls-ca"]
    if authorities is not None:
        from twistchat.calls.http import trusted

        trusted(authorities)
    return CallService(hub, reactor, folder, listed_networks(options["calls-to"]), authorities)


class CallService(Service):
    """Keeps a queue for each call that is in force."""

    def __init__(
        self,
        hub: Hub,
        reactor: Any,
        folder: Path,
        listed: Sequence[Network] = (),
        authorities: str | None = None,
        worker: Callable[[str, int], Worker] | None = None,
    ) -> None:
        """Call nobody before it is started.

        Args:
            hub: The chat.
            reactor: What to connect with.
            folder: The state folder.
            listed: Networks that may be called beside all but this machine's own.
            authorities: A file of certificates by which to believe others; None for the system's.
            worker: Makes what writes off the reactor's thread.
        """
        self._hub = hub
        self._reactor = reactor
        self._folder = folder
        self._listed = listed
        self._authorities = authorities
        self._make_worker = worker or (lambda name, most: ThreadWorker(reactor, name, most))
        self._queues: dict[int, CallQueue] = {}
        self._positions: FilePositions | None = None
        self._worker: Worker | None = None
        self._post: HttpPost | None = None
        self._next: DelayedCall | None = None
        self._unwatch: Callable[[], None] | None = None
        self._key: bytes | None = None
        hub.calls.secret = self.secret

    def secret(self, act: Act) -> str:
        """What a call is signed with."""
        if self._key is None:
            self._key = self._read_key()
        return secret_of(self._key, act.number)

    def _read_key(self) -> bytes:
        path = self._folder / KEY
        if not path.exists():
            put_in_place(path, os.urandom(KEY_BYTES))
        return path.read_bytes()

    def startService(self) -> None:
        """Begin with the calls that are in force."""
        super().startService()
        self._unwatch = self._hub.pipeline.watch(self._said)
        self._look()

    def stopService(self) -> Deferred[Any]:
        """Call nobody any more; where each call is, is kept."""
        super().stopService()
        if self._next is not None and self._next.active():
            self._next.cancel()
        if self._unwatch is not None:
            self._unwatch()
        for queue in self._queues.values():
            queue.end()
        worker, self._worker = self._worker, None
        closing = [] if self._post is None else [self._post.close()]
        return gatherResults([*closing, succeed(None) if worker is None else worker.end(_nothing)])

    def _said(self, entries: Sequence[Entry]) -> None:
        if entries:
            for queue in self._queues.values():
                queue.wake()

    def _look(self) -> None:
        self._next = self._hub.clock.callLater(LOOK_SECONDS, self._look)
        acts = {act.number: act for act in self._hub.programs.all(CALL)}
        for number in self._queues.keys() - acts.keys():
            self._queues.pop(number).end()
            self._hub.calls.states.pop(number, None)
        new = [act for number, act in acts.items() if number not in self._queues]
        if new:
            self._begin(new, {*acts})

    def _begin(self, acts: Sequence[Act], all_calls: set[int]) -> None:
        try:
            secrets = [self.secret(act) for act in acts]
        except OSError as error:
            log.error("calls: {path} cannot be had: {error}", path=str(self._folder / KEY), error=str(error))
            return
        if self._positions is None:
            self._worker = self._make_worker("calls", MOST_WAITING)
            self._positions = FilePositions(self._folder, self._worker.call)
        self._positions.forget_others(all_calls)
        for act, secret in zip(acts, secrets, strict=True):
            queue = self._queues[act.number] = CallQueue(self._hub, act, self._send, self._positions, secret)
            queue.begin()

    async def _send(self, url: str, fields: dict[str, str], body: bytes) -> Any:
        if self._post is None:
            from twistchat.calls.http import HttpPost, resolver, trusted

            self._post = HttpPost(self._reactor, self._listed, trusted(self._authorities), resolver(self._reactor))
        return await self._post(url, fields, body)


def _nothing() -> None:
    pass
