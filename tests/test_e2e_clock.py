"""The machine's clock is set while people talk: nobody's pace changes, and nobody is put out."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from support.dialect import came
from support.faked import Faked, needs_faketime
from support.server import LineClient, Server

pytestmark = needs_faketime


@pytest.mark.parametrize("jump", [-3600, 300, 7200])
def test_a_clock_that_is_set_puts_nobody_out_and_lets_lines_go_on_at_their_pace(tmp_path: Path, jump: int) -> None:
    with Faked(tmp_path, "--flood", "8/4") as server, LineClient(server, "eve") as eve, LineClient(server) as ada:
        ada.says("ada")
        eve.hears(came("ada"))
        began = time.monotonic()
        ada.socket.sendall(b"".join(b"line %d\n" % number for number in range(12)))
        eve.hears("ada: line 3\r\n")
        server.sets_clock(jump)
        eve.hears("ada: line 11\r\n")
        assert time.monotonic() - began >= 0.7, "four at once, and the other eight at eight a second; not an hour later"
        ada.says("/time on")
        ada.says("still here")
        eve.hears("ada: still here\r\n")
        at = ada.hears("] ada: still here\r\n")
        stamp = re.findall(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d)\] ada", at)[-1]
        expected = {time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time() + jump + late)) for late in (-60, 0)}
        assert stamp in expected, "what is shown goes by the clock that was set"
        assert server.stops() is not None
    assert "let go" not in server.output, server.output
    stood = re.findall(r"goes on after (\d+)", server.output)  # as the machine itself may for some seconds
    assert all(int(seconds) < 100 for seconds in stood), server.output


def test_a_name_and_sixty_lines_in_one_write_go_out_at_the_pace_of_lines_behind_the_welcome(tmp_path: Path) -> None:
    with Server(tmp_path) as server, LineClient(server) as ada, LineClient(server, "eve") as eve:
        began = time.monotonic()
        ada.socket.sendall(b"ada\n" + b"".join(b"line %d\n" % number for number in range(60)))
        eve.hears("ada: line 9\r\n")
        eve.hears("ada: line 13\r\n")
        assert time.monotonic() - began > 1, "ten at once, then two a second"
        heard = eve.hears("ada: line 16\r\n")
        assert [int(n) for n in re.findall(r"ada: line (\d+)", heard)] == [14, 15, 16]


@pytest.mark.parametrize("at_once", [10, 60])
def test_the_first_lines_of_a_fresh_chat_wait_for_its_past_and_then_cost_what_they_cost(
    tmp_path: Path, at_once: int
) -> None:
    """Nobody is here yet, so that the room's past is read by another thread meanwhile."""
    with Server(tmp_path, "--flood", f"20/{at_once}") as server, LineClient(server) as ada:
        began = time.monotonic()
        ada.socket.sendall(b"ada\n" + b"".join(b"line %d\n" % number for number in range(60)))
        heard = ada.hears("ada: line 59\r\n")
        assert time.monotonic() - began > (60 - at_once) / 20 - 0.5
        assert [int(n) for n in re.findall(r"ada: line (\d+)", heard)] == [*range(60)], "none is lost"
