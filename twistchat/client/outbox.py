"""What a person typed and the server has not answered yet: each line is said once, or given back.

Rule 1: a line that was never sent is sent with the next connection.
Rule 2: a line that was sent and not answered when the connection broke is looked for in what the log has since then.
    Found, it was said. Not found, it was not: the server ends the earlier connection before the next one enters.
Rule 3: a command of which the log tells nothing is given back, as nobody can know.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from twistchat.client.known_commands import KnownCommands
from twistchat.core.command_table import Trace
from twistchat.core.events import Acted, Event, Said

MOST_IN_FLIGHT = 16
"""Lines sent and not answered; the rest waits here, where it is safe."""


_LOGGED: dict[Trace | None, type[Event]] = {None: Said, Trace.ACTED: Acted}
"""What the log has of a line, by its trace."""


@dataclass(slots=True)
class Line:
    """One line that somebody typed."""

    text: str
    id: str
    said: bool = False
    """Whether it was seen in the log, under one's own name."""


class Outbox:
    """Lines on their way, in the order in which they were typed."""

    def __init__(self, commands: KnownCommands) -> None:
        """Begin with no line.

        Args:
            commands: What the server understands, by which lines are told apart; it may learn meanwhile.
        """
        self._commands = commands
        self._waiting: deque[Line] = deque()
        self._sent: dict[str, Line] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sent)

    def add(self, text: str) -> None:
        """Take a line."""
        self._count += 1
        self._waiting.append(Line(text, f"l{self._count}"))

    def next(self) -> Line | None:
        """The next line to send now, if there is one and not too many are on their way; leaving comes last, alone."""
        if not self._waiting or len(self._sent) >= (1 if self.leaves(self._waiting[0]) else MOST_IN_FLIGHT):
            return None
        line = self._waiting.popleft()
        self._sent[line.id] = line
        return line

    def leaves(self, line: Line) -> bool:
        """Whether a line says goodbye."""
        return self._commands.parse(line.text)[0] is Trace.GOODBYE

    def answered(self, id: str) -> Line | None:
        """Note that the server has dealt with a line; None where it is none of ours."""
        return self._sent.pop(id, None)

    def seen(self, event: Event) -> None:
        """Note something that happened under one's own name."""
        for line in self._sent.values():
            if not line.said and self._is_said_by(line, event):
                line.said = True
                return

    def connected_again(self) -> list[Line]:
        """Decide about lines that were not answered, once all that was missed has been seen.

        Returns:
            Those of which nobody can know whether they were done; the others are forgotten or go out again.
        """
        unanswered = [line for line in self._sent.values() if not line.said]
        self._sent.clear()
        self._waiting.extendleft(line for line in reversed(unanswered) if self._is_logged(line))
        return [line for line in unanswered if not self._is_logged(line)]

    def unsaid(self) -> list[Line]:
        """What is left when it all ends."""
        return [*(line for line in self._sent.values() if not line.said), *self._waiting]

    def _is_logged(self, line: Line) -> bool:
        return self._commands.parse(line.text)[0] in _LOGGED

    def _is_said_by(self, line: Line, event: Event) -> bool:
        trace, text = self._commands.parse(line.text)
        return type(event) is _LOGGED.get(trace) and getattr(event, "text", None) == text
