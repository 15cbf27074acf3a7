"""The run of restarts in miniature, and what it finds wrong."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from twistchat.bench.cli import main
from twistchat.bench.restartverdict import RestartVerdict
from twistchat.bench.witnesses import BrowserWitness, IrcWitness, marked, numbers_in


def told(*numbers: int, way: str = "lines") -> Any:
    return SimpleNamespace(numbers=array("Q", numbers), way=way)


def verdict(*people: Any, said: int = 3, stored: tuple[int, ...] = (0, 1, 2), log: str = "") -> RestartVerdict:
    return RestartVerdict(people, said, stored, Counter(), log)


def test_two_restarts_of_people_by_every_way_cost_nobody_anything(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["restart", "--people", "20", "--restarts", "2", "--", "--log=memory"])
    shown = capsys.readouterr().out
    assert status == 0, shown
    said = re.search(r"^said: (\d+)$", shown, re.MULTILINE)
    assert said is not None and int(said[1]) > 20, shown
    for what in ("said, not stored", "stored twice", "told to too few", "told twice", "told in another order"):
        assert f"\n{what}: 0\n" in shown, shown
    assert "people: 20, restarts: 2" in shown and "people dropped: 0" in shown and "20 people kept" in shown


def test_a_restart_that_is_refused_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restart", "--people", "20", "--", "--flod=off"]) == 1
    assert "does not come up" in capsys.readouterr().err


def test_more_people_than_there_may_be_descriptors_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restart", "--people", str(1 << 40)]) == 2
    assert "ulimit -n" in capsys.readouterr().err


def test_everybody_was_told_all_once_in_the_logs_order() -> None:
    assert verdict(told(0, 1, 2), told(0, 1, 2, way="programs")).is_good
    assert verdict(told(1, 0, 2), stored=(1, 0, 2)).is_good


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (verdict(told(0, 1, 2), told(0, 2, way="browsers")), "told to too few: 1 (1 browsers)"),
        (verdict(told(0, 1, 1, 2)), "told twice: 1 (1 lines)"),
        (verdict(told(0, 2, 1)), "told in another order: 1 (1 lines)"),
        (verdict(told(0, 1), stored=(0, 1)), "said, not stored: 1"),
        (verdict(told(0, 1, 2), stored=(0, 1, 1, 2)), "stored twice: 1"),
        (verdict(told(0, 1, 2), log="12:00 error: it broke"), "error: it broke"),
        (RestartVerdict([told(0, 1, 2)], 3, (0, 1, 2), Counter(IRC=2)), "people dropped: 2 (2 IRC)"),
    ],
)
def test_whatever_is_wrong_fails_the_run_and_says_by_which_way(found: RestartVerdict, shown: str) -> None:
    assert not found.is_good
    assert shown in str(found)


@pytest.mark.parametrize("cut", range(len(marked(1234567)) + 1))
def test_a_line_is_found_wherever_what_brings_it_is_cut(cut: int) -> None:
    from twistchat.bench.witnesses import Witness

    witness = Witness.__new__(Witness)
    witness.numbers, witness._begun, witness.heard, witness.is_in = array("Q"), b"", b"", True
    line = marked(1234567).encode()
    for piece in (b"ada: " + line[:cut], line[cut:] + b"\r\n", b"bob: <3\r\n", b"eve: " + marked(2).encode()):
        if piece:
            witness.take(piece)
    assert [*witness.numbers] == [1234567, 2]
    assert [*numbers_in(b"<m5><m5>")] == [5, 5]


def websocket(kind: type[Any]) -> tuple[Any, list[bytes]]:
    """Somebody whose handshake is sent, and what they have sent since."""
    witness, sent = kind.__new__(kind), list[bytes]()
    witness.numbers, witness._begun, witness.heard, witness.is_in = array("Q"), b"", b"", True
    witness.name, witness._is_cut, witness._rest, witness.unsent = "ada", False, b"", b""
    witness.socket = SimpleNamespace(send=lambda data: sent.append(data) or len(data))
    witness.hello()
    sent.clear()
    return witness, sent


def unmasked(data: bytes) -> list[Frame]:
    """A client's frames as they were before they were masked."""
    reader, frames = StreamReader(), list[Frame]()
    reader.feed_data(data)
    while len(data) > sum(len(frame.serialize(mask=True)) for frame in frames):
        reading = Frame.parse(reader.read_exact, mask=True)
        try:
            next(reading)
        except StopIteration as done:
            frames.append(done.value)
    return frames


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000, 1 << 20])
def test_pings_are_answered_wherever_what_brings_them_is_cut(size: int) -> None:
    witness, sent = websocket(BrowserWitness)
    frames = [Frame(Opcode.TEXT, b"\x89\x00" * count) for count in (1, 60, 200, 40000)]
    pings = [Frame(Opcode.PING, word) for word in (b"", b"one", b"two")]
    mixed = [frames[0], pings[0], frames[1], frames[2], pings[1], frames[3], pings[2]]
    data = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n" + b"".join(x.serialize(mask=False) for x in mixed)
    for at in range(0, len(data), size):
        witness.take(data[at : at + size])
    assert [(answer.opcode, answer.data) for answer in unmasked(b"".join(sent))] == [
        (Opcode.PONG, ping.data) for ping in pings
    ]


def test_who_is_in_the_middle_of_a_line_answers_behind_it() -> None:
    witness, sent = websocket(BrowserWitness)
    witness.take(b"HTTP/1.1 101 Switching\r\n\r\n")
    witness.begin("<m1>")
    witness.take(Frame(Opcode.PING, b"?").serialize(mask=False))
    assert len(sent) == 1
    witness.finish()
    line, answer = unmasked(b"".join(sent))
    assert b"<m1>" in line.data
    assert (answer.opcode, answer.data) == (Opcode.PONG, b"?")


@pytest.mark.parametrize("cut", range(20))
def test_a_ping_of_irc_is_answered_wherever_it_is_cut(cut: int) -> None:
    witness, sent = websocket(IrcWitness)
    ping = b":chat PING :chat\r\n"
    for piece in (b":eve PRIVMSG #lobby :hi\r\n" + ping[:cut], ping[cut:] + b":eve PRIVMSG #lobby :on\r\n"):
        witness.take(piece)
    assert sent[-1] == b"PONG :chat\r\n"
    witness.take(b":eve PRIVMSG #lobby :more\r\n")
    assert len(sent) <= 2
