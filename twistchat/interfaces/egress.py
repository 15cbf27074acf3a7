"""All output of one connection: straight to the socket while it keeps up, a capped backlog once it does not.

Twisted's `transport.write` queues and pays epoll_ctl, send and epoll_ctl in the next turn; sending at once costs less
than half of it. Where the transport is no plain socket (TLS, a proxy's wrapper), frames go through `write`, with the
same cap.

| state | of a plain socket | of any other transport | left when |
|---|---|---|---|
| keeps up | a frame goes to `send` | a frame goes to `write` | the kernel takes less; the transport pauses us |
| behind | a frame is kept, up to the cap | the same | all that was kept is out; or it is over the cap: ended |
| closing | what is kept still goes out, new frames do not | the same | all is out, or two seconds: ended |
| ended | nothing goes out | the same | never |

Rule 1: of a plain socket's output nothing is ever in Twisted's buffers. What the kernel has not taken is here, so that
    it is counted once, and could be handed to another process together with the socket.
Rule 2: behind, we are the transport's pull producer: it asks for more whenever the kernel has room, and stays open for
    as long as we are registered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet import interfaces, tcp, unix
from twisted.protocols.haproxy._wrapper import HAProxyProtocolWrapper
from zope.interface import implementer

from twistchat.core.clocks import cancel
from twistchat.wire.packing import Written, packed, unpacked

CHUNK = 64 * 1024
"""Bytes taken at once from a backlog; another transport than a plain socket may keep as much beyond the cap."""

FLUSH_SECONDS = 2.0
"""How long a closing connection may take to read what is queued for it."""


def bare(transport: Any) -> Any:
    """A connection without what only reads a proxy's words at its beginning, and changes nothing that goes out."""
    return transport.transport if isinstance(transport, HAProxyProtocolWrapper) else transport


def is_plain(transport: Any) -> bool:
    """Whether a connection is a socket and nothing else: bytes go to it, and come from it, as they are."""
    return isinstance(transport, tcp.Server | unix.Server) and not getattr(transport, "TLS", False)


@implementer(interfaces.IPullProducer, interfaces.IPushProducer)
class Egress:
    """Sends frames in their order. All output of a connection goes through its Egress, or order breaks."""

    def __init__(
        self,
        transport: Any,
        clock: Any,
        cap: Callable[[], int],
        overflowed: Callable[[int], None],
        behind: Callable[[int], bytes] = lambda lines: b"",
    ) -> None:
        """Take over the output of a connected transport.

        Args:
            transport: An `ITCPTransport` or anything like it.
            clock: An `IReactorTime`.
            cap: Tells the most bytes to keep; a peer over it is let go with `abortConnection`, as `loseConnection`
                would wait for the very backlog that is not read.
            overflowed: Called once, with the cap in bytes, when a peer that does not read is let go.
            behind: Gives what a peer is told that has half the cap waiting, for the number of lines; each time that
                it falls behind it is told once, as soon as it reads again.
        """
        self._transport = transport = bare(transport)
        self._clock = clock
        self._cap = cap
        self._overflowed = overflowed
        self._behind = behind
        plain = is_plain(transport)
        self._socket_send = transport.getHandle().send if plain else None
        self._send_now = self._socket_send  # None where frames cannot or must not go straight to the socket
        self._backlog: deque[bytes] | None = None  # None while the peer keeps up
        self._is_cut = False  # the first frame of the backlog: its beginning is out
        self._held = 0
        self._told = self._to_tell = False  # how far behind the peer is
        self._paused = False  # only ever by a transport that is no plain socket
        self._closing = False
        self._ended = False
        self._deadline: Any = None
        if not plain:
            transport.registerProducer(self, True)

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on, of a plain socket that is not being closed."""
        backlog = [packed(frame) for frame in self._backlog or ()]
        return {"backlog": backlog, "cut": self._is_cut, "told": self._told, "to_tell": self._to_tell}

    def revive(self, state: Written) -> None:
        """Have the backlog of a state that was written down, behind which frames are kept until `begin`."""
        self._send_now = None
        self._backlog = deque(unpacked(frame) for frame in state["backlog"])
        self._held = sum(map(len, self._backlog))
        self._is_cut, self._told, self._to_tell = state["cut"], state["told"], state["to_tell"]

    def begin(self) -> None:
        """Send what is kept, and what comes from now on."""
        if self._socket_send is None:
            self._fill()
        elif self._backlog:
            self._transport.registerProducer(self, False)
        elif not self._ended:
            self._catch_up()

    @property
    def held(self) -> int:
        """Bytes waiting for the peer to read."""
        return self._held

    def write(self, frame: Any) -> None:
        """Send a frame, or keep it until the peer reads. Never raises.

        Args:
            frame: Bytes; what else it may be, a dialect's own Egress knows.
        """
        send = self._send_now
        if send is None:
            self._write_later(frame)
            return
        try:
            sent = send(frame)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:  # reset by the peer: the reactor finds out when it reads
            return
        except TypeError:  # it is no bytes, which is not looked for in each of them
            self._write_later(frame)
            return
        if sent < len(frame):
            self._fall_behind(frame[sent:])

    def _write_later(self, frame: Any) -> None:
        if self._backlog is not None:
            self._keep(frame)
        elif not self._ended and not self._closing:
            self._transport.write(frame)

    def _fall_behind(self, rest: bytes) -> None:
        self._send_now = None
        self._backlog = deque()
        self._is_cut = True
        self._keep(rest)
        if not self._ended:
            self._transport.registerProducer(self, False)

    def _catch_up(self) -> None:
        self._backlog = None
        self._told = False
        self._go_straight()

    def _go_straight(self) -> None:
        if self._backlog is None and not self._closing and not self._ended:
            self._send_now = self._socket_send

    def close(self) -> None:
        """End the connection once the backlog is out, or after two seconds."""
        if self._closing or self._ended:
            return
        self._closing = True
        self._send_now = None
        self._deadline = self._clock.callLater(FLUSH_SECONDS, self._transport.abortConnection)
        if self._backlog is None and self._socket_send is None:
            self._transport.unregisterProducer()
        self._transport.loseConnection()

    def ended(self) -> None:
        """Note that the connection is gone."""
        self._ended = True
        self._send_now = None
        self._drop()
        cancel(self._deadline)

    def _keep(self, frame: bytes) -> None:
        assert self._backlog is not None
        if self._ended or self._closing:
            return
        self._held += len(frame)
        cap = self._cap()
        if self._held <= cap:
            self._backlog.append(frame)
            if self._held > cap // 2 and not self._told:
                self._told = self._to_tell = True
            return
        self.ended()
        self._overflowed(cap)
        self._transport.abortConnection()

    def _drop(self) -> None:
        self._backlog = deque() if self._backlog is not None else None
        self._held = 0

    # --- called by the transport

    def pauseProducing(self) -> None:
        """Twisted's hook: a transport that is no plain socket has enough."""
        self._paused = True
        if self._backlog is None:
            self._backlog = deque()

    def resumeProducing(self) -> None:
        """Twisted's hook: the transport wants more of the backlog.

        A plain socket asks when we register and each time that it can be written to. Any other transport asks once for
        each time that it paused us.
        """
        if self._socket_send is None:
            self._fill()
        else:
            self._drain(self._socket_send)

    def _drain(self, send: Callable[[bytes], int]) -> None:
        """Give the kernel what it takes, and have the transport ask again for as long as anything is left."""
        while self._backlog:
            chunk = self._chunk(self._backlog)
            try:
                sent = send(chunk)
            except OSError:  # it is full, or the peer is gone: the transport, which sends nothing itself, finds out
                sent = 0
            if sent < len(chunk):
                self._put_back(self._backlog, chunk[sent:])
                self._transport.startWriting()
                return
        self._catch_up()
        self._transport.unregisterProducer()

    def _fill(self) -> None:
        self._paused = False
        while self._backlog and not self._paused:
            self._transport.write(self._chunk(self._backlog))
        if not self._paused:
            self._catch_up()
            if self._closing:
                self._transport.unregisterProducer()

    def stopProducing(self) -> None:
        """Twisted's hook: the connection is gone."""
        self._ended = True
        self._send_now = None
        self._drop()

    def _chunk(self, backlog: deque[bytes]) -> bytes:
        """Take a chunk of the backlog; what the peer is told stands between two frames."""
        taken: list[bytes] = []
        size = 0
        while backlog and size < CHUNK:
            if self._to_tell and not self._is_cut and not self._closing:
                self._to_tell = False
                taken.append(self._behind(sum(frame.count(b"\n") or 1 for frame in backlog)))
            frame = backlog.popleft()
            self._is_cut = len(frame) > CHUNK - size
            if self._is_cut:
                backlog.appendleft(frame[CHUNK - size :])
                frame = frame[: CHUNK - size]
            taken.append(frame)
            size += len(frame)
        self._held -= size
        return b"".join(taken)

    def _put_back(self, backlog: deque[bytes], rest: bytes) -> None:
        backlog.appendleft(rest)
        self._held += len(rest)
        self._is_cut = True
