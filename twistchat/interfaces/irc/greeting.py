"""What a client is told when it has been let in, and the figures that LUSERS asks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from twistchat.interfaces.irc.isupport import tokens
from twistchat.interfaces.irc.network import VERSION, Network
from twistchat.wire.irc_format import READER, IrcFormat
from twistchat.wire.irc_numerics import TEXTS
from twistchat.wire.irc_text import rows

MOST_TOKENS = 13
"""Of RPL_ISUPPORT in a line (https://modern.ircdocs.horse/#rplisupport-005)."""


def greeting(network: Network, name: str) -> Iterator[str]:
    """The lines from 001 to the end of the message of the day, without their ends.

    Args:
        network: The server.
        name: Of whoever has come, as the chat shows it.
    """
    head, source = network.server, IrcFormat(server=network.server).source(name)
    yield f":{head} 001 {READER} :Welcome to {network.name}, {source}"
    yield f":{head} 002 {READER} :Your host is {head}, running {VERSION}"
    yield f":{head} 003 {READER} :This server was started {written_time(network.started)}"
    yield f":{head} 004 {READER} {head} {VERSION} iw biklmnostv bklov"
    yield from isupport(network)
    yield from lusers(network)
    yield f":{head} 422 {READER} :{TEXTS[422]}"


def isupport(network: Network) -> Iterator[str]:
    """The lines of RPL_ISUPPORT."""
    all_tokens = tokens(network)
    for start in range(0, len(all_tokens), MOST_TOKENS):
        for row in rows(all_tokens[start : start + MOST_TOKENS], 400):
            yield f":{network.server} 005 {READER} {row} :are supported by this server"


def lusers(network: Network) -> Iterator[str]:
    """How many people there are."""
    hub, head = network.hub, network.server
    here, most = network.people, network.most_people
    unknown = len(hub.everyone) - here
    rooms = sum(bool(record.people) for record in hub.census.visible(()))
    invisible = 0
    yield f":{head} 251 {READER} :There are {here} users and {invisible} invisible on 1 servers"
    yield f":{head} 252 {READER} 0 :operator(s) online"
    yield f":{head} 253 {READER} {unknown} :unknown connection(s)"
    yield f":{head} 254 {READER} {rooms} :channels formed"
    yield f":{head} 255 {READER} :I have {here} clients and 0 servers"
    yield f":{head} 265 {READER} {here} {most} :Current local users {here}, max {most}"
    yield f":{head} 266 {READER} {here} {most} :Current global users {here}, max {most}"


def written_time(seconds: float) -> str:
    """A time in words, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%a %b %d %Y at %H:%M:%S UTC")
