"""What every target of the fuzzer takes: a chat, reads, and the rule that nothing that comes out acts on a terminal."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from support.chat import Chat
from twisted.internet.task import Clock

from twistchat.log.memory import MemoryLog
from twistchat.wire.line import LineFormat

ACTS = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal or a reader's eye would be misled by; LF and CR end lines."""


def check_harmless(shown: str) -> None:
    """Make sure that nothing in it acts on a terminal."""
    found = ACTS.search(shown)
    assert found is None, f"{found[0]!a} came out in {shown[max(0, found.start() - 60) : found.end() + 20]!a}"


def a_chat() -> Chat:
    """A small chat whose people speak as fast as they like, in lines."""
    clock = Clock()
    chat = Chat(MemoryLog(clock.seconds), clock, flood=None)
    chat.format = LineFormat()
    return chat


def pieces(data: bytes, choose: random.Random) -> list[bytes]:
    """The reads that bytes come in."""
    cuts = sorted(choose.randrange(len(data) + 1) for _ in range(choose.randrange(4)))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b]


class Target(NamedTuple):
    """A way in, and what people send there."""

    run: Callable[[bytes, random.Random], None]
    seeds: Sequence[bytes]
