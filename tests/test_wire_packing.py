"""What one process writes down of a connection, and another one reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from twistchat.wire.packing import again, packed, unpacked


@given(st.binary())
def test_bytes_come_out_of_json_as_they_went_in(data: bytes) -> None:
    assert unpacked(json.loads(json.dumps(packed(data)))) == data
    assert packed(bytearray(data)) == packed(data)


@pytest.mark.parametrize("text", ["a", "a?==", "YQ==\n\n", "é"])
def test_what_is_nothing_of_that_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        unpacked(text)


def test_a_timer_goes_on_with_what_was_left_of_it_and_none_stays_none() -> None:
    clock, rung = Clock(), []
    assert again(None, lambda: rung.append(0), clock) is None
    timer = again(3.0, lambda: rung.append(3), clock)
    clock.advance(2.9)
    assert (rung, timer is not None and timer.active()) == ([], True)
    clock.advance(0.2)
    assert rung == [3]
