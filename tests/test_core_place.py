"""What the server may be called."""

from __future__ import annotations

import pytest

from twistchat.core.place import NAME_BYTES, checked_name


@pytest.mark.parametrize(
    "name", ["Room 12", "十二号教室", "x" * NAME_BYTES, "教" * (NAME_BYTES // 3), "Zoë's <b>desk</b>"]
)
def test_a_server_may_be_called_nearly_anything_that_can_be_seen(name: str) -> None:
    assert checked_name(f" {name} ") == name


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("", "something to be seen"),
        ("   ", "something to be seen"),
        ("Room\n12", "no control characters"),
        ("\x1b[2JRoom", "no control characters"),
        ("Ro\u200bom", "no control characters"),
        ("Room\u202e12", "no control characters"),
        ("Room\udcff", "no control characters"),
        ("x" * (NAME_BYTES + 1), "48 bytes at most"),
        ("教" * 17, "48 bytes at most"),
    ],
)
def test_what_it_may_not_be_called_is_said_in_words(name: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        checked_name(name)
