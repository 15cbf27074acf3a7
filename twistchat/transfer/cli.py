"""`twistchat export` and `twistchat import`: the log's lines out of the state folder and into it."""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from twistchat.cluster.joining import NO_HIREDIS, login_of
from twistchat.core import names
from twistchat.core.dates import Stretch, parse_date
from twistchat.core.names import LOBBY
from twistchat.errors import CannotStart, ChatError
from twistchat.languages import loaded, terminals_language
from twistchat.log.belonging import check_alone
from twistchat.log.exporting import Wanted, exported
from twistchat.log.failures import reason
from twistchat.log.importing import LONGEST_NAME, BadLine, FitLine, Progress, Storing, judged
from twistchat.log.schema import prepare
from twistchat.log.sqlite import LOG_FILE
from twistchat.options import prepared_state_dir
from twistchat.statefolder import STATE_DIR
from twistchat.transfer.formats import FORMATS, Readership
from twistchat.transfer.reading import digest_of, lines_of, opened
from twistchat.wire.language import Language
from twistchat.wire.text import escaped
from twistchat.zone import MachineZone

T = TypeVar("T")

PROGRESS_LINES = 10_000
"""A line of progress for each so many lines, which take half a second."""

MOST_NAMED = 20
"""Lines that cannot be taken, of which each is said by itself."""

_SOME_BAD = ". Mend those lines, or leave them out with --skip-bad."
_ALL_BAD = ", as no line can be. What can be is what `twistchat export` writes as json, and a transcript: `name: text`."
"""Of a file that is something else, such as a table."""


def export(words: Sequence[str]) -> int:
    """Write the log's lines to standard output, or to a file."""
    parser = _parser("export", "Write the stored lines, in their order: for programs, or for people; a server may run.")
    parser.add_argument("--room", type=_room, help="only of this room")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="json (all there is, for programs and for import), csv (the same, for spreadsheets), txt or html (what "
        "people said, to read and print) [default: as FILE ends, else json]",
    )
    dates = "a day such as 2026-03-01, or a time such as 12h or 2d"
    parser.add_argument("--since", metavar="DATE", type=_date, help=f"nothing from before {dates}")
    parser.add_argument("--until", metavar="DATE", type=_date, help=f"nothing from after {dates}")
    parser.add_argument("--language", type=_language, default=_terminals_language(), help="of txt and html, as CODE")
    parser.add_argument("file", nargs="?", type=Path, help="where to write; standard output unless given")
    given = parser.parse_args(words)
    suffix = "" if given.file is None else given.file.suffix.removeprefix(".").casefold()
    form = FORMATS[given.format or (suffix if suffix in FORMATS else "json")]
    with _telling_why():
        path = given.state_dir / LOG_FILE
        if not path.exists():
            raise CannotStart(f"There is no log in {given.state_dir}. Give the server's --state-dir.")
        prepare(path)
        wanted = Wanted(given.room)
        if given.since is not None:
            wanted = wanted._replace(since=given.since.begins)
        if given.until is not None:
            wanted = wanted._replace(until=given.until.ends)
        lines = _counted(exported(path, wanted), "exported")
        parts = form.written(lines, Readership(given.language, given.room, time.time()))
        if given.file is None:
            with suppress(BrokenPipeError):
                sys.stdout.reconfigure(encoding=form.encoding, newline=form.newline)  # type: ignore[union-attr]
                sys.stdout.writelines(parts)
                sys.stdout.flush()
        else:
            with given.file.open("w", encoding=form.encoding, newline=form.newline) as file:
                file.writelines(parts)
    return 0


def import_(words: Sequence[str]) -> int:
    """Store lines from standard input, or from a file, once all of them are known to be fit."""
    parser = _parser("import", "Store lines of an export, or of a transcript: `name: text`; a server may run.")
    parser.add_argument("--room", type=_room, default=LOBBY, help="where no room is named [default: %(default)s]")
    parser.add_argument("--skip-bad", action="store_true", help="leave out what cannot be stored, and store the rest")
    parser.add_argument("--from-line", metavar="N", type=int, default=1, help="go on where an import was broken off")
    place = "the Redis that several servers have their common log in, as `serve` has it; there goes what is read then"
    parser.add_argument("--cluster", metavar="WHERE", default="off", help=place)
    parser.add_argument("--cluster-secret", metavar="FILE", help="as `serve` has it")
    parser.add_argument("file", nargs="?", type=Path, help="what to read; standard input unless given")
    given = parser.parse_args(words)
    now = time.time()
    with _telling_why(), opened(given.file) as file:
        bad, fit_lines = _check_unless_broken_off(file, given.room, now)
        if bad and not given.skip_bad:
            raise CannotStart(f"Nothing was stored{_SOME_BAD if fit_lines else _ALL_BAD}")
        fit = (line for line in judged(lines_of(file), given.room, now) if isinstance(line, FitLine))
        lines = (line for line in fit if line.number >= given.from_line)
        storing, store = _storing(given, file)
        with _ending_as_by_ctrl_c(), _saying_how_far(storing):
            store(lines, _Progress("stored"))
    print(f"lines stored: {storing.stored}", file=sys.stderr)
    if bad:
        print(f"lines left out: {bad}", file=sys.stderr)
    return 0


class _Stores(Protocol):
    """What stores lines, as far as one is told of it."""

    stored: int
    upto: int


def _storing(
    given: argparse.Namespace, file: BinaryIO
) -> tuple[_Stores, Callable[[Iterable[FitLine], Progress], None]]:
    """What stores lines, where the command line has them go.

    Raises:
        CannotStart: They cannot go there.
    """
    if given.cluster == "off":
        path = prepared_state_dir(given.state_dir) / LOG_FILE
        check_alone(path)
        prepare(path)
        alone = Storing(path)
        return alone, alone.store
    try:
        from twistchat.cluster.endpoints import endpoint  # hiredis is an extra
        from twistchat.cluster.importing import ClusterStoring, import_by
    except ImportError:
        raise CannotStart(NO_HIREDIS) from None
    from twisted.internet import reactor

    where = endpoint(reactor, "cluster", given.cluster)
    common = ClusterStoring(where, login_of(given.cluster_secret), digest_of(file, given.room), reactor)
    return common, partial(import_by, reactor, common)


def _check_unless_broken_off(file: BinaryIO, room: str, now: float) -> tuple[int, int]:
    try:
        return _check(file, room, now)
    except KeyboardInterrupt:
        raise CannotStart("broken off. Nothing was stored.") from None


def _check(file: BinaryIO, room: str, now: float) -> tuple[int, int]:
    """Read all lines, and name those that cannot be stored.

    Returns:
        How many these are, and how many the others.
    """
    bad, fit, progress = 0, 0, _Progress("checked")
    for line in judged(lines_of(file), room, now):
        progress(line.number)
        if isinstance(line, FitLine):
            fit += 1
        elif isinstance(line, BadLine):
            bad += 1
            if bad <= MOST_NAMED:
                print(f"line {line.number}: {escaped(line.why)}", file=sys.stderr)
    if bad > MOST_NAMED:
        print(f"... and {bad - MOST_NAMED} more lines that cannot be stored", file=sys.stderr)
    return bad, fit


@contextmanager
def _saying_how_far(storing: _Stores) -> Iterator[None]:
    """Where it is broken off, by whatever, say what is stored and how to go on."""
    try:
        yield
    except BaseException:
        print(f"lines stored: {storing.stored}; --from-line {storing.upto + 1} goes on behind them.", file=sys.stderr)
        raise


@contextmanager
def _ending_as_by_ctrl_c() -> Iterator[None]:
    """Have a `kill`, and a terminal that goes away, end it as Ctrl-C does: between two steps, and with a sentence."""
    before = {which: signal.signal(which, signal.default_int_handler) for which in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"twistchat {command}", description=description)
    parser.add_argument("--state-dir", metavar="DIR", type=Path, default=Path(STATE_DIR), help="default: %(default)s")
    return parser


def _type(read: Callable[[str], T]) -> Callable[[str], T]:
    """What reads a word of the command line, and says in a sentence what is wrong with it."""

    def checked(word: str) -> T:
        try:
            return read(word)
        except (ChatError, ValueError) as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return checked


@_type
def _room(word: str) -> str:
    return names.checked_room(word, LONGEST_NAME)


@_type
def _date(word: str) -> Stretch:
    return parse_date(word, time.time(), MachineZone())


@_type
def _language(code: str) -> Language:
    return loaded(MachineZone()).found(code)


def _terminals_language() -> Language:
    return terminals_language(os.environ, loaded(MachineZone()))


@contextmanager
def _telling_why() -> Iterator[None]:
    """End with a sentence where it cannot be done."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit("twistchat: broken off.")
    except CannotStart as error:
        sys.exit(f"twistchat: {error}")
    except sqlite3.Error as error:
        sys.exit(f"twistchat: the log cannot be used: {reason(error)}.")
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        sys.exit(f"twistchat: {where}{error.strerror or error}.")


class _Progress:
    """Says on standard error how far it is, where there is much to do."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._told = 0

    def __call__(self, count: int) -> None:
        if count - self._told >= PROGRESS_LINES:
            self._told = count - count % PROGRESS_LINES
            print(f"lines {self._verb}: {self._told}", file=sys.stderr)


def _counted(lines: Iterator[T], verb: str) -> Iterator[T]:
    progress = _Progress(verb)
    for count, line in enumerate(lines, 1):
        progress(count)
        yield line
