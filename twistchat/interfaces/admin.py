"""The administrators' interface: a prompt inside the server and its verbs from scripts, by SSH and with keys only."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twistchat.core.addresses import is_loopback
from twistchat.errors import CannotStart
from twistchat.extras import Extra, is_here, missing, why_missing
from twistchat.interfaces.context import Context
from twistchat.interfaces.descriptions import words_of
from twistchat.interfaces.listening import ListeningService, with_defaults

if TYPE_CHECKING:
    from twistchat.interfaces.ssh.keyfile import KeyPlaces

log = Logger()

DEFAULT = "tcp:7977:interface=127.0.0.1"
"""Where administrators log in unless it is said."""


class AdminService(ListeningService):
    """Listens for administrators while it runs."""

    def __init__(
        self,
        context: Context,
        description: str,
        factory: Any,
        advice: str,
        fingerprint: str,
        keep_key: Callable[[], None],
    ) -> None:
        """Read the description.

        Args:
            context: The chat.
            description: Where to listen.
            factory: Serves the connections.
            advice: How to add a key, said where there is none.
            fingerprint: Of the server's own key.
            keep_key: Stores that key, once it is known that the server can start.

        Raises:
            CannotStart: It cannot be read.
        """
        how = "ssh -p {port} {host}"
        super().__init__(context.reactor, "admin", description, factory, how)
        self._administrators = factory
        self._advice = advice
        self._fingerprint = fingerprint
        self._keep_key = keep_key

    def prepare(self) -> None:
        """Keep the server's own key.

        Raises:
            CannotStart: It cannot be stored.
        """
        self._keep_key()

    def privilegedStartService(self) -> None:
        """Listen, and say what an operator needs to know to get in.

        Raises:
            CannotStart: The port cannot be had.
        """
        super().privilegedStartService()
        log.info("admin: host key {fingerprint}", fingerprint=self._fingerprint)
        if self._administrators.advice():
            log.warn("admin: {advice}", advice=self._advice)

    def startService(self) -> None:
        """Start, and have a thread watch whether anything holds the server up."""
        super().startService()
        self._administrators.watchdog.start()

    def stopService(self) -> Deferred[None]:
        """Listen no more, and end the sessions."""
        self._administrators.watchdog.stop()
        self._administrators.end_all()
        return super().stopService()


class NoAdminService(Service):
    """Stands where administrators would log in, on a machine without SSH, and says so once it starts."""

    def privilegedStartService(self) -> None:
        """Say what is missing, and what there is in its place."""
        reason = why_missing(*missing())
        log.warn("admin: {reason}; all else runs, and with `--console` announcements are typed here.", reason=reason)


def make_service(description: str, context: Context) -> Service:
    """Serve administrators at an endpoint description.

    Raises:
        CannotStart: The description cannot be read, or it would let in more people than was meant, or there is no SSH.
    """
    if not is_here(Extra.SSH):
        if description != DEFAULT:
            raise CannotStart(f"--admin {description}: {why_missing(Extra.SSH)}. Leave it out, or give `off`.")
        return NoAdminService()
    # Conch imports the reactor, which must not be chosen before twistd has read `--reactor`.
    from twistchat.interfaces.ssh.hostkey import fingerprint, host_key, keep_host_key
    from twistchat.interfaces.ssh.keyfile import KeyFiles
    from twistchat.interfaces.ssh.server import AdminFactory

    given = context.options.get("admin-keys")
    places = key_places(description, given, context.state_dir)
    own = places.own
    is_local = _is_local(description)
    if given and not own.is_file():
        raise CannotStart(f"--admin-keys {given}: there is no such file. Give one as authorized_keys is.")
    if not is_local and not own.exists():
        raise CannotStart(
            f"--admin {description}: beyond this machine only keys that were listed for it may log in. "
            f"Put them into {own}, or give --admin-keys FILE."
        )
    key = context.shared("ssh-host-key", lambda made_with: host_key(made_with.state_dir))
    yours = "add yours (`ssh-keygen -t ed25519` makes one): cat ~/.ssh/id_ed25519.pub >>"
    advice = f"no key may log in yet; {yours} {shlex.quote(str(own))}"
    factory = AdminFactory(
        context.administration,
        key,
        KeyFiles(places),
        advice,
        context.options.get("admin-python", "on") == "on",
    )
    keep_key = partial(keep_host_key, context.state_dir, key)
    return AdminService(context, description, factory, advice, fingerprint(key), keep_key)


def key_places(description: str, given: str | None, state_dir: Path) -> KeyPlaces:
    """Where the keys of administrators are looked for.

    Args:
        description: Where they log in.
        given: What `--admin-keys` says.
        state_dir: Where the list is unless that says another.
    """
    from twistchat.interfaces.ssh.keyfile import FILE_NAME, KeyPlaces

    own = Path(given).absolute() if given else state_dir / FILE_NAME
    return KeyPlaces(own, _home() if _is_local(description) and not given else None)


def _home() -> Path | None:
    """The home of the user who runs the server; a container may give them none."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def _is_local(description: str) -> bool:
    """Whether only this machine can reach what listens there; what cannot be told is taken to be open."""
    kind, words = words_of(with_defaults(description))
    host = next((word.partition("=")[2] for word in words if word.startswith("interface=")), None)
    is_loopback_host = host is not None and (host == "localhost" or is_loopback(host or "0.0.0.0"))
    return kind == "unix" or (kind in ("tcp", "tcp6") and is_loopback_host)  # a proxy on loopback brings others
