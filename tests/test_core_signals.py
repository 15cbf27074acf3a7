"""Signals of people at other servers, where this one has trouble of its own."""

from __future__ import annotations

import pytest
from support.chat import Chat
from support.flakylog import FlakyLog

from twistchat.core import pipeline
from twistchat.errors import NotStored
from twistchat.log.memory import MemoryLog

SIGNAL = {"kind": "away", "rooms": ["lobby"], "name": "ada", "text": "tea"}


def test_a_signal_beside_what_cannot_be_stored_is_told_to_nobody_and_harms_nothing(chat: Chat) -> None:
    log = FlakyLog(MemoryLog(chat.clock.seconds))
    chat = Chat(log, chat.clock)  # type: ignore[arg-type]
    ada = chat.enters("ada")
    log.failing = NotStored("the disk is full")
    ada.types("hello")
    chat.hub.signals.heard(SIGNAL)
    ada.types("once more")
    chat.turn()
    log.failing = None
    ada.hears()
    assert ada.asks("and now") == ["ada: and now"]


def test_where_much_waits_nobody_is_told_of_a_signal(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = chat.enters("ada")
    ada.hears()
    monkeypatch.setattr(pipeline, "MOST_PENDING", 0)
    chat.hub.signals.heard(SIGNAL)
    monkeypatch.undo()
    chat.turn()
    assert ada.asks("hello") == ["ada: hello"]
