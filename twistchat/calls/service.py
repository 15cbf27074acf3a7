"""Does the calls that are in force, on the server that it runs on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger

from twistchat.calls.places import CallsPlace, OwnPlace
from twistchat.calls.queue import CallQueue
from twistchat.core.addresses import Network, networks_of
from twistchat.core.bans import CALL, Act
from twistchat.core.clocks import DelayedCall, cancel
from twistchat.core.events import Entry
from twistchat.core.hub import Hub
from twistchat.core.outreach import may_be_called
from twistchat.log.worker import ThreadWorker
from twistchat.wire.calls import secret_of

if TYPE_CHECKING:
    from twistchat.calls.http import HttpPost

log = Logger()

LOOK_SECONDS = 1.0
"""Between two looks which calls are in force: other servers make and end them as well."""


def listed_networks(text: str | None) -> tuple[Network, ...]:
    """Read `--calls-to`: addresses and networks.

    Raises:
        CannotStart: One of them is none.
    """
    return networks_of("calls-to", text, "127.0.0.1 or 169.254.0.0/16")


def make_service(
    hub: Hub,
    reactor: Any,
    folder: Path,
    options: Mapping[str, Any],
    shared: Callable[[OwnPlace], CallsPlace] | None = None,
) -> CallService:
    """Do the calls of a chat, as the command line has it.

    Args:
        hub: The chat.
        reactor: What to connect with.
        folder: The state folder.
        options: With `calls-to` and `calls-ca`.
        shared: Makes what several servers share of what the state folder has; None for a server that is alone.

    Raises:
        CannotStart: One of them cannot be read.
    """
    authorities = options["calls-ca"]
    if authorities is not None:
        from twistchat.calls.http import trusted

        trusted(authorities)
    own = OwnPlace(folder, lambda name, most: ThreadWorker(reactor, name, most))
    return CallService(hub, reactor, shared(own) if shared else own, listed_networks(options["calls-to"]), authorities)


class CallService(Service):
    """Keeps a queue for each call that is in force, while it is this server's turn to call."""

    def __init__(
        self,
        hub: Hub,
        reactor: Any,
        place: CallsPlace,
        listed: Sequence[Network] = (),
        authorities: str | None = None,
    ) -> None:
        """Call nobody before it is started.

        Args:
            hub: The chat.
            reactor: What to connect with.
            place: Where what calls need is kept.
            listed: Networks that may be called beside all but this machine's own.
            authorities: A file of certificates by which to believe others; None for the system's.
        """
        self._hub = hub
        self._reactor = reactor
        self._place = place
        self._listed = listed
        self._authorities = authorities
        self._queues: dict[int, CallQueue] = {}
        self._post: HttpPost | None = None
        self._next: DelayedCall | None = None
        self._unwatch: Callable[[], None] | None = None
        hub.calls.secret = self.secret
        hub.calls.is_at_rest = lambda: place.is_at_rest  # what is being posted the next process posts again, by its id
        hub.calls.may_call = lambda address: may_be_called(address, listed)

    def secret(self, act: Act) -> str:
        """What a call is signed with.

        Raises:
            OSError: The key cannot be had.
        """
        return secret_of(self._place.key(), act.number)

    def startService(self) -> None:
        """Begin with the calls that are in force."""
        super().startService()
        self._unwatch = self._hub.pipeline.watch(self._said)
        self._place.start(self._look)
        self._look()

    def stopService(self) -> Deferred[Any]:
        """Call nobody any more; where each call is, is kept."""
        super().stopService()
        self._wait_no_more()
        if self._unwatch is not None:
            self._unwatch()
        for queue in self._queues.values():
            queue.end()
        closing = [] if self._post is None else [self._post.close()]
        return gatherResults([*closing, self._place.stop()])

    def _said(self, entries: Sequence[Entry]) -> None:
        if entries:
            for queue in self._queues.values():
                queue.wake()

    def _wait_no_more(self) -> None:
        cancel(self._next)

    def _look(self) -> None:
        """See which calls are in force, and whether it is this server that does them."""
        self._wait_no_more()
        if not self.running:
            return
        self._next = self._hub.clock.callLater(LOOK_SECONDS, self._look)
        is_ours = self._place.is_ours
        acts = {act.number: act for act in self._hub.programs.all(CALL)} if is_ours else {}
        for number in self._queues.keys() - acts.keys():
            self._end(self._queues.pop(number), is_ours)
        new = [act for number, act in acts.items() if number not in self._queues]
        if new:
            self._begin(new, {*acts})

    def _end(self, queue: CallQueue, is_ours: bool) -> None:
        queue.end() if is_ours else queue.break_off()
        self._hub.calls.states.pop(queue.act.number, None)

    def _begin(self, acts: Sequence[Act], all_calls: set[int]) -> None:
        try:
            secrets = [self.secret(act) for act in acts]
        except OSError as error:
            log.error("calls: their key cannot be had: {error}", error=str(error))
            return
        positions = self._place.positions
        positions.forget_others(all_calls)
        for act, secret in zip(acts, secrets, strict=True):
            queue = self._queues[act.number] = CallQueue(self._hub, act, self._send, positions, secret)
            queue.begin()

    async def _send(self, url: str, fields: dict[str, str], body: bytes) -> Any:
        if self._post is None:
            from twistchat.calls.http import HttpPost, resolver, trusted

            self._post = HttpPost(self._reactor, self._listed, trusted(self._authorities), resolver(self._reactor))
        return await self._post(url, fields, body)
