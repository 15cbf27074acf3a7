"""The clients of the two tutorials, doing what those do, to the byte; what they would print is kept."""

from __future__ import annotations

import socket
import threading
from typing import Self

from support.patience import PATIENCE_SECONDS
from support.server import OFFER_OF_BINARY, Server


class Printed:
    """What a client printed, for others to wait for."""

    def __init__(self) -> None:
        self._text = ""
        self._changed = threading.Condition()

    def print(self, message: str) -> None:
        with self._changed:
            self._text += f"{message}\n"
            self._changed.notify_all()

    @property
    def text(self) -> str:
        """All of it."""
        with self._changed:
            return self._text

    def waits_for(self, wanted: str) -> None:
        """Wait until it was printed, perhaps long ago."""
        with self._changed:
            assert self._changed.wait_for(lambda: wanted in self._text, PATIENCE_SECONDS), (wanted, self._text)


class _Client(Printed):
    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)

    def ends(self) -> None:
        """Wait until it has stopped by itself."""
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), "it hangs"

    def _read(self) -> None:
        try:
            self._receive()
        except (OSError, UnicodeDecodeError) as error:
            self.error = error

    def _receive(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self


class TutorialTcpClient(_Client):
    """The threaded one: ASCII, a `recv` is a message, no newlines, the name at the prompt.

    Whoever is slow there, as this is on a machine that stands still, is offered binary as somebody at telnet is.
    """

    def __init__(self, server: Server, nickname: str) -> None:
        super().__init__()
        self.nickname = nickname
        self._socket = socket.create_connection(("127.0.0.1", server.port("tcp")))

    def _receive(self) -> None:
        while part := self._socket.recv(1024):
            message = part.replace(OFFER_OF_BINARY, b"").decode("ascii")
            if message == "NICKNAME":
                self._socket.send(self.nickname.encode("ascii"))
            elif message:
                self.print(message)

    def says(self, text: str) -> None:
        self._socket.send(f"{self.nickname}: {text}".encode("ascii"))

    def leaves(self) -> None:
        """It knows no way but to be stopped."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self.ends()

    def __exit__(self, *_: object) -> None:
        self._socket.close()


class TutorialUdpClient(_Client):
    """The forking one: logs in until it reads `OK`, then prints what comes until that is `EXIT`."""

    def __init__(self, server: Server, nickname: str) -> None:
        super().__init__()
        self.nickname = nickname
        self._server = ("127.0.0.1", server.port("udp"))
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._socket.sendto(f"L {nickname}".encode(), self._server)
        answer, _ = self._socket.recvfrom(1024)
        assert answer.decode() == "OK"

    def _receive(self) -> None:
        while (message := self._socket.recvfrom(1024)[0].decode()) != "EXIT":
            self.print(message)

    def says(self, text: str) -> None:
        self._socket.sendto(f"C {self.nickname} {text}".encode(), self._server)

    def leaves(self) -> None:
        self._socket.sendto(f"Q {self.nickname}".encode(), self._server)
        self.ends()

    def __exit__(self, *_: object) -> None:
        self._socket.close()
