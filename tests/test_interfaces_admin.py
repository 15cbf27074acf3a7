"""The administrators' interface within this process: how it starts, who may log in, and what strangers cannot do."""

from __future__ import annotations

import struct
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat
from support.dialect import came
from support.operator import an_operator
from twisted.conch.error import ConchError
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.connection import MSG_CHANNEL_DATA
from twisted.conch.ssh.keys import Key
from twisted.cred.credentials import SSHPrivateKey
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport

from twistchat.admin.administration import open_administration
from twistchat.errors import CannotStart
from twistchat.interfaces.admin import make_service
from twistchat.interfaces.context import Context
from twistchat.interfaces.ssh import gate as gate_module
from twistchat.interfaces.ssh import hostkey
from twistchat.interfaces.ssh.admin_channel import MOST_INPUT, AdminChannel
from twistchat.interfaces.ssh.factory import LOGIN_SECONDS
from twistchat.interfaces.ssh.gate import (
    MOST_CONNECTIONS,
    MOST_FAILURES,
    MOST_STRANGERS,
    OUT_SECONDS,
    SILENT_SECONDS,
    SLOWED_SECONDS,
    TALK_SECONDS,
    Gate,
    Guest,
)
from twistchat.interfaces.ssh.keyfile import Holder, KeyFiles, KeyPlaces
from twistchat.interfaces.ssh.login import KeyChecker, described_key
from twistchat.interfaces.ssh.server import FAILURES_NOTED, MOST_SESSIONS, AdminFactory
from twistchat.wire.language import ENGLISH

FAR, HERE = "10.1.2.3", "127.0.0.1"


@pytest.fixture(scope="module")
def key() -> Key:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Key(Ed25519PrivateKey.generate())


@pytest.fixture(scope="module")
def rsa() -> Key:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    return Key(generate_private_key(65537, 2048))


def public(key: Key, comment: bytes = b"op") -> bytes:
    return key.public().toString("openssh", comment=comment) + b"\n"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def state(tmp_path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return folder


def context(chat: Chat, state: Path, **options: str) -> Context:
    named = {name.replace("_", "-"): value for name, value in options.items()}
    return Context(chat.hub, ENGLISH, MemoryReactorClock(), state, open_administration(chat.hub, state), named)


def write(path: Path, *lines: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(b"".join(lines))
    path.chmod(mode)
    return path


# --- the host key


def test_the_host_key_is_made_once_and_only_its_owner_can_read_it(state):
    first = hostkey.host_key(state)
    path = state / hostkey.FILE_NAME
    assert first.type() == "Ed25519"
    assert not path.exists(), "a server that cannot start leaves nothing"
    hostkey.keep_host_key(state, first)
    hostkey.keep_host_key(state, hostkey.host_key(state))
    assert path.stat().st_mode & 0o777 == 0o600
    assert hostkey.host_key(state) == first
    assert sorted(each.name for each in state.iterdir()) == [hostkey.FILE_NAME, f"{hostkey.FILE_NAME}.pub"]


@pytest.mark.parametrize(("content", "mode", "said"), [(b"x", 0o600, "no SSH key"), (b"x", 0o644, "read by others")])
def test_a_host_key_that_cannot_be_trusted_is_refused(state, content, mode, said):
    write(state / hostkey.FILE_NAME, content, mode=mode)
    with pytest.raises(CannotStart, match=said):
        hostkey.host_key(state)


def test_a_host_key_that_cannot_be_made_is_a_sentence(tmp_path):
    with pytest.raises(CannotStart, match="cannot be used"):
        hostkey.keep_host_key(tmp_path / "nowhere", hostkey.host_key(tmp_path / "nowhere"))


# --- whose keys


def test_the_servers_own_list_counts_before_the_users_keys(state, home, key, rsa):
    files = KeyFiles(KeyPlaces(state / "authorized_keys", home))
    assert files.holders() == []
    write(home / ".ssh" / "id_rsa.pub", public(rsa, b"me@home"), mode=0o644)
    write(home / ".ssh" / "id_rsa-cert.pub", b"ssh-rsa-cert-v01@openssh.com AAAA", mode=0o644)
    [mine] = files.holders()
    assert mine.comment == "me@home"
    assert mine.label.startswith("me@home SHA256:")
    write(state / "authorized_keys", b"# comment\n\n", public(key, b""))
    [listed] = files.holders()
    assert listed.key == key.public()
    assert listed.label.startswith("key SHA256:")
    assert KeyFiles(KeyPlaces(home / "none", None)).holders() == []


def test_a_home_that_was_the_starters_and_cannot_be_read_has_no_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError

    (tmp_path / ".ssh").mkdir()
    monkeypatch.setattr(Path, "is_file", refuse)
    assert KeyFiles(KeyPlaces(tmp_path / "none", tmp_path)).holders() == []


@pytest.mark.parametrize("options", [b'from="10.0.0.1"', b'command="true"', b"no-pty", b"cert-authority", b"restrict"])
def test_lines_with_options_are_refused_and_said_so_once(state, key, rsa, logged, options):
    path = write(state / "authorized_keys", options + b" " + public(rsa), public(key))
    files = KeyFiles(KeyPlaces(path, None))
    for _ in range(3):
        assert [holder.key for holder in files.holders()] == [key.public()]
    [said] = [line for line in logged if "line 1" in line]
    assert "options such as from= and command= are not understood here, so this key is not taken" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"ssh-dss AAAA op\n", "no key that is taken"),
        (b"ssh-ed25519 AAAA op\n", "cannot be read"),
        (b"\xff\n", "no key"),
    ],
)
def test_what_is_no_key_is_said_and_costs_that_line_alone(state, key, logged, line, said):
    files = KeyFiles(KeyPlaces(write(state / "authorized_keys", line, public(key)), None))
    assert len(files.holders()) == 1
    assert any(said in each for each in logged)


def test_short_rsa_keys_are_refused(state, logged):
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    short = Key(generate_private_key(65537, 1024))
    assert KeyFiles(KeyPlaces(write(state / "keys", public(short)), None)).holders() == []
    assert any("below 2048 bits" in each for each in logged)


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_list_that_others_can_change_is_not_taken(state, key, logged, mode):
    path = write(state / "authorized_keys", public(key), mode=mode)
    files = KeyFiles(KeyPlaces(path, None))
    assert files.holders() == files.holders() == []
    assert len([line for line in logged if "can be changed by others" in line]) == 1


def test_a_list_that_cannot_be_read_is_said(state, logged):
    (state / "authorized_keys").mkdir()
    assert KeyFiles(KeyPlaces(state / "authorized_keys", None)).holders() == []
    assert any("cannot be read" in line for line in logged)


def test_a_comment_cannot_forge_a_line_or_act_on_a_terminal(state, key):
    path = write(state / "keys", public(key, b"op\x1b[2J\xe2\x80\xae root " + b"x" * 500))
    [holder] = KeyFiles(KeyPlaces(path, None)).holders()
    assert holder.comment.startswith("op root xxx") and len(holder.comment) == 100


# --- proving that one has a key


def credentials(key: Key, name: bytes = b"ssh-ed25519", signed: bytes | None = b"data") -> SSHPrivateKey:
    signature = None if signed is None else key.sign(signed, name)
    return SSHPrivateKey(b"anybody", name, key.public().blob(), b"data", signature)


@pytest.fixture
def checker(state, key, rsa) -> KeyChecker:
    return KeyChecker(KeyFiles(KeyPlaces(write(state / "keys", public(key), public(rsa)), None)).find)


def test_a_listed_key_that_signed_gets_in_whatever_name_was_typed(checker, key, rsa):
    assert checker.requestAvatarId(credentials(key)).key == key.public()
    assert checker.requestAvatarId(credentials(rsa, b"rsa-sha2-256")).key == rsa.public()


def test_every_other_proof_is_refused(checker, key, rsa):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    stranger = Key(Ed25519PrivateKey.generate())
    wrong_kind = credentials(rsa, b"rsa-sha2-256")
    wrong_kind.algName = b"rsa-sha2-512"
    nonsense = credentials(key)
    nonsense.signature = b"\0\0"
    no_key = credentials(key)
    no_key.blob = b"\0\0\0\1x"
    refused = [
        credentials(stranger),
        credentials(stranger, signed=None),
        credentials(key, signed=b"other data"),
        credentials(rsa, b"ssh-rsa"),  # SHA-1
        wrong_kind,
        nonsense,
        no_key,
    ]
    for each in refused:
        with pytest.raises(UnauthorizedLogin):
            checker.requestAvatarId(each)
    assert described_key(b"junk") == "no key"


# --- the gate


def test_an_address_that_fails_ten_times_is_out_for_ten_minutes():
    clock = Clock()
    gate = Gate(clock.seconds)
    for _ in range(MOST_FAILURES - 1):
        assert gate.failed(FAR) == 0
        clock.advance(50)
    assert gate.admits(FAR)
    gate.failed(FAR)
    assert not gate.admits(FAR)
    assert gate.admits("10.1.2.4")
    clock.advance(OUT_SECONDS - 1)
    assert not gate.admits(FAR)
    clock.advance(1)
    assert gate.admits(FAR)


def test_failures_that_lie_far_apart_or_were_followed_by_success_do_not_count():
    clock = Clock()
    gate = Gate(clock.seconds)
    for _ in range(3 * MOST_FAILURES):
        gate.failed(FAR)
        clock.advance(OUT_SECONDS / MOST_FAILURES + 10)
    assert gate.admits(FAR)
    for _ in range(MOST_FAILURES - 1):
        gate.failed("10.9.9.9")
    gate.succeeded(gate.opened("10.9.9.9", print))
    gate.failed("10.9.9.9")
    assert gate.admits("10.9.9.9")


def test_an_ipv6_household_is_one_address():
    gate = Gate(Clock().seconds)
    for number in range(MOST_FAILURES):
        gate.failed(f"2001:db8::{number}")
    assert not gate.admits("2001:db8::ffff")
    assert gate.admits("2001:db8:0:1::1")


def test_loopback_is_slowed_and_never_out():
    gate = Gate(Clock().seconds)
    delays = [gate.failed(HERE) for _ in range(MOST_FAILURES)]
    assert delays == [0.0] * (MOST_FAILURES - 1) + [SLOWED_SECONDS]
    assert gate.admits(HERE)


def test_one_address_has_few_connections_before_it_has_logged_in():
    gate = Gate(Clock().seconds)
    guests = []
    for _ in range(MOST_STRANGERS):
        assert gate.admits(FAR)
        guests.append(gate.opened(FAR, print))
    assert not gate.admits(FAR)
    assert gate.admits("10.9.9.9")
    gate.succeeded(guests[0])
    assert gate.admits(FAR)
    gate.opened(FAR, print)
    assert not gate.admits(FAR)
    for _ in range(2):
        gate.closed(guests[1])
    assert gate.admits(FAR)
    assert gate.open == MOST_STRANGERS


class Crowd:
    """A gate with all places taken, four of each address."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.gate = Gate(self.clock.seconds)
        self.gone: list[int] = []
        self.guests = [self.comes(f"10.0.0.{number % 4}", number) for number in range(MOST_CONNECTIONS)]

    def comes(self, address: str, number: int = -1) -> Guest | None:
        """Somebody connects; gives what the gate knows of them, if they are let in."""
        if not self.gate.admits(address):
            return None
        return self.gate.opened(address, lambda: self.gone.append(number))

    def each(self, **facts: bool) -> None:
        """Say something of all who are there at first."""
        for guest in self.guests:
            for name, value in facts.items():
                setattr(guest, name, value)


@pytest.mark.parametrize("address", [HERE, "10.9.9.9", ""])
def test_when_all_places_are_taken_the_oldest_of_those_who_said_nothing_goes(address):
    crowd = Crowd()
    crowd.guests[0].has_spoken = True
    crowd.clock.advance(SILENT_SECONDS)
    assert crowd.comes(address)
    assert crowd.comes(address)
    assert crowd.gone == [1, 2]
    assert crowd.gate.open == MOST_CONNECTIONS


def test_who_talks_has_five_seconds_to_show_a_listed_key():
    crowd = Crowd()
    crowd.each(has_spoken=True)
    crowd.clock.advance(TALK_SECONDS - 0.1)
    assert not crowd.comes("10.9.9.9")
    crowd.clock.advance(0.1)
    crowd.guests[0].has_shown_key = True
    assert crowd.comes("10.9.9.9")
    assert crowd.gone == [1]


def test_who_was_in_before_does_not_wait_for_strangers_who_talk():
    crowd = Crowd()
    crowd.gate.closed(crowd.guests.pop())
    operator = crowd.comes("10.9.9.9")
    crowd.gate.succeeded(operator)
    crowd.gate.closed(operator)
    crowd.guests.append(crowd.comes("10.8.8.8", 99))
    crowd.each(has_spoken=True)
    assert not crowd.comes("10.7.7.7")
    assert crowd.comes("10.9.9.9")
    assert crowd.comes(HERE)
    assert crowd.gone == [0, 1]


def test_nobody_goes_who_is_in_or_has_shown_a_listed_key():
    crowd = Crowd()
    crowd.each(has_spoken=True, has_shown_key=True)
    crowd.clock.advance(LOGIN_SECONDS)
    assert not crowd.comes(HERE)
    crowd.each(has_shown_key=False, is_in=True)
    assert not crowd.comes(HERE)
    assert crowd.gone == []


def test_addresses_that_were_in_are_forgotten_rather_than_kept_without_end(monkeypatch):
    monkeypatch.setattr(gate_module, "MOST_ADDRESSES", 2)
    gate = Gate(Clock().seconds)
    for number in range(5):
        gate.succeeded(gate.opened(f"10.0.0.{number}", print))
    assert list(gate._were_in) == ["10.0.0.3", "10.0.0.4"]


def test_the_gate_forgets_rather_than_grows(monkeypatch):
    monkeypatch.setattr(gate_module, "MOST_ADDRESSES", 3)
    gate = Gate(Clock().seconds)
    for number in range(10):
        gate.failed(f"10.0.0.{number}")
    assert len(gate) == 3


# --- connections


@pytest.fixture
def factory(chat, state, key) -> AdminFactory:
    files = KeyFiles(KeyPlaces(write(state / "authorized_keys", public(key)), None))
    made = AdminFactory(open_administration(chat.hub, state), hostkey.host_key(state), files, "add one", True)
    made.doStart()
    return made


class Peer:
    """A connection to the factory, without a network."""

    def __init__(self, factory: AdminFactory, address: str = FAR) -> None:
        where = IPv4Address("TCP", address, 50000)
        self.protocol = factory.buildProtocol(where)
        self.transport = StringTransport(peerAddress=where)
        if self.protocol is not None:
            self.protocol.makeConnection(self.transport)
            factory.clock.advance(0)  # it is greeted in a turn of its own

    @property
    def is_let_go(self) -> bool:
        return self.protocol is None or self.transport.disconnecting or self.transport.disconnected

    def hangs_up(self) -> None:
        from twisted.internet.protocol import connectionDone

        self.protocol.connectionLost(connectionDone)


def test_a_silent_peer_is_let_go_after_twenty_seconds(chat, factory):
    peer = Peer(factory)
    assert peer.transport.value().startswith(b"SSH-2.0-twistchat\r\n")
    chat.clock.advance(LOGIN_SECONDS - 0.1)
    assert not peer.is_let_go
    chat.clock.advance(0.1)
    assert peer.is_let_go


def test_strangers_who_say_nothing_do_not_keep_the_operator_out(factory):
    silent = [Peer(factory, HERE) for _ in range(MOST_CONNECTIONS)]
    operator = Peer(factory, HERE)
    assert not operator.is_let_go
    assert [peer.is_let_go for peer in silent] == [True] + [False] * (MOST_CONNECTIONS - 1)


def test_sixteen_connections_at_once_and_no_more(factory):
    peers = [Peer(factory, HERE) for _ in range(MOST_CONNECTIONS)]
    for peer in peers:
        peer.protocol.dataReceived(b"SSH-2.0-x\r\n")
        peer.protocol.showed_key()
    assert Peer(factory, HERE).is_let_go
    peers[0].hangs_up()
    assert not Peer(factory, HERE).is_let_go


def test_connections_that_end_without_a_login_count_as_failures(chat, factory):
    for _ in range(MOST_FAILURES):
        Peer(factory).hangs_up()
    assert Peer(factory).is_let_go


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_no_bytes_of_a_stranger_do_more_than_end_their_connection(reads):
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        chat, state = Chat(), Path(folder)
        administration = open_administration(chat.hub, state)
        factory = AdminFactory(
            administration, hostkey.host_key(state), KeyFiles(KeyPlaces(state / "k", None)), "", True
        )
        factory.doStart()
        peer = Peer(factory)
        for data in (b"SSH-2.0-x\r\n", *reads):
            if not peer.is_let_go:
                peer.protocol.dataReceived(data)
        peer.hangs_up()
        administration.journal.close()


def test_nonsense_is_one_line_in_the_log(chat, factory, logged):
    peer = Peer(factory)
    peer.protocol.dataReceived(b"SSH-2.0-x\r\n" + struct.pack(">LB", 12, 10) + b"\x05" + b"\0" * 10)
    assert peer.is_let_go
    assert any("sent nonsense" in line for line in logged)


def test_failures_of_strangers_do_not_fill_the_disk(chat, factory):
    """After a burst the audit takes one in five seconds, and says how many it left out."""
    for number in range(FAILURES_NOTED.at_once + 100):
        factory.failed(f"10.0.{number % 250}.1", "publickey", b"")
    journal = factory._administration.journal
    assert len(journal.recent) == FAILURES_NOTED.at_once
    chat.clock.advance(5)
    factory.failed("10.9.9.9", "publickey", None)
    assert "100 more were not noted" in journal.recent[-1].text
    assert journal.recent[-1].who == "somebody at 10.9.9.9"


def test_stopping_hangs_up_on_everyone(chat, factory):
    peer = Peer(factory, HERE)
    factory.end_all()
    assert peer.transport.disconnecting
    peer.hangs_up()
    chat.clock.advance(5)


# --- sessions


class FakeConnection:
    """Conch's connection, as far as a channel uses it."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, ...]] = []
        self.transport = self
        self.channelsToRemoteChannel: dict[AdminChannel, int] = defaultdict(int)

    def sendPacket(self, kind: int, payload: bytes) -> None:
        """As the transport: data for the one channel there is (RFC 4254 5.2)."""
        assert (kind, payload[:8]) == (MSG_CHANNEL_DATA, struct.pack(">LL", 0, len(payload) - 8))
        self.sent.append(("sendData", payload[8:]))

    def fileno(self) -> int:
        return -1

    def began(self) -> None:
        """As the transport, which waits for a session no longer."""

    def check_held(self) -> None:
        """As the transport, which lets go whom more waits for than the cap."""

    def __getattr__(self, name: str) -> Any:
        return lambda channel, *rest: self.sent.append((name, *rest))

    def sendClose(self, channel: AdminChannel) -> None:
        channel.localClosed = 1
        self.sent.append(("sendClose",))

    def status(self) -> int | None:
        found = [struct.unpack(">L", each[2])[0] for each in self.sent if each[:2] == ("sendRequest", b"exit-status")]
        return found[0] if found else None

    def written(self, kind: str = "sendData") -> str:
        return b"".join(each[-1] for each in self.sent if each[0] == kind).decode()


@pytest.fixture
def user(chat, tmp_path, factory, key):
    return factory._make_user(Holder(key, "op"))


def session(user, window: int = 1 << 20) -> AdminChannel:
    made = user.lookupChannel(b"session", window, 1 << 15, b"")
    made.conn = FakeConnection()
    return made


TERMINAL = NS(b"xterm") + struct.pack(">4L", 80, 24, 0, 0) + NS(b"")


def test_only_so_many_sessions_and_nothing_else(user):
    sessions = [session(user) for _ in range(MOST_SESSIONS)]
    with pytest.raises(ConchError, match="too many sessions"):
        session(user)
    sessions[0].closed()
    session(user).closed()
    for other in (b"direct-tcpip", b"x11", b"auth-agent@openssh.com"):
        with pytest.raises(ConchError):
            user.lookupChannel(other, 1, 1, b"")
    assert not user.gotGlobalRequest(b"tcpip-forward", b"")
    assert not sessions[1].requestReceived(b"auth-agent-req@openssh.com", b"")
    assert not sessions[1].requestReceived(b"subsystem", NS(b"sftp"))


def test_a_session_does_one_thing(chat, user):
    channel = session(user)
    assert channel.request_env(NS(b"LC_ALL") + NS(b"C")) and not channel.request_env(NS(b"LD_PRELOAD") + NS(b"x"))
    assert channel.request_exec(NS(b"rooms"))
    assert not channel.request_exec(NS(b"rooms"))
    assert not channel.request_shell(b"")
    chat.clock.advance(0)
    assert channel.conn.written() == "No room is open.\n"
    assert channel.conn.status() == 0


def test_a_session_that_ends_before_it_begins_does_nothing(chat, user):
    channel = session(user)
    channel.request_exec(NS(b"lock"))
    channel.localClosed = 1
    chat.clock.advance(0)
    assert channel.conn.sent == []
    assert chat.hub.rules.in_force("lock", 0) == []


def test_the_exit_status_waits_until_all_is_out(chat, user):
    channel = session(user, window=10)
    channel.request_exec(NS(b"help"))
    chat.clock.advance(0)
    assert channel.conn.status() is None
    while channel.held:
        channel.addWindowBytes(500)
    assert channel.conn.status() == 0
    assert channel.conn.written().startswith("verb")


def test_a_verb_waits_for_its_input_and_takes_only_so_much(chat, user):
    channel = session(user)
    channel.request_exec(NS(b"announce -"))
    chat.clock.advance(0)
    channel.dataReceived("今".encode())
    channel.eofReceived()
    chat.clock.advance(0)
    chat.turn()
    assert channel.conn.status() == 0
    greedy = session(user)
    greedy.request_exec(NS(b"announce -"))
    chat.clock.advance(0)
    greedy.dataReceived(b"x" * MOST_INPUT)
    greedy.dataReceived(b"x")
    assert greedy.conn.status() == 1
    assert "too long" in greedy.conn.written("sendExtendedData")


def test_input_may_end_before_the_verb_asks_for_it(chat, user):
    channel = session(user)
    channel.request_exec(NS(b"announce -"))
    channel.eofReceived()
    chat.clock.advance(0)
    assert "nothing to be seen" in channel.conn.written("sendExtendedData")


def test_a_verb_that_breaks_says_so_and_its_traceback_is_in_the_log(chat, user, monkeypatch, flush_errors):
    from twistchat.admin.verbs import VERBS

    def broken(_operator):
        raise ZeroDivisionError

    monkeypatch.setattr(VERBS["rooms"].__class__, "run", property(lambda _row: broken), raising=False)
    channel = session(user)
    channel.request_exec(NS(b"rooms"))
    chat.clock.advance(0)
    assert channel.conn.status() == 1
    assert "an error in the server" in channel.conn.written("sendExtendedData")
    assert len(flush_errors(ZeroDivisionError)) == 1


def test_a_session_that_is_gone_stops_its_verb(chat, user):
    for with_terminal in (False, True):
        channel = session(user)
        if with_terminal:
            channel.request_pty_req(TERMINAL)
        channel.request_exec(NS(b"tail"))
        chat.clock.advance(0)
        assert chat.is_watched
        channel.closed()
        assert not chat.is_watched
    waiting = session(user)
    waiting.request_exec(NS(b"announce -"))
    chat.clock.advance(0)
    waiting.closed()


def test_ctrl_c_at_a_terminal_ends_a_verb(chat, user):
    channel = session(user)
    channel.request_pty_req(TERMINAL)
    channel.request_exec(NS(b"tail"))
    chat.clock.advance(0)
    chat.enters("ada")
    channel.dataReceived(b"x")
    assert channel.conn.status() is None
    channel.dataReceived(b"\x03")
    assert channel.conn.status() == 130
    assert channel.conn.written().endswith(came("ada") + "\r\n")


def test_errors_at_a_terminal_are_on_it(chat, user):
    channel = session(user)
    channel.request_pty_req(TERMINAL)
    channel.request_exec(NS(b"kick nobody"))
    chat.clock.advance(0)
    assert channel.conn.written() == "Nobody here is called nobody or comes from there. Nothing was done.\r\n"


def test_the_prompt_needs_a_terminal_and_takes_its_size(chat, user):
    none = session(user)
    none.request_shell(b"")
    chat.clock.advance(0)
    assert none.conn.status() == 2
    channel = session(user)
    channel.request_pty_req(TERMINAL)
    assert channel.request_window_change(struct.pack(">4L", 100, 30, 0, 0))
    channel.request_shell(b"")
    chat.clock.advance(0)
    channel.dataReceived(b"6*7\r")
    assert "42\r\n" in channel.conn.written()
    assert channel.request_window_change(struct.pack(">4L", 60, 30, 0, 0))
    channel.dataReceived(b"tail()\r")
    channel.eofReceived()
    assert channel.conn.status() == 0
    channel.closed()
    assert not chat.is_watched


# --- starting


def test_on_loopback_the_users_own_keys_are_enough(chat, state, home, key, logged):
    write(home / ".ssh" / "id_ed25519.pub", public(key), mode=0o644)
    service = make_service("tcp:0:interface=127.0.0.1", context(chat, state))
    service.privilegedStartService()
    assert any("host key SHA256:" in line for line in logged)
    assert not any("no key may log in" in line for line in logged)


def test_without_any_key_one_line_says_how_to_add_one(chat, state, home, logged):
    service = make_service("7977", context(chat, state))
    service.privilegedStartService()
    [said] = [line for line in logged if "no key may log in yet" in line]
    assert f"cat ~/.ssh/id_ed25519.pub >> {state / 'authorized_keys'}" in said


PROXIED = "haproxy:tcp:0:interface=127.0.0.1"


@pytest.mark.parametrize(
    "description", ["tcp:0", "tcp:0:interface=0.0.0.0", "tcp6:0", "tcp:0:interface=10.0.0.1", PROXIED]
)
def test_beyond_loopback_the_users_own_keys_are_not_enough(chat, state, home, key, description):
    write(home / ".ssh" / "id_ed25519.pub", public(key), mode=0o644)
    with pytest.raises(CannotStart, match="beyond this machine only keys that were listed for it may log in"):
        make_service(description, context(chat, state))
    write(state / "authorized_keys", public(key))
    make_service(description, context(chat, state))


@pytest.mark.parametrize("description", [r"tcp6:0:interface=\:\:1", "unix:/tmp/never", "tcp:0:interface=localhost"])
def test_other_words_for_this_machine_are_understood(chat, state, home, description):
    make_service(description, context(chat, state))


def test_a_user_without_a_home_has_no_keys(chat, state, monkeypatch):
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    assert make_service("7977", context(chat, state))._administrators.advice()


def test_a_list_that_is_named_must_be_there_and_is_the_only_one(chat, state, home, key, tmp_path):
    with pytest.raises(CannotStart, match="there is no such file"):
        make_service("7977", context(chat, state, admin_keys=str(tmp_path / "none")))
    named = write(tmp_path / "named", public(key))
    service = make_service("tcp:0", context(chat, state, admin_keys=str(named)))
    assert not service._administrators.advice()


def test_a_description_that_cannot_be_read_is_a_sentence(chat, state, home):
    with pytest.raises(CannotStart, match="--admin nonsense:1"):
        make_service("nonsense:1", context(chat, state))


def test_an_operator_takes_no_name_that_was_typed(chat, tmp_path):
    operator = an_operator(chat, tmp_path, "op SHA256:x")
    operator.note("login")
    assert operator.journal.recent[-1].who == "op SHA256:x"
