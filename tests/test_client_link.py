"""The connection under a conversation: waits, signs of life, giving up."""

from __future__ import annotations

from typing import Any

import pytest
from OpenSSL import SSL
from support.visits import Recorder
from twisted.internet import error
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from twistchat.client import reasons
from twistchat.client.address import Address, parse_address
from twistchat.client.conversation import Conversation
from twistchat.client.link import (
    ANSWER_SECONDS,
    FIRST_PING_SECONDS,
    LONGEST_WAIT,
    PING_SECONDS,
    PROMPT_SECONDS,
    WOKEN_SECONDS,
    Link,
)
from twistchat.client.proving import Proving

WELCOME = (
    b'{"v":1,"kind":"welcome","name":"ada"}',
    b'{"v":1,"kind":"joined","number":1,"time":1,"room":"lobby","name":"ada"}',
    b'{"v":1,"kind":"done","id":"c1","number":0}',
    b'{"v":1,"kind":"done","id":"c2","number":0}',
)


class FakeWire:
    def __init__(self) -> None:
        self.sent = b""
        self.closed = False

    def send(self, data: bytes) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True


class Setting:
    """A link with connections that the test makes."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.conversation = Conversation("ada", Proving("k"), "en")
        self.shown = self.conversation.display = Recorder(self.conversation)
        self.tries: list[float] = []
        self.failing = False
        self.wire = FakeWire()
        self.link = Link(self.clock, parse_address("host"), self.conversation, self.connect)

    def connect(self, link: Link) -> Deferred[Any]:
        self.tries.append(self.clock.seconds())
        if self.failing:
            return fail(ConnectionError("nobody there"))
        self.wire = FakeWire()
        link.opened(self.wire)
        return succeed(self.wire)

    def enters(self) -> None:
        for line in WELCOME:
            self.link.line(self.wire, line)
        assert self.conversation.is_in


@pytest.fixture
def at() -> Setting:
    return Setting()


def test_the_waits_between_tries_grow_up_to_a_limit(at: Setting) -> None:
    at.failing = True
    at.link.start()
    at.clock.pump([0.05] * 6000)
    waits = [later - earlier for earlier, later in zip(at.tries, at.tries[1:], strict=False)]
    assert waits[0] < 1.5
    assert max(waits) <= 1.2 * LONGEST_WAIT + 0.1
    assert waits[5] > waits[0]
    assert 12 < len(at.tries) < 25


def test_that_there_is_no_connection_is_said_once_and_not_at_each_try(at: Setting) -> None:
    at.failing = True
    at.link.start()
    at.clock.pump([0.5] * 100)
    assert at.shown.codes == ["lost"]
    assert at.shown.lines == [
        "-- No connection to tcp://host:7976 (nobody there). Trying again; what you type is kept."
    ]


def test_only_the_very_first_failure_is_told_apart(at: Setting) -> None:
    told: list[str] = []
    at.link.first_failed = told.append
    at.failing = True
    at.link.start()
    at.clock.pump([0.5] * 20)
    assert told == ["nobody there"]


def test_after_a_good_connection_the_waits_begin_anew(at: Setting) -> None:
    at.failing = True
    at.link.start()
    at.clock.pump([0.5] * 60)
    at.failing = False
    while not at.conversation.is_connected:
        at.clock.advance(0.5)
    at.enters()
    lost = at.clock.seconds()
    at.link.closed(at.wire, "reset")
    at.clock.pump([0.1] * 10)
    assert at.tries[-1] - lost < 1
    assert at.shown.codes == ["lost", "lost"]


def test_it_asks_for_signs_of_life_and_measures_them(at: Setting) -> None:
    at.link.start()
    at.enters()
    at.clock.advance(FIRST_PING_SECONDS)
    assert b'"/ping"' in at.wire.sent
    at.clock.advance(0.25)
    at.link.line(at.wire, b'{"kind":"done","id":"c3","number":0}')
    assert at.conversation.lag == 0.25
    at.wire.sent = b""
    at.clock.pump([1] * round(PING_SECONDS))
    assert b'"/ping"' in at.wire.sent


def test_a_connection_that_does_not_answer_is_given_up_for_another(at: Setting) -> None:
    at.link.start()
    at.enters()
    silent = at.wire
    at.clock.advance(FIRST_PING_SECONDS)
    at.clock.pump([1] * round(ANSWER_SECONDS))
    assert silent.closed
    assert not at.conversation.is_connected
    at.clock.advance(2)
    assert at.wire is not silent
    at.link.closed(silent, "late")
    at.link.line(silent, b"late")
    assert at.conversation.is_connected


def test_a_connection_on_which_other_lines_come_is_not_given_up(at: Setting) -> None:
    """The server takes one's lines one after another, and the ping waits behind them."""
    at.link.start()
    at.enters()
    for _ in range(60):
        at.clock.advance(1)
        at.link.line(at.wire, b'{"kind":"said","number":5,"time":1,"room":"lobby","name":"bob","text":"hi"}')
    wire = at.wire
    assert not wire.closed
    at.clock.pump([1] * 20)
    assert wire.closed


@pytest.mark.parametrize("asked", [False, True])
def test_after_a_stop_the_server_is_asked_at_once_and_given_up_soon(at: Setting, asked: bool) -> None:
    """As by Ctrl-Z, or a laptop's sleep; whether a sign of life was asked for just before makes no difference."""
    at.link.start()
    at.enters()
    at.clock.advance(FIRST_PING_SECONDS if asked else FIRST_PING_SECONDS / 2)
    at.wire.sent, wire = b"", at.wire
    at.clock.advance(3600)
    assert b'"/ping"' in at.wire.sent
    assert not wire.closed
    at.clock.pump([1] * round(WOKEN_SECONDS))
    assert wire.closed


def test_after_a_stop_a_connection_that_is_there_goes_on(at: Setting) -> None:
    at.link.start()
    at.enters()
    at.clock.advance(3600)
    at.link.line(at.wire, b'{"kind":"done","id":"c3","number":0}')
    wire = at.wire
    at.clock.pump([1] * round(PING_SECONDS))
    assert not wire.closed


def test_a_server_that_dies_is_found_out_in_two_minutes_whatever_was_going_on(at: Setting) -> None:
    at.link.start()
    at.enters()
    wire = at.wire
    at.clock.pump([1] * round(FIRST_PING_SECONDS))
    at.link.line(wire, b'{"kind":"done","id":"c3","number":0}')
    at.clock.pump([1] * round(PING_SECONDS + ANSWER_SECONDS))
    assert wire.closed


def test_a_server_that_never_lets_one_in_is_given_up_too(at: Setting) -> None:
    at.link.start()
    silent = at.wire
    at.clock.pump([1.0] * 60)
    assert silent.closed


def test_what_is_no_server_of_ours_ends_it_with_what_it_says(at: Setting) -> None:
    at.link.start()
    at.link.line(at.wire, b"220 mail.example.org ESMTP \x1b[2J")
    assert at.shown.status == 1
    assert "It says: 220 mail.example.org ESMTP" in at.shown.lines[-1]
    assert "\x1b" not in at.shown.lines[-1]


def test_stopping_hangs_up_and_tries_no_more(at: Setting) -> None:
    at.link.start()
    at.link.stop()
    assert at.wire.closed
    at.link.closed(at.wire, "")
    at.clock.pump([1.0] * 100)
    assert len(at.tries) == 1
    at.link.start()
    assert len(at.tries) == 1


def test_a_server_that_accepts_and_then_says_nothing_is_hung_up_on(at: Setting) -> None:
    link = Link(at.clock, parse_address("host"), at.conversation, lambda _: succeed(at.wire))
    told: list[str] = []
    link.first_failed = told.append
    link.start()
    at.clock.advance(PROMPT_SECONDS)
    assert at.wire.closed
    link.failed("closed")
    at.clock.advance(100)
    assert (at.shown.codes, at.shown.status, told) == (["no-prompt"], 1, [])
    assert "it is no TCP port of a chat" in at.shown.lines[0]


def test_a_server_that_was_a_chat_and_then_says_nothing_is_tried_again(at: Setting) -> None:
    at.link.start()
    at.enters()
    at.link.closed(at.wire, "reset")
    at.link._connect = lambda _: succeed(at.wire)
    at.clock.pump([0.1] * 10)
    at.clock.advance(PROMPT_SECONDS)
    assert at.wire.closed
    assert at.shown.status is None


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (error.ConnectionDone(), "the server hung up"),
        (error.ConnectionLost(), "the connection broke"),
        (error.ConnectionRefusedError(), "nobody listens there"),
        (error.DNSLookupError(), "there is no host of that name"),
        (error.TCPTimedOutError(), "no answer"),
        (error.NoRouteError(), "that host cannot be reached from here"),
        (SSL.Error([("SSL routines", "", "certificate verify failed")]), reasons.NOT_TRUSTED),
        (SSL.Error([("SSL routines", "", "wrong version number")]), "no TLS is spoken there"),
        (ConnectionError(reasons.NO_ANSWER), "no answer"),
        (OSError("Its own words."), "Its own words"),
        (OSError(), ""),
    ],
)
def test_why_there_is_no_connection_is_told_in_words_that_are_translated(why: Exception, reason: str) -> None:
    assert reasons.reason_of(Failure(why)) == reason


def test_a_connection_that_is_made_too_late_is_closed(at: Setting) -> None:
    made: Deferred[Any] = Deferred()
    link = Link(at.clock, parse_address("host"), at.conversation, lambda _: made)
    link.start()
    link.stop()
    made.callback(at.wire)
    assert at.wire.closed


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://host:1", Address("tcp", "host", 1)),
        ("host", Address("tcp", "host", 7976)),
        ("host:99", Address("tcp", "host", 99)),
        ("udp://host", Address("udp", "host", 8888)),
        ("tls://[::1]:70/", Address("tls", "::1", 70)),
        ("小明@host", Address("tcp", "host", 7976, "小明")),
        ("udp://a%2Fb@[::1]:9", Address("udp", "::1", 9, "a/b")),
    ],
)
def test_an_address_may_be_written_in_short(text: str, address: Address) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address._replace(name="")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://host",
        "tcp://",
        "tcp://host:x",
        "tcp://host:99999",
        "tcp://h/path",
        "tcp://[::1",
        "ada:secret@host",
        "ada@",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no address: write tcp://HOST:PORT"):
        parse_address(text)


@pytest.mark.parametrize("text", ["http://host:7980/", "https://host", "ws://host:7980/chat"])
def test_a_pages_address_is_for_a_browser(text: str) -> None:
    with pytest.raises(ValueError, match=r"is a page for a browser: open it there, .* tcp://host:7976"):
        parse_address(text)
