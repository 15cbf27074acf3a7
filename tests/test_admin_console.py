"""The prompt on a terminal: what is drawn, completed and coloured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.operator import an_operator
from support.rows import Rows

from twistchat.admin.console import Console
from twistchat.terminal.columns import width
from twistchat.terminal.editor import MOST_CHARACTERS


class Seat:
    def __init__(self, operator, columns=80, **options) -> None:
        self.terminal = Rows()
        self.left = 0
        self.console = Console(operator, columns, self.terminal.write, self._leave, **options)
        self.terminal.done.clear()

    def _leave(self) -> None:
        self.left += 1

    def types(self, *parts: str) -> str:
        for part in parts:
            self.console.receive(part.encode())
        return self.terminal.text


@pytest.fixture
def operator(chat, tmp_path):
    return an_operator(chat, tmp_path)


@pytest.fixture
def seat(operator):
    return Seat(operator)


LEFT, RIGHT, UP, DOWN, HOME, END, DELETE = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B", "\x1b[H", "\x1b[F", "\x1b[3~"


def test_the_line_and_its_cursor_stand_where_they_were_edited(seat):
    assert seat.types('announce("小明")', LEFT * 3) == '>>> announce("小明")'
    assert seat.terminal.behind_cursor == '明")'
    assert seat.types("大") == '>>> announce("小大明")'
    assert seat.terminal.behind_cursor == '明")'
    assert seat.types("\x7f\x7f", END, "x", HOME, "y", DELETE) == '>>> ynnounce("明")x'


def test_what_is_longer_than_the_terminal_scrolls_in_its_row(operator):
    seat = Seat(operator, columns=30)
    seat.types("1 + " * 20)
    assert width(seat.terminal.text) <= 30
    assert seat.terminal.done == []
    seat.types("\x01")
    assert seat.terminal.text.startswith(">>> 1 + 1")
    seat.types("語" * 40)
    assert width(seat.terminal.text) <= 30
    seat.console.resize(100)
    assert width(seat.terminal.text) > 90
    seat.console.resize(0)
    assert width(seat.terminal.text) <= 20


@pytest.mark.parametrize("typed", ["if x", "'half", "  indented", "x = \\", "(", "小明", "a  ", "# note", "0777", "$"])
def test_colours_never_change_what_is_read(seat, typed):
    assert seat.types(typed) == f">>> {typed}"


def test_a_line_runs_and_the_next_begins_on_a_row_of_its_own(seat):
    seat.types("6*7\r")
    assert seat.terminal.done == [">>> 6*7", "42"]
    seat.types("print('no end', end='')\r")
    assert seat.terminal.done[-1] == "no end"
    assert seat.terminal.text == ">>> "


def test_pasted_lines_run_one_after_another(seat):
    seat.types("x = 1\r\nx + 1\nx + 2\r")
    assert [line for line in seat.terminal.done if line.isdigit()] == ["2", "3"]


def test_ctrl_c_drops_what_is_typed_and_ctrl_d_leaves_an_empty_line_alone(seat):
    assert seat.types("if True:\r", "  nonsense") == "...   nonsense"
    assert seat.types("\x03") == ">>> "
    seat.types("ab", HOME, "\x04")
    assert seat.terminal.text == ">>> b"
    assert seat.types("\x15", "\x05\x15", "if 1:\r") == "... "
    assert seat.types("\x04") == ">>> " and seat.left == 0
    seat.types("\x04")
    assert seat.left == 1


def test_ctrl_l_clears_and_nothing_else_does(seat):
    seat.types("who()\r", "\x15", "\x17", "x")
    assert seat.terminal.cleared == 0
    seat.types("\x0c")
    assert seat.terminal.cleared == 1
    assert seat.terminal.text == ">>> x"


def test_a_full_line_rings(seat):
    seat.types("x" * (MOST_CHARACTERS + 1))
    assert seat.terminal.bells == 1


def test_the_tab_key(chat, seat):
    chat.enters("adalbert")
    chat.enters("adam")
    assert seat.types("\t1\x15", "ki\t") == ">>> kick"
    assert seat.types('("ad\t') == '>>> kick("ada'
    assert seat.types("\t") == '>>> kick("ada'
    assert seat.terminal.done[-1] == "adalbert  adam"
    assert seat.types("l\t", "xyz\t") == '>>> kick("adalbertxyz'
    assert seat.types('", \t') == '>>> kick("adalbertxyz", '


def test_results_that_come_later_do_not_break_the_line(chat, seat):
    seat.types("announce('hi')\r", "half ty")
    chat.turn()
    assert seat.terminal.done[-1] == "Announced to 0 people."
    assert seat.types("ped") == ">>> half typed"


def test_what_is_followed_is_shown_until_ctrl_c_or_the_end(chat, seat):
    ada = chat.enters("ada")
    seat.types("tail()\r", "6*")
    ada.sends("hello\x1b[2J")
    assert seat.terminal.done[-1].endswith("[lobby] ada: hello")
    assert seat.types("7\r") == ">>> "
    seat.types("\x03")
    ada.sends("unheard")
    assert not any("unheard" in line for line in seat.terminal.done)
    seat.types("tail()\r")
    seat.console.close()
    ada.sends("unheard")
    assert not any("unheard" in line for line in seat.terminal.done)


def test_without_python_there_are_no_colours_and_another_mark(operator):
    seat = Seat(operator, has_python=False)
    assert seat.types("kick bob") == "twistchat> kick bob"


@given(st.lists(st.binary(max_size=8) | st.sampled_from([b"\r", b"\t", b"\x03", b"\x7f", b"\x1b[A"]), max_size=20))
def test_nothing_typed_breaks_the_terminal(typed):
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from support.chat import Chat

    with TemporaryDirectory() as folder:
        operator = an_operator(Chat(), Path(folder))
        seat = Seat(operator, has_python=False)
        for data in typed:
            seat.console.receive(data)
        assert seat.terminal.text.startswith(("twistchat> ", "(search: "))
        operator.journal.close()


def test_what_is_shown_is_wrapped_at_words_by_the_terminals_width(chat, operator):
    seat = Seat(operator, columns=50)
    seat.types("help()\r")
    assert max(map(width, seat.terminal.done)) <= 50
    assert not any(row.startswith(" ands") or row.startswith("rbs") for row in seat.terminal.done)
    seat.console.resize(200)
    before = len(seat.terminal.done)
    seat.types("help()\r")
    assert max(map(width, seat.terminal.done[before:])) > 50


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        pytest.param(120, "act  time              verb  subject  text", id="as wide as it is"),
        pytest.param(80, "subject  text", id="its widest column wrapped"),
        pytest.param(50, "subject  bob", id="its cells one under another"),
    ],
)
def test_tables_fit_the_terminal(chat, operator, columns, shown):
    seat = Seat(operator, columns=columns)
    seat.types("mute('bob', '1h', 'a long reason for which bob is to be quiet for a while')\r")
    chat.turn()
    before = len(seat.terminal.done)
    seat.types("audit()\r")
    chat.turn()
    rows = seat.terminal.done[before:]
    assert max(map(width, rows)) <= columns
    assert any(shown in row for row in rows)
    assert any("1970-01-01 01:00" in row for row in rows)
