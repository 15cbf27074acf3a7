"""Where the server is: what it is called."""

from __future__ import annotations

from twistchat.core.text import clean

NAME_BYTES = 48
"""The most that a server's name has, in UTF-8: an answer of 64 bytes has room for it and for two ports behind it."""


def checked_name(name: str) -> str:
    """Make sure that the server may be called so, and return its name as it will be shown.

    Args:
        name: What the operator wrote, such as `Room 12`; spaces within are fine.

    Raises:
        ValueError: It is empty, too long, or has something in it that nobody sees; the text says so.
    """
    shown = clean(name)
    if shown != name.strip(" "):
        raise ValueError("a name has no control characters and nothing else in it that nobody can see")
    if not shown:
        raise ValueError("a name has something to be seen in it, such as Room 12")
    if len(shown.encode()) > NAME_BYTES:
        raise ValueError(f"a name has {NAME_BYTES} bytes at most: as many letters, or 16 Chinese characters")
    return shown
