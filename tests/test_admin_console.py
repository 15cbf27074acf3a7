"""The terminal: keys, the line being edited, and what is drawn."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.desk import open_desk

from twistchat.admin.console import Console
from twistchat.admin.editor import MOST_CHARACTERS, MOST_REMEMBERED, Editor
from twistchat.admin.keys import Keys
from twistchat.admin.tables import width


class Terminal:
    """Enough of a terminal: one row is the current one, those above are done."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.row: list[str] = []  # one entry a column; the second of a wide character is empty
        self.column = 0
        self.cleared = 0
        self.bells = 0

    def write(self, text: str) -> None:
        for sequence, character in re.findall(r"(\x1b\[[0-9;]*[A-Za-z])|(.)", text, re.DOTALL):
            if sequence:
                self._obey(sequence)
            elif character == "\r":
                self.column = 0
            elif character == "\n":
                self.done.append(self.text)
                self.row = []
            elif character == "\a":
                self.bells += 1
            else:
                self._put(character)

    def _obey(self, sequence: str) -> None:
        match sequence[-1]:
            case "K":
                del self.row[self.column :]
            case "D":
                self.column -= int(sequence[2:-1])
            case "J":
                self.cleared += 1
            case other:
                assert other in "mH", sequence

    def _put(self, character: str) -> None:
        columns = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        self.row[self.column : self.column + columns] = [character, *[""] * (columns - 1)]
        self.column += columns

    @property
    def text(self) -> str:
        return "".join(self.row)

    @property
    def behind_cursor(self) -> str:
        return "".join(self.row[self.column :])


class Seat:
    def __init__(self, desk, columns=80, **options) -> None:
        self.terminal = Terminal()
        self.left = 0
        self.console = Console(desk, columns, self.terminal.write, self._leave, **options)
        self.terminal.done.clear()

    def _leave(self) -> None:
        self.left += 1

    def types(self, *parts: str) -> str:
        for part in parts:
            self.console.receive(part.encode())
        return self.terminal.text


@pytest.fixture
def desk(chat, tmp_path):
    return open_desk(chat, tmp_path)


@pytest.fixture
def seat(desk):
    return Seat(desk)


LEFT, RIGHT, UP, DOWN, HOME, END, DELETE = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B", "\x1b[H", "\x1b[F", "\x1b[3~"


# --- keys


@given(st.lists(st.sampled_from([LEFT, "\x1bOA", "小", "e\u0301", "x", "\r", "\x03", "\x1b[1;5C", "\x1bq"])), st.data())
def test_keys_are_the_same_however_reads_are_cut(typed, data):
    stream = "".join(typed).encode()
    whole = Keys().feed(stream)
    keys, cut = Keys(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        cut += keys.feed(stream[:size])
        stream = stream[size:]
    assert cut == whole


@given(st.binary())
def test_any_bytes_are_keys_or_nothing(data):
    assert all(len(key) == 1 or key.isascii() for key in Keys().feed(data))


def test_a_sequence_that_never_ends_is_given_up():
    keys = Keys()
    assert keys.feed(b"\x1b[" + b"1" * 40) == []
    assert keys.feed(b"x") == ["x"]


# --- the line


def test_editing_moves_by_what_is_seen_as_one_character():
    editor = Editor()
    editor.insert("ae\u0301小")
    editor.left()
    editor.left()
    assert editor.before == "a"
    editor.right()
    assert editor.before == "ae\u0301"
    editor.backspace()
    assert editor.text == "a小"
    editor.delete()
    assert editor.text == "a"
    editor.home()
    editor.left()
    editor.backspace()
    editor.end()
    editor.right()
    editor.delete()
    assert editor.text == "a"


def test_words_and_ends_are_taken_out():
    editor = Editor()
    editor.set("one two  ")
    editor.kill_word()
    assert editor.text == "one "
    editor.set("one two")
    editor.left()
    editor.kill_to_end()
    assert editor.text == "one tw"
    editor.kill_to_beginning()
    assert editor.text == ""


def test_a_line_and_its_history_have_an_end():
    editor = Editor()
    assert editor.insert("x" * MOST_CHARACTERS)
    assert not editor.insert("y")
    for number in range(MOST_REMEMBERED + 5):
        editor.set(f"line {number}")
        editor.finish()
    for _ in range(MOST_REMEMBERED + 5):
        editor.earlier()
    assert editor.text == "line 5"


def test_history_goes_back_and_comes_forth_to_what_was_being_typed():
    editor = Editor()
    for line in ("one", "two", "two", "  "):
        editor.set(line)
        editor.finish()
    editor.insert("half")
    editor.earlier()
    assert editor.text == "two"
    editor.earlier()
    editor.earlier()
    assert editor.text == "one"
    editor.later()
    editor.later()
    assert editor.text == "half"
    editor.later()
    assert editor.text == "half"
    editor.abandon()
    assert editor.text == ""


@given(st.text(st.sampled_from("ab小明\u0301 ")), st.integers(0, 50), st.integers(5, 30))
def test_the_window_fits_and_holds_the_cursor(text, cursor, columns):
    editor = Editor()
    editor.set(text)
    editor.cursor = min(cursor, len(text))
    shown, column = editor.window(columns)
    assert width(shown) < columns
    assert shown in text
    assert shown.startswith(editor.before[-1:] if column == 0 and not shown else "")
    before = [n for n in range(len(shown) + 1) if width(shown[:n]) == column]
    assert any(editor.before.endswith(shown[:n]) for n in before)


# --- drawing


def test_the_line_and_its_cursor_stand_where_they_were_edited(seat):
    assert seat.types('announce("小明")', LEFT * 3) == '>>> announce("小明")'
    assert seat.terminal.behind_cursor == '明")'
    assert seat.types("大") == '>>> announce("小大明")'
    assert seat.terminal.behind_cursor == '明")'
    assert seat.types("\x7f\x7f", END, "x", HOME, "y", DELETE) == '>>> ynnounce("明")x'


def test_what_is_longer_than_the_terminal_scrolls_in_its_row(desk):
    seat = Seat(desk, columns=30)
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


def test_without_python_there_are_no_colours_and_another_mark(desk):
    seat = Seat(desk, has_python=False)
    assert seat.types("kick bob") == "twistchat> kick bob"


@given(st.lists(st.binary(max_size=8) | st.sampled_from([b"\r", b"\t", b"\x03", b"\x7f", b"\x1b[A"]), max_size=20))
def test_nothing_typed_breaks_the_terminal(typed):
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from support.chat import Chat

    with TemporaryDirectory() as folder:
        desk = open_desk(Chat(), Path(folder))
        seat = Seat(desk, has_python=False)
        for data in typed:
            seat.console.receive(data)
        assert seat.terminal.text.startswith("twistchat> ")
        desk.office.journal.close()
