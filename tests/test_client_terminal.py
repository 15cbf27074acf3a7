"""The client at a terminal: what is shown, pasted, asked for and given back."""

from __future__ import annotations

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from support.keyboard import Run, runs, said

from twistchat.client.completion import ChatCompleter
from twistchat.client.conversation import Conversation
from twistchat.client.proving import Proving
from twistchat.core.events import Joined
from twistchat.languages import loaded

PASTE, PASTED = "\x1b[200~", "\x1b[201~"


def test_what_is_typed_is_said_and_ctrl_d_leaves() -> None:
    async def test(run: Run) -> None:
        await run.presses("你好\r/who\r")
        assert run.sent == ["你好", "/who"]
        run.conversation.is_in = True
        run.conversation.say = lambda text: (run.sent.append(text), run.terminal.ended(0))  # type: ignore
        await run.presses("\x04")

    run = runs(test)
    assert run.sent[-1] == "/quit"
    assert run.terminal.status == 0
    assert run.terminal.link.stopped


def test_the_half_typed_line_stays_whole_while_messages_arrive() -> None:
    async def test(run: Run) -> None:
        await run.presses("我打了一半")
        for number in range(50):
            run.terminal.event(said(f"message {number}"), {})
        await run.settles()
        assert run.line == "我打了一半"
        await run.presses(" of it\r")
        assert run.sent == ["我打了一半 of it"]

    output = runs(test).output.getvalue()
    assert all(f"message {number}" in output for number in range(50))


def test_what_a_server_sends_never_reaches_the_terminal_as_an_escape_code() -> None:
    async def test(run: Run) -> None:
        run.terminal.event(said("\x1b]0;owned\x07 \x1b[2J"), {})
        run.terminal.told({"text": "\x1b[31mred"})
        await run.settles()

    output = runs(test).output.getvalue()
    assert "\x1b]0;owned" not in output and "\x1b[31mred" not in output
    assert r"\x1b]0;owned" in output


def test_pasting_many_lines_asks_first() -> None:
    async def test(run: Run) -> None:
        await run.presses(f"half typed{PASTE}one\r\n\r\n\ttwo\n  /three{PASTED}")
        assert run.prompt == "Send the 3 lines that you pasted? [y/N] "
        assert run.sent == []
        await run.presses("y\r")
        assert run.sent == ["one", "    two", "  //three"]
        assert run.line == "half typed"
        await run.presses("\x15")

    runs(test)


@pytest.mark.parametrize("answer", ["\r", "n\r", "what?\r", "\x03"])
def test_anything_but_yes_drops_what_was_pasted(answer: str) -> None:
    async def test(run: Run) -> None:
        await run.presses(f"half{PASTE}one\ntwo{PASTED}")
        await run.presses(answer)
        assert run.sent == []
        assert run.line == "half"
        await run.presses("\x15")

    assert "What was pasted is not sent." in runs(test).output.getvalue()


def test_one_pasted_line_is_only_typed() -> None:
    async def test(run: Run) -> None:
        await run.presses(f"say {PASTE}this\n{PASTED}")
        assert run.line == "say this"
        await run.presses("\x15")

    runs(test)


def test_ctrl_c_clears_the_line_then_warns_then_leaves() -> None:
    async def test(run: Run) -> None:
        await run.presses("half\x03")
        assert run.line == ""
        await run.presses("\x03")
        assert "Press Ctrl-C once more" in run.output.getvalue()
        await run.presses("\x03")

    assert runs(test).terminal.status == 130


def test_a_name_is_asked_for_where_there_is_none() -> None:
    async def test(run: Run) -> None:
        assert run.prompt == "Your name: "
        assert not run.terminal.link.started
        await run.presses("\r小明\r")
        assert run.terminal.link.started
        assert run.conversation.name == "小明"
        assert run.prompt == "小明> "

    runs(test, name="")


def test_a_refused_name_is_asked_for_again() -> None:
    async def test(run: Run) -> None:
        run.terminal.name_refused({"kind": "refused", "text": "ada is taken."})
        await run.presses("eve\r")
        assert run.conversation.name == "eve"

    assert "ada is taken." in runs(test).output.getvalue()


def test_what_could_not_be_said_is_given_back_at_the_end() -> None:
    async def test(run: Run) -> None:
        run.conversation.outbox.add("lost words")

    run = runs(test)
    assert "Not sent (1):" in run.output.getvalue()
    assert "lost words" in run.output.getvalue()
    assert run.terminal.status == 1


def test_the_status_line_tells_room_people_and_connection() -> None:
    async def test(run: Run) -> None:
        assert run.status_line == " #lobby · no connection to tcp://host:7976"
        run.conversation.outbox.add("later")
        assert run.status_line.endswith("· 1 waiting to be sent")
        run.conversation.outbox.answered(run.conversation.outbox.next().id)  # type: ignore[union-attr]
        run.conversation.is_in = True
        run.conversation.lag = 0.0123
        run.conversation.people.heard(Joined("lobby", "bob"))
        assert run.status_line == " #lobby · 1 here · tcp://host:7976 · 12 ms"
        run.conversation.room = ""
        assert run.status_line == " in no room · tcp://host:7976 · 12 ms"
        run.terminal.ended(0)
        await run.settles()

    runs(test)


def test_the_server_ends_it_with_a_status_and_no_other_connection_is_tried() -> None:
    async def test(run: Run) -> None:
        run.terminal.ended(1)
        assert run.terminal.link.stopped
        await run.settles()

    assert runs(test).terminal.status == 1


def test_without_colour_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(run: Run) -> None:
        run.terminal.event(said("hello"), {})
        await run.settles()

    assert "\x1b[0;38;5" not in runs(test).output.getvalue()
    coloured = runs(test).output.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = runs(test).output.getvalue()
    assert "hello" in plain
    assert _colours(coloured) and not _colours(plain)


def _colours(output: str) -> list[str]:
    """The parameters of SGR sequences that set a colour."""
    import re

    numbers = [
        number for sequence in re.findall(r"\x1b\[([0-9;]*)m", output) for number in sequence.split(";") if number
    ]
    return [number for number in numbers if 30 <= int(number) <= 38 or 40 <= int(number) <= 48 or int(number) >= 90]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("/he", ["/help "]),
        ("/cle", ["/clear "]),
        ("/清", ["/清屏 ", "/清除 "]),
        ("/幫", ["/幫助 "]),
        ("bo", ["bob: ", "Bobby: "]),
        ("hi bo", ["bob ", "Bobby "]),
        ("/msg 小", ["小明 "]),
        ("", []),
        ("zzz", []),
    ],
)
def test_tab_offers_commands_and_names(typed: str, offered: list[str]) -> None:
    conversation = Conversation("ada", Proving("k"), "en")
    conversation.people.are("lobby", ["bob", "Bobby", "小明"])
    found = ChatCompleter(conversation, loaded()["zh_TW"]).get_completions(Document(typed), CompleteEvent())
    assert [completion.text for completion in found] == offered


def test_the_terminal_stays_in_raw_mode_while_lines_come_so_that_no_key_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In its usual mode a terminal takes Ctrl-D for the end of a line, and Ctrl-C for a signal."""
    left: list[str] = []

    async def test(run: Run) -> None:
        for mode in ("detach", "cooked_mode"):
            was = getattr(run._keys, mode)
            monkeypatch.setattr(run._keys, mode, lambda was=was, mode=mode: (left.append(mode), was())[1])
        await run.presses("半句话")
        run.terminal.event(said("hello"), {})
        await run.settles()
        assert "hello" in run.output.getvalue()
        assert run.line == "半句话"
        assert not left
        await run.presses("\r")

    runs(test)
