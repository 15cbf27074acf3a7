"""Which name an operator may have meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.chat import Chat
from support.operator import an_operator
from support.results import at_once

from twistchat.admin import nearest
from twistchat.admin.binding import bind_words, read_words
from twistchat.admin.nearest import nearest_name
from twistchat.admin.operator import Operator
from twistchat.admin.verbs import VERBS
from twistchat.core.claimkeeping import grant


@pytest.fixture
def op(chat: Chat, tmp_path: Path) -> Operator:
    return an_operator(chat, tmp_path)


@pytest.mark.parametrize(
    ("here", "wanted", "meant"),
    [
        (["bob", "eve"], "bbo", "bob"),
        (["Robert", "Rob"], "ROBRT", "Robert"),
        (["bob", "eve"], "zed", None),
        (["bob"], "b", None),
        (["小明", "大红"], "小名", "小明"),
        (["小明"], "大红", None),
        ([], "bob", None),
    ],
)
def test_the_name_most_like_another_is_found(chat: Chat, here: list[str], wanted: str, meant: str | None) -> None:
    for name in here:
        chat.enters(name)
    assert nearest_name(chat.hub, wanted) == meant


def test_the_owner_of_a_claimed_name_is_meant_while_they_are_away(op: Operator, chat: Chat) -> None:
    chat.enters("bo")
    at_once(grant(chat.hub, "op", "bob"))
    assert nearest_name(chat.hub, "boob") == "bob"
    assert nearest_name(chat.hub, "bob") is None


def test_what_is_compared_is_bounded(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "MOST_COMPARED", 0)
    chat.enters("bob")
    assert nearest_name(chat.hub, "bbo") is None


@pytest.mark.parametrize("verb", ["mute", "ban"])
def test_programs_are_told_it_too(op: Operator, chat: Chat, verb: str) -> None:
    chat.enters("bob")
    row, rest = read_words(VERBS, [verb, "bbo"])
    assert at_once(op.run(row, bind_words(row, rest))).data()["nearest"] == "bob"
    row, rest = read_words(VERBS, [verb, "10.9.0.0/16"])
    assert at_once(op.run(row, bind_words(row, rest))).data()["nearest"] is None
