"""The line being edited, and the lines before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.terminal.columns import width
from twistchat.terminal.editor import MOST_CHARACTERS, Editor
from twistchat.terminal.history import MOST_REMEMBERED


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


@pytest.mark.parametrize("seen", ["👨\u200d👩\u200d👧", "🇩🇪", "👍🏽", "कि", "e\u0301", "❤\ufe0f", "한"])
def test_what_is_seen_as_one_character_is_one_step_and_one_backspace(seen):
    editor = Editor()
    editor.insert(f"a{seen}b")
    editor.left()
    editor.left()
    assert editor.before == "a"
    editor.right()
    assert editor.before == f"a{seen}"
    assert editor.window(80) == (f"a{seen}b", 1 + width(seen), 1)
    editor.backspace()
    assert editor.text == "ab"


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


@given(st.text(st.sampled_from("ab小明\u0301\u200d👩🇩 ")), st.integers(0, 50), st.integers(5, 30))
def test_the_window_fits_and_holds_the_cursor(text, cursor, columns):
    editor = Editor()
    editor.set(text)
    editor.cursor = min(cursor, len(text))
    editor.left()
    shown, column, behind = editor.window(columns)
    assert width(shown) == column + behind < columns
    assert shown in text
    assert shown.startswith(editor.before[-1:] if column == 0 and not shown else "")
    before = [n for n in range(len(shown) + 1) if width(shown[:n]) == column]
    assert any(editor.before.endswith(shown[:n]) for n in before)
