"""What a check has found."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Severity(Enum):
    """How it is."""

    OK = "ok"
    LOOK = "look"
    """It works, and may not be what is wanted."""
    WRONG = "wrong"


class Finding(NamedTuple):
    """One of them."""

    verdict: Severity
    found: str
    advice: str = ""
    """What to type, or to write where."""


def ok(found: str) -> Finding:
    """All is well."""
    return Finding(Severity.OK, found)


def look(found: str, advice: str) -> Finding:
    """Somebody should look at that."""
    return Finding(Severity.LOOK, found, advice)


def wrong(found: str, advice: str) -> Finding:
    """That does not work."""
    return Finding(Severity.WRONG, found, advice)
