"""Restarting the servers of `twistchat serve --processes N`, one after another, so that the others are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twistchat.log.lockfile import holder
from twistchat.succession.asking import CannotAsk, outcome_of
from twistchat.succession.successor import told_of

FOLDER = "processes"
"""Where, in the state folder, the servers but the first have their own, and Redis its."""

LOCK = "lock"


def locks_of(folder: Path) -> list[Path]:
    """The locks of the servers on a state folder: its own, and those of others that run in it, in their order."""
    numbered = [path for path in (folder / FOLDER).glob(f"*/{LOCK}") if path.parent.name.isdecimal()]
    others = sorted(numbered, key=lambda path: int(path.parent.name))
    return [folder / LOCK, *(lock for lock in others if holder(lock) is not None)]


def restart_each(locks: Sequence[Path], asked: Callable[[Path], Any] = outcome_of) -> tuple[str, bool]:
    """Have one server after another hand over; the first that does not is the last that was asked.

    Args:
        locks: Theirs, in their order; the first one is server 1.
        asked: Asks one, and gives what came of it.

    Returns:
        What came of it, in a sentence, and whether all were restarted.
    """
    numbers = ["1", *(lock.parent.name for lock in locks[1:])]
    done: list[Any] = []
    for number, lock in zip(numbers, locks, strict=True):
        try:
            outcome = asked(lock)
        except CannotAsk as error:
            outcome = {"done": False, "told": str(error)}
        if not outcome["done"]:
            before = f"Restarted before: {', '.join(numbers[: len(done)])}." if done else "None was restarted before."
            return f"Server {number}: {outcome['told'].rstrip('.')}. {before}", False
        done.append(outcome)
    again: Counter[str] = Counter()
    for outcome in done:
        again.update(outcome["again"])
    kept, still = sum(outcome["kept"] for outcome in done), max(outcome["still"] for outcome in done)
    begins = f"Restarted {len(done)} servers, one after another"
    return told_of(done[0]["before"], kept, again, still, begins), True
