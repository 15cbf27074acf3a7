"""`twistchat export` and `twistchat import`: the log's lines out of the state folder and into it."""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from twistchat.core import names
from twistchat.core.limits import parse_span
from twistchat.core.names import LOBBY
from twistchat.errors import CannotStart, ChatError
from twistchat.log.failures import reason
from twistchat.log.schema import prepare
from twistchat.log.sqlite import LOG_FILE
from twistchat.log.transfer import LONGEST_NAME, exported, import_lines
from twistchat.options import STATE_DIR, prepared_state_dir

PROGRESS_LINES = 100_000
"""A line of progress for each so many lines."""


def export(words: Sequence[str]) -> int:
    """Write the log's lines to standard output, or to a file, as JSON."""
    parser = _parser("export", "Write the stored lines as JSON, one on each line, in their order; a server may run.")
    parser.add_argument("--since", metavar="AGE", type=_span, help="only lines of the last 45m, 12h, 2d or 4w")
    parser.add_argument("file", nargs="?", type=Path, help="where to write; standard output unless given")
    given = parser.parse_args(words)
    with _telling_why():
        path = given.state_dir / LOG_FILE
        if not path.exists():
            raise CannotStart(f"There is no log in {given.state_dir}. Give the server's --state-dir.")
        prepare(path)
        since = 0.0 if given.since is None else time.time() - given.since
        lines = _counted(exported(path, given.room, since), "exported")
        if given.file is None:
            with suppress(BrokenPipeError):
                sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
                sys.stdout.writelines(lines)
                sys.stdout.flush()
        else:
            with given.file.open("w", encoding="utf-8") as file:
                file.writelines(lines)
    return 0


def import_(words: Sequence[str]) -> int:
    """Store lines from standard input, or from a file."""
    parser = _parser("import", "Store lines of an export, or of a transcript: `name: text`; a server may run.")
    parser.add_argument("file", nargs="?", type=Path, help="what to read; standard input unless given")
    given = parser.parse_args(words)
    with _telling_why():
        path = prepared_state_dir(given.state_dir) / LOG_FILE
        prepare(path)
        with _opened(given.file) as lines:
            done = import_lines(path, lines, given.room or LOBBY, _Progress("read"), time.time())
    print(f"lines stored: {done.stored}", file=sys.stderr)
    for why, count in done.left_out.most_common():
        print(f"left out: {count} ({why})", file=sys.stderr)
    return 0


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"twistchat {command}", description=description)
    parser.add_argument("--state-dir", metavar="DIR", type=Path, default=Path(STATE_DIR), help="default: %(default)s")
    parser.add_argument("--room", type=_room, help="export: only of this room; import: where no room is named")
    return parser


def _room(word: str) -> str:
    try:
        return names.checked_room(word, LONGEST_NAME)
    except ChatError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _span(word: str) -> float:
    try:
        return parse_span(word)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


@contextmanager
def _telling_why() -> Iterator[None]:
    """End with a sentence where it cannot be done."""
    try:
        yield
    except CannotStart as error:
        sys.exit(f"twistchat: {error}")
    except sqlite3.Error as error:
        sys.exit(f"twistchat: the log cannot be used: {reason(error)}.")
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        sys.exit(f"twistchat: {where}{error.strerror or error}.")


@contextmanager
def _opened(path: Path | None) -> Iterator[Iterator[bytes]]:
    if path is None:
        yield _lines(sys.stdin.buffer)
    else:
        with path.open("rb") as file:
            yield _lines(file)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """A file's lines; LF, CRLF or CR ends one, which no character's bytes have in them in UTF-8 or GB18030."""
    for part in file:
        yield from part.splitlines()


class _Progress:
    """Says on standard error how far it is, where there is much to do."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._told = 0

    def __call__(self, count: int) -> None:
        if count - self._told >= PROGRESS_LINES:
            self._told = count - count % PROGRESS_LINES
            print(f"lines {self._verb}: {count}", file=sys.stderr)


def _counted(lines: Iterator[str], verb: str) -> Iterator[str]:
    progress = _Progress(verb)
    for count, line in enumerate(lines, 1):
        progress(count)
        yield line
