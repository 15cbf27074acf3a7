"""What the two processes of a restart say to each other: words, and once a letter with descriptors (unix(7)).

A word is one line. The letter is the lengths of both, its bytes, and then the descriptors, some in each message.
"""

from __future__ import annotations

import array
import os
import socket
import struct
from collections.abc import Sequence

MOST_DESCRIPTORS = 250
"""Of one message: Linux refuses more than 253 (SCM_MAX_FD)."""

MOST_WORD = 4096
"""Bytes of a line."""

_LENGTHS = struct.Struct("!II")


class ChannelBroken(Exception):
    """The other process is gone, or says nothing that is understood."""


class Channel:
    """One end of a pair of sockets."""

    def __init__(self, end: socket.socket) -> None:
        """Have one end, which is this object's to close."""
        self._end = end
        end.set_inheritable(False)

    @classmethod
    def of(cls, descriptor: int) -> Channel:
        """The end that a process was started with."""
        return cls(socket.socket(fileno=descriptor))

    def fileno(self) -> int:
        """Twisted's and select's hook."""
        return self._end.fileno()

    def close(self) -> None:
        """Be gone; idempotent."""
        self._end.close()

    def patience(self, seconds: float | None) -> None:
        """Wait so long for each thing, or for ever."""
        self._end.settimeout(seconds)

    def say(self, word: str) -> None:
        """Say a word.

        Raises:
            ChannelBroken: Nobody hears it.
        """
        try:
            self._end.sendall(word.replace("\n", " ").encode("utf-8", "replace")[: MOST_WORD - 1] + b"\n")
        except OSError as error:
            raise ChannelBroken(_why(error)) from error

    def hear(self) -> str:
        """Wait for a word.

        Raises:
            ChannelBroken: None comes.
        """
        said = bytearray()
        while not said.endswith(b"\n"):
            said += self._bytes(1)
            if len(said) > MOST_WORD:
                raise ChannelBroken("it says too much")
        return said[:-1].decode("utf-8", "replace")

    def hand_over(self, letter: bytes, descriptors: Sequence[int]) -> None:
        """Send a letter and what goes with it.

        Raises:
            ChannelBroken: Nobody takes it.
        """
        try:
            self._end.sendall(_LENGTHS.pack(len(letter), len(descriptors)))
            self._end.sendall(letter)
            for at in range(0, len(descriptors), MOST_DESCRIPTORS):
                some = array.array("i", descriptors[at : at + MOST_DESCRIPTORS])
                self._end.sendmsg([b"F"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, some)])
        except OSError as error:
            raise ChannelBroken(_why(error)) from error

    def take(self) -> tuple[bytes, list[int]]:
        """Wait for a letter; its descriptors are the caller's to close, and no program inherits them.

        Raises:
            ChannelBroken: None comes as a whole; what had come of it is closed.
        """
        length, count = _LENGTHS.unpack(self._bytes(_LENGTHS.size))
        letter = self._bytes(length)
        descriptors: list[int] = []
        try:
            while len(descriptors) < count:
                descriptors += self._descriptors()
        except ChannelBroken:
            for each in descriptors:
                os.close(each)
            raise
        return letter, descriptors

    def _descriptors(self) -> list[int]:
        room = socket.CMSG_LEN(MOST_DESCRIPTORS * array.array("i").itemsize)
        try:
            data, ancillary, flags, _ = self._end.recvmsg(1, room, socket.MSG_CMSG_CLOEXEC)
        except OSError as error:
            raise ChannelBroken(_why(error)) from error
        found = array.array("i")
        for level, kind, some in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                found.frombytes(some[: len(some) - len(some) % found.itemsize])
        if not data or not found or flags & socket.MSG_CTRUNC:
            for each in found:
                os.close(each)
            raise ChannelBroken("not all descriptors came: is the limit of open files (ulimit -n) high enough?")
        return [*found]

    def _bytes(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            try:
                some = self._end.recv(min(count - len(data), 1 << 20))
            except OSError as error:
                raise ChannelBroken(_why(error)) from error
            if not some:
                raise ChannelBroken("the other process is gone")
            data += some
        return bytes(data)


def _why(error: OSError) -> str:
    return "it does not answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
