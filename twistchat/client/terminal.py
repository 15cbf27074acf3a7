"""The client at a terminal: what comes is shown above, the half-typed line below stays whole."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style

from twistchat.client import paint
from twistchat.client.address import Address
from twistchat.client.completion import ChatCompleter
from twistchat.client.conversation import Conversation
from twistchat.client.own_commands import own_commands
from twistchat.client.proving import claimed_name
from twistchat.client.resizing import breaks_rows, follow_resizing
from twistchat.client.status_line import MOST_ROOMS, status_line
from twistchat.client.wording import Wording
from twistchat.core.claimcodes import is_like_code, read_code, without_codes
from twistchat.core.command_table import as_text, split
from twistchat.core.events import Told
from twistchat.core.text import clean_line
from twistchat.errors import Phrase
from twistchat.status import FAILED, INTERRUPTED, OK
from twistchat.wire.language import Language
from twistchat.wire.text import escaped

GOODBYE_SECONDS = 2.0
"""How long leaving waits for the server's goodbye."""

TWICE_SECONDS = 5.0
"""Within which the second Ctrl-C has to come."""

MOST_LINES_AT_ONCE = 500
"""Lines printed before the keyboard has its turn."""


class Recalled(InMemoryHistory):
    """What was typed, to be brought back; codes are not."""

    def append_string(self, string: str) -> None:
        """prompt-toolkit's hook."""
        if without_codes(string) == string:
            super().append_string(string)


class Terminal:
    """One run at a terminal; the display of its conversation."""

    def __init__(self, conversation: Conversation, address: Address, language: Language, rings: bool = False) -> None:
        """Prepare.

        Args:
            conversation: What is shown.
            address: Only to be shown.
            language: For the client's own sentences, and what Tab offers.
            rings: Whether the terminal's bell sounds where the person is named or written to.
        """
        self.status = OK
        self.link: Any = None
        self._conversation = conversation
        self._address = address
        self._wording = Wording(language)
        self._lines: list[paint.Fragments] = []
        self._pasted: list[str] = []
        self._kept = ""  # what was half typed when something was pasted
        self._asks_name = not conversation.name
        self._claimed = ""
        """A name that was refused as somebody's own: what is typed next may be its code."""
        self._rings = rings
        self._has_hinted = False
        self._own = own_commands()
        self._interrupted_at = -TWICE_SECONDS
        self._over = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None
        no_color = bool(os.environ.get("NO_COLOR"))
        self._style = Style.from_dict({} if no_color else paint.STYLE)
        self._depth = ColorDepth.DEPTH_1_BIT if no_color else None
        self._session: PromptSession[str] = PromptSession(
            self._prompt,
            completer=ChatCompleter(conversation, language),
            complete_while_typing=False,
            bottom_toolbar=self._status_line,
            erase_when_done=True,
            key_bindings=self._keys(),
            style=self._style,
            color_depth=self._depth,
            mouse_support=False,
            enable_suspend=True,
            is_password=Condition(self._is_unseen),
            history=Recalled(),
        )

        if breaks_rows(os.environ):
            app: Any = self._session.app
            app._on_resize = follow_resizing(app, app._on_resize)  # there is no other way in

    # --- the display

    def event(self, told: Told, value: Mapping[str, Any]) -> None:
        """Show what happened in a room."""
        own = self._conversation.name
        self._show(paint.event(self._wording, told, self._conversation.room, own))
        if self._rings and not value.get("past") and paint.concerns(told.event, own):
            self._session.output.bell()

    def told(self, value: Mapping[str, Any]) -> None:
        """Show an answer."""
        self._claimed = claimed_name(value) or self._claimed
        self._show(paint.told(self._wording, value))

    def remark(self, code: str, sentence: str, data: Mapping[str, object]) -> None:
        """Show a remark of the client's."""
        self._show(paint.remark(self._wording, sentence, data))

    def changed(self) -> None:
        """Draw the status line anew."""
        self._session.app.invalidate()

    def name_refused(self, value: Mapping[str, Any]) -> None:
        """Ask for another name."""
        self.told(value)
        self._asks_name = True
        self.changed()

    def ended(self, status: int) -> None:
        """It is over."""
        self.status = self.status or status
        self._over.set()
        self.link.stop()  # so that what is over is not remarked on as lost
        if self._session.app.is_running and not self._session.app.is_done:
            self._session.app.exit(exception=EOFError)

    def clear(self) -> None:
        """Clear the screen; what was shown stays in the log."""
        output = self._session.output
        output.erase_screen()
        output.cursor_goto(0, 0)
        output.flush()

    # --- running

    async def run(self) -> None:
        """Talk until the person leaves or the server lets them go."""
        if not self._asks_name:
            self.link.start()
        while not self._over.is_set():
            try:
                kept, self._kept = self._kept, ""
                line = await self._session.prompt_async(default=kept)
            except EOFError:
                break
            except KeyboardInterrupt:
                self.status = INTERRUPTED
                break
            self._typed(line)
        await self._leave()
        self._give_back()

    def _typed(self, line: str) -> None:
        claimed, self._claimed = self._claimed, ""
        if claimed and (code := read_code(line)) is not None:
            self._give(claimed, code)
        elif self._asks_name:
            self._name(line.strip())
        elif self._pasted:
            self._answer(line)
        elif own := self._own.get(split(line)[0] or ""):
            own.run(self, "")
        else:
            self._conversation.say(line)

    def _name(self, name: str) -> None:
        if not name:
            return
        self._asks_name = False
        self._conversation.take_name(name)
        if not self.link.was_connected:
            self.link.start()

    def _give(self, name: str, code: str) -> None:
        """Give the code of a name, at the door or for who is in already."""
        if self._asks_name:
            self._asks_name = False
            self._conversation.take_name(name, code)
        else:
            self._conversation.say(f"/nick {name} {code}")

    def _is_unseen(self) -> bool:
        """Whether what is typed may be a code, so far."""
        return bool(self._claimed) and is_like_code(get_app().current_buffer.text)

    def _answer(self, line: str) -> None:
        """Send what was pasted, or drop it."""
        pasted, self._pasted = self._pasted, []
        if line.strip().casefold() in ("y", "yes", "是", "好"):
            for each in pasted:
                self._conversation.say(as_text(clean_line(each)))
        else:
            self.remark("dropped", Phrase("What was pasted is not sent."), {})

    async def _leave(self) -> None:
        if self._conversation.is_in and not self._over.is_set():
            self._conversation.say("/quit")
            with_time = asyncio.wait_for(self._over.wait(), GOODBYE_SECONDS)
            await asyncio.gather(with_time, return_exceptions=True)
        self.link.stop()
        if self._flushing is not None:
            await self._flushing

    def _give_back(self) -> None:
        unsaid = self._conversation.outbox.unsaid()
        if unsaid:
            self.status = self.status or FAILED
            self._print([paint.remark(self._wording, Phrase("Not sent ({count}):"), {"count": len(unsaid)})])
            self._print([[("", escaped(without_codes(line.text)))] for line in unsaid])

    # --- showing

    def _show(self, line: paint.Fragments) -> None:
        self._lines.append(line)
        if self._flushing is None:
            self._flushing = asyncio.ensure_future(self._flush())

    async def _flush(self) -> None:
        while self._lines:
            lines, self._lines = self._lines[:MOST_LINES_AT_ONCE], self._lines[MOST_LINES_AT_ONCE:]
            if self._session.app.is_running:
                self._print_above(lines)
            else:
                self._print(lines)
            await asyncio.sleep(0)
        self._flushing = None

    def _print_above(self, lines: list[paint.Fragments]) -> None:
        """Print above the half-typed line.

        `run_in_terminal` would take the terminal out of raw mode meanwhile: a Ctrl-D or Ctrl-C of just then was lost.
        """
        renderer = self._session.app.renderer
        renderer.erase()
        self._print(lines)
        renderer.request_absolute_cursor_position()
        self._session.app.invalidate()

    def _print(self, lines: list[paint.Fragments]) -> None:
        text = FormattedText([fragment for line in lines for fragment in [*line, ("", "\n")]])
        print_formatted_text(self._session.output, text, self._style, color_depth=self._depth)

    def _prompt(self) -> FormattedText:
        if self._asks_name:
            asked = Phrase("Its code, or another name: ") if self._claimed else Phrase("Your name: ")
            return FormattedText([("bold", self._wording.remark(asked, {}))])
        if self._pasted:
            question = self._wording.remark(
                Phrase("Send the {count} lines that you pasted? [y/N] "), {"count": len(self._pasted)}
            )
            return FormattedText([("bold", question)])
        return FormattedText(
            [(f"{paint.colour(self._conversation.name)} bold", f"{escaped(self._conversation.name)}> ")]
        )

    def _status_line(self) -> FormattedText:
        return FormattedText(status_line(self._conversation, self._address, self._wording))

    # --- keys

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        keys.add(Keys.BracketedPaste)(self._paste)
        keys.add("c-c")(self._interrupt)
        for key in ("pageup", "pagedown"):
            keys.add(key)(self._hint)
        for number in range(1, MOST_ROOMS + 1):
            keys.add("escape", str(number))(partial(self._turn, number))
        return keys

    def _paste(self, event: KeyPressEvent) -> None:
        lines = [line for line in event.data.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
        if len(lines) < 2 or self._asks_name or self._pasted:
            event.current_buffer.insert_text(" ".join(lines))
            return
        self._kept = event.current_buffer.text
        event.current_buffer.reset()
        self._pasted = lines

    def _hint(self, event: KeyPressEvent) -> None:
        """Say once who scrolls: what was shown is the terminal's."""
        if not self._has_hinted:
            self._has_hinted = True
            sentence = Phrase("Your terminal scrolls, often by Shift-PageUp or the wheel; /history shows older lines.")
            self.remark("scrolling", sentence, {})

    def _turn(self, number: int, event: KeyPressEvent) -> None:
        """Talk in the room of that number in the status line, if there is one."""
        room = next(iter(self._conversation.rooms[number - 1 :]), self._conversation.room)
        if self._conversation.is_in and room != self._conversation.room:
            self._conversation.say(f"/join {room}")

    def _interrupt(self, event: KeyPressEvent) -> None:
        now = asyncio.get_running_loop().time()
        if self._pasted:
            self._answer("")
            event.current_buffer.insert_text(self._kept)
            self._kept = ""
        elif event.current_buffer.text:
            event.current_buffer.reset()
        elif now - self._interrupted_at < TWICE_SECONDS:
            event.app.exit(exception=KeyboardInterrupt)
        else:
            self._interrupted_at = now
            self.remark("again", Phrase("Press Ctrl-C once more to leave, or Ctrl-D."), {})


def run(
    conversation: Conversation, address: Address, language: Language, arguments: argparse.Namespace, ca: bytes | None
) -> int:
    """Run at the terminal until it is over.

    Returns:
        The exit status.
    """
    from twisted.internet import asyncioreactor

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)
    from twisted.internet import reactor as installed

    from twistchat.client.connector import connector
    from twistchat.client.link import Link

    reactor: Any = installed
    terminal = Terminal(conversation, address, language, arguments.bell)
    conversation.display = terminal
    terminal.link = Link(reactor, address, conversation, connector(reactor, address, ca))

    async def talk() -> None:
        try:
            await terminal.run()
        finally:
            reactor.callLater(0.05, reactor.stop)

    talking: list[asyncio.Task[None]] = []
    reactor.callWhenRunning(lambda: talking.append(loop.create_task(talk())))
    reactor.run(installSignalHandlers=False)
    for task in talking:
        task.result()
    return terminal.status
