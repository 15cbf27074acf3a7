"""Each thing that a connection keeps goes to another process, or is made anew there for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from support.carried import attributes, parts_of
from support.chat import Chat
from support.kept import ANEW, CHAT, KEPT, SESSION, things

from twistchat import interfaces
from twistchat.interfaces.carried import CarriedClient
from twistchat.interfaces.irc.connection import IrcProtocol
from twistchat.interfaces.tcp.connection import ChatLineProtocol
from twistchat.interfaces.web.member import WebMember
from twistchat.wire.datagram import DatagramFormat, Login
from twistchat.wire.irc_format import IrcFormat
from twistchat.wire.irc_lines import IrcLine
from twistchat.wire.json import JsonFormat
from twistchat.wire.line import LineFormat
from twistchat.wire.unframed import UnframedFormat
from twistchat.wire.websocket import WebFormat


@pytest.mark.parametrize("kind", list(KEPT), ids=lambda kind: kind.__name__)
def test_whatever_a_connection_keeps_is_written_down_or_made_anew_for_a_reason(chat: Chat, kind: type) -> None:
    there = {name for thing in things(chat) if type(thing) is kind for name in attributes(thing)}
    kept, anew = set(KEPT[kind].split()), set(ANEW.get(kind, "").split())
    assert there, f"there is no {kind.__name__} to look at"
    assert there - kept - anew == set(), "neither written down nor listed as made anew"
    assert kept - there == set(), "listed, and not there"
    assert anew - there <= set(CHAT.split() + SESSION.split()), "listed, and not there"


FOLLOWS = {"State", "Language", "_Source", "NamesRows"} | {
    kind.__name__ for kind in (LineFormat, JsonFormat, UnframedFormat, IrcFormat, WebFormat, DatagramFormat)
}
"""Dialects follow from what a connection and its person are written down with, and what they keep, to be quick, from
rooms; the others are values."""


def test_no_part_of_a_connection_is_of_a_class_that_is_not_looked_at(chat: Chat) -> None:
    found = {type(part) for thing in things(chat) for part in parts_of(thing)}
    unknown = {kind for kind in found if kind not in KEPT and kind.__name__ not in FOLLOWS}
    assert unknown == {IrcLine, Login}, "what was read, in full"
    assert {kind for kind in found if hasattr(kind, "carried")} >= {IrcProtocol, ChatLineProtocol, WebMember}


def test_every_class_that_writes_its_state_down_is_looked_at() -> None:
    for module in walk_packages(interfaces.__path__, "twistchat.interfaces."):
        import_module(module.name)
    writes = {kind for kind in subclasses(object) if is_ours(kind) and "state" in vars(kind)}
    abstract = {kind for kind in writes if any(kind in other.__mro__[1:] for other in KEPT)}
    assert {kind.__name__ for kind in writes - abstract - set(KEPT)} <= PORTS
    assert {kind for kind in subclasses(CarriedClient) if is_ours(kind)} - abstract <= set(KEPT)


PORTS = {"ListeningService", "DatagramService", "IrcFactory", "SshFactory", "CarriedConnection", "Speaker", "Common"}
"""Of a port and of what is the chat's behind it, which tests/test_carried_ports.py has with real sockets; what a client
has written down; protocols of typing."""


def is_ours(kind: type) -> bool:
    return str(kind.__module__).startswith(("twistchat.interfaces.", "twistchat.wire."))


def subclasses(kind: type) -> Iterator[type]:
    for each in type.__subclasses__(kind):
        yield each
        yield from subclasses(each)
