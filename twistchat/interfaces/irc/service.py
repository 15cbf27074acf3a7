"""IRC at an endpoint, in the clear or by TLS."""

from __future__ import annotations

import re
from functools import partial

from twistchat.errors import NotUnderstood
from twistchat.interfaces.context import Context
from twistchat.interfaces.descriptions import has_tls
from twistchat.interfaces.irc.connection import IrcFactory
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.network import Network
from twistchat.interfaces.irc.rows import ROWS
from twistchat.interfaces.listening import ListeningService
from twistchat.interfaces.sockets import DialectLink, SocketDialect

SERVER, NETWORK = "irc.twistchat", "twistchat"
"""What the server and the network are called unless they are told."""

_SERVER = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_NETWORK = re.compile(r"[!-9;-~]+")  # RFC 2812: a value has no blank, and clients cut it at a second "="


def network_of(context: Context) -> Network:
    """What all IRC connections of a server have in common.

    Raises:
        CannotStart: One of the options cannot be that.
    """
    options = context.options
    server, name = options.get("irc-name") or SERVER, options.get("irc-network") or NETWORK
    if not _SERVER.fullmatch(server):
        raise NotUnderstood(
            f"--irc-name {server}: this is no server's name. Give letters, digits and dots: irc.example."
        )
    if not _NETWORK.fullmatch(name) or "=" in name:
        raise NotUnderstood(
            f"--irc-network {name}: this is no network's name. Give one word of ASCII, such as example."
        )
    joins = (options.get("irc-join") or "lobby") == "lobby"
    return Network(context.hub, name, server, joins, context.language, context.hub.wall())


def socket_dialect(context: Context) -> SocketDialect:
    """IRC by WebSocket (https://ircv3.net/specs/extensions/websocket).

    Raises:
        CannotStart: One of the interface's options cannot be read.
    """
    network = context.shared("irc", network_of)
    subprotocols = ("binary.ircv3.net", "text.ircv3.net")
    return SocketDialect(
        "irc", "irc", subprotocols, subprotocols[0], network.format, partial(member_of, network), network
    )


def member_of(network: Network, link: DialectLink) -> IrcMember:
    """A member at a WebSocket."""
    return IrcMember(network, link, ROWS)


def _service(option: str, description: str, context: Context) -> ListeningService:
    factory = IrcFactory(context.shared("irc", network_of))
    seal = context.seal_of(option, description)
    is_tls = seal is not None or has_tls(description)
    how = "irssi, where /connect -tls {host} {port} is typed" if is_tls else "irssi -c {host} -p {port}"
    near_only = option in context.reach.near_only
    return ListeningService(context.reactor, option, description, factory, how, near_only, seal, True)


def make_service(description: str, context: Context) -> ListeningService:
    """Serve IRC at an endpoint description.

    Raises:
        CannotStart: The description or one of the interface's options cannot be read.
    """
    return _service("irc", description, context)


def make_tls_service(description: str, context: Context) -> ListeningService:
    """Serve IRC at the endpoint description of a TLS port.

    Raises:
        CannotStart: The description or one of the interface's options cannot be read.
    """
    return _service("ircs", description, context)
