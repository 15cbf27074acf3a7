"""How often the server looks for garbage: rarely, and never through what is there from the start."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest
from support.chat import Chat
from support.standin import stand_in

from twistchat import garbage
from twistchat.garbage import SECONDS, THRESHOLDS, Sweeping

LOOKED = """
import gc
from twistchat.garbage import collect_rarely
collect_rarely()
print(*gc.get_threshold(), gc.get_freeze_count() > 1000)
"""


def test_a_server_looks_for_garbage_rarely_and_not_through_what_is_there_from_the_start() -> None:
    """In a process of its own, as it holds for a whole process."""
    done = subprocess.run([sys.executable, "-c", LOOKED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [*map(str, THRESHOLDS), "True"]


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chat]:
    """One whose garbage Python leaves alone by itself, and where five are many."""
    monkeypatch.setattr(garbage, "LEAST_GONE", 5)
    chat = Chat()
    sweeping = Sweeping(chat.hub, chat.clock)
    sweeping.startService()
    gc.disable()
    yield chat
    gc.enable()
    sweeping.stopService()
    sweeping.stopService()
    assert not chat.clock.getDelayedCalls()


def come_and_go(chat: Chat, count: int) -> list[weakref.ref[object]]:
    gone = []
    for number in range(count):
        person = chat.enters(f"guest{number}")
        gone.append(weakref.ref(person.session.person))
        person.vanishes()
        chat.turn()
    return gone


def test_once_many_are_gone_nothing_is_left_of_them(chat: Chat) -> None:
    gone = come_and_go(chat, 4)
    chat.clock.advance(SECONDS)
    assert any(person() for person in gone)
    gone += come_and_go(chat, 1)
    assert any(person() for person in gone)
    chat.clock.advance(SECONDS)
    assert not any(person() for person in gone)


def test_as_many_have_to_be_gone_as_are_here(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look takes as long as all who are here and all who are gone are many."""
    looks: list[None] = []
    stand_in(monkeypatch, garbage, "gc", collect=lambda: looks.append(None))
    for number in range(8):
        chat.enters(f"ada{number}")
    come_and_go(chat, 7)
    chat.clock.advance(SECONDS)
    assert not looks
    come_and_go(chat, 1)
    chat.clock.advance(SECONDS)
    chat.clock.advance(SECONDS)
    assert looks == [None]
