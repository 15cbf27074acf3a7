"""For how long something holds, as administrators, moderators and options write it."""

from __future__ import annotations

import re

from twistchat.errors import NotADuration

HOUR = 3600.0
"""Seconds for which a ban, a mute or a lock holds unless it is said: a lesson's length."""

FOREVER = "forever"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION = re.compile(r"([0-9]{1,6})([smhdw])")

LONGEST = 100 * 366 * 86400.0
"""Seconds; what shall hold for longer is meant to hold for good, and must be said so."""


def parse_duration(text: str) -> float | None:
    """Read a time such as `90s`, `10m`, `2h`, `3d`, `1w`, or several of them together, or `forever`.

    Returns:
        Seconds; None for good.

    Raises:
        NotADuration: It is none of these.
    """
    word = text.strip().lower()
    if word == FOREVER:
        return None
    seconds = float(sum(int(count) * _UNITS[unit] for count, unit in _DURATION.findall(word)))
    if not re.fullmatch(f"(?:{_DURATION.pattern})+", word) or not 0 < seconds <= LONGEST:
        raise NotADuration(text)
    return seconds


def time_and_reason(text: str) -> tuple[float | None, str]:
    """Read what stands behind whom a mute, a ban or a lock is about: a word that begins with a digit is a time.

    Returns:
        Seconds, None for good, an hour where no time is given; and the reason.

    Raises:
        NotADuration: It is none that can be read.
    """
    word, _, rest = text.partition(" ")
    if word[:1].isdigit() or word.casefold() == FOREVER:
        return parse_duration(word), rest.strip()
    return HOUR, text
