"""Runs the client without its terminal: a pipe, a file, a screen reader."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from typing import Any

from twistchat.client.address import Address
from twistchat.client.bulk import Pack
from twistchat.client.connector import connector
from twistchat.client.conversation import Conversation
from twistchat.client.link import Link
from twistchat.client.own_commands import own_commands
from twistchat.client.plain import JsonDisplay, PlainDisplay
from twistchat.client.typed import Typed
from twistchat.client.wording import Wording
from twistchat.core.claimcodes import without_codes
from twistchat.core.command_table import as_text, split
from twistchat.core.text import clean_line
from twistchat.errors import Phrase
from twistchat.status import FAILED, INTERRUPTED, OK
from twistchat.wire.language import Language

GIVE_UP_SECONDS = 60.0
"""How long input from a pipe waits for a connection that was lost."""

MANY_LINES = 20
BULK_SECONDS = 1.0
"""So many lines that wait for so long are a script's, and over the flood limit: 10 at once, then 2 a second."""


class PlainRun:
    """One run: standard input is said, and what comes is written."""

    def __init__(
        self,
        reactor: Any,
        conversation: Conversation,
        address: Address,
        wording: Wording,
        arguments: argparse.Namespace,
        ca: bytes | None,
    ) -> None:
        self.status = OK
        self._reactor = reactor
        self._conversation = conversation
        self._arguments = arguments
        self._is_person = sys.stdin.isatty()
        kind = JsonDisplay if arguments.json else PlainDisplay
        prompt = "> " if self._is_person and sys.stdout.isatty() and not arguments.json else ""
        self._display = conversation.display = kind(conversation, wording, self.end, prompt)
        self._link = Link(reactor, address, conversation, connector(reactor, address, ca))
        self._link.first_failed = self._first_failed
        self._typed = Typed(reactor, self._said, self._input_ended)
        self._own = own_commands()
        self._pack = Pack(self._speak)
        self._ahead = 0
        self._bulk_since: float | None = None
        """Since when many lines have been waiting."""
        self._has_advised = bool(arguments.paste)
        self._at_end = False
        self._over = False

    def start(self) -> None:
        """Connect and begin to read."""
        self._link.start()
        self._typed.start()
        self._reactor.callLater(0.05, self._look)

    def end(self, status: int) -> None:
        """Stop; what was typed and not said is written to stderr."""
        if self._over:
            return
        self._over = True
        self.status = status or (FAILED if self._display.trouble else OK)
        if collected := self._pack.take():
            self._conversation.outbox.add(collected)
        unsaid = self._conversation.outbox.unsaid()
        if unsaid:
            self.status = self.status or FAILED
            sentence = Phrase("Not sent ({count}):")
            self._display.out(self._display.wording.remark(sentence, {"count": len(unsaid)}), sys.stderr)
            for line in unsaid:
                self._display.out(self._display.wording.told({"text": without_codes(line.text)}), sys.stderr)
        self._link.stop()
        self._reactor.callLater(0, self._reactor.stop)

    def interrupted(self) -> None:
        """Ctrl-C, or a signal to end."""
        self.end(INTERRUPTED)

    def clear(self) -> None:
        """Say that there are no escape codes here."""
        sentence = Phrase("Your terminal clears the screen by a key of its own; this client writes no such codes.")
        self._display.remark("no-codes", sentence, {})

    def _said(self, line: str) -> None:
        self._ahead += 1
        said = clean_line(line).lstrip()  # as the server will look for a slash
        if self._is_person and (own := self._own.get(split(said)[0] or "")):
            own.run(self, "")
        elif not self._arguments.paste:
            self._speak(line)
        elif self._takes_commands and said.startswith("/"):
            self._pack.flush()
            self._speak(line)
        else:
            self._pack.add(line)

    @property
    def _takes_commands(self) -> bool:
        return self._is_person or bool(self._arguments.commands)

    def _speak(self, text: str) -> None:
        self._conversation.say(text if self._takes_commands else as_text(clean_line(text)))

    def _input_ended(self) -> None:
        self._at_end = True

    def _look(self) -> None:
        """See, now and then, whether lines were said, whether that was all, and whether to go on trying."""
        if self._at_end or (self._conversation.is_in and not len(self._conversation.outbox)):
            self._pack.flush()
        waiting = len(self._conversation.outbox)
        self._advise(waiting)
        self._typed.taken(self._ahead - waiting)
        self._ahead = waiting
        lost_since = self._link.lost_since
        gives_up = not (self._is_person or self._arguments.stay)
        if gives_up and lost_since is not None and self._reactor.seconds() - lost_since > GIVE_UP_SECONDS:
            self.end(FAILED)
        if self._at_end and not waiting and self._conversation.is_in and (gives_up or self._is_person):
            self._at_end = False
            self._conversation.say("/quit")
        if not self._over:
            self._reactor.callLater(0.05, self._look)

    def _advise(self, waiting: int) -> None:
        """Say once how a script's many lines are said faster."""
        now = self._reactor.seconds()
        if self._is_person or not self._conversation.is_in or waiting < MANY_LINES:
            self._bulk_since = None
        elif self._bulk_since is None:
            self._bulk_since = now
        elif not self._has_advised and now - self._bulk_since > BULK_SECONDS:
            self._has_advised = True
            sentence = Phrase(
                "{count} lines wait, as the server takes few a second; with --paste, many go as one message."
            )
            self._display.remark("many-lines", sentence, {"count": waiting})

    def _first_failed(self, reason: str) -> None:
        if not self._arguments.stay and not self._is_person:
            self._display.remark("failed", Phrase("No connection: {reason}"), {"reason": reason})
            self.end(FAILED)


def run(
    conversation: Conversation, address: Address, language: Language, arguments: argparse.Namespace, ca: bytes | None
) -> int:
    """Run until the input ends, the person leaves or the server lets them go.

    Returns:
        The exit status.
    """
    from twisted.internet import reactor as installed

    reactor: Any = installed

    if not conversation.name:
        try:
            conversation.name = input("NICKNAME: ").strip()
        except (EOFError, KeyboardInterrupt):
            return INTERRUPTED
    plain = PlainRun(reactor, conversation, address, Wording(language), arguments, ca)
    reactor.callWhenRunning(plain.start)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: reactor.callFromThread(plain.interrupted))
    try:
        reactor.run(installSignalHandlers=False)
    except BrokenPipeError:
        plain.status = FAILED
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
        return plain.status
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains of it at exit
    return FAILED
