"""Telnet clients that type Chinese: binary is agreed on with those that need it, and with nobody else."""

from __future__ import annotations

import pytest
from support.chat import Chat
from support.dialect import came
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

from twistchat.interfaces.listening import Connections
from twistchat.interfaces.tcp.connection import ChatLineProtocol
from twistchat.interfaces.tcp.first_read import SILENCE_SECONDS
from twistchat.wire.language import ENGLISH
from twistchat.wire.telnet import TelnetFilter

DO_BINARY, WILL_BINARY = b"\xff\xfd\x00", b"\xff\xfb\x00"
WONT_BINARY = b"\xff\xfc\x00"


class Telnet:
    """A line protocol in memory, and what came out of it."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.transport = StringTransport(peerAddress=IPv4Address("TCP", "127.0.0.1", 54321))
        self.protocol = ChatLineProtocol(chat.hub, "127.0.0.1", ENGLISH, Connections())
        self.protocol.makeConnection(self.transport)

    def types(self, data: bytes, after: float = SILENCE_SECONDS) -> bytes:
        """Type after a while, and return what comes of it."""
        self.chat.clock.advance(after)
        self.transport.clear()
        self.protocol.dataReceived(data)
        self.chat.turn()
        return self.transport.value()


@pytest.fixture
def telnet(chat: Chat) -> Telnet:
    return Telnet(chat)


def test_the_prompt_comes_alone_and_binary_is_asked_of_a_person_at_telnet_after_the_name(telnet: Telnet) -> None:
    assert telnet.transport.value() == b"NICKNAME"
    assert telnet.types(b"ada\r\n").startswith(DO_BINARY + b"Connected to server!")


def test_a_program_that_answers_the_prompt_at_once_gets_no_telnet_bytes(telnet: Telnet) -> None:
    assert telnet.types(b"ada\r\n", after=0).startswith(b"Connected to server!")


def test_a_client_that_ends_lines_with_lf_alone_gets_no_telnet_bytes(telnet: Telnet) -> None:
    assert telnet.types(b"ada\n").startswith(b"Connected to server!")


def test_binary_is_asked_for_once(telnet: Telnet) -> None:
    telnet.types(b"a b\r\n")
    assert DO_BINARY not in telnet.types(b"ada\r\n")
    assert telnet.types(WILL_BINARY) == b""


def test_putty_negotiates_by_itself_and_is_not_asked(telnet: Telnet) -> None:
    assert telnet.types(b"\xff\xfb\x1f\xff\xfd\x03") == b"\xff\xfe\x1f\xff\xfc\x03"
    assert DO_BINARY not in telnet.types(b"ada\r\n")


def test_a_name_that_telnet_cut_is_asked_for_again_with_binary(telnet: Telnet) -> None:
    """What Debian's telnet sends for a name whose last byte it took for Ctrl-O, and what follows once it is set up."""
    answer = telnet.types("小".encode()[:2] + b"\xff\xf5\xff\xfd\x06")
    assert answer.startswith(b"\xff\xfc\x06" + DO_BINARY)
    assert b"Your telnet cut that line." in answer
    assert b"refused" not in telnet.types(WILL_BINARY + b"\n")
    assert came("小明").encode() in telnet.types("小明\n".encode())


def test_control_keys_of_a_telnet_in_binary_do_not_cost_a_line(telnet: Telnet) -> None:
    telnet.types(b"ada\r\n")
    telnet.types(WILL_BINARY)
    assert telnet.types(b"hel\xff\xf4\xff\xfd\x06lo\r\n") == b"\xff\xfc\x06ada: hello\r\n"


def test_a_name_of_which_telnet_kept_a_byte_is_asked_for_again_with_binary(telnet: Telnet) -> None:
    kept = "曝光".encode().replace(b"\x9b", b"")
    answer = telnet.types(kept + b"\r\n")
    assert answer.startswith(DO_BINARY)
    assert b"press Enter" in answer
    assert "曝光 joined!".encode() in telnet.types(WILL_BINARY + "\r\n曝光\r\n".encode())


def test_what_is_no_text_with_binary_agreed_on_is_the_terminals(telnet: Telnet) -> None:
    telnet.types("曝".encode()[:2] + b"\r\n")
    assert b"UTF-8" in telnet.types(b"\xff\xff\xff\xff\r\n")


@pytest.mark.parametrize(("asks", "answers"), [(DO_BINARY, WILL_BINARY), (WILL_BINARY, DO_BINARY)])
def test_binary_that_the_client_asks_for_is_agreed_to_once(asks: bytes, answers: bytes) -> None:
    telnet = TelnetFilter()
    assert telnet.feed(asks) == (b"", answers)
    assert telnet.feed(asks) == (b"", b"")
    assert telnet.feed(WONT_BINARY) == (b"", b"")
    assert telnet.offer_binary() == b""


def test_enter_as_cr_nul_ends_a_line_also_when_it_is_split() -> None:
    telnet = TelnetFilter()
    assert telnet.feed(b"ada\r\0")[0] == b"ada\r\n"
    assert telnet.feed(b"hello\r")[0] == b"hello\r"
    assert telnet.feed(b"\xff\xf1")[0] == b""
    assert telnet.feed(b"\0\0x")[0] == b"\n\0x"
