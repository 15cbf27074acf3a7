"""Restarting the servers of `twistchat serve --processes N`, one after another, so that the others are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from twistchat.log.lockfile import holder
from twistchat.log.whoserves import CannotAsk
from twistchat.succession.outcome import facts, told_of

FOLDER = "processes"
"""Where, in the state folder, the servers but the first have their own, and Redis its."""

LOCK = "lock"


def locks_of(folder: Path) -> list[Path]:
    """The locks of the servers on a state folder: its own, and those of others that run in it, in their order."""
    numbered = [path for path in (folder / FOLDER).glob(f"*/{LOCK}") if path.parent.name.isdecimal()]
    others = sorted(numbered, key=lambda path: int(path.parent.name))
    return [folder / LOCK, *(lock for lock in others if holder(lock) is not None)]


def restart_each(locks: Sequence[Path], asked: Callable[[Path], tuple[str, bool]]) -> tuple[str, bool]:
    """Have one server after another hand over; the first that does not is the last that was asked.

    Args:
        locks: Theirs, in their order; the first one is server 1.
        asked: Asks one, and gives what came of it, or raises CannotAsk.

    Returns:
        What came of it, in a sentence, and whether all were restarted.
    """
    numbers = ["1", *(lock.parent.name for lock in locks[1:])]
    done: list[Mapping[str, Any]] = []
    for number, lock in zip(numbers, locks, strict=True):
        try:
            said, is_done = asked(lock)
        except CannotAsk as error:
            said, is_done = str(error), False
        if not is_done:
            before = f"Restarted before: {', '.join(numbers[: len(done)])}." if done else "None was restarted before."
            return f"Server {number}: {said.rstrip('.')}. {before}", False
        done.append(facts(lock.read_text("utf-8")))
    return _told(done), True


def _told(done: Sequence[Mapping[str, Any]]) -> str:
    """One sentence for all."""
    again: Counter[str] = Counter()
    for each in done:
        again.update(each["again"])
    kept, still = sum(each["kept"] for each in done), max(each["still"] for each in done)
    return told_of(done[0]["before"], kept, again, still, f"Restarted {len(done)} servers, one after another")
