"""What takes a good part of a millisecond, one piece a turn of the reactor: between two, lines of those who talk move.

A login has several such pieces: greeting, the two halves of an exchange of keys, and coming in.

Rule 1: a piece comes behind the lines that its turn has brought, which are out then; and the sockets are looked at
    between two pieces, and between what asked for a piece and the piece.
Rule 2: each connection asks for one piece at a time, so that no more wait than there are connections.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twistchat.core.turn import Turn


class Piece:
    """One piece that was asked for."""

    def __init__(self, do: Callable[[], object]) -> None:
        self.do = do
        self.is_dropped = False

    def drop(self) -> None:
        """Take it back, as nobody is there any more."""
        self.is_dropped = True


def next_wanted(*queues: deque[Piece]) -> Piece | None:
    """Take the next piece, of the first queue that has one, that is not dropped; those before it go, too."""
    for queue in queues:
        while queue:
            piece = queue.popleft()
            if not piece.is_dropped:
                return piece
    return None


class Turns:
    """The pieces of one port, in the order in which they were asked for."""

    def __init__(self, clock: Any, turn: Turn) -> None:
        """Begin with none.

        Args:
            clock: An `IReactorTime`.
            turn: The chat's.
        """
        self._clock = clock
        self._turn = turn
        self._waiting: deque[Piece] = deque()
        self._is_due = False

    def ask(self, do: Callable[[], object]) -> Piece:
        """Have a piece done in a turn to come, behind those that were asked for before.

        Args:
            do: Does it; never raises.
        """
        piece = Piece(do)
        self._waiting.append(piece)
        self._go_on()
        return piece

    def _go_on(self) -> None:
        if not self._is_due and self._waiting:
            self._is_due = True
            self._clock.callLater(0, self._turn.wait, self._next)

    def _next(self) -> None:
        self._is_due = False
        piece = next_wanted(self._waiting)
        if piece is not None:
            self._go_on()
            piece.do()
