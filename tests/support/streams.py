"""Numbered datagrams without a network: the real UDP interface on one end, a `Stream` on the other."""

from __future__ import annotations

from support.datagrams import Address, DatagramDoor

from twistchat.wire.framing import Lines
from twistchat.wire.numbered import Stream, parse_data

TOKEN = "abcdefghijklmnop"


class StreamDoor(DatagramDoor):
    """The datagram interface, joined by numbered datagrams."""

    welcome = "Connected to server!"
    colon = ": "

    def connects(self, address: str = "127.0.0.1") -> StreamPeer:  # type: ignore[override]
        """Somebody opens a session, whose name is still to be given."""
        number = next(self._ports)
        peer = StreamPeer(self, (address, number), f"token-{number:010}")
        peer.opens()
        if peer.others[-1:] and peer.others[-1].startswith(b"K "):
            peer.opens(peer.others.pop().removeprefix(b"K ").decode())
        return peer


class StreamPeer:
    """One end of a numbered session."""

    greeting = b""
    encoding = "utf-8"

    def __init__(self, door: DatagramDoor, address: Address, token: str = TOKEN) -> None:
        self.door = door
        self.address = address
        self.token = token
        self.stream = Stream(token, 0.0)
        self.others: list[bytes] = []
        """Datagrams that came and are no data."""
        self._lines = Lines()
        self._heard: list[str] = []

    @property
    def now(self) -> float:
        return self.door.chat.clock.seconds()

    def opens(self, cookie: str = "") -> None:
        """Say hello."""
        self.throws(f"H {self.token} {cookie}".encode().ljust(64))

    def throws(self, *datagrams: bytes) -> None:
        """Send datagrams as they are, let the turn end, and take what comes."""
        for datagram in datagrams:
            self.door.protocol.datagramReceived(datagram, self.address)
        self.door.chat.turn()
        self.takes()

    def takes(self) -> None:
        """Take what the server has sent to this address, and answer it until both have nothing more to say at once."""
        for _ in range(1000):
            packets = self.door.transport.sent.pop(self.address, [])
            for packet in packets:
                self._take(packet)
            answers = self.stream.datagrams(self.now)
            for answer in answers:
                self.door.protocol.datagramReceived(answer, self.address)
            if answers:
                self.door.chat.turn()
            elif not packets:
                return
        raise AssertionError("this goes on for ever")

    def _take(self, packet: bytes) -> None:
        if not packet.startswith(b"D "):
            self.others.append(packet)
            if packet.startswith(b"E ") and packet[19:]:
                self._heard.append(packet[19:].decode("utf-8"))
            return
        self.stream.receive(parse_data(packet), self.now)
        while payload := self.stream.read(self.now):
            self._lines.feed(payload)
            while (line := self._lines.next(65536)) is not None:
                self._heard.append(line.decode(self.encoding))

    def gives_name(self, name: str) -> None:
        """The first line."""
        self.says(name)

    def says(self, *texts: str) -> None:
        """Send lines, all in one turn."""
        self.writes("".join(f"{text}\n" for text in texts).encode())

    def writes(self, data: bytes) -> None:
        """Send bytes of the stream, and let the turn end."""
        self.stream.write(data)
        self.takes()
        self.door.chat.turn()
        self.takes()

    def passes(self, seconds: float) -> None:
        """Let time pass in steps, as both ends' clocks do their work."""
        for _ in range(round(seconds / 0.05)):
            self.door.chat.clock.advance(0.05)
            self.takes()

    def asks(self, line: str) -> list[str]:
        """Send a line, and return what comes of it, without what came before."""
        self.hears()
        self.says(line)
        return self.hears()

    def hears(self) -> list[str]:
        """The lines that came since this was last asked."""
        self.takes()
        heard, self._heard = self._heard, []
        return heard

    def hangs_up(self) -> None:
        """End the session."""
        self.throws(f"E {self.token}".encode())

    @property
    def is_closed(self) -> bool:
        """Whether the server has ended the session, once what it sent last is confirmed."""
        self.passes(0.3)
        return any(packet.startswith(b"E ") for packet in self.others)
