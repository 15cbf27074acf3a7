"""What has become of a restart, as the state folder's lock tells it on a line of JSON to whoever asked for it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from twistchat import __version__
from twistchat.core.text import counted


def begun() -> str:
    """What is told while one goes on."""
    return json.dumps({"begun": time.time()})


def told(sentence: str, is_done: bool, **facts: Any) -> str:
    """What is told at the end of one.

    Args:
        sentence: For whoever asked for it.
        is_done: Whether it was.
        facts: What the sentence says; see `told_of`.
    """
    return json.dumps({"done": is_done, "at": time.time(), "told": sentence, **facts})


def is_going_on(lock: str) -> bool:
    """Whether what is in a lock says that one goes on."""
    return "begun" in _read(lock)


def outcome(lock: str) -> tuple[str, bool] | None:
    """What is in a lock of the latest: a sentence, and whether it was done; None where there was none yet."""
    found = _read(lock)
    return (found["told"], found["done"]) if {"told", "done"} <= found.keys() else None


def facts(lock: str) -> dict[str, Any]:
    """What is in a lock of the latest that was done, as `told_of` takes it."""
    return {name: value for name, value in _read(lock).items() if name in ("before", "kept", "again", "still")}


def _read(lock: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(lock.partition("\n")[2])
    except ValueError:  # it is just being written
        return {}
    return found if isinstance(found, dict) else {}


def told_of(before: str, kept: int, again: Mapping[str, int], still: float, begins: str = "Restarted") -> str:
    """The sentence on a restart that was done.

    Args:
        before: The version of the old process.
        kept: People who were kept.
        again: How many have to come again, by why.
        still: Seconds for which people stood still.
        begins: What it begins with.
    """
    count = sum(again.values())
    why = f" ({', '.join(f'{number} by {way}' for way, number in again.items())})" if count else ""
    have = "has" if count == 1 else "have"
    people = counted(kept, "person", "people")
    return (
        f"{begins}: {before} → {__version__}. {people} kept, {count} {have} to come again{why}, "
        f"stood still for {still:.2f} s."
    )
