"""The ways into the chat. A new one is one file, or a package, and one row here; its option then exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from twisted.application.service import Service

from twistchat.interfaces import admin
from twistchat.interfaces.context import Context
from twistchat.interfaces.irc import service as irc
from twistchat.interfaces.shell import service as shell
from twistchat.interfaces.sockets import SocketDialect
from twistchat.interfaces.tcp import service as tcp
from twistchat.interfaces.udp import service as udp
from twistchat.interfaces.web import service as web


class Option(NamedTuple):
    """An option that an interface brings."""

    name: str
    explanation: str
    default: str | None
    words: tuple[str, ...] = ()
    """What it may be, where it cannot be anything."""


class Interface(NamedTuple):
    """A row of the table: an option, and what serves it."""

    name: str
    explanation: str
    default: str
    make_service: Callable[[str, Context], Service]
    title: str = ""
    """What the help calls it; the explanation unless given."""
    example: str = ""
    """Options that can be typed as they are; its own with the default unless given."""
    options: tuple[Option, ...] = ()
    """Options beside its own."""
    is_for_people: bool = True
    """Whether it leads into the chat."""
    at_web: Callable[[Context], SocketDialect] | None = None
    """What it offers by WebSocket at the web port."""
    same_as: str = ""
    """The interface that this is another port of."""
    open: str = ""
    """What `--open` makes of its option, for those who are near; empty where it leaves it alone."""


def _tls(interface: str, how: str) -> Option:
    return Option(f"{interface}-tls", f"TLS {how}: auto or off", "off", ("auto", "off"))


INTERFACES = (
    Interface(
        "tcp",
        "line chat: an endpoint description, a port on loopback, or off",
        "tcp:7976:interface=127.0.0.1",
        tcp.make_service,
        "Lines, for telnet, nc and twistchat join",
        "--tcp tcp:7976",
        (_tls("tcp", "with a certificate that the server makes itself, in place of plain lines"),),
        open="tcp:7976",
    ),
    Interface(
        "udp",
        "datagram chat: udp:PORT:interface=ADDRESS, a port on loopback, or off",
        "udp:8888:interface=127.0.0.1",
        udp.make_service,
        "Datagrams, for nc -u and small devices",
        "--udp udp:8888",
        open="udp:8888",
    ),
    Interface(
        "web",
        "the chat in a browser: an endpoint description, a port on loopback, or off",
        "tcp:7980:interface=127.0.0.1",
        web.make_service,
        "The browser: open http://127.0.0.1:7980/ on this machine",
        "--web tcp:7980",
        (
            _tls("web", "with a certificate that the server makes itself, beside http at the same port"),
            Option("web-path", "where the page is below the host, such as /chat/", "/"),
            Option(
                "web-host", "names and addresses of this server beside the machine's own, such as chat.example", None
            ),
            Option("web-origin", "pages of other hosts that may talk here, such as https://chat.example", None),
            Option(
                "metrics",
                "who may ask for /metrics: loopback, everyone or off",
                "loopback",
                ("loopback", "everyone", "off"),
            ),
            Option(
                "hooks",
                "which programs may post to hooks and read feeds: near (private networks), everyone or off",
                "near",
                ("near", "everyone", "off"),
            ),
            Option("web-proxy", "proxies that are believed about addresses, such as 127.0.0.1 or 10.0.0.0/8", None),
        ),
        open="tcp:7980",
    ),
    Interface(
        "irc",
        "IRC, for irssi, WeeChat and bots: an endpoint description, a port on loopback, or off",
        "tcp:6667:interface=127.0.0.1",
        irc.make_service,
        "IRC: irssi -c localhost -n ada",
        "--irc tcp:6667",
        (
            _tls("irc", "with a certificate that the server makes itself, in place of the clear"),
            Option("irc-name", "what the server calls itself by IRC: ASCII, with a dot", irc.SERVER),
            Option("irc-network", "what clients call the network: one word", irc.NETWORK),
            Option("irc-join", "where who comes by IRC is put: lobby, or off for nowhere", "lobby", ("lobby", "off")),
        ),
        at_web=irc.socket_dialect,
        open="tcp:6667",
    ),
    Interface(
        "ircs",
        "IRC by TLS: ssl:6697:privateKey=KEY:certKey=CERTIFICATE, or off",
        "off",
        irc.make_tls_service,
        "IRC by TLS",
        "--ircs ssl:6697:privateKey=key.pem:certKey=cert.pem",
        same_as="irc",
    ),
    Interface(
        "ssh",
        "people's SSH: an endpoint description, a port on loopback, or off",
        shell.DEFAULT,
        shell.make_service,
        "SSH, for people: ssh -p 7022 ada@localhost",
        "--ssh tcp:7022",
    ),
    Interface(
        "admin",
        "administrators' SSH: an endpoint description, a port on loopback, or off",
        admin.DEFAULT,
        admin.make_service,
        "Administrators, by SSH: ssh -p 7977 localhost",
        "--admin tcp:7977:interface=127.0.0.1 --admin-python off",
        (
            Option("admin-keys", "file of keys that may log in; else STATE/authorized_keys, or your own keys", None),
            Option("admin-python", "whether the administrators' prompt is Python: on or off", "on", ("on", "off")),
        ),
        is_for_people=False,
    ),
)
