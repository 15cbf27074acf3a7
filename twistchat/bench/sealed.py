"""The generator's end of an SSH connection: as little of the protocol as it takes to be in and to count.

One set of algorithms, those that OpenSSH chooses at this server; what comes is deciphered and not authenticated, as
nobody on loopback changes it. Numbers of messages are those of RFC 4250 4.1.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import struct
from collections.abc import Generator
from typing import Any

from twistchat.bench.refusals import CannotMeasure

_DISCONNECT, _SERVICE_REQUEST, _SERVICE_ACCEPT, _KEXINIT, _NEWKEYS, _ECDH_INIT, _ECDH_REPLY = 1, 5, 6, 20, 21, 30, 31
_USERAUTH_REQUEST, _USERAUTH_SUCCESS, _OPEN, _OPENED, _DATA, _REQUEST = 50, 52, 90, 91, 94, 98

_VERSION = b"SSH-2.0-bench"
_CHOICES = (b"curve25519-sha256", b"ssh-ed25519", *2 * (b"aes128-ctr",), *2 * (b"hmac-sha2-256",), *2 * (b"none",))
_MAC_BYTES, _BLOCK = 32, 16
_READ_BYTES = 256 * 1024
_WINDOW, _PACKET = 0x7FFFFFFF, 0x8000

_Steps = Generator[None, tuple[int, bytes], None]


def _text(value: bytes) -> bytes:
    return struct.pack(">L", len(value)) + value


def _number(value: bytes) -> bytes:
    value = value.lstrip(b"\0")
    return _text(b"\0" + value if value[:1] > b"\x7f" else value)


def _take(data: bytes) -> tuple[bytes, bytes]:
    (size,) = struct.unpack(">L", data[:4])
    return data[4 : 4 + size], data[4 + size :]


class SealedSocket:
    """A connected socket to a twistchat's SSH port, as `Crowd` uses sockets: lines in and out."""

    def __init__(self, made: socket.socket, name: str, has_terminal: bool) -> None:
        """Begin to log in.

        Args:
            made: A connected one; it is not blocked on from now on.
            name: Whose it is in the chat.
            has_terminal: Whether to ask for a terminal.
        """
        self._socket = made
        self._name = name.encode()
        self._has_terminal = has_terminal
        self._raw = bytearray(_READ_BYTES)
        self._came = bytearray()
        self._theirs = b""  # version
        self._decrypt: Any = None
        self._encrypt: Any = None
        self._mac_key = b""
        self._size = 0  # of the packet whose beginning is deciphered
        self._sequence = 0
        self._channel = b""
        self._waiting: list[bytes] = []  # said before the session was open
        self._steps = self._log_in()
        made.sendall(_VERSION + b"\r\n")
        next(self._steps)
        self.close = made.close
        self.setblocking = made.setblocking
        self.fileno = made.fileno

    # --- as a socket

    def send(self, data: bytes) -> int:
        """Say something; what is said before the session is there waits for it."""
        if self._channel:
            self._put(_DATA, self._channel + _text(data))
        elif data:
            self._waiting.append(data)
        return len(data)

    sendall = send

    def recv_into(self, buffer: bytearray) -> int:
        """Read, and give what was said.

        Raises:
            BlockingIOError: Nothing of that came.
        """
        size = self._socket.recv_into(self._raw)
        if not size:
            return 0
        self._came += self._raw[:size]
        said = b"".join(self._said())
        if not said:
            raise BlockingIOError
        buffer[: len(said)] = said
        return len(said)

    # --- packets

    def _put(self, kind: int, payload: bytes) -> None:
        size = 6 + len(payload)
        pad = _BLOCK - size % _BLOCK
        if pad < 4:
            pad += _BLOCK
        packet = struct.pack(">LBB", size + pad - 4, pad, kind) + payload + bytes(pad)
        if self._encrypt is not None:
            mac = hmac.digest(self._mac_key, struct.pack(">L", self._sequence) + packet, "sha256")
            packet = self._encrypt(packet) + mac
        self._sequence += 1
        self._socket.sendall(packet)

    def _said(self) -> list[bytes]:
        """What all whole packets say, which are dealt with."""
        said = []
        while (packet := self._packet()) is not None:
            kind = packet[5]
            payload = packet[6 : -packet[4]]
            if kind == _DATA and self._channel:
                said.append(payload[8:])
            elif kind == _DISCONNECT:
                raise ConnectionResetError(payload[8:])
            elif self._steps is not None:
                try:
                    self._steps.send((kind, payload))
                except StopIteration:
                    self._steps = None  # type: ignore[assignment]
        return said

    def _packet(self) -> bytes | None:
        came = self._came
        if not self._theirs:
            end = came.find(b"\n")
            if end < 0:
                return None
            self._theirs = bytes(came[:end]).rstrip()
            del came[: end + 1]
        if self._decrypt is None:
            return self._plain_packet(came)
        if not self._size:
            if len(came) < _BLOCK:
                return None
            came[:_BLOCK] = self._decrypt(bytes(came[:_BLOCK]))
            self._size = 4 + int.from_bytes(came[:4], "big")
        size = self._size
        if len(came) < size + _MAC_BYTES:
            return None
        packet: bytes = bytes(came[:_BLOCK]) + self._decrypt(bytes(came[_BLOCK:size]))
        del came[: size + _MAC_BYTES]
        self._size = 0
        return packet

    @staticmethod
    def _plain_packet(came: bytearray) -> bytes | None:
        size = 4 + int.from_bytes(came[:4], "big")
        if len(came) < 5 or len(came) < size:
            return None
        packet = bytes(came[:size])
        del came[:size]
        return packet

    # --- logging in

    def _log_in(self) -> _Steps:
        yield from self._exchange_keys()
        self._put(_SERVICE_REQUEST, _text(b"ssh-userauth"))
        yield from self._until(_SERVICE_ACCEPT)
        method = _text(b"keyboard-interactive") + _text(b"") + _text(b"")
        self._put(_USERAUTH_REQUEST, _text(self._name) + _text(b"ssh-connection") + method)
        yield from self._until(_USERAUTH_SUCCESS)
        self._put(_OPEN, _text(b"session") + struct.pack(">3L", 0, _WINDOW, _PACKET))
        opened = yield from self._until(_OPENED)
        self._channel = opened[4:8]
        if self._has_terminal:
            size = struct.pack(">4L", 80, 24, 0, 0)
            self._put(_REQUEST, self._channel + _text(b"pty-req") + b"\0" + _text(b"xterm") + size + _text(b""))
        self._put(_REQUEST, self._channel + _text(b"shell") + b"\0")
        for data in self._waiting:
            self.send(data)

    def _until(self, wanted: int) -> Generator[None, tuple[int, bytes], bytes]:
        while True:
            kind, payload = yield
            if kind == wanted:
                return payload

    def _exchange_keys(self) -> _Steps:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

        lists = b"".join(map(_text, (*_CHOICES, b"", b"")))
        ours = os.urandom(16) + lists + b"\0" + struct.pack(">L", 0)
        self._put(_KEXINIT, ours)
        theirs = yield from self._until(_KEXINIT)
        secret = X25519PrivateKey.generate()
        point = secret.public_key().public_bytes_raw()
        self._put(_ECDH_INIT, _text(point))
        reply = yield from self._until(_ECDH_REPLY)
        host_key, rest = _take(reply)
        their_point, _ = _take(rest)
        shared = _number(secret.exchange(X25519PublicKey.from_public_bytes(their_point)))
        kexinit = bytes([_KEXINIT])
        parts = (_VERSION, self._theirs, kexinit + ours, kexinit + theirs, host_key, point, their_point)
        digest = hashlib.sha256(b"".join(map(_text, parts)) + shared).digest()
        yield from self._until(_NEWKEYS)
        self._put(_NEWKEYS, b"")
        self._use_keys(shared + digest, digest)

    def _use_keys(self, secret: bytes, session: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        def key(letter: bytes, size: int) -> bytes:
            return hashlib.sha256(secret + letter + session).digest()[:size]

        def cipher(key_letter: bytes, start_letter: bytes) -> Cipher[modes.CTR]:
            return Cipher(algorithms.AES(key(key_letter, 16)), modes.CTR(key(start_letter, 16)))

        self._encrypt = cipher(b"C", b"A").encryptor().update
        self._decrypt = cipher(b"D", b"B").decryptor().update
        self._mac_key = key(b"E", 32)


def sealed(made: socket.socket, name: str, has_terminal: bool) -> SealedSocket:
    """Begin to log in by SSH.

    Raises:
        CannotMeasure: This machine has no `cryptography`.
    """
    try:
        import cryptography.hazmat.primitives.ciphers  # noqa: F401
    except ImportError as error:
        raise CannotMeasure("SSH takes `cryptography`, which is not installed here.") from error
    return SealedSocket(made, name, has_terminal)
