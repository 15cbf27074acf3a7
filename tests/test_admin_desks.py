"""The verbs about moderators: giving a code, listing whose hold, taking one back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.chat import Chat
from support.operator import an_operator
from support.results import at_once

from twistchat.admin.binding import bind_words, read_words
from twistchat.admin.operator import Operator
from twistchat.admin.verbs import VERBS
from twistchat.errors import ChatError, LastsTooLong, NobodyModerates, NotADuration, WrongUse


@pytest.fixture
def op(chat: Chat, tmp_path: Path) -> Operator:
    operator = an_operator(chat, tmp_path)
    page = "http://192.168.1.7:7980/"
    return replace(operator, administration=replace(operator.administration, page=lambda: page))


def run(op: Operator, *words: str):
    row, rest = read_words(VERBS, words)
    return at_once(op.run(row, bind_words(row, rest)))


def test_a_moderators_code_and_its_link_are_shown_once(op: Operator, tmp_path: Path) -> None:
    outcome = run(op, "moderator", "Ms Li", "7b")
    facts = outcome.data()
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", facts["code"])
    assert facts["link"] == f"http://192.168.1.7:7980/#moderate={facts['code']}"
    text = outcome.text()
    assert f"/moderate {facts['code']}" in text
    assert facts["link"] in text.splitlines()[1], "on a line of its own, to be copied"
    assert text.endswith("undo 1 takes it back.")
    audit = (tmp_path / "audit.jsonl").read_text()
    assert facts["code"] not in audit
    for shown in (run(op, "audit"), run(op, "why", "1"), run(op, "moderators")):
        assert facts["code"] not in shown.text()
        assert op.journal.find(1).digest not in shown.text(), "nor anything to try codes on"


def test_two_codes_are_never_the_same(op: Operator) -> None:
    assert len({run(op, "moderator", "Ms Li", "7b").data()["code"] for _ in range(5)}) == 5


def test_without_a_page_there_is_no_link(op: Operator) -> None:
    plain = replace(op, administration=replace(op.administration, page=str))
    outcome = run(plain, "moderator", "Ms Li", "7b", "2h")
    assert outcome.data()["link"] == ""
    assert "http" not in outcome.text()


def test_moderators_lists_whose_codes_hold_and_who_is_here_by_them(chat: Chat, op: Operator) -> None:
    assert run(op, "moderators").text() == "Nobody moderates a room."
    code = run(op, "moderator", "Ms Li", "lobby").data()["code"]
    run(op, "moderator", "Mr Wu", "7b", "2h")
    chat.enters("li").sends(f"/moderate {code}")
    rows = run(op, "moderators").data()
    assert [(row["act"], row["label"], row["room"], row["here"]) for row in rows] == [
        (1, "Ms Li", "lobby", ["li"]),
        (2, "Mr Wu", "7b", []),
    ]
    outcome = run(op, "unmoderate", "Ms", "Li")
    assert outcome.text() == "Ms Li moderates no more. Told here: li. undo 4 takes it back."
    assert run(op, "unmoderate", "mr wu").data()["people"] == []
    assert run(op, "moderators").data() == []


def test_what_a_moderator_did_is_told_with_its_room_by_audit_and_why_and_bans(chat: Chat, op: Operator) -> None:
    code = run(op, "moderator", "Ms Li", "lobby").data()["code"]
    li, _ = chat.enters("li"), chat.enters("bob", address="10.0.0.2")
    li.sends(f"/moderate {code}", "/mute bob loud", "/mute bob louder", "/lock", "/topic sums")
    assert "bob, 10.0.0.2/32 in lobby" in run(op, "bans").text()
    audit = run(op, "audit").text()
    assert re.search(r"mute +bob, 10.0.0.2/32 in lobby +louder .*Ms Li", audit)
    why = run(op, "why", "4").text()
    assert "by Ms Li" in why
    assert "in lobby alone" in why
    assert run(op, "why", "4").data()["room"] == "lobby"
    assert len(run(op, "audit", "lobby").data()) == 6, "found by its room"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("Ms Li", "7b", "forever"), LastsTooLong),
        (("Ms Li", "7b", "2y"), NotADuration),
        (("Ms Li",), WrongUse),
        (("Ms", "Li", "7b", "8h"), WrongUse),
        (("", "7b"), ChatError),
        (("Ms Li", "not a room"), ChatError),
    ],
)
def test_what_cannot_be_is_refused(op: Operator, words: tuple[str, ...], error: type[ChatError]) -> None:
    with pytest.raises(error):
        run(op, "moderator", *words)
    with pytest.raises(NobodyModerates):
        run(op, "unmoderate", "Ms Li")
