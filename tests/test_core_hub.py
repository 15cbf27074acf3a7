"""The room as people see it: what is said reaches everyone, once, in the log's order."""

from __future__ import annotations

from support.chat import Chat


def test_what_somebody_says_reaches_everyone_its_speaker_too(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears()
    ada.sends("good morning")
    assert ada.hears() == bob.hears() == ["ada: good morning"]
