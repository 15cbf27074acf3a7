"""A verb given as a command: `ssh HOST VERB WORDS`. Its words, its output and its exit status."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Protocol

from twisted.internet.defer import Deferred

from twistchat.admin.binding import before_dashes, bind_words, read_words
from twistchat.admin.form import refusal
from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import HandOut, Live, Outcome, as_json, entry_data
from twistchat.admin.verb import Verb
from twistchat.core.events import Entry
from twistchat.errors import ChatError, NotADuration, NotASubject, NothingSaid, UnknownVerb, WrongUse
from twistchat.wire.text import decode

DONE, REFUSED, WRONG_USE, UNKNOWN = 0, 1, 2, 127
"""Exit statuses; the last two are the shell's own."""

INTERRUPTED = 130

STDIN = "-"
"""In place of a text: it is read from standard input, each line for itself."""


class StandardStreams(Protocol):
    """Where a command reads and writes."""

    def out(self, text: str) -> None:
        """Write to standard output."""
        ...

    def error(self, text: str) -> None:
        """Write to standard error."""
        ...

    def read(self) -> Deferred[bytes]:
        """All of standard input, once it has ended. Fails with TextTooLong."""
        ...

    @property
    def interrupted(self) -> Deferred[None]:
        """Fires when somebody has had enough."""
        ...


async def run(line: str, operator: Operator, streams: StandardStreams) -> int:
    """Run a command.

    Returns:
        Its exit status.
    """
    operator.note("exec", line)
    try:
        words: Sequence[str] = shlex.split(line)
    except ValueError:
        streams.error("The quotation marks do not come in pairs.\n")
        return WRONG_USE
    try:
        is_json, words = _without_json(words)
        row, words = read_words(operator.verbs, words)
    except UnknownVerb as error:
        streams.error(refusal(error, operator.verbs))
        return UNKNOWN
    return await _run(row, words, is_json, operator, streams)


def _without_json(words: Sequence[str]) -> tuple[bool, Sequence[str]]:
    options = before_dashes(words)
    return "--json" in options, [*(word for word in options if word != "--json"), *words[len(options) :]]


async def _run(row: Verb, words: Sequence[str], is_json: bool, operator: Operator, streams: StandardStreams) -> int:
    try:
        for each in await _with_input(row, words, streams):
            answer = await operator.run(row, bind_words(row, each))
            if isinstance(answer, Live):
                return await _follow(answer, is_json, streams)
            if isinstance(answer, HandOut) and not is_json:
                streams.out(answer.handed_out)
                streams.error(answer.refusals)
            else:
                streams.out(_shown(answer, is_json))
            if isinstance(answer, HandOut) and answer.refused:
                return REFUSED
    except (WrongUse, NotADuration, NotASubject) as error:
        streams.error(refusal(error, operator.verbs))
        return WRONG_USE
    except ChatError as error:
        streams.error(refusal(error, operator.verbs))
        return REFUSED
    return DONE


def _shown(answer: Outcome, is_json: bool) -> str:
    return f"{as_json(answer.data()) if is_json else answer.text()}\n"


async def _with_input(row: Verb, words: Sequence[str], streams: StandardStreams) -> list[Sequence[str]]:
    """The words, or several of them where lines of standard input take the place of a text."""
    if STDIN not in words or not any(each.takes_rest and each.option is None for each in row.parameters):
        return [words]
    position = words.index(STDIN)
    lines = [line.rstrip() for line in decode(await streams.read()).splitlines()]
    if not any(lines):
        raise NothingSaid
    if row.takes_list:
        return [[*words[:position], *words[position + 1 :], "--", "\n".join([*lines, ""])]]
    # Behind the dashes nothing in a line is taken for an option.
    return [[*words[:position], *words[position + 1 :], "--", line] for line in lines if line]


async def _follow(live: Live, is_json: bool, streams: StandardStreams) -> int:
    def shown(entry: Entry) -> str:
        return as_json(entry_data(entry)) if is_json else live.shown(entry)

    stop = live.watch(lambda entry: streams.out(f"{shown(entry)}\n"))
    try:
        await streams.interrupted
    finally:
        stop()
    return INTERRUPTED
