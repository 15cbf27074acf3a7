"""Keys, own commands, the bell and another size, at a terminal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.data_structures import Point, Size
from prompt_toolkit.layout.screen import Char, Screen
from support.keyboard import Run, runs, said
from wcwidth import wcswidth

from twistchat.client import paint
from twistchat.client.resizing import breaks_rows, rows_gained
from twistchat.core.events import Acted, Event, Joined, Said, Whispered


def enters(run: Run, *rooms: str) -> None:
    """Put the person into rooms; they talk in the last one."""
    run.conversation.is_in = True
    run.conversation._rooms = dict.fromkeys(rooms)
    run.conversation.room = rooms[-1]


async def leaves(run: Run) -> None:
    run.terminal.ended(0)
    await run.settles()


def test_alt_and_a_digit_turn_to_the_room_of_that_number_and_the_half_typed_line_stays() -> None:
    async def test(run: Run) -> None:
        enters(run, "lobby", "tea")
        assert run.status_line.startswith(" 1 #lobby [2 #tea] · ")
        await run.presses("half\x1b1")
        assert (run.sent, run.line) == (["/join lobby"], "half")
        await run.presses("\x1b2\x1b3\x1b9")
        assert (run.sent, run.line) == (["/join lobby"], "half")
        await leaves(run)

    runs(test)


def test_where_there_is_no_connection_no_room_is_turned_to() -> None:
    async def test(run: Run) -> None:
        enters(run, "lobby", "tea")
        run.conversation.is_in = False
        await run.presses("\x1b1")
        assert (run.sent, run.line) == ([], "")

    runs(test)


def test_page_keys_leave_what_is_typed_alone_and_say_once_who_scrolls() -> None:
    async def test(run: Run) -> None:
        await run.presses("said\rhalf")
        await run.presses("\x1b[5~\x1b[6~\x1b[5~")
        assert run.line == "half"
        await run.presses("\x15")

    assert runs(test).output.getvalue().count("Your terminal scrolls") == 1


def test_ctrl_z_suspends_and_is_not_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    suspended: list[bool] = []

    async def test(run: Run) -> None:
        monkeypatch.setattr(run.terminal._session.app, "suspend_to_background", lambda: suspended.append(True))
        await run.presses("half\x1a")
        assert (suspended, run.line) == ([True], "half")
        await run.presses("\x15")

    runs(test)


@pytest.mark.parametrize("typed", ["/clear", "/CLEAR", "/清屏", "/清除"])
def test_clear_clears_the_screen_and_is_not_sent(typed: str) -> None:
    async def test(run: Run) -> None:
        await run.presses("before\r")
        run.output.truncate(0)
        await run.presses(f"{typed}\r")
        assert run.sent == ["before"]
        assert "\x1b[2J" in run.output.getvalue()

    runs(test)


@pytest.mark.parametrize(
    ("event", "rings"),
    [
        (Said("lobby", "bob", "hello ADA!"), True),
        (Acted("lobby", "bob", "waves at ada"), True),
        (Whispered("bob", "ada", "psst"), True),
        (Whispered("ada", "bob", "psst"), False),
        (Said("lobby", "bob", "adam"), False),
        (Said("lobby", "ada", "I am ada"), False),
        (Joined("lobby", "ada"), False),
    ],
)
def test_what_is_for_a_person_are_lines_that_name_them_and_private_ones(event: Event, rings: bool) -> None:
    assert paint.concerns(event, "ada") is rings


@pytest.mark.parametrize("rings", [True, False])
def test_the_bell_sounds_for_these_where_it_was_asked_for(rings: bool) -> None:
    async def test(run: Run) -> None:
        run.terminal.event(said("hello ada"), {})
        await run.settles()

    assert ("\a" in runs(test, rings=rings).output.getvalue()) is rings


def test_the_past_does_not_ring() -> None:
    async def test(run: Run) -> None:
        run.terminal.event(said("hello ada"), {"past": True})
        await run.settles()

    assert "\a" not in runs(test, rings=True).output.getvalue()


# --- another size


def drawn(*rows: str) -> Screen:
    """A screen with rows of text; a wide character takes two columns."""
    screen = Screen()
    for y, row in enumerate(rows):
        x = 0
        for character in row:
            screen.data_buffer[y][x] = cell = Char(character)
            if cell.width == 2:
                screen.data_buffer[y][x + 1] = Char("")
            x += cell.width
    return screen


@pytest.mark.parametrize(
    ("rows", "cursor", "columns", "gained"),
    [
        (["x" * 20], (20, 0), 30, 0),
        (["x" * 30], (30, 0), 30, 0),
        (["x" * 31], (31, 0), 30, 1),
        (["x" * 80, "y" * 5], (5, 1), 30, 2),
        (["x" * 80, "y" * 45], (45, 1), 30, 3),
        (["x" * 80, "y" * 45], (10, 1), 30, 2),
        (["x" * 80, "y" * 45], (10, 0), 100, 0),
        (["好" * 15], (30, 0), 31, 0),
        (["好" * 16], (32, 0), 31, 1),
        (["好" * 40], (80, 0), 31, 2),
        (["", ""], (0, 1), 30, 0),
    ],
)
def test_rows_that_are_broken_put_the_cursor_further_down(
    rows: list[str], cursor: tuple[int, int], columns: int, gained: int
) -> None:
    assert rows_gained(drawn(*rows), Point(*cursor), columns) == gained


def broken(row: str, columns: int) -> list[str]:
    """A row as a terminal of fewer columns shows it: in pieces, none of which is too wide."""
    pieces = [""]
    for character in row:
        if wcswidth(pieces[-1] + character) > columns:
            pieces.append("")
        pieces[-1] += character
    return pieces


@given(rows=st.lists(st.text("x 好", max_size=90), min_size=1, max_size=4), columns=st.integers(2, 200), data=st.data())
def test_whatever_is_drawn_and_however_narrow_it_becomes_the_cursor_is_as_much_further_down_as_rows_are_broken(
    rows: list[str], columns: int, data: st.DataObject
) -> None:
    *above, last = [row.rstrip() for row in rows]
    before = last[: data.draw(st.integers(0, len(last)), "characters before the cursor")]
    gained = sum(len(broken(row, columns)) - 1 for row in (*above, before))
    assert rows_gained(drawn(*rows), Point(wcswidth(before), len(above)), columns) == gained


def test_a_half_typed_line_in_a_narrower_terminal_is_erased_from_its_first_row(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(run: Run) -> None:
        await run.presses("x" * 70)
        run.output.truncate(0)
        run.size = Size(24, 30)
        app: Any = run.terminal._session.app
        app._on_resize()
        await run.settles()
        assert run.output.getvalue().lstrip("\0").startswith("\x1b[2A")
        await run.presses("\x15")

    monkeypatch.delenv("XTERM_VERSION", raising=False)
    runs(test)


def test_xterm_cuts_rows_off_but_not_where_tmux_is_in_it() -> None:
    assert not breaks_rows({"XTERM_VERSION": "XTerm(379)"})
    assert breaks_rows({"XTERM_VERSION": "XTerm(379)", "TMUX": "/tmp/tmux-0/default,1,0"})
    assert breaks_rows({})
