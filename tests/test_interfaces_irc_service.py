"""IRC's ports: what they are called, and which names a server and a network can have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.chat import Chat
from twisted.internet.testing import MemoryReactorClock

from twistchat.admin.administration import open_administration
from twistchat.errors import CannotStart
from twistchat.interfaces.context import Context
from twistchat.interfaces.irc import service
from twistchat.machine import Machine
from twistchat.reach import Reach
from twistchat.wire.language import ENGLISH


def a_context(chat: Chat, folder: Path, **options: Any) -> Context:
    named = {name.replace("_", "-"): value for name, value in options.items()}
    administration = open_administration(chat.hub, folder)
    return Context(chat.hub, ENGLISH, MemoryReactorClock(), folder, administration, named, Machine(), Reach())


@pytest.mark.parametrize(
    ("make", "description", "options", "how"),
    [
        (service.make_service, "tcp:6667", {}, "irssi -c {host} -p {port}"),
        (service.make_service, "tcp:6667", {"irc_tls": "auto"}, "irssi, where /connect -tls {host} {port} is typed"),
    ],
)
def test_a_port_tells_how_to_come_there(
    chat: Chat, tmp_path: Path, make: Any, description: str, options: dict[str, str], how: str
) -> None:
    context = a_context(chat, tmp_path, **options)
    made = make(description, context)
    made.prepare()
    made.privilegedStartService()
    assert made.door is not None
    assert made.door.how == how
    assert (context.seal.fingerprint is not None) == bool(options)


def test_the_port_by_tls_is_the_same_network_as_the_one_in_the_clear(chat: Chat, tmp_path: Path) -> None:
    context = a_context(chat, tmp_path, irc_name="chat.example", irc_network="Example", irc_join="off")
    service.make_service("tcp:6667", context)
    service.make_tls_service("tcp:6697", context)
    dialect = service.socket_dialect(context)
    network = service.network_of(context)
    assert (network.server, network.name, network.joins_lobby) == ("chat.example", "Example", False)
    assert dialect.subprotocols == ("binary.ircv3.net", "text.ircv3.net")
    assert context.shared("irc", service.network_of) is context.shared("irc", service.network_of)


@pytest.mark.parametrize("name", ["chat", "chat example.org", "täglich.example", ".example", "a!b.example"])
def test_a_server_is_called_by_words_with_dots(chat: Chat, tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotStart, match="no server's name"):
        service.make_service("tcp:6667", a_context(chat, tmp_path, irc_name=name))


@pytest.mark.parametrize("name", ["two words", "a=b", "你好"])
def test_a_network_is_called_by_one_word(chat: Chat, tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotStart, match="no network's name"):
        service.socket_dialect(a_context(chat, tmp_path, irc_network=name))
