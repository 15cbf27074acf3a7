"""Verbs run as commands, without SSH."""

from __future__ import annotations

from support.chat import Chat
from support.results import done
from twisted.internet.defer import Deferred, fail, succeed

from twistchat.admin import command
from twistchat.admin.operator import Operator
from twistchat.errors import TextTooLong


class Pipe:
    """Standard streams that keep what is written; standard input is given beforehand."""

    def __init__(self, stdin: bytes | None = b"") -> None:
        self.written = ""
        self.errors = ""
        self.stdin = stdin
        self.interrupted: Deferred[None] = Deferred()

    def out(self, text: str) -> None:
        self.written += text

    def error(self, text: str) -> None:
        self.errors += text

    def read(self) -> Deferred[bytes]:
        return fail(TextTooLong(9)) if self.stdin is None else succeed(self.stdin)


def runs(chat: Chat, operator: Operator, line: str, stdin: bytes | None = b"") -> tuple[int, str, str]:
    """The exit status and what was written."""
    pipe = Pipe(stdin)
    status = done(chat, command.run(line, operator, pipe))
    assert isinstance(status, int), status
    return status, pipe.written, pipe.errors
