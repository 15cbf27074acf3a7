"""Reading lines at a terminal: a conversation's line here, which is no Python and no verb."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reader import Person
from support.rows import Rows

from twistchat.terminal.columns import width
from twistchat.terminal.readline import Readline

LEFT, UP = "\x1b[D", "\x1b[A"


@pytest.fixture
def person():
    return Person()


def test_a_line_is_edited_and_sent(person):
    person.types("今晚回來" + 2 * LEFT, "六點\r")
    assert person.sent == ["今晚六點回來"]
    assert person.rows.done == ["> 今晚六點回來"]
    assert person.types(UP) == "> 今晚六點回來"


def test_what_others_say_stands_above_the_half_typed_line(person):
    person.types("今晚" + LEFT)
    person.readline.print_above("ada: 你好\n")
    person.readline.print_above("bob joined!")
    assert person.rows.done == ["ada: 你好", "bob joined!"]
    assert (person.rows.text, person.rows.behind_cursor) == ("> 今晚", "晚")


def test_a_narrower_terminal_shows_what_is_around_the_cursor(person):
    person.types("語" * 18)
    person.readline.resize(20)
    assert width(person.rows.text) <= 20
    person.types("\x01")
    assert person.rows.behind_cursor.startswith("語語")


def test_before_the_first_line_is_drawn_another_size_draws_nothing():
    rows = Rows()
    Readline(Person(), 40, rows.write).resize(60)
    assert rows.text == ""


def test_the_tab_key_completes_a_name_lists_several_or_indents(person):
    assert person.types("\t", "\x15ev\t") == "> eve"
    assert person.types("\x15小\t") == "> 小明"
    assert person.types("\t") == "> 小明"
    assert person.rows.done == ["小明  小明明"]
    assert person.types("\x15ad\t") == "> ad"
    assert person.types("\x15xyz\t") == "> xyz"


def test_ctrl_c_drops_the_line_and_ctrl_d_ends_an_empty_one(person):
    person.types("half\x03")
    assert (person.interrupted, person.sent) == (1, [])
    person.types("ab\x01\x04")
    assert (person.rows.text, person.ended) == ("> b", 0)
    person.types("\x04\x04")
    assert person.ended == 1


def test_a_full_line_rings(person):
    person.types("x" * 20_000)
    assert person.rows.bells > 0


@given(
    st.lists(st.binary(max_size=8) | st.sampled_from([b"\r", b"\t", b"\x03", b"\x12", b"\x7f", b"\x1b[A"]), max_size=20)
)
def test_whatever_is_typed_the_row_fits_and_only_the_row_is_drawn_over(typed):
    person = Person(30)
    for data in typed:
        person.readline.receive(data)
        assert width(person.rows.text) <= 30
        assert person.rows.text.startswith(("> ", "(search: "))
        assert not any(len(line) and not line.isprintable() for line in person.sent)
