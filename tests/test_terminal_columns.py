"""What text takes on a terminal, and how it is wrapped at its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.terminal.columns import MOST_WRAPPED, width, wrapped
from twistchat.terminal.screen import LEAST_COLUMNS


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        pytest.param("short\n", ["short", ""], id="what fits stays as it is"),
        pytest.param("one two three four five six", ["one two three four", "  five six"], id="at words"),
        pytest.param("ban   one two three four", ["ban   one two three", "      four"], id="under the last column"),
        pytest.param("x" * 45, ["x" * 20, "  " + "x" * 18, "  " + "x" * 7], id="a word that fits nowhere"),
        pytest.param("你好" * 8, ["你好" * 5, "  你好你好你好"], id="wide characters"),
        pytest.param("\x1b[1m" + "x " * 20, ["\x1b[1m" + "x " * 20], id="colours"),
        pytest.param("x " * MOST_WRAPPED, ["x " * MOST_WRAPPED], id="very long"),
    ],
)
def test_lines_are_wrapped_at_words(text: str, rows: list[str]) -> None:
    assert wrapped(text, 20) == "\n".join(rows)


@given(st.text("ab 你\n", max_size=200), st.integers(LEAST_COLUMNS, 100))
def test_every_row_fits_and_no_character_is_lost(text: str, columns: int) -> None:
    shown = wrapped(text, columns)
    assert all(width(row.rstrip()) <= columns for row in shown.split("\n") if row.strip())
    assert "".join(shown.split()) == "".join(text.split())
