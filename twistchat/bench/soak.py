"""Let mixed people come, talk, rename, search and leave for a while, and see whether anything of them is left behind.

A real server with every way in. People talk at a human pace and in floods, read half and not at all, and go away by
`/quit`, by closing and by resets. Once all have left, people, names, rooms, backlog, descriptors and timers have to be
what they were before the first came.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path

from twistchat.bench.attendance import KINDS, UDP_SILENCE, Attendance
from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.report import aligned
from twistchat.bench.sampling import Sample, Sampler
from twistchat.bench.servers import start_twistchat
from twistchat.bench.stage import percentile
from twistchat.interfaces.udp.port import SWEEP_SECONDS

SETTLE_SECONDS = UDP_SILENCE + 2 * SWEEP_SECONDS
"""How long the server may take to be what it was: a goodbye may be lost, too."""

MOST_WAL = 80 * 1024 * 1024
"""Bytes: at 64 MiB a checkpoint waits for all readers, and the log begins anew."""

BACK_AT = ("people", "connections", "names", "rooms", "backlog_bytes", "pending_events", "waiting_calls")
BACK_AT_MOST = ("process_open_fds", "delayed_calls")
"""What has to be as it was, and what has to be no more."""

REST_SAMPLES = 6

LET_GO_SHOWN = 20
"""So many of those whom the server let go are shown, with its reasons, where somebody was who should not have been."""


class Soak:
    """One run."""

    def __init__(self, folder: Path, people: int, lines: float, seed: int, options: Sequence[str]) -> None:
        """Start a server.

        Raises:
            CannotMeasure: It does not come up.
        """
        usual = ["--web=tcp:0:interface=127.0.0.1", "--flood=2/10", f"--udp-silence={UDP_SILENCE}"]
        given = [option.partition("=")[0] for option in options]
        self._server = start_twistchat(
            folder, *(word for word in usual if word.partition("=")[0] not in given), *options
        )
        self._web = self._server.by_web().address
        assert self._server.pid is not None
        self.watch = Sampler(self._web, self._server.pid, folder / "state")
        self._people = people
        self._lines = lines
        self._chance = random.Random(seed)
        self.before: Sample = {}
        self.after: Sample = {}
        self.failures: Counter[str] = Counter()
        self.sent = 0
        self.longest_round = 0.0

    def stop(self) -> None:
        """End the server."""
        self._server.stop()

    def run(self, seconds: float) -> None:
        """Let people come, and see them off.

        Raises:
            OSError, HTTPException: The server does not answer any more.
        """
        self._warm_up()
        self.before = self._settled({}) | self._at_rest()
        with self.watch:
            crowd = Attendance(self._server, self._web, self._people, self._lines, self._chance)
            crowd.live(seconds)
            crowd.leave()
        self.failures, self.sent, self.longest_round = crowd.failures, crowd.sent, crowd.longest_round
        self.after = self._settled(self.before)

    def _warm_up(self) -> None:
        """Have the server open what it opens once: files and threads, also those that only questions need."""
        crowd = Attendance(self._server, self._web, len(KINDS), 50.0, random.Random(1))
        for question in ("hello", "/history", "/missed", "/search hello"):
            crowd.live(0.3)
            crowd.all_say(question)
        crowd.live(0.3)
        crowd.leave()

    def _at_rest(self) -> Sample:
        """The most of each figure that goes up and down by itself: a timer may be just between two."""
        samples = []
        for _ in range(REST_SAMPLES):
            time.sleep(0.25)
            samples.append(self.watch.sample())
        return {name: max(sample[name] for sample in samples) for name in BACK_AT_MOST}

    def _settled(self, before: Sample) -> Sample:
        """The figures once they are as they were, or as they are when that takes too long."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            time.sleep(0.25)
            now = self.watch.sample()
            is_back = not left_over(before, now) if before else not now["connections"] and not now["names"]
            if is_back or time.monotonic() > deadline:
                return now

    def complaints(self) -> list[str]:
        """What is not as it should be, a sentence each."""
        found = left_over(self.before, self.after)
        found += [f"{times} times: {what}." for what, times in self.failures.items()]
        told = self._server.said().splitlines()
        bad = [line for line in told if _is_bad(line)]
        if self.failures:
            bad += [line for line in told if " let go: " in line][-LET_GO_SHOWN:]
        found += [f"The server's log: {line}" for line in bad]
        most = max((sample["wal"] for sample in self.watch.samples), default=0.0)
        if most > MOST_WAL:
            found.append(f"The write-ahead log had {most / 2**20:.0f} MiB.")
        return found


def left_over(before: Sample, after: Sample) -> list[str]:
    """What is not as it was, a sentence each."""
    total = {name: (_total(before, name), _total(after, name)) for name in (*BACK_AT, *BACK_AT_MOST)}
    return [
        f"{name} is {now:.0f} at the end; it was {then:.0f}."
        for name, (then, now) in total.items()
        if now > then or (now < then and name in BACK_AT)
    ]


def _total(sample: Sample, name: str) -> float:
    """A figure, over all its labels."""
    return sum(value for key, value in sample.items() if key.partition(" ")[0] == name)


def _is_bad(line: str) -> bool:
    return " error: " in line or " critical: " in line


ROWS = (
    ("memory, MiB", "resident", 2**20),
    ("descriptors", "process_open_fds", 1),
    ("people", "people", 1),
    ("rooms", "rooms", 1),
    ("timers", "delayed_calls", 1),
    ("backlog, KiB", "backlog_bytes", 1024),
    ("events that wait", "pending_events", 1),
    ("waiting for time", "waiting_calls", 1),
    ("reactor late by, ms", "reactor_delay_seconds", 0.001),
    ("/metrics answered in, ms", "answer_seconds", 0.001),
    ("write-ahead log, MiB", "wal", 2**20),
)
"""What is printed: the words, the figure, and what it is divided by."""


def table(before: Sample, samples: Sequence[Sample], after: Sample) -> str:
    """Each figure before, its median and its most meanwhile, and after."""
    rows = [["", "before", "median", "most", "after"]]
    for words, name, unit in ROWS:
        values = sorted(_total(sample, name) / unit for sample in samples)
        shown = [
            _total(before, name) / unit,
            percentile(values, 50),
            percentile(values, 100),
            _total(after, name) / unit,
        ]
        rows.append([words, *(f"{value:.1f}".removesuffix(".0") for value in shown)])
    return aligned(rows)


def turns(before: Sample, after: Sample) -> str:
    """How many turns of the reactor took longer than 20, 50 and 100 ms."""
    grown = {name: value - before.get(name, 0.0) for name, value in after.items() if name.startswith("turn_seconds")}
    total = grown["turn_seconds_count"]
    over = [f"{total - grown[f'turn_seconds_bucket {bound}']:.0f} over {bound} s" for bound in ("0.02", "0.05", "0.1")]
    return f"turns: {total:.0f}, {', '.join(over)}; the longest: {1000 * after['longest_turn_seconds']:.0f} ms"


def main(words: Sequence[str]) -> int:
    """Run `twistchat bench soak`.

    Returns:
        The exit status: 0 if everything is as it was, and nothing failed meanwhile.
    """
    parser = argparse.ArgumentParser(prog="twistchat bench soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0, metavar="N", help="default: %(default)g")
    parser.add_argument("--people", type=int, default=300, metavar="N", help="at the same time [default: 300]")
    parser.add_argument("--lines", type=float, metavar="N", help="a second, of all together [default: one in 3 s each]")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides what people do")
    parser.add_argument("--json", metavar="FILE", help="write the samples of each second there")
    parser.add_argument("options", nargs="*", help="behind --: more options of twistchat serve")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="twistchat-soak-") as folder:
        try:
            return _run(Path(folder), given)
        except (CannotMeasure, OSError, HTTPException) as error:
            print(f"twistchat bench soak: {error}", file=sys.stderr)
            return 1


_WELL = "Nothing failed, and everything is as it was before the first came."


def _run(folder: Path, given: argparse.Namespace) -> int:
    soak = Soak(folder, given.people, given.lines or given.people / 3, given.seed, given.options)
    try:
        soak.run(60 * given.minutes)
        complaints = soak.complaints()
    finally:
        soak.stop()
    print(f"lines sent: {soak.sent}\n{table(soak.before, soak.watch.samples, soak.after)}")
    print(turns(soak.before, soak.after))
    print(f"the longest time for which this program read nothing: {1000 * soak.longest_round:.0f} ms")
    print(f"refusals: {', '.join(_refusals(soak.after)) or 'none'}", *(complaints or [_WELL]), sep="\n")
    if given.json:
        Path(given.json).write_text(json.dumps(soak.watch.samples) + "\n", "utf-8")
    return 1 if complaints else 0


def _refusals(after: Sample) -> list[str]:
    return [f"{key.partition(' ')[2]} {value:.0f}" for key, value in after.items() if key.startswith("refusals_total")]
