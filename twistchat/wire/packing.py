"""Bytes and timers as JSON has them, for what one process writes down of a connection and another one reads."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from twistchat.core.clocks import Clock, Timer

Written = dict[str, Any]
"""What is written down of one thing: values of JSON alone; times are seconds that are left or have gone by."""


def packed(data: bytes | bytearray) -> str:
    """Bytes as text."""
    return b64encode(data).decode("ascii")


def unpacked(text: str) -> bytes:
    """The bytes that `packed` made a text of.

    Raises:
        ValueError: It made none of this.
    """
    return b64decode(text, validate=True)


def again(seconds: float | None, call: Callable[[], object], clock: Clock) -> Timer | None:
    """A timer of which so much was left; None where none ran."""
    return None if seconds is None else clock.callLater(seconds, call)
