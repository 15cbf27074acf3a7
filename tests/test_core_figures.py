"""What is counted for those who watch a server."""

from __future__ import annotations

import pytest
from support.chat import Chat

from twistchat.core.limits import Rate
from twistchat.errors import NotStored, TooManyConnections


def test_nothing_is_counted_of_a_chat_where_nothing_happened(chat: Chat) -> None:
    figures = chat.hub.figures
    assert (figures.commits, figures.commit_seconds, figures.failures, figures.refusals) == (0, 0.0, 0, {})


def test_each_batch_is_counted_once_with_the_time_that_the_log_took_over_it(chat: Chat) -> None:
    ada = chat.enters("ada")
    figures = chat.hub.figures
    before = figures.commits
    ada.sends("one", "two")
    assert (figures.commits, figures.commit_seconds) == (before + 1, 0.0)
    for number, seconds in enumerate((2.0, 3.0), before + 2):
        chat.log.slow = True
        ada.sends("a line")
        chat.clock.advance(seconds)
        chat.log.hurry()
        assert figures.commits == number
    assert figures.commit_seconds == 5.0


def test_what_is_not_stored_is_no_batch_and_counted_for_itself(chat: Chat) -> None:
    ada = chat.enters("ada")
    before = chat.hub.figures.commits
    chat.log.failing = NotStored("the disk is full")
    ada.sends("one")
    ada.sends("two")
    assert (chat.hub.figures.failures, chat.hub.figures.commits) == (2, before)


def test_a_private_message_is_a_batch_that_the_log_never_saw(chat: Chat) -> None:
    ada = chat.enters("ada")
    chat.enters("bob")
    stored = len(chat.log.appended)
    ada.sends("/msg bob psst")
    assert len(chat.log.appended) == stored


def test_each_refusal_is_counted_by_its_code_also_at_the_door(chat: Chat) -> None:
    chat.limit(per_address=1, flood=Rate(1.0, 5))
    ada = chat.connects(address="203.0.113.7")
    ada.sends("ada")
    with pytest.raises(TooManyConnections):
        chat.connects(address="203.0.113.7")
    with pytest.raises(TooManyConnections):
        chat.connects(address="203.0.113.7")
    ada.sends("/nosuch", "/leave tea", "/nosuch")
    assert chat.hub.figures.refusals == {"too-many-connections": 2, "unknown-command": 2, "not-in-room": 1}
