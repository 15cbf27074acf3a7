"""A claimed name at the client: a code that is typed unseen or given by a file, and a key that is kept from then on."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.chat import Chat
from support.keyboard import Run, runs
from support.operator import an_operator
from support.results import at_once
from support.visits import Visit

from twistchat.client.address import Address
from twistchat.client.known_keys import MOST_BYTES, MOST_LINES, KnownKeys
from twistchat.client.proving import Proving
from twistchat.core.claimkeeping import grant

HERE, OTHER = Address("tcp", "Chat.lan", 7976), Address("tcp", "chat.lan", 7977)
KEY, NEW = "k" * 22, "n" * 22
REFUSED = {"kind": "refused", "code": "name-claimed", "text": "ada is claimed.", "data": {"name": "ada"}}


@pytest.fixture
def keys(tmp_path: Path) -> KnownKeys:
    return KnownKeys(tmp_path / "state" / "known_keys", HERE)


@pytest.fixture
def code(chat: Chat, tmp_path: Path) -> str:
    """Of ada's name."""
    an_operator(chat, tmp_path)
    _act, code = at_once(grant(chat.hub, "op", "ada"))
    return code


# --- the file


def test_a_key_is_kept_for_a_name_at_a_server_and_for_its_owner_alone(keys: KnownKeys, tmp_path: Path) -> None:
    path = tmp_path / "state" / "known_keys"
    assert keys.find("ada") is None
    keys.keep("ada", KEY)
    keys.keep("小明", NEW)
    assert (keys.find("ADA"), keys.find("小明")) == (KEY, NEW)
    assert path.read_text() == f"chat.lan:7976 {KEY} ada\nchat.lan:7976 {NEW} 小明\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert KnownKeys(path, OTHER).find("ada") is None, "another server would have the name by it"
    written = path.stat().st_mtime_ns
    keys.keep("ada", KEY)
    assert path.stat().st_mtime_ns == written
    keys.keep("ada", NEW)
    assert keys.find("ada") == NEW


def test_what_is_no_key_in_the_file_is_none(keys: KnownKeys, tmp_path: Path) -> None:
    path = tmp_path / "state" / "known_keys"
    keys.keep("bob", KEY)
    path.write_bytes(b"\xff\n# chat.lan:7976\nchat.lan:7976 short ada\n")
    assert keys.find("ada") is None
    path.write_bytes(b"x" * (MOST_BYTES + 1))
    assert keys.find("ada") is None


def test_the_oldest_keys_go_and_a_folder_that_cannot_be_written_is_no_trouble(keys: KnownKeys, tmp_path: Path) -> None:
    path = tmp_path / "state" / "known_keys"
    keys.keep("first", KEY)
    path.write_text(path.read_text() + "other:1 x y\n" * MOST_LINES)
    keys.keep("last", KEY)
    assert (keys.find("first"), keys.find("last")) == (None, KEY)
    (tmp_path / "file").write_text("")
    KnownKeys(tmp_path / "file" / "known_keys", HERE).keep("ada", KEY)


# --- with a server


def a_visit(chat: Chat, keys: KnownKeys | None, code: str | None = None, key: str = KEY) -> Visit:
    return Visit(chat, proving=Proving(key, keys, code)).connects()


def test_a_code_that_is_given_is_sent_when_it_is_asked_for_and_the_key_serves_from_then_on(
    chat: Chat, code: str, keys: KnownKeys
) -> None:
    ada = a_visit(chat, keys, code)
    assert ada.conversation.is_in and ada.conversation.name == "ada"
    ada.breaks()
    again = a_visit(chat, keys, key=NEW)
    assert again.conversation.is_in and keys.find("ada") == KEY


def test_without_a_code_the_name_is_refused_and_may_be_had_by_typing_it(chat: Chat, code: str, keys: KnownKeys) -> None:
    ada = a_visit(chat, keys)
    assert ada.shown.refused_names == ["name-claimed"] and not ada.conversation.is_in
    ada.conversation.take_name("ada", "1111-1111-1111-1111")
    ada.settles()
    assert ada.shown.refused_names == ["name-claimed", "wrong-name-code"] and keys.find("ada") is None
    ada.conversation.take_name("ada", code)
    ada.settles()
    assert ada.conversation.is_in and keys.find("ada") == KEY


def test_a_wrong_code_that_is_given_is_sent_once(chat: Chat, code: str, keys: KnownKeys) -> None:
    ada = a_visit(chat, keys, "1111111111111111")
    assert ada.shown.refused_names == ["wrong-name-code"]
    ada.conversation.take_name("bob")
    ada.settles()
    assert ada.conversation.is_in and keys.find("bob") is None, "it is nobody's own"


def test_the_key_of_a_name_that_is_claimed_here_is_kept(chat: Chat, keys: KnownKeys, tmp_path: Path) -> None:
    an_operator(chat, tmp_path)
    ada = a_visit(chat, keys)
    assert keys.find("ada") is None
    ada.says("/claim")
    assert "claimed" in ada.shown.codes and keys.find("ada") == KEY


def test_a_code_serves_after_the_connection_broke_where_no_key_is_kept(chat: Chat, code: str) -> None:
    ada = a_visit(chat, None, code, key="short")
    assert ada.conversation.is_in
    ada.breaks()
    ada.connects()
    assert ada.conversation.is_in and ada.conversation.name == "ada"


# --- at a terminal


def test_a_code_is_typed_unseen_and_another_name_is_seen() -> None:
    async def test(run: Run) -> None:
        run.terminal.name_refused(REFUSED)
        assert run.prompt == "Its code, or another name: "
        assert run.terminal._claimed == "ada"
        await run.presses("4821 9035")
        await run.settles()
        await run.presses("7716 2240")
        await run.settles()
        await run.presses("\r")
        assert run.conversation.name == "ada"
        assert run.conversation._proving.hello("ada")["code"] == "4821903577162240"
        run.terminal.name_refused(REFUSED)
        await run.presses("evelyn")
        await run.settles()
        await run.presses("\r")
        assert run.conversation.name == "evelyn"

    output = runs(test).output.getvalue()
    assert "4821" not in output and "7716" not in output
    assert "evelyn" in output


def test_who_is_in_gives_the_code_of_the_name_that_was_refused_and_it_is_not_brought_back() -> None:
    async def test(run: Run) -> None:
        run.terminal.told(REFUSED)
        await run.presses("4821903577162240\r")
        assert run.sent == ["/nick ada 4821903577162240"]
        await run.presses("/nick ada 4821-9035-7716-2240\r")
        await run.presses("\x1b[A\r")
        assert run.sent.pop() == "", "the history has neither"
        run.terminal.told(REFUSED)
        await run.presses("hello\r4821903577162240\r")
        assert run.sent[2:] == ["hello", "4821903577162240"], "the first was no code, and nobody waits for one then"

    assert "/nick ada 4821903577162240" not in runs(test).output.getvalue()


@pytest.mark.parametrize("data", [None, {}, {"name": 1}, []])
def test_a_server_that_names_no_name_is_given_no_code(data: object) -> None:
    async def test(run: Run) -> None:
        run.terminal.told({**REFUSED, "data": data})
        await run.presses("4821903577162240\r")
        assert run.sent == ["4821903577162240"]

    runs(test)
