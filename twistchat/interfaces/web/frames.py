"""The frames of one WebSocket: websockets' sans-IO protocol, of which all that it keeps can be written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus

from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from twistchat.wire.http import END_OF_HEAD
from twistchat.wire.packing import Written, packed, unpacked

MOST_MESSAGE_BYTES = 64 * 1024
"""The longest message; a longer one ends the connection with 1009 (a line within it has a limit of its own)."""


class WebFrames:
    """Reads what comes as messages of text, and gives what is to be sent of the protocol's own.

    It is given whole frames alone, so that of a half-read one all bytes are with whoever reads.
    """

    def __init__(self, subprotocols: Sequence[str], takes_binary: bool) -> None:
        """Begin before the handshake.

        Args:
            subprotocols: Those that are known; the first that the client offers is chosen.
            takes_binary: Whether a binary message is taken as one of text.
        """
        self._takes_binary = takes_binary
        self._socket = ServerProtocol(max_size=MOST_MESSAGE_BYTES, select_subprotocol=_choice(subprotocols))
        self._is_binary = False
        self._message: bytearray | None = None  # what came of one that is sent in fragments
        self._unsent: list[bytes] = []  # of another process

    def shake_hands(self, head: bytes) -> tuple[HTTPStatus, bytes]:
        """Answer the opening handshake.

        Args:
            head: The request's head, without its end.

        Returns:
            The status and, unless that is 101, what is wrong with the request.
        """
        self._socket.receive_data(head + END_OF_HEAD)
        requests = [event for event in self._socket.events_received() if isinstance(event, Request)]
        if not requests:
            return HTTPStatus.BAD_REQUEST, b"This is no WebSocket handshake.\n"
        response = self._socket.accept(requests[0])
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            return HTTPStatus(response.status_code), bytes(response.body or b"")
        self._socket.send_response(response)
        return HTTPStatus.SWITCHING_PROTOCOLS, b""

    @property
    def subprotocol(self) -> str | None:
        """What was chosen at the handshake."""
        return self._socket.subprotocol

    @property
    def is_open(self) -> bool:
        """Whether nobody has said that this is the end."""
        return self._socket.state is State.OPEN

    @property
    def is_between_messages(self) -> bool:
        """Whether what comes next begins one: none has come in part, and nobody has said that this is the end."""
        return self._message is None and self._socket.state is State.OPEN

    # --- what goes out

    def to_send(self) -> Iterator[bytes]:
        """What is to be sent now; empty bytes where the connection is to be closed then."""
        unsent, self._unsent = self._unsent, []
        yield from unsent
        yield from self._socket.data_to_send()

    def close(self, code: CloseCode) -> None:
        """Say that this is the end."""
        self._socket.send_close(code)

    def ping(self) -> None:
        """Ask the peer whether it is there."""
        self._socket.send_ping(b"")

    # --- what comes in

    def texts(self, frames: bytes, are_heard: bool) -> Iterator[str]:
        """The messages of which the last frame is among these.

        Args:
            frames: Whole ones, or what is wrong from its beginning on.
            are_heard: Whether anybody hears them; otherwise only the protocol's own frames are dealt with.
        """
        self._socket.receive_data(frames)
        for frame in self._socket.events_received():
            assert isinstance(frame, Frame)
            if are_heard and frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                text, goes_on = self._taken(frame)
                if text is not None:
                    yield text
                if not goes_on:
                    return

    def _taken(self, frame: Frame) -> tuple[str | None, bool]:
        """Put a frame to its message.

        Returns:
            The message, if that is whole now; and whether any may follow, as it is text.
        """
        if frame.opcode is Opcode.BINARY and not self._takes_binary:
            self._socket.fail(CloseCode.UNSUPPORTED_DATA, "text only")
            return None, False
        if self._message is None:
            self._message = bytearray()
            self._is_binary = frame.opcode is Opcode.BINARY
        self._message += frame.data
        if not frame.fin:
            return None, True
        message, self._message = self._message, None
        try:
            return message.decode("utf-8", "surrogateescape" if self._is_binary else "strict"), True
        except UnicodeDecodeError:
            self._socket.fail(CloseCode.INVALID_DATA, "not UTF-8")
            return None, False

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on."""
        message = None if self._message is None else packed(self._message)
        came, sent = self._socket.close_rcvd, self._socket.close_sent
        end = came or sent
        over = None if end is None else (came is not None, int(end.code), end.reason)
        unsent = [packed(chunk) for chunk in (*self._unsent, *self._socket.writes)]
        return {"is_binary": self._is_binary, "message": message, "over": over, "unsent": unsent}

    def revive(self, state: Written) -> None:
        """Be where a state was written down, in place of a handshake."""
        self._socket = ServerProtocol(max_size=MOST_MESSAGE_BYTES, state=State.OPEN)
        self._is_binary = state["is_binary"]
        if state["message"] is not None:
            self._message = bytearray(unpacked(state["message"]))
            kind = Opcode.BINARY if self._is_binary else Opcode.TEXT
            self._hear_again(Frame(kind, bytes(self._message), fin=False))
        if state["over"] is not None:
            self._end_again(*state["over"])
        self._socket.data_to_send()  # what brought it here again was answered, or waits to be
        self._unsent = [unpacked(chunk) for chunk in state["unsent"]]

    def _hear_again(self, frame: Frame) -> None:
        """Have websockets know of a frame that was dealt with."""
        self._socket.receive_data(frame.serialize(mask=True))
        self._socket.events_received()

    def _end_again(self, came: bool, code: int, reason: str) -> None:
        """Be at the end."""
        if not came:
            self._socket.fail(code, reason)
        elif code == CloseCode.NO_STATUS_RCVD:
            self._hear_again(Frame(Opcode.CLOSE, b""))
        else:
            self._hear_again(Frame(Opcode.CLOSE, Close(code, reason).serialize()))


def _choice(
    known: Sequence[str],
) -> Callable[[ServerProtocol, Sequence[Subprotocol]], Subprotocol | None]:
    """What chooses the first subprotocol of the client's that is known."""
    return lambda _socket, offered: next((each for each in offered if each in known), None)
