"""The core's Client port, served by a recorder."""

from __future__ import annotations

from typing import Any


class FakeClient:
    """The far end of a connection that keeps what it is sent, as lines."""

    held = 0
    """Nothing waits for it."""

    def __init__(
        self,
        format: Any,
        interface: str = "fake",
        address: str = "127.0.0.1",
        patient: bool = True,
        one_try: bool = False,
    ) -> None:
        """Make a connected client.

        Args:
            format: Its dialect; frames are bytes of lines, or several datagrams.
            interface: Shown by /whois.
            address: Where it comes from.
            patient: Whether `hold` makes it wait, as a connection can; datagrams cannot.
            one_try: Whether a refused name ends the connection.
        """
        self.format = format
        self.interface = interface
        self.address = address
        self.patient = patient
        self.one_try = one_try
        self.connected = True
        self.frames: list[Any] = []
        self.holds: list[float] = []
        self._taken = 0

    def send(self, frame: Any) -> None:
        if self.connected:
            self.frames.append(frame)

    def hold(self, seconds: float) -> bool:
        if self.patient:
            self.holds.append(seconds)
        return self.patient

    def disconnect(self) -> None:
        self.connected = False

    @property
    def lines(self) -> list[str]:
        """All lines that came."""
        return _lines(self.frames)

    def take(self) -> list[str]:
        """The lines that came since this was last called."""
        new = _lines(self.frames[self._taken :])
        self._taken = len(self.frames)
        return new


def _lines(frames: list[Any]) -> list[str]:
    packets = [packet for frame in frames for packet in (frame if isinstance(frame, tuple) else (frame,))]
    return [line for packet in packets for line in packet.decode("utf-8").splitlines()]
