"""The SSH server for people: anyone gets in, as the name that they give; a key, where there is one, proves who."""

from __future__ import annotations

import struct
from typing import Any

from twisted.conch.avatar import ConchUser
from twisted.conch.error import ConchError
from twisted.conch.interfaces import IConchUser
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.connection import OPEN_RESOURCE_SHORTAGE
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import DISCONNECT_TOO_MANY_CONNECTIONS, MSG_DISCONNECT
from twisted.cred.portal import Portal
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from twistchat.core.clocks import DelayedCall, cancel
from twistchat.core.hub import Hub
from twistchat.core.limits import Rate
from twistchat.core.nameclaims import SSH_KEY
from twistchat.errors import ChatError, Overloaded
from twistchat.interfaces.shell.member import ShellMember
from twistchat.interfaces.ssh.channel import LEAST_PACKET, SessionChannel
from twistchat.interfaces.ssh.factory import SshFactory
from twistchat.interfaces.ssh.gate import Gate, Guest, Places
from twistchat.interfaces.ssh.hostkey import fingerprint
from twistchat.interfaces.ssh.keyfile import LEAST_RSA_BITS, Holder
from twistchat.interfaces.ssh.login import KeyChecker, KeyLogin, Realm
from twistchat.interfaces.ssh.quiet import quiet
from twistchat.interfaces.ssh.transport import QuietConnection, SshTransport
from twistchat.interfaces.ssh.turns import Turns
from twistchat.wire.language import Language

PLACES = Places(at_once=256, of_one_address=64, keeps_who_is_in=False, is_patient=True)
"""For who is logging in; behind one address may be a school, whose class comes at once."""

EXCHANGES = Rate(100.0, 1)
"""Of keys: each takes a millisecond or two, in which nobody's lines move (measured; see docs/performance.md)."""

END_SECONDS = 2.0
"""For a client to hang up once its session is over; one that shares its connection (ControlPersist) would not."""

MOST_RSA_BITS = 8192
"""Of a key: what a stranger has checked must not take long."""


class OpenLogin(KeyLogin):
    """Whoever has a key shows it; whoever has none is let in without a question.

    RFC 4256 3.3 lets a server answer keyboard-interactive by success at once. OpenSSH leaves that method out with
    BatchMode, so that scripts need a key.
    """

    methods = (b"publickey", b"keyboard-interactive")

    def auth_keyboard_interactive(self, _packet: bytes) -> Deferred[Any]:
        """Conch's hook: no key of theirs was taken, or they have none."""
        user = self.transport.factory.make_user(None)
        return succeed((IConchUser, user, user.logged_out))

    def _cbFinishedAuth(self, result: Any) -> None:
        """Conch's hook: they are in."""
        user = result[1]
        user.name = (self.user or b"").decode("utf-8", "replace")
        user.transport = self.transport
        super()._cbFinishedAuth(result)


class PersonUser(ConchUser):
    """Somebody who has logged in. No forwarding, no files, no agent: conch refuses what is not listed here."""

    _log = quiet
    name = ""
    """What they called themselves when they logged in."""
    transport: PersonTransport

    def __init__(self, turns: Turns, proof: str | None) -> None:
        """Let somebody in.

        Args:
            turns: In which their session begins.
            proof: The key that they have shown, as the core has proofs; None where they have none.
        """
        super().__init__()
        self.turns = turns
        self.proof = proof
        self._has_session = False
        self.channelLookup[b"session"] = PersonChannel

    @property
    def member(self) -> ShellMember:
        """Who they are in the chat."""
        return self.transport.member

    def logged_out(self) -> None:
        """Conch's hook: nothing is kept of them."""

    def lookupChannel(self, channelType: bytes, windowSize: int, maxPacket: int, data: bytes) -> Any:
        """Conch's hook: a session is wanted. A connection is one person, who is here once."""
        if self._has_session:
            raise ConchError("you are in the chat by this connection already", OPEN_RESOURCE_SHORTAGE)
        if maxPacket < LEAST_PACKET:
            raise ConchError("packets are too small", OPEN_RESOURCE_SHORTAGE)
        channel = super().lookupChannel(channelType, windowSize, maxPacket, data)
        self._has_session = True
        return channel


class PersonChannel(SessionChannel):
    """A person's session."""

    avatar: PersonUser

    def request_shell(self, _data: bytes) -> bool:
        """Conch's hook: to talk is wanted."""
        user = self.avatar
        return self.begin(lambda: user.member.opens_shell(self, user.name, user.proof))

    def request_exec(self, data: bytes) -> bool:
        """Conch's hook: a line is given."""
        user = self.avatar
        line = getNS(data)[0].decode("utf-8", "replace")
        return self.begin(lambda: user.member.does(self, user.name, user.proof, line))

    def request_subsystem(self, data: bytes) -> bool:
        """Conch's hook: the dialect of programs is wanted; there is no other."""
        user = self.avatar
        is_known = getNS(data)[0] == b"json"
        return is_known and self.begin(lambda: user.member.runs_program(self, user.name, user.proof))

    def resized(self, columns: int) -> None:
        """Take in another width of the terminal."""
        self.avatar.member.resized(columns)

    def dataReceived(self, data: bytes) -> None:
        """Conch's hook: typed, or a script's; before anything is asked for there is nothing that it could be."""
        if self.is_begun:
            self.avatar.member.receives(data)

    def eofReceived(self) -> None:
        """Conch's hook: nothing more comes."""
        self.avatar.member.comes_to_an_end()

    def closed(self) -> None:
        """Conch's hook: the session is over, or the connection is."""
        super().closed()
        self.avatar.member.closes()


class PersonTransport(SshTransport):
    """One connection."""

    interface = "ssh"
    factory: PersonFactory
    member: ShellMember

    def __init__(self) -> None:
        super().__init__()
        self._guest: Guest | None = None
        self._ending: DelayedCall | None = None
        self._has_begun = False
        self._goodbye = ""

    def connectionMade(self) -> None:
        """Twisted's hook. Whoever may not come in is told so before any keys are exchanged."""
        super().connectionMade()
        factory = self.factory
        self.member = ShellMember(self, factory.hub, factory.language)
        try:
            if not factory.gate.admits(self.address):
                raise Overloaded
            self._guest = factory.gate.opened(self.address, self.transport.abortConnection)
            self.member.connect()
        except ChatError as error:
            self.turn_away(factory.language.say(error.sentence, error.data))

    def connectionLost(self, reason: Failure | None = connectionDone) -> None:
        """Twisted's hook."""
        if self._guest is not None:
            self.factory.gate.closed(self._guest)
        cancel(self._ending)
        try:
            super().connectionLost(reason)
        finally:
            self.member.lost(reason or connectionDone)

    def dataReceived(self, data: bytes) -> None:
        """Twisted's hook."""
        if self._guest is not None:
            self._guest.has_spoken = True
        if not self.is_ending:
            super().dataReceived(data)

    def logged_in(self) -> None:
        """Note that somebody is in; a session has to follow."""
        super().logged_in()
        assert self._guest is not None
        self.factory.gate.succeeded(self._guest)

    def turn_away(self, sentence: str) -> None:
        """Hang up on somebody who has no session yet, with a sentence."""
        self.is_ending = True
        self._goodbye = sentence
        if self._has_begun:
            self._say_goodbye()

    def begun(self) -> None:
        """Note that the peer has been sent the version, and can be told something."""
        self._has_begun = True
        if self.is_ending:
            self._say_goodbye()

    def _say_goodbye(self) -> None:
        told = NS(self._goodbye.encode("utf-8", "replace")) + NS(b"")
        self.sendPacket(MSG_DISCONNECT, struct.pack(">L", DISCONNECT_TOO_MANY_CONNECTIONS) + told)
        self.end_soon()  # at once, OpenSSH would see an error of its own where it writes, and not what it was sent

    def end_soon(self) -> None:
        """End the connection, which the client should do by itself now."""
        if self._ending is None and not self.is_lost:
            self._ending = self.clock.callLater(END_SECONDS, self.transport.loseConnection)

    def log_end(self, why: str, **more: Any) -> None:
        """Say in the log that the peer is let go."""
        name = self.member.ingress.name
        self.factory.note(f"{{interface}}: {{name!a}} {why}", interface=self.interface, name=name, **more)


class PersonFactory(SshFactory):
    """Makes a transport for each connection."""

    protocol = PersonTransport
    services = {b"ssh-userauth": OpenLogin, b"ssh-connection": QuietConnection}

    def __init__(self, hub: Hub, language: Language, host_key: Key) -> None:
        """Make a server.

        Args:
            hub: The chat.
            language: What is spoken unless somebody's own is told.
            host_key: The server's own key.
        """
        super().__init__(hub.clock, hub.turn, host_key, EXCHANGES)
        self.hub = hub
        self.language = language
        self.gate = Gate(self.clock.seconds, PLACES)
        self.portal = Portal(Realm(self.make_user), [KeyChecker(_anybody)])

    def most_held(self) -> int:
        """Bytes that may wait for a peer to read."""
        return self.hub.limits.backlog

    def make_user(self, holder: Holder | None) -> PersonUser:
        """Let somebody in.

        Args:
            holder: Of the key that signed; None where none did.
        """
        return PersonUser(self.turns, None if holder is None else f"{SSH_KEY}{fingerprint(holder.key)}")


def _anybody(key: Key) -> Holder | None:
    """Whoever has a key is taken for its holder; one that is weak, or takes long, proves nothing."""
    is_fit = key.type() != "RSA" or LEAST_RSA_BITS <= key.size() <= MOST_RSA_BITS
    return Holder(key, "") if is_fit else None
