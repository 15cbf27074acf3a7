"""SSH for people at an endpoint."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twistchat.errors import CannotStart
from twistchat.extras import Extra, is_here, why_missing
from twistchat.interfaces.context import Context
from twistchat.interfaces.listening import ListeningService

log = Logger()

DEFAULT = "tcp:7022:interface=127.0.0.1"
"""Where people log in unless it is said."""


class ShellService(ListeningService):
    """Listens for people while it runs."""

    def __init__(
        self, context: Context, description: str, factory: Any, fingerprint: str, keep_key: Callable[[], None]
    ) -> None:
        """Read the description.

        Args:
            context: The chat.
            description: Where to listen.
            factory: Serves the connections.
            fingerprint: Of the server's own key.
            keep_key: Stores that key, once it is known that the server can start.

        Raises:
            CannotStart: It cannot be read.
        """
        near_only = "ssh" in context.reach.near_only
        super().__init__(context.reactor, "ssh", description, factory, "ssh -p {port} {host}", near_only)
        self._fingerprint = fingerprint
        self._keep_key = keep_key
        self._people = factory

    def prepare(self) -> None:
        """Keep the server's own key.

        Raises:
            CannotStart: It cannot be stored.
        """
        self._keep_key()

    def privilegedStartService(self) -> None:
        """Listen, and say by which key people know the server.

        Raises:
            CannotStart: The port cannot be had.
        """
        super().privilegedStartService()
        log.info("ssh: host key {fingerprint}", fingerprint=self._fingerprint)

    def stopService(self) -> Deferred[None]:
        """Listen no more, and end the connections, of those too who have not logged in."""
        self._people.end_all()
        return super().stopService()


def make_service(description: str, context: Context) -> Service:
    """Serve people by SSH at an endpoint description.

    Raises:
        CannotStart: The description cannot be read, or there is no SSH.
    """
    if not is_here(Extra.SSH):
        if description == DEFAULT:
            return Service()  # the administrators' port says what is missing
        raise CannotStart(f"--ssh {description}: {why_missing(Extra.SSH)}. Leave it out, or give `off`.")
    # Conch imports the reactor, which must not be chosen before twistd has read `--reactor`.
    from twistchat.interfaces.shell.server import PersonFactory
    from twistchat.interfaces.ssh.hostkey import fingerprint, host_key, keep_host_key

    key = context.shared("ssh-host-key", lambda made_with: host_key(made_with.state_dir))
    factory = PersonFactory(context.hub, context.language, key)
    keep_key = partial(keep_host_key, context.state_dir, key)
    return ShellService(context, description, factory, fingerprint(key), keep_key)
