"""Where the client runs: what its streams can carry, and what its terminal can do."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from io import TextIOWrapper
from typing import TextIO


def make_usable(*streams: TextIO) -> None:
    """Have streams take any text: UTF-8 where the locale knows ASCII alone, as with `LC_ALL=C`, `?` elsewhere.

    A terminal whose locale is not set up shows UTF-8 all the same; Python assumes so too, but only at times (PEP 540).
    """
    for stream in streams:
        if not isinstance(stream, TextIOWrapper):
            continue
        if codecs.lookup(stream.encoding).name == "ascii":
            stream.reconfigure(encoding="utf-8", errors="replace")
        else:
            stream.reconfigure(errors="replace")


def can_move_cursor(environment: Mapping[str, str]) -> bool:
    """Whether the terminal has more than lines: Emacs' shell and the like call themselves dumb."""
    return environment.get("TERM", "").casefold() not in ("", "dumb", "unknown")
