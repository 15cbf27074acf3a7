"""People by SSH: OpenSSH's own `ssh`, and a server's end in memory, on the chat's clock.

Bytes are carried between the two until what was sent is there: nothing here waits for a time to pass.
"""

from __future__ import annotations

import re
import select
import shutil
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.chat import Chat
from support.patience import PATIENCE_SECONDS
from support.ssh import SSH
from twisted.conch.ssh.keys import Key
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from twistchat.core.limits import Rate
from twistchat.interfaces.shell.server import PersonChannel, PersonFactory, PersonUser
from twistchat.interfaces.ssh.exchanges import Exchanges
from twistchat.interfaces.ssh.keyfile import Holder
from twistchat.wire.language import ENGLISH, Language

DROPBEAR = shutil.which("dbclient")
needs_dropbear = pytest.mark.skipif(DROPBEAR is None, reason="dropbear's client is not installed (dropbear-bin)")

AT_ONCE = Rate(1000.0, 1000)
"""Of key exchanges, in tests of something else."""

_SETTINGS = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentityAgent=none")
_TURNED_AWAY = re.compile(r"Received disconnect from \S+ port \d+:\d+: |Disconnected from .*\n?")

_running: list[ShellPeer] = []


@cache
def a_host_key() -> Key:
    """A server's own key."""
    return Key(Ed25519PrivateKey.generate())


def ssh_words(port: int, name: str, *options: str, key: str | None = None) -> list[str]:
    """How `ssh` is called, up to the host, by somebody who has one key or none."""
    settings = [*_SETTINGS, "IdentitiesOnly=yes", f"IdentityFile={key or 'none'}"]
    words = [word for setting in settings for word in ("-o", setting)]
    return [SSH or "ssh", "-F", "none", "-p", str(port), *words, *options, "-l", name, "127.0.0.1"]


def dropbear_words(port: int, name: str, *options: str) -> list[str]:
    """How dropbear's client is called, up to the host, by somebody who compares no fingerprint."""
    return [DROPBEAR or "dbclient", "-y", "-y", "-p", str(port), *options, "-l", name, "127.0.0.1"]


def end_clients() -> None:
    """End every `ssh` that a test has begun."""
    while _running:
        _running.pop().close()


class CountedChannel(PersonChannel):
    """Counts the bytes of a session."""

    said = received = 0

    def _put(self, data: bytes, kind: int | None) -> None:
        self.said += len(data)
        super()._put(data, kind)

    def dataReceived(self, data: bytes) -> None:
        self.received += len(data)
        super().dataReceived(data)


class CountingFactory(PersonFactory):
    """Gives people counted sessions."""

    def make_user(self, holder: Holder | None) -> PersonUser:
        user = super().make_user(holder)
        user.channelLookup[b"session"] = CountedChannel
        return user


class ShellDoor:
    """People's SSH of a chat."""

    name = "ssh"
    welcome = "Connected to server!"
    colon = ": "

    def __init__(self, chat: Chat, language: Language = ENGLISH) -> None:
        self.chat = chat
        self.factory = CountingFactory(chat.hub, language, a_host_key())
        self.factory.exchanges = Exchanges(chat.clock, AT_ONCE)
        self.factory.doStart()

    words = staticmethod(ssh_words)
    """How the client is called."""
    errors = subprocess.STDOUT
    """Where its standard error goes; a client may have words of its own there."""

    def connects(self, address: str = "127.0.0.1") -> ShellPeer:
        """Somebody is about to connect: they do with their name."""
        return ShellPeer(self, address)

    def enters(self, name: str, address: str = "127.0.0.1") -> ShellPeer:
        """Somebody connects and is in; what they heard on the way is forgotten."""
        peer = self.connects(address)
        peer.gives_name(name)
        assert self.welcome in peer.hears()
        return peer


class ShellPeer:
    """Somebody at `ssh -T`."""

    greeting = b""

    def __init__(self, door: ShellDoor, address: str) -> None:
        self.door = door
        self._address = address
        self._last: Any = None
        self._heard = b""
        self._ssh: subprocess.Popen[bytes] | None = None

    # --- what a contract does with it

    def gives_name(self, name: str) -> None:
        """Connect as somebody."""
        if self._ssh is not None:
            self.close()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            words = self.door.words(listening.getsockname()[1], name, "-T")
            self._ssh = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.door.errors, bufsize=0
            )
            _running.append(self)
            listening.settimeout(PATIENCE_SECONDS)
            self._socket, _ = listening.accept()
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = IPv4Address("TCP", self._address, 40000)
        self._transport = StringTransport(peerAddress=peer, lenient=True)
        self.protocol: Any = self.door.factory.buildProtocol(peer)
        self.protocol.makeConnection(self._transport)
        self.door.chat.turn()
        self._read = 0
        self._last = None
        self._carry(lambda: self._channel is not None and self._channel.is_begun)
        self._carry(lambda: self._channel is not None and self._read == self._channel.said)

    def says(self, *texts: str) -> None:
        """Send lines, all in one turn."""
        if self.is_closed:
            return
        assert self._ssh is not None and self._ssh.stdin is not None
        data = "".join(f"{text}\n" for text in texts).encode()
        self._ssh.stdin.write(data)
        goal = self._channel.received + len(data)
        self._carry(lambda: self._channel.received >= goal)

    def hears(self) -> list[str]:
        """The lines that came since this was last asked."""
        if self._ssh is not None:
            self._carry(lambda: self._channel is not None and self._read == self._channel.said)
        heard, self._heard = self._heard, b""

        return _TURNED_AWAY.sub("", heard.decode().replace("\r\n", "\n")).splitlines()

    def asks(self, line: str) -> list[str]:
        """Send a line, and return what comes of it, without what came before."""
        self.hears()
        self.says(line)
        return self.hears()

    def hangs_up(self) -> None:
        """End the connection, and let the turn end."""
        self.close()
        self.protocol.connectionLost(Failure(ConnectionDone()))
        self.door.chat.turn()

    @property
    def is_closed(self) -> bool:
        """Whether the server hung up, or has ended the session."""
        channel = self._channel
        is_over = self.protocol.is_ending or self._transport.disconnecting or self._transport.disconnected
        return bool(is_over or (channel and channel.localClosed))

    def close(self) -> None:
        """End the client."""
        assert self._ssh is not None and self._ssh.stdin is not None and self._ssh.stdout is not None
        self._ssh.kill()
        self._ssh.wait()
        self._ssh.stdin.close()
        self._ssh.stdout.close()
        self._socket.close()

    # --- carrying

    @property
    def _channel(self) -> Any:
        channels = getattr(self.protocol.service, "channels", None)
        self._last = next(iter(channels.values()), self._last) if channels else self._last
        return self._last

    def _carry(self, is_there: Callable[[], bool]) -> None:
        """Carry bytes both ways until something is there, or the client has ended as the server hung up."""
        assert self._ssh is not None and self._ssh.stdout is not None
        self._flush()
        while not is_there() or self.is_closed:
            ready, _, _ = select.select([self._socket, self._ssh.stdout], [], [], PATIENCE_SECONDS)
            assert ready, "nothing comes any more"
            if self._ssh.stdout in ready:
                data = self._ssh.stdout.read(65536)
                self._heard += data
                self._read += len(data)
                if not data:
                    return
            if self._socket in ready and (data := self._take()):
                self.protocol.dataReceived(data)
                self.door.chat.turn()
            self._flush()

    def _take(self) -> bytes:
        try:
            return self._socket.recv(65536)
        except OSError:
            return b""

    def _flush(self) -> None:
        data = self._transport.value()
        self._transport.clear()
        if data:
            with suppress(OSError):
                self._socket.sendall(data)
        if self._transport.disconnecting or self._transport.disconnected:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
