"""A log with millions of lines: how fast it stores, catches up and searches, and how long it holds the reactor."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater, react

from twistchat.core.events import Said
from twistchat.core.queries import Query
from twistchat.log import places
from twistchat.log.index import Index
from twistchat.log.reader import LogReader
from twistchat.log.schema import connect, prepare
from twistchat.log.search import search
from twistchat.log.sqlite import LOG_FILE, SEARCH_FILE, SqliteLog
from twistchat.log.writer import Writer

WORDS, NAMES, ROOMS = 20_000, 300, ["lobby"] * 8 + ["den", "tea", "chess"]
LINE_WORDS = 7
"""Words of a line: 42 characters at the median, as in a public chat."""

CHINESE_SHARE = 0.1
GENERATE_STEP = 20_000
ASKED = 200
"""Questions of a kind; searches, which are slower, a tenth of it."""


class Figure(NamedTuple):
    """A row of what is printed."""

    what: str
    value: str


class Vocabulary:
    """Words that are as unevenly common as real ones, and so are the Chinese."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgk"
        weights = [1 / (place + 2) for place in range(len(letters))]
        lengths = self._random.choices(range(2, 11), [3, 6, 8, 7, 5, 4, 3, 2, 1], k=WORDS)
        self.words = ["".join(self._random.choices(letters, weights, k=length)) for length in lengths]
        self._shares = [1 / (rank + 10) for rank in range(WORDS)]
        self._characters = [chr(0x4E00 + number) for number in range(3000)]
        self._character_shares = [1 / (rank + 10) for rank in range(3000)]
        self.names = [f"person{number}" for number in range(NAMES)]

    def lines(self, count: int) -> list[str]:
        """So many lines."""
        words = iter(self._random.choices(self.words, self._shares, k=count * LINE_WORDS))
        lines = [" ".join(next(words) for _ in range(LINE_WORDS)) for _ in range(count)]
        for place in self._random.sample(range(count), int(count * CHINESE_SHARE)):
            lines[place] = "".join(self._random.choices(self._characters, self._character_shares, k=12))
        return lines

    def rows(self, count: int, first: int, span: float) -> Iterator[tuple[Any, ...]]:
        """So many rows, which end now and began a year ago."""
        now = time.time()
        names, rooms = self._random.choices(self.names, k=count), self._random.choices(ROOMS, k=count)
        for number, (line, name, room) in enumerate(zip(self.lines(count), names, rooms, strict=True), first):
            yield number, now - 365 * 86400 * (1 - number / span), room, "said", name, line, 1


def generate(log: Path, lines: int, vocabulary: Vocabulary) -> None:
    """Fill a log."""
    prepare(log)
    with closing(connect(log)) as db:
        db.execute("PRAGMA synchronous = OFF")
        for first in range(1, lines + 1, GENERATE_STEP):
            count = min(GENERATE_STEP, lines + 1 - first)
            db.execute("BEGIN")
            db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", vocabulary.rows(count, first, lines))
            places.note(db, first - 1)
            db.execute("COMMIT")
            _progress("generating", first, lines)


def follow(index: Index, lines: int) -> None:
    """Have everything indexed."""
    done = 0
    while index.follow():
        done += 1
        if not done % 100:
            _progress("indexing", done * 500, lines)


def commits(log: Path, batch: int, seconds: float) -> Figure:
    """Commit as fast as it goes."""
    with closing(Writer(log, time.time, "NORMAL")) as writer:
        took = [_timed(writer.commit, [Said("bench", "ada", "hello, this is a line")] * batch) for _ in _for(seconds)]
    return Figure(f"commits a second, {batch} lines each", f"{1 / median(took):,.0f}  ({_spread(took)})")


def catching_up(log: Path, lines: int, chance: random.Random) -> Iterator[Figure]:
    """Read what people who come or look back are shown."""
    with closing(LogReader(log)) as reader:
        reader.latest("lobby", 20)
        latest = [_timed(reader.latest, chance.choice(ROOMS), 20) for _ in range(ASKED)]
        older = [_timed(reader.history, chance.choice(ROOMS), 20, chance.randint(1, lines)) for _ in range(ASKED)]
    yield Figure("the latest 20 lines of a room", _spread(latest))
    yield Figure("20 lines before a random one", _spread(older))


def searching(log: Path, index: Path, vocabulary: Vocabulary) -> Iterator[Figure]:
    """Search for this and that; a page each."""
    words = sorted((word for word in vocabulary.words[:2000] if len(word) >= 4), key=vocabulary.words.index)
    questions: dict[str, Callable[[int], Query]] = {
        "a common word": lambda n: Query((words[n],), ("lobby",)),
        "a part of a word": lambda n: Query((words[n][1:],), ("lobby",)),
        "a rare word": lambda n: Query((vocabulary.words[-1 - n],), ("lobby",)),
        "two words": lambda n: Query((words[n], words[n + 5]), ("lobby",)),
        "two Chinese characters": lambda n: Query((chr(0x4E00 + n) + chr(0x4E00 + n + 3),), ("lobby",)),
        "one person's word": lambda n: Query((words[n],), ("lobby",), vocabulary.names[n]),
        "a word of the last two days": lambda n: Query((words[n],), ("lobby",), None, time.time() - 2 * 86400),
        "nothing that was ever said": lambda n: Query((f"qqxjz{n}",), ("lobby",)),
        "two letters": lambda n: Query((words[n][:2],), ("lobby",)),
        "two letters nobody said": lambda n: Query(("zq",), ("lobby",)),
    }
    for what, question in questions.items():
        took = [_timed(search, log, index, question(number)) for number in range(ASKED // 10)]
        yield Figure(f"a page for {what}", _spread(took))


async def idle(reactor: Any, seconds: float) -> Figure:
    """Watch the reactor while it has nothing to do: what this machine's other work costs."""
    late: list[float] = []
    for _ in _for(seconds):
        began = time.monotonic()
        await deferLater(reactor, 0.002)
        late.append(time.monotonic() - began - 0.002)
    return Figure("the reactor is late by, with nothing to do", _spread(late))


async def held(folder: Path, vocabulary: Vocabulary, seconds: float, reactor: Any) -> list[Figure]:
    """Watch the reactor while people talk, come, look back and search."""
    log = SqliteLog(folder, reactor, time.time)
    log.open()

    def append() -> None:
        log.append([Said("lobby", "ada", "hello, this is a line")] * 10).addErrback(lambda _: None)  # at the end

    appends: list[float] = []
    late: list[float] = []
    asked: list[Deferred[Any]] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        appends.append(_timed(append))
        asked = [deferred for deferred in asked if not deferred.called]
        if len(asked) < 8:
            asked += [log.latest("lobby", 20), log.search(Query((random.choice(vocabulary.words),), ("lobby",)))]
        began = time.monotonic()
        await deferLater(reactor, 0.002)
        late.append(time.monotonic() - began - 0.002)
    await log.close()
    return [
        Figure("storing 10 lines, while people come and search", _spread(appends)),
        Figure("the reactor is late by, meanwhile", _spread(late)),
    ]


def _for(seconds: float) -> Iterator[None]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield


def _timed(function: Callable[..., object], *args: object) -> float:
    began = time.perf_counter()
    function(*args)
    return time.perf_counter() - began


def _spread(took: Sequence[float]) -> str:
    ninety_nine = quantiles(took, n=100, method="inclusive")[98] if len(took) > 1 else took[0]
    return f"median {median(took) * 1e3:.3f} ms, 99 % {ninety_nine * 1e3:.2f} ms, longest {max(took) * 1e3:.2f} ms"


def _progress(verb: str, done: int, lines: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{verb}: {done / lines:.0%} ", end="", file=sys.stderr, flush=True)


def _tell(figure: Figure) -> None:
    print(f"{figure.what:<48} {figure.value}", flush=True)


def measure(folder: Path, lines: int, seconds: float) -> None:
    """Fill a log in a folder and print what it does.

    Args:
        folder: Where the log is, or will be.
        lines: What to fill it with, if it is not there.
        seconds: How long to commit, and to watch the reactor.
    """
    log, index = folder / LOG_FILE, folder / SEARCH_FILE
    vocabulary = Vocabulary(0)
    if not log.exists():
        _tell(Figure("lines", f"{lines:,}"))
        _tell(Figure("generating them", f"{_timed(generate, log, lines, vocabulary):.0f} s"))
        with closing(Index(index, log)) as indexed:
            _tell(Figure("indexing them", f"{_timed(follow, indexed, lines):.0f} s"))
    _tell(Figure("the log's file", f"{log.stat().st_size / 2**20:,.0f} MiB"))
    _tell(Figure("the index's file", f"{index.stat().st_size / 2**20:,.0f} MiB"))
    for figure in (*catching_up(log, lines, random.Random(1)), *searching(log, index, vocabulary)):
        _tell(figure)
    for batch in (1, 10, 100):
        _tell(commits(log, batch, seconds))
    react(partial(_watched, folder, vocabulary, seconds))


async def _watched(folder: Path, vocabulary: Vocabulary, seconds: float, reactor: Any) -> None:
    _tell(await idle(reactor, seconds))
    for figure in await held(folder, vocabulary, seconds, reactor):
        _tell(figure)


def main(words: Sequence[str]) -> int:
    """Run `twistchat bench log`.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(prog="twistchat bench log", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--lines", type=int, default=100_000, metavar="N", help="default: %(default)s; 10 million: 4 GB"
    )
    parser.add_argument("--folder", type=Path, help="keep the log there, and use it if it is there already")
    parser.add_argument(
        "--seconds",
        type=float,
        default=3.0,
        metavar="S",
        help="how long to commit, and to watch the reactor [default: 3]",
    )
    given = parser.parse_args(words)
    folder = given.folder or Path(tempfile.mkdtemp(prefix="twistchat-log-"))
    folder.mkdir(exist_ok=True)
    try:
        measure(folder, given.lines, given.seconds)
    except SystemExit as ended:  # as `react` ends
        return int(ended.code or 0)
    finally:
        if given.folder is None:
            shutil.rmtree(folder)
    return 0
