"""One SSH connection of anybody's: conch's, with deadlines, modern algorithms alone, and a bound on all that waits.

| phase | ends by | a peer that stops there is gone after |
|---|---|---|
| its version, key exchange, logging in | logging in | `LOGIN_SECONDS` from the first byte on |
| logged in, no session yet | a session | `SshFactory.session_seconds` |
| exchanging keys again | new keys | `REKEY_SECONDS` |
| it does not read | its reading | over the cap, or when the kernel gives it up (`keepalive.py`) |

Rule 1: bytes for the peer wait in three places: in the Egress, for a key exchange's end, and in the channels, whose
    windows are closed. There is one cap for them together; who is over it is let go.
Rule 2: what cannot be understood ends the connection, with one line in the log.
Rule 3: what a peer may not send in a key exchange is not understood.
Rule 4: keys are exchanged at a pace (`exchanges.py`), and what takes long is done one piece a turn (`turns.py`); a
    connection that waits for that is not read from.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.conch.ssh.connection import SSHConnection
from twisted.conch.ssh.transport import DISCONNECT_BY_APPLICATION, MSG_SERVICE_ACCEPT, MSG_SERVICE_REQUEST
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.randbytes import secureRandom

from twistchat.core.clocks import DelayedCall, cancel
from twistchat.interfaces.egress import Egress
from twistchat.interfaces.keepalive import ready_for_lines
from twistchat.interfaces.ssh.agreeing import Agreed, Agreeing, NotInOrder
from twistchat.interfaces.ssh.factory import LOGIN_SECONDS, SshFactory
from twistchat.interfaces.ssh.login import SIGNATURES
from twistchat.interfaces.ssh.quiet import quiet
from twistchat.interfaces.ssh.sealing import sealed_by, verified_by
from twistchat.interfaces.ssh.turns import Piece
from twistchat.interfaces.ssh.valves import Valved

log = Logger()

REKEY_SECONDS = 20.0
"""For exchanging keys again, whoever began."""

KEYS_BYTES = 1024**3
"""Sent with one set of keys (RFC 4253 9, and OpenSSH's default)."""

KEYS_SECONDS = 3600.0
"""How long one set of keys is used (RFC 4253 9)."""

MOST_UNREAD = 64 * 1024
"""Bytes of a packet that is not whole; RFC 4253 6.1 has implementations take 35,000, and ours announce 32 KiB."""

READ_BYTES = 8 * 1024
"""Taken from the socket at once: the smallest packets there are, as many as fit, take two milliseconds."""

BLOCK_BYTES = 16
"""Of AES; the packets before the first keys may have any multiple of 8 (RFC 4253 6)."""

_PADDING = secureRandom(2 * BLOCK_BYTES)
"""For packets; RFC 4253 6 wants it to be random, and with counter mode nothing depends on it."""


_HEAD = struct.Struct(">LBB")

_ASKING = (MSG_SERVICE_REQUEST, MSG_SERVICE_ACCEPT)

_SERVICES = 50
"""Messages from this number on are those of logging in and of channels (RFC 4250 4.1.1)."""


class QuietConnection(SSHConnection):
    """Conch's, without a log line for each channel; what is refused is no failure. It opens no channels itself."""

    _log = quiet

    def ssh_CHANNEL_OPEN_CONFIRMATION(self, packet: bytes) -> None:
        """Conch's hook: an answer to what was not asked. Conch would take it for one, about a channel of the peer's."""
        raise NotInOrder("a channel that was not asked for")

    ssh_CHANNEL_OPEN_FAILURE = ssh_CHANNEL_OPEN_CONFIRMATION


class SshTransport(Agreeing):
    """One connection; whom it lets in and what it does with them is a subclass's."""

    interface = ""
    """What the log calls it."""

    factory: SshFactory
    transport: Any
    _log = quiet
    version = b"twistchat"
    ourVersionString = b"SSH-2.0-twistchat"
    # Counter mode with SHA-2 is not open to Terrapin (CVE-2023-48795), which needs ChaCha20 or CBC with EtM. Conch has
    # neither encrypt-then-MAC nor a cipher that authenticates; the first exchange is safe against quantum computers.
    supportedCiphers = [b"aes128-ctr", b"aes192-ctr", b"aes256-ctr"]
    supportedMACs = [b"hmac-sha2-256", b"hmac-sha2-512"]
    supportedCompressions = [b"none"]

    def __init__(self) -> None:
        self.is_lost = False
        self.is_ending = False
        """Whether it was told to go: nothing that comes is looked at."""
        self.last_key: bytes | None = None
        self._has_failed = False
        self._deadline: DelayedCall | None = None
        self._rekeying: DelayedCall | None = None
        self._asked: Piece | None = None  # what waits for its turn, and holds up all that came
        self._is_offered = self._is_answered = False  # both halves of a key exchange
        self._blocked = 0
        self._sent = 0
        self._seal: Callable[[int, bytes], bytes] | None = None  # of the first keys on
        self._keys_end: DelayedCall | None = None

    @property
    def clock(self) -> Any:
        """The reactor."""
        return self.factory.clock

    @property
    def address(self) -> str:
        """The peer's, without its port."""
        return getattr(self.transport.getPeer(), "host", "")

    @property
    def is_in(self) -> bool:
        """Whether somebody has logged in."""
        return hasattr(self, "avatar")

    # --- what a subclass does

    def begun(self) -> None:
        """Note that the peer has been sent the version, and can be told something."""

    def greet(self) -> None:
        """Say something before anybody logs in."""

    def showed_key(self) -> None:
        """Note that a key was shown that may log in; nothing is signed by it yet."""

    def login_failed(self, how: str) -> float:
        """Note that somebody has failed to log in.

        Returns:
            Seconds to wait before it is answered.
        """
        self._has_failed = True
        return 0.0

    def logged_in(self) -> None:
        """Note that somebody is in; a session has to follow."""
        self._stop_waiting()
        self._deadline = self.clock.callLater(self.factory.session_seconds, self._no_session_came)

    def began(self) -> None:
        """Note that a session has begun: from now on it is as long here as its holder likes."""
        self._stop_waiting()

    @property
    def waiting_in_channels(self) -> int:
        """Bytes that wait for windows to open."""
        return sum(getattr(channel, "held", 0) for channel in getattr(self.service, "channels", {}).values())

    # --- the connection

    def connectionMade(self) -> None:
        """Twisted's hook. The time to log in begins now, before the peer has said anything."""
        real = self.transport
        ready_for_lines(real)
        if hasattr(real, "bufferSize"):
            real.bufferSize = READ_BYTES
        self.egress = Egress(real, self.clock, self._room, self._overflowed)
        self.transport = Valved(real, self.egress)
        self.factory.opened(self)
        self._deadline = self.clock.callLater(LOGIN_SECONDS, self._too_slow)
        self._in_turn(self._begin)
        self.transport.shut("greeting")

    def _begin(self) -> None:
        super().connectionMade()
        self.begun()
        self._go_on("greeting")

    def connectionLost(self, reason: Failure | None = connectionDone) -> None:
        """Twisted's hook."""
        self.is_lost = True
        self.egress.ended()
        self._stop_waiting()
        for call in (self._rekeying, self._keys_end):
            cancel(call)
        if self._asked is not None:
            self._asked.drop()
        try:
            super().connectionLost(reason)
        finally:
            self.factory.closed(self)

    def dataReceived(self, data: bytes) -> None:
        """Twisted's hook."""
        self._guarded(lambda: self._take(data))

    def _in_turn(self, do: Callable[[], object]) -> None:
        self._asked = self.factory.turns.ask(partial(self._guarded, do))

    def _go_on(self, valve: str) -> None:
        self._asked = None
        self.transport.open(valve)
        self._take(b"")

    def _take(self, data: bytes) -> None:
        super().dataReceived(data)
        if len(self.buf) > MOST_UNREAD:
            raise NotInOrder("a packet without an end")

    def _guarded(self, do: Callable[[], object]) -> None:
        """Do what a peer's bytes ask for. Conch lets whatever it stumbles over through."""
        try:
            self.transport.together(do)
        except Exception as error:
            self.not_understood(error)

    def not_understood(self, error: Exception) -> None:
        """Let the peer go, whose bytes made something raise this."""
        if not isinstance(error, NotInOrder) and _is_ours(error):
            log.failure("{interface}: a session failed in a way that it should not", interface=self.interface)
        else:
            self.log_end("sent nonsense: {kind}", kind=type(error).__name__)
        self.transport.abortConnection()

    def log_end(self, why: str, **more: Any) -> None:
        """Say in the log that the peer is let go.

        Args:
            why: With fields in it as `twisted.logger` has them.
            more: What stands in those.
        """
        self.factory.note(f"{{interface}}: {{peer}} {why}", interface=self.interface, peer=self.address, **more)

    def hang_up(self) -> None:
        """Say goodbye and close, in any case soon."""
        self.sendDisconnect(DISCONNECT_BY_APPLICATION, b"the server is stopping")

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        """Conch's hook: the peer hangs up; it does so at the end of every session."""
        if reasonCode != DISCONNECT_BY_APPLICATION:
            log.debug("{interface}: {peer} hung up", interface=self.interface, peer=self.address)

    # --- deadlines

    def _too_slow(self) -> None:
        self.log_end("let go: not logged in within {seconds:.0f} s", seconds=LOGIN_SECONDS)
        self.transport.abortConnection()

    def _no_session_came(self) -> None:
        self.log_end("let go: no session within {seconds:.0f} s", seconds=self.factory.session_seconds)
        self.transport.abortConnection()

    def _never_rekeyed(self) -> None:
        self.log_end("let go: no new keys within {seconds:.0f} s", seconds=REKEY_SECONDS)
        self.transport.abortConnection()

    def _stop_waiting(self) -> None:
        cancel(self._deadline)

    # --- what waits for the peer

    @property
    def held(self) -> int:
        """Bytes that wait for the peer, in all places together."""
        return self.egress.held + self._blocked + self.waiting_in_channels

    def _room(self) -> int:
        return max(0, self.factory.most_held() - self._blocked - self.waiting_in_channels)

    def check_held(self) -> None:
        """Let the peer go where too much waits for it; to be called whenever more does."""
        if self.held > self.factory.most_held() and not self.is_lost:
            self._overflowed(0)
            self.egress.ended()
            self.transport.abortConnection()

    def _overflowed(self, _cap: int) -> None:
        self.log_end("let go: {cap} bytes waited for it to read", cap=self.factory.most_held())

    # --- packets

    def sendPacket(self, messageType: int, payload: bytes) -> None:
        """Conch's hook. The same packets at half of the price: each delivery is one."""
        if self._keyExchangeState != self._KEY_EXCHANGE_NONE and not self._allowedKeyExchangeMessageType(messageType):
            self._blockedByKeyExchange.append((messageType, payload))
            self._blocked += len(payload)
            self.check_held()
            return
        size = 6 + len(payload)
        pad = BLOCK_BYTES - size % BLOCK_BYTES
        if pad < 4:
            pad += BLOCK_BYTES
        packet = b"".join((_HEAD.pack(size + pad - 4, pad, messageType), payload, _PADDING[:pad]))
        if self._seal is not None:
            packet = self._seal(self.outgoingPacketSequence, packet)
        self.outgoingPacketSequence = (self.outgoingPacketSequence + 1) & 0xFFFFFFFF
        self.transport.write(packet)
        self._sent += len(packet)
        if self._sent > KEYS_BYTES:
            self._renew_keys()

    def getPacket(self) -> Any:
        """Conch's hook: the next packet, unless something waits for its turn."""
        return None if self._asked is not None else super().getPacket()

    def dispatchMessage(self, messageNum: int, payload: bytes) -> None:
        """Conch's hook: a message came. From its KEXINIT to its NEWKEYS a peer sends nothing else (RFC 4253 7.1)."""
        if (self._is_offered or self.sessionID is None) and (messageNum >= _SERVICES or messageNum in _ASKING):
            raise NotInOrder("in the middle of a key exchange")
        super().dispatchMessage(messageNum, payload)

    def ssh_SERVICE_REQUEST(self, packet: bytes) -> None:
        """Conch's hook: who is in does not log in again."""
        if self.is_in:
            raise NotInOrder("a service")
        super().ssh_SERVICE_REQUEST(packet)

    def sendExtInfo(self, extensions: list[tuple[bytes, bytes]]) -> None:
        """Conch's hook: how keys may sign. It would say how the host key does, and no RSA key would be tried."""
        mended = {**dict(extensions), b"server-sig-algs": b",".join(SIGNATURES)}
        super().sendExtInfo([*mended.items()])

    # --- exchanging keys

    def ssh_KEXINIT(self, packet: bytes) -> None:
        """Conch's hook: what the peer can do, once in an exchange."""
        if self._is_offered:
            raise NotInOrder("a second beginning of a key exchange")
        self._is_offered = True
        super().ssh_KEXINIT(packet)

    def sendKexInit(self) -> None:
        """Conch's hook: an exchange begins, whoever asked for it."""
        super().sendKexInit()
        if self.sessionID is not None:
            self._rekeying = self.clock.callLater(REKEY_SECONDS, self._never_rekeyed)

    def _renew_keys(self) -> None:
        if self._keyExchangeState == self._KEY_EXCHANGE_NONE:
            self._sent = 0
            self.sendKexInit()

    def ssh_KEX_DH_GEX_REQUEST_OLD(self, packet: bytes) -> None:
        """Conch's hook: the peer's half of an exchange, for all methods that are offered."""
        if not self._is_offered or self._is_answered:
            raise NotInOrder("half of a key exchange")
        if self.ignoreNextPacket:
            self.ignoreNextPacket = 0
            return
        self._is_answered = True
        agreeing = partial(self._in_turn, lambda: self._in_turn(partial(self._answer, self.agree(packet))))
        self._asked = self.factory.exchanges.ask(agreeing, self.is_in)
        self.transport.shut("keys")

    def _answer(self, agreed: Agreed) -> None:
        self.answer(agreed, self.factory.signer)
        self._go_on("keys")

    def ssh_KEX_DH_GEX_REQUEST(self, _packet: bytes) -> None:
        """Conch's hook for a method that is not offered."""
        raise NotInOrder("a key exchange by a group")

    def ssh_KEX_DH_GEX_INIT(self, _packet: bytes) -> None:
        """Conch's hook for a method that is not offered."""
        raise NotInOrder("a key exchange by a group")

    def ssh_NEWKEYS(self, packet: bytes) -> None:
        """Conch's hook: the peer uses the new keys from now on."""
        if not self._is_answered:
            raise NotInOrder("new keys")
        super().ssh_NEWKEYS(packet)

    def _newKeys(self) -> None:
        """Conch's hook: both use the new keys; what waited for them goes out."""
        self._blocked = self._sent = 0
        self._is_offered = self._is_answered = False
        for call in (self._rekeying, self._keys_end):
            cancel(call)
        self._keys_end = self.clock.callLater(KEYS_SECONDS, self._renew_keys)
        keys: Any = self.nextEncryptions
        self._seal, keys.verify = sealed_by(keys), verified_by(keys)
        super()._newKeys()


def _is_ours(error: Exception) -> bool:
    """Whether something of this project raised it, and no part of conch that stumbled over a peer's bytes."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith("twistchat.")
