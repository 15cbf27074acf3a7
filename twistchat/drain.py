"""`twistchat drain`: a server is emptied, and stopped; people come in again elsewhere, or once it has started again."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from twistchat.core.durations import parse_duration
from twistchat.errors import NotADuration
from twistchat.log.lockfile import holder
from twistchat.log.whoserves import GONE_LOOKS, CannotAsk, server_of, tell
from twistchat.statefolder import STATE_DIR
from twistchat.status import FAILED, OK

STOP_SECONDS = 10.0
"""How long the server has to stop once it is told to."""

LOOK_SECONDS = 0.05

BREAKING_OFF = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends this command."""


def drain(words: Sequence[str]) -> int:
    """Have the server of a state folder take nobody new, and stop it once nobody is left or the time is up.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="twistchat drain",
        description="Have a server take nobody new, tell those who are there, and stop it once they have gone, or when "
        "the time is up. Under systemd or `serve --processes` another starts in its place.",
    )
    parser.add_argument("--state-dir", metavar="DIR", type=Path, default=Path(STATE_DIR), help="default: %(default)s")
    parser.add_argument(
        "--for", dest="span", metavar="TIME", type=_span, default=60.0, help="such as 90s [default: 1m]"
    )
    given = parser.parse_args(words)
    try:
        pid = _emptied(given.state_dir / "lock", given.span)
    except CannotAsk as error:
        print(f"twistchat: {error}", file=sys.stderr)
        return FAILED
    print(f"process {pid} has stopped", file=sys.stderr)
    return OK


def _emptied(lock: Path, seconds: float) -> int:
    """Have a server stop once nobody is left, or after so many seconds, and give its process id.

    Raises:
        CannotAsk: There is none, it is another user's, it does not stop, or this is broken off.
    """
    pid = server_of(lock)
    try:
        with _may_be_broken_off():
            tell(pid, signal.SIGUSR1)
            if _is_gone(lock, pid, seconds):
                return pid
            tell(pid, signal.SIGTERM)
            if _is_gone(lock, pid, STOP_SECONDS):
                return pid
    except BrokenOff:
        raise CannotAsk(
            f"process {pid} still takes nobody new, and stops once the last has gone, whenever that is. `twistchat "
            f"drain` again stops it when the time is up, `kill {pid}` at once."
        ) from None
    raise CannotAsk(f"process {pid} does not stop; `kill -9 {pid}` ends it.")


class BrokenOff(Exception):
    """Whoever asked for it waits no longer."""


@contextmanager
def _may_be_broken_off() -> Iterator[None]:
    """Have the signals that would end this command raise BrokenOff."""

    def break_off(*_: object) -> None:
        raise BrokenOff

    before = {number: signal.signal(number, break_off) for number in BREAKING_OFF}
    try:
        yield
    finally:
        for number, do in before.items():
            signal.signal(number, do)


def _span(word: str) -> float:
    """Seconds.

    Raises:
        ArgumentTypeError: It is no time that ends.
    """
    try:
        seconds = parse_duration(word)
    except NotADuration:
        seconds = None
    if seconds is None:
        raise argparse.ArgumentTypeError(f"{word!r} is not a time such as 90s, 5m or 1h30m")
    return seconds


def _is_gone(lock: Path, pid: int, seconds: float, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Wait until a process holds a folder no more; false where it still does after so many seconds."""
    deadline, unseen = time.monotonic() + seconds, 0
    while unseen < GONE_LOOKS:
        unseen = 0 if holder(lock) == pid else unseen + 1
        if unseen and not tell(pid, 0):
            return True
        if not unseen and time.monotonic() >= deadline:
            return False
        sleep(LOOK_SECONDS)
    return True
