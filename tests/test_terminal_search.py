"""Ctrl-R at a terminal: the lines before, searched backwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reader import Person
from support.rows import Rows

from twistchat.terminal.columns import width

CTRL_R, CTRL_G, CTRL_C, BACKSPACE, UP = "\x12", "\x07", "\x03", "\x7f", "\x1b[A"


@pytest.fixture
def person():
    person = Person()
    person.types('kick("bob")\r', 'mute("bob")\r', "今晚六點\r", "who()\r")
    person.sent.clear()
    return person


def test_the_newest_line_that_matches_is_shown_and_older_ones_after_it(person):
    assert person.types(CTRL_R) == "(search: ) "
    assert person.types("b") == '(search: b) mute("bob")'
    assert person.types("ob") == '(search: bob) mute("bob")'
    assert person.rows.behind_cursor == 'bob")'
    assert person.types(CTRL_R) == '(search: bob) kick("bob")'
    assert person.types(CTRL_R) == '(search: bob) kick("bob")'
    assert person.rows.bells == 1


def test_enter_sends_what_was_found(person):
    person.types(CTRL_R + "KICK\r")
    assert person.sent == ['kick("bob")']
    assert person.rows.text == "> "


def test_other_keys_take_what_was_found_into_the_line(person):
    assert person.types(CTRL_R + "六", "\x05" + "了") == "> 今晚六點了"
    assert person.types("\r" + CTRL_R + "who", UP) == "> 今晚六點了"


@pytest.mark.parametrize("key", [CTRL_C, CTRL_G])
def test_giving_up_brings_back_what_was_typed(person, key):
    person.types("half" + CTRL_R + "kick")
    assert person.types(key) == "> half"
    assert person.interrupted == 0


def test_what_would_match_nothing_is_not_taken(person):
    assert person.types(CTRL_R + "kix" + "ck") == '(search: kick) kick("bob")'
    assert person.rows.bells == 1


def test_a_shorter_query_looks_from_the_newest_line_again(person):
    person.types(CTRL_R + "bob" + CTRL_R)
    assert person.types(BACKSPACE) == '(search: bo) mute("bob")'
    assert person.types(2 * BACKSPACE + BACKSPACE) == '(search: ) mute("bob")'
    assert person.types(CTRL_R) == '(search: ) mute("bob")'
    assert person.types("who") == "(search: who) who()"


def test_without_any_history_nothing_is_found():
    person = Person()
    person.types("half" + CTRL_R + "x")
    assert (person.rows.text, person.rows.bells) == ("(search: ) half", 1)


@given(st.text(st.sampled_from("ab語\u0301 "), min_size=1), st.integers(0, 60))
def test_whatever_is_looked_for_the_row_fits(line, columns):
    person = Person(columns)
    person.types(f"{line}\r", CTRL_R, line)
    assert width(person.rows.text) <= max(20, columns)


def test_a_label_may_be_in_another_language():
    from twistchat.terminal.readline import Readline

    rows = Rows()
    readline = Readline(Person(), 40, rows.write, searching="搜尋")
    readline.receive(CTRL_R.encode())
    assert rows.text == "(搜尋: ) "
