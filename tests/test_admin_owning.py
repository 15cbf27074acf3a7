"""The verbs about names of people's own: handed out, listed, given a new code, set free."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.chat import Chat
from support.command import runs
from support.operator import an_operator
from support.results import at_once
from support.rows import Rows

from twistchat.admin.binding import bind_words, read_words
from twistchat.admin.console import Console
from twistchat.admin.operator import Operator
from twistchat.admin.verbs import VERBS
from twistchat.core import claimkeeping
from twistchat.core.bans import Act
from twistchat.errors import ChatError, ClaimedAlready, ClaimsFull, NobodyClaimed, TextTooLong


@pytest.fixture
def op(chat: Chat, tmp_path: Path) -> Operator:
    return an_operator(chat, tmp_path)


def run(op: Operator, *words: str) -> Any:
    row, rest = read_words(VERBS, words)
    return at_once(op.run(row, bind_words(row, rest)))


def comes(chat: Chat, name: str, code: str) -> bool:
    """Whether somebody gets in under a name by a code."""
    person = chat.connects()
    person.sends(name)
    person.sends(code)
    is_in = bool(person.rooms)
    person.vanishes()
    return is_in


def test_a_class_list_of_names_is_handed_out_with_a_code_for_each(op: Operator, chat: Chat, tmp_path: Path) -> None:
    rows = run(op, "claim", "ada", "小明", "ada").data()
    assert [row["name"] for row in rows] == ["ada", "小明"]
    assert all(comes(chat, row["name"], row["code"]) for row in rows)
    audit = (tmp_path / "audit.jsonl").read_text()
    assert not any(row["code"] in audit for row in rows)


def test_of_many_names_those_that_cannot_be_handed_out_cost_no_other_its_code(op: Operator, chat: Chat) -> None:
    rows = run(op, "claim", "ada", "admin", "bob").data()
    assert [row["name"] for row in rows] == ["ada", "bob", "admin"]
    assert comes(chat, "bob", rows[1]["code"])
    assert "is kept for the server itself" in rows[2]["why not"]


def test_who_has_a_name_that_is_handed_out_keeps_it_until_they_go(op: Operator, chat: Chat) -> None:
    ada = chat.enters("ada")
    run(op, "claim", "ada")
    assert ada.name == "ada" and not ada.session.is_gone
    ada.vanishes()
    assert not comes(chat, "ada", "1" * 16)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["claim", "ada"], ClaimedAlready),
        (["claim", "ADA"], ClaimedAlready),
        (["claim", "admin"], ChatError),
        (["recode", "bob"], NobodyClaimed),
        (["release", "bob"], NobodyClaimed),
        (["claims", "bob"], NobodyClaimed),
        (["release", "ada", "x" * 2000], TextTooLong),
    ],
)
def test_what_cannot_be_done_is_said(op: Operator, words: list[str], error: type[ChatError]) -> None:
    run(op, "claim", "ada")
    with pytest.raises(error):
        run(op, *words)


def test_no_more_names_are_handed_out_than_are_kept(op: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claimkeeping, "MOST_CLAIMS", 1)
    run(op, "claim", "ada")
    with pytest.raises(ClaimsFull):
        run(op, "claim", "bob")


def test_claims_are_listed_without_anything_secret(op: Operator, chat: Chat) -> None:
    assert run(op, "claims").text() == "No name is claimed."
    run(op, "claim", "ada", "bob")
    chat.enters("eve")
    assert [(row["name"], row["proofs"]) for row in run(op, "claims").data()] == [
        ("ada", ["a code"]),
        ("bob", ["a code"]),
    ]
    shown = run(op, "claims", "ADA").text()
    assert "ada" in shown and "bob" not in shown and "kept" not in shown
    for words in (["audit"], ["why", "1"]):
        assert "kept" not in run(op, *words).text()


def test_a_lost_code_is_replaced_and_the_devices_go_on(op: Operator, chat: Chat) -> None:
    (row,) = run(op, "claim", "ada").data()
    page = chat.connects()
    page.session.take_place("ada", "k" * 22)
    page.sends("ada")
    page.sends(row["code"])
    page.vanishes()
    outcome = run(op, "recode", "ada")
    assert not comes(chat, "ada", row["code"])
    assert comes(chat, "ada", outcome.data()["code"])
    again = chat.connects()
    again.session.take_place("ada", "k" * 22)
    again.sends("ada")
    assert again.rooms


def test_a_released_name_is_free_and_undo_gives_it_back(op: Operator, chat: Chat) -> None:
    (row,) = run(op, "claim", "ada").data()
    outcome = run(op, "release", "ada", "left", "school")
    assert outcome.text() == f"ada is free again. undo {outcome.undone_by} takes it back."
    assert chat.enters("ada").name == "ada"
    run(op, "undo", str(outcome.undone_by))
    assert [each["name"] for each in run(op, "claims").data()] == ["ada"]
    chat.hub.roster.find("ada").close()
    assert comes(chat, "ada", row["code"])


def test_nobody_is_renamed_to_a_name_that_is_claimed(op: Operator, chat: Chat) -> None:
    run(op, "claim", "ada")
    chat.enters("eve")
    with pytest.raises(ChatError, match="is claimed"):
        run(op, "rename", "eve", "ada")


# --- a class list


LIST = b"\xef\xbb\xbfada\n\n\xe5\xb0\x8f\xe6\x98\x8e \nAda Lovelace\nadmin\nADA\nbob\n"
"""As an editor on Windows writes it: a byte order mark, an empty line; and names that cannot be."""


def test_a_class_list_is_answered_by_lines_to_be_printed_and_what_cannot_be_by_its_line(
    op: Operator, chat: Chat
) -> None:
    run(op, "claim", "zoe")
    status, out, errors = runs(chat, op, "claim -", LIST + b"zoe\n")
    codes = chat.vault.given[-3:]
    assert out == f"ada   {codes[0]}\n小明  {codes[1]}\nbob   {codes[2]}\n"
    assert errors.splitlines() == [
        "line 4, Ada Lovelace: A name cannot have spaces in it. Join the words with _ or -.",
        "line 5, admin: admin is kept for the server itself. Choose another name.",
        "line 6, ADA: it stands in line 1 already.",
        "line 8, zoe: zoe is claimed. `recode zoe` gives it a new code.",
    ]
    assert status == 1
    assert comes(chat, "小明", codes[1]) and comes(chat, "bob", codes[2])


def test_a_list_of_one_name_is_a_list_too_and_for_programs_it_is_json(op: Operator, chat: Chat) -> None:
    assert runs(chat, op, "claim -", b"ada") == (0, f"ada  {chat.vault.given[-1]}\n", "")
    status, out, _ = runs(chat, op, "claim - --json", b"bob\nb b\n")
    rows = json.loads(out)
    assert rows[0]["name"] == "bob" and rows[1]["line"] == 2 and status == 1
    assert runs(chat, op, "claim -", b"\n \n")[0] == 1


def test_a_list_that_is_too_long_is_refused_before_anything_is_done(op: Operator, chat: Chat) -> None:
    names = "\n".join(f"n{number}" for number in range(501))
    assert "more than 500 names. Nothing was done" in runs(chat, op, "claim -", names.encode())[2]
    assert "more than 500 names" in runs(chat, op, f"claim {names.replace(chr(10), ' ')}")[2]
    assert not len(chat.hub.rules.claims)


@pytest.mark.parametrize(
    ("has_python", "call", "mark"), [(True, 'claim("-")', ">>> "), (False, "claim -", "twistchat> ")]
)
def test_the_prompt_asks_for_a_list_until_an_empty_line_or_ctrl_d(
    op: Operator, chat: Chat, has_python: bool, call: str, mark: str
) -> None:
    rows = Rows()
    console = Console(op, 80, rows.write, lambda: None, has_python)
    console.receive(f"{call}\r".encode())
    assert "an empty line ends the list" in rows.done[-1] and rows.text == "... "
    console.receive("小明\rada\rb b\r\r".encode())
    assert rows.text == mark
    assert rows.done[-3:] == [
        f"小明  {chat.vault.given[0]}",
        f"ada   {chat.vault.given[1]}",
        "line 3, b b: A name cannot have spaces in it. Join the words with _ or -.",
    ]
    console.receive(f"{call}\reve\r\x04".encode())
    assert rows.done[-1] == f"eve  {chat.vault.given[2]}"
    console.receive(f"{call}\rzoe\r\x03".encode())
    assert rows.text == mark and chat.hub.rules.claims.find("zoe") is None
    console.receive((f"{call}\r" + "x\r" * 1001).encode())
    assert "more than 500 names" in rows.done[-1]


def test_of_very_many_names_the_newest_are_listed_and_how_many_there_are_beside(op: Operator, chat: Chat) -> None:
    acts = [Act("claim", "op", f"n{n}", number=n, time=float(n), proofs=("code:1:1",)) for n in range(1, 1203)]
    chat.hub.rules.take(*acts)
    shown = run(op, "claims").text().splitlines()
    assert len(shown) == 202 and shown[1].startswith("n1003 ") and shown[-2].startswith("n1202 ")
    assert shown[-1] == "1002 earlier ones: claims --count 1000, or claims NAME."
    assert len(run(op, "claims", "--count", "5000").data()) == 1000
    assert run(op, "claims", "n7").data()[0]["name"] == "n7"
    narrow = run(op, "claims", "--count", "2").text(30)
    assert narrow.endswith("1200 earlier ones: claims --count 1000, or claims NAME.")
