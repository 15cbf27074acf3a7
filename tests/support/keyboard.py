"""The client at a terminal: prompt-toolkit's own, in memory, with keys that the test presses."""

from __future__ import annotations

import asyncio
import io
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output
from support.patience import PATIENCE_SECONDS

from twistchat.client.address import Address
from twistchat.client.conversation import Conversation
from twistchat.client.proving import Proving
from twistchat.client.terminal import Terminal
from twistchat.core.events import Entry, Said
from twistchat.wire.language import ENGLISH

TURNS = 30
"""In which what a key does is done: it is read, does something, and the line is drawn again."""


@contextmanager
def waking_the_reactor() -> Iterator[None]:
    """Have signals wake Twisted's reactor afterwards as before: asyncio takes that to itself, and gives nothing back.

    Without it the reactor hears of no process that ends, in any test that this one runs before.
    """
    before = signal.set_wakeup_fd(-1)
    if before != -1:
        signal.set_wakeup_fd(before, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before, warn_on_full_buffer=False)


class FakeLink:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.started = self.stopped = False
        self.was_connected = False

    def start(self) -> None:
        self.started = self.was_connected = True

    def stop(self) -> None:
        self.stopped = True


class Run:
    """A terminal that runs; the conversation is connected to nothing but a list of what it sends."""

    def __init__(self, terminal: Terminal, conversation: Conversation, keys: Any, output: io.StringIO) -> None:
        self.terminal, self.conversation, self.output = terminal, conversation, output
        self._keys = keys
        self.size = Size(24, 80)
        """What the terminal says when it is asked."""
        self.sent: list[str] = []
        conversation.say = self.sent.append  # type: ignore[method-assign]

    async def presses(self, text: str) -> None:
        """Press keys, and let everything happen that follows."""
        self._keys.send_text(text)
        await self.settles()

    async def settles(self) -> None:
        """Let everything happen that is due, which is in this thread: it takes some turns of the loop, and no time."""
        for _ in range(TURNS):
            await asyncio.sleep(0.001)

    @property
    def line(self) -> str:
        """What is half typed."""
        return self.terminal._session.default_buffer.text

    @property
    def prompt(self) -> str:
        return "".join(text for _, text in self.terminal._prompt())

    @property
    def status_line(self) -> str:
        return "".join(text for _, text in self.terminal._status_line())


def runs(test: Callable[[Run], Awaitable[None]], name: str = "ada", rings: bool = False) -> Run:
    """Run a test with a terminal; it must end it, or it is ended by Ctrl-D."""
    output = io.StringIO()
    made: list[Run] = []

    def size() -> Size:
        return made[0].size if made else Size(24, 80)

    async def main() -> Run:
        with (
            create_pipe_input() as keys,
            create_app_session(input=keys, output=Vt100_Output(output, size, term="xterm")),
        ):
            conversation = Conversation(name, Proving("k"), "en")
            terminal = Terminal(conversation, Address("tcp", "host", 7976), ENGLISH, rings)
            conversation.display = terminal
            terminal.link = FakeLink()
            run = Run(terminal, conversation, keys, output)
            made.append(run)
            running = asyncio.ensure_future(terminal.run())
            await run.settles()
            await test(run)
            if not running.done():
                keys.send_text("\x04")
            await asyncio.wait_for(running, PATIENCE_SECONDS)
            return run

    with waking_the_reactor():
        return asyncio.run(main())


def said(text: str, name: str = "bob") -> Entry:
    return Entry(1, 5.0, Said("lobby", name, text))
