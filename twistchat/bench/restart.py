"""Restart a server again and again while mixed people talk: nobody may be dropped, and no line lost, doubled or moved.

A real server with people by every way whose connections are kept. Each is told every line; at each restart one of every
way is in the middle of one. What all were told is compared with the log, line by line.
"""

from __future__ import annotations

import argparse
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import NamedTuple

from twistchat.bench import machine
from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.report import aligned
from twistchat.bench.restartverdict import RestartVerdict
from twistchat.bench.servers import Server, start_twistchat
from twistchat.bench.witnesses import WAYS, Witness, marked, numbers_in
from twistchat.log.exporting import exported
from twistchat.log.sqlite import LOG_FILE
from twistchat.log.whoserves import CannotAsk
from twistchat.succession.asking import WAIT_SECONDS, ask
from twistchat.succession.outcome import facts

ENTER_SECONDS = 60.0
"""For 1,000 people; more have more."""

WAVE = 100
"""People who come at the same time."""

SETTLE_SECONDS = 20.0
"""For what was said last to be told to everybody."""

BETWEEN_SECONDS = 0.5
"""Of talk, between two restarts, where nothing else is asked for."""

STOP_SECONDS = 5.0
"""For the server to end; 1,000 people more have as much more."""

SPARE = 300
"""Descriptors that are needed for other things than people."""


class Handover(NamedTuple):
    """One restart."""

    told: str
    """The server's sentence on it."""
    still: float
    """Seconds for which people stood still, as the server has it."""
    silence: float
    """Seconds for which nobody was told anything, at the longest."""
    cpu_old: float
    """Seconds of CPU of the old process, from the signal on; its talk until it stands still is among them."""
    cpu_new: float
    """The same of the new one, since it was started."""
    descriptors: int
    """Those of the new one, once it serves."""
    memory: int
    """Its bytes in use, before the next restart."""


class RestartRun:
    """One run."""

    def __init__(self, folder: Path, people: int, lines: float, options: Sequence[str]) -> None:
        """Start a server.

        Args:
            folder: Where its state and its output go.
            people: How many there are.
            lines: How many all of them say in a second.
            options: More options of `twistchat serve`.

        Raises:
            CannotMeasure: It does not come up.
        """
        usual = ["--web=tcp:0:interface=127.0.0.1", "--irc=tcp:0:interface=127.0.0.1", "--per-address=off"]
        usual += ["--per-address-often=off", "--history=off", "--udp-silence=3600"]
        given = [option.partition("=")[0] for option in options]
        self._server = start_twistchat(
            folder, *(word for word in usual if word.partition("=")[0] not in given), *options
        )
        self._lock = folder / "state" / "lock"
        self._log = folder / "state" / LOG_FILE
        self._goal, self._gap = people, 1 / lines
        self._selector = selectors.DefaultSelector()
        self._said = 0
        self._next = 0.0
        self._heard_at = time.monotonic()
        self._talkers: deque[Witness] = deque()
        """Who talks in turn: all but those who are in the middle of a line."""
        self._silence = 0.0
        self.people: list[Witness] = []
        self.handovers: list[Handover] = []
        self.start_cpu = 0.0
        """Seconds of CPU that a new process takes where nobody is there."""
        self.closed: Counter[str] = Counter()
        """Who was dropped, by their ways."""

    def stop(self) -> None:
        """End the server, whichever process it is by now, and have everybody be gone; idempotent."""
        process = self._server.process
        if process is not None and process.poll() is None:
            server = _server_in(self._lock)  # the process that was started may be its keeper by now
            with suppress(ProcessLookupError):
                os.kill(server, signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS * (1 + self._goal / 1000))
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.kill(server, signal.SIGKILL)
        self._server.stop()
        self._selector.close()
        for guest in self.people:
            guest.socket.close()

    # --- people

    def enter(self, tell: Callable[[str], None] = lambda words: None) -> None:
        """Let everybody come in.

        Raises:
            CannotMeasure: The server does not let them.
        """
        places = _places(self._server)
        waiting: list[Witness] = []
        deadline = time.monotonic() + ENTER_SECONDS * (1 + self._goal / 1000)
        while waiting or len(self.people) < self._goal:
            while len(waiting) < WAVE and len(self.people) < self._goal:
                kind = WAYS[len(self.people) % len(WAYS)]
                guest = kind(f"p{len(self.people)}", places(kind))
                self._selector.register(guest, selectors.EVENT_READ, guest)
                self.people.append(guest)
                self._talkers.appendleft(guest)
                waiting.append(guest)
                if len(self.people) % 1000 == 0:
                    tell(f"{len(self.people)} people")
            self._hear(0.05)
            self._look()
            waiting = [guest for guest in waiting if not guest.is_in]
            if time.monotonic() > deadline or self.closed:
                last = {type(guest).__name__: guest.heard[-100:] for guest in waiting}
                raise CannotMeasure(f"the server let {self._goal - len(waiting)} of {self._goal} people in: {last}")

    def _hear(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            guest: Witness = key.data
            guest.read()
            now = time.monotonic()
            self._silence = max(self._silence, now - self._heard_at)
            self._heard_at = now
            if guest.is_gone:
                self._selector.unregister(guest)
                self.closed[guest.way] += 1

    def _look(self) -> None:
        for guest in self.people:
            if guest.unsent:
                guest.send(b"")
            guest.look()

    def _talk(self) -> None:
        """Say what is due, each in turn."""
        now = time.monotonic()
        for _ in range(int((now - self._next) / self._gap)):
            self._next += self._gap
            self._talkers[0].say(self._new_line())
            self._talkers.rotate(-1)

    def _new_line(self) -> str:
        self._said += 1
        return marked(self._said - 1)

    def live(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let people talk for a while, or until something is so."""
        end, self._next = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < end and not until():
            self._talk()
            self._hear(0.005)
            self._look()

    # --- restarts

    def restart(self, between: float = BETWEEN_SECONDS) -> None:
        """Have the server restart while people talk, and some of each way are in the middle of a line.

        Args:
            between: For how many seconds people talk behind it.

        Raises:
            CannotMeasure: It did not.
        """
        before = _server_in(self._lock)
        begun = self._begin_lines()
        spent, outcome = _cpu(before), list[tuple[str, bool]]()
        asking = threading.Thread(target=self._ask, args=(outcome,))
        self._silence, last = 0.0, [spent]
        asking.start()

        def is_over() -> bool:
            last[0] = _cpu(before) or last[0]
            return bool(outcome)

        self.live(WAIT_SECONDS, is_over)
        asking.join()
        told, is_done = outcome[0]
        if not is_done:
            raise CannotMeasure(f"a restart failed: {told}")
        after, still = _server_in(self._lock), facts(self._lock.read_text("utf-8"))["still"]
        new = _cpu(after)
        silence = max(self._silence, time.monotonic() - self._heard_at)
        for guest in begun:
            guest.finish()
            self._talkers.append(guest)
        self.live(between)
        descriptors, memory = len(os.listdir(f"/proc/{after}/fd")), machine.resident_bytes(after)
        self.handovers.append(Handover(told, still, silence, last[0] - spent, new, descriptors, memory))

    def measure_start(self) -> None:
        """Restart with nobody there: what a new process takes by itself.

        Raises:
            CannotMeasure: It did not.
        """
        outcome: list[tuple[str, bool]] = []
        self._ask(outcome)
        told, is_done = outcome[0]
        if not is_done:
            raise CannotMeasure(f"a restart failed: {told}")
        self.start_cpu = _cpu(_server_in(self._lock))

    def _ask(self, outcome: list[tuple[str, bool]]) -> None:
        try:
            outcome.append(ask(self._lock))
        except CannotAsk as error:
            outcome.append((str(error), False))

    def _begin_lines(self) -> list[Witness]:
        """Have one of each way, another each time, begin a line of which the end comes behind the restart."""
        by_way = {guest.way: guest for guest in self._talkers}
        for guest in by_way.values():
            self._talkers.remove(guest)
            guest.begin(self._new_line())
        return [*by_way.values()]

    # --- what became of it

    def check(self) -> RestartVerdict:
        """Wait until everybody was told everything, stop the server, and compare."""
        self._next = time.monotonic() + 3600
        deadline = time.monotonic() + SETTLE_SECONDS * (1 + self._goal / 2000)
        while time.monotonic() < deadline and any(len(each.numbers) < self._said for each in self.people):
            self._hear(0.05)
            self._look()
        self.stop()
        if self._log.exists():
            stored = [number for line in exported(self._log) for number in numbers_in((line.text or "").encode())]
        else:
            stored = [*max((each.numbers for each in self.people), key=len)]
        return RestartVerdict(self.people, self._said, stored, self.closed, self._server.said())


def _places(server: Server) -> Callable[[type[Witness]], tuple[str, int]]:
    web, irc, lines = server.by_web().address, server.by_irc().address, server.address
    assert server.datagrams is not None
    by_way = {
        "browsers": web,
        "IRC by WebSocket": web,
        "IRC": irc,
        "datagrams": server.datagrams,
        "numbered datagrams": server.datagrams,
    }
    return lambda kind: by_way.get(kind.way, lines)


def _server_in(lock: Path) -> int:
    return int(lock.read_text("utf-8", "replace").split()[0])


def _cpu(pid: int) -> float:
    """Seconds of CPU of a process; 0 for one that is gone."""
    try:
        return machine.cpu_seconds(pid)
    except OSError:
        return 0.0


def table(people: int, start_cpu: float, handovers: Sequence[Handover]) -> str:
    """What the restarts took: medians, and the worst."""
    still = [each.still for each in handovers]
    silence = [each.silence for each in handovers]
    new = [max(0.0, each.cpu_new - start_cpu) for each in handovers]
    old = [each.cpu_old for each in handovers]
    rows = [["", "median", "worst"]]
    rows += [
        [words, f"{median(some):.3f}", f"{max(some):.3f}"]
        for words, some in (
            ("stood still, s", still),
            ("nobody was told anything, s", silence),
        )
    ]
    rows += [
        [words, f"{1e6 * median(some) / people:.0f}", f"{1e6 * max(some) / people:.0f}"]
        for words, some in (
            ("CPU of the new process, µs a person", new),
            ("CPU of the old process, its talk included, µs a person", old),
        )
    ]
    return aligned([*rows, *_flat(handovers)])


def _flat(handovers: Sequence[Handover]) -> list[list[str]]:
    """What has to stay the same however often a server restarts."""
    descriptors = [each.descriptors for each in handovers]
    mebibytes = [each.memory / 2**20 for each in handovers]
    half = len(mebibytes) // 2
    return [
        ["", "first", "last"],
        ["descriptors", str(descriptors[0]), str(descriptors[-1])],
        ["memory, MiB", f"{mebibytes[0]:.1f}", f"{mebibytes[-1]:.1f}"],
        [
            "memory, MiB, median of each half",
            f"{median(mebibytes[: half or 1]):.1f}",
            f"{median(mebibytes[half:]):.1f}",
        ],
    ]


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{words}", end="", file=sys.stderr, flush=True)


def _numbered(count: int) -> Iterator[int]:
    for number in range(count):
        _progress(f"{number + 1} of {count} restarts")
        yield number
    if sys.stderr.isatty():
        print(file=sys.stderr)


def main(words: Sequence[str]) -> int:
    """Run `twistchat bench restart`.

    Returns:
        The exit status: 0 if nobody noticed anything.
    """
    parser = argparse.ArgumentParser(prog="twistchat bench restart", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=1000, metavar="N", help="default: %(default)s")
    parser.add_argument("--restarts", type=int, default=20, metavar="N", help="in a row [default: %(default)s]")
    parser.add_argument(
        "--every", type=float, default=BETWEEN_SECONDS, metavar="SECONDS", help="of talk between [default: %(default)g]"
    )
    parser.add_argument(
        "--lines", type=float, default=50.0, metavar="N", help="a second, of all [default: %(default)g]"
    )
    parser.add_argument("options", nargs="*", help="behind --: more options of twistchat serve")
    given = parser.parse_args(words)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if given.people > most - SPARE:
        print(f"twistchat bench restart: {given.people} people need ulimit -n {given.people + SPARE}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="twistchat-restart-") as folder:
        try:
            return _run(Path(folder), given)
        except CannotMeasure as error:
            print(f"twistchat bench restart: {error}", file=sys.stderr)
            return 1


def _run(folder: Path, given: argparse.Namespace) -> int:
    restarts = RestartRun(folder, given.people, given.lines, given.options)
    try:
        restarts.measure_start()
        restarts.enter(_progress)
        restarts.live(BETWEEN_SECONDS)
        for _ in _numbered(given.restarts):
            restarts.restart(given.every)
        verdict = restarts.check()
    finally:
        restarts.stop()
    print(f"people: {verdict.people}, restarts: {len(restarts.handovers)}")
    print(table(given.people, restarts.start_cpu, restarts.handovers), verdict, restarts.handovers[-1].told, sep="\n")
    return 0 if verdict.is_good else 1
