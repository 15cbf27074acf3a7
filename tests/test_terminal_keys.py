"""What a terminal sends, as keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twistchat.terminal.keys import Keys

LEFT = "\x1b[D"


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


def test_joiners_and_wide_spaces_are_typed_and_overrides_are_not():
    typed = "می\u200cخواهم👩\u200d👧六\u3000點\u202e\u2028"
    assert "".join(Keys().feed(typed.encode())) == "می\u200cخواهم👩\u200d👧六\u3000點"


def test_a_sequence_that_never_ends_is_given_up():
    keys = Keys()
    assert keys.feed(b"\x1b[" + b"1" * 40) == []
    assert keys.feed(b"x") == ["x"]
