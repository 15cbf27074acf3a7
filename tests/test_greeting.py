"""What the operator is shown at start."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from support.place import own
from support.standin import stand_in
from twisted.internet.defer import Deferred

from twistchat import greeting
from twistchat.greeting import MOST_SHOWN, greet
from twistchat.qr import as_blocks
from twistchat.reach import Door, Reach

WEB = Door("web", "0.0.0.0", 7980, "http://{host}:{port}/ in a browser")
TCP = Door("tcp", "0.0.0.0", 7976, "telnet {host} {port}")
XTERM = {"TERM": "xterm"}


class Terminal(StringIO):
    """A stream that may be a terminal."""

    encoding = "utf-8"  # type: ignore[assignment]

    def __init__(self, is_one: bool = True, encoding: str = "utf-8") -> None:
        super().__init__()
        self._is_one = is_one
        self.encoding = encoding  # type: ignore[misc]

    def isatty(self) -> bool:
        return self._is_one

    def fileno(self) -> int:
        return 1


@pytest.fixture
def size(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    size = [80, 24]
    stand_in(monkeypatch, greeting, "os", get_terminal_size=lambda _: (size[0], size[1]))
    return size


def reach(*doors: Door, addresses: Any = None, name: str | None = None) -> Reach:
    made = Reach(name=name, look=lambda: own("eth0", "192.168.1.7/24") if addresses is None else addresses)
    made.doors = lambda: doors
    return made


def greeted(place: Reach, stream: Any = None, environment: Any = XTERM) -> None:
    Deferred.fromCoroutine(greet(place, stream, environment))


def test_name_addresses_and_the_projectors_page_are_told(logged: list[str]) -> None:
    greeted(reach(TCP, WEB, name="Room 12"))
    assert logged == [
        "where: this is Room 12.",
        "where: http://192.168.1.7:7980/  (in a browser)",
        "where: tcp://192.168.1.7:7976  (telnet 192.168.1.7 7976)",
        "where: for a projector: http://192.168.1.7:7980/qr",
    ]


def test_of_40_adapters_a_few_are_told(logged: list[str]) -> None:
    many = [each for number in range(40) for each in own(f"eth{number}", f"10.{number}.0.1/16")]
    greeted(reach(WEB, TCP, addresses=many))
    assert logged[MOST_SHOWN] == f"where: and {80 - MOST_SHOWN} more; /where lists them."
    assert len(logged) == MOST_SHOWN + 2


def test_a_machine_without_an_address_is_told_so_in_a_sentence(logged: list[str]) -> None:
    greeted(reach(WEB, addresses=own("lo", "127.0.0.1/8")), Terminal())
    (line,) = logged
    assert line.startswith("where: this machine has no address now by which others could join.")


def test_where_only_this_machine_can_join_nothing_is_told_but_a_name(logged: list[str]) -> None:
    greeted(reach(Door("web", "127.0.0.1", 7980, WEB.how)), Terminal())
    assert logged == []
    greeted(reach(name="Room 12"), Terminal())
    assert logged == ["where: this is Room 12."]


def test_a_terminal_with_room_is_shown_the_code(size: list[int]) -> None:
    terminal = Terminal()
    greeted(reach(WEB), terminal)
    assert terminal.getvalue().splitlines() == as_blocks("http://192.168.1.7:7980/")


@pytest.mark.parametrize(
    ("stream", "environment"),
    [
        (None, XTERM),
        (Terminal(is_one=False), XTERM),
        (Terminal(), {"TERM": "dumb"}),
        (Terminal(), {}),
        (Terminal(encoding="ascii"), XTERM),
        (Terminal(encoding="latin-1"), XTERM),
    ],
    ids=["none", "file", "dumb", "unknown", "ascii", "latin-1"],
)
def test_what_is_no_terminal_or_has_no_half_blocks_is_shown_no_code(
    size: list[int], stream: Any, environment: Any
) -> None:
    greeted(reach(WEB), stream, environment)
    assert stream is None or stream.getvalue() == ""


@pytest.mark.parametrize("too_small", [[32, 50], [80, 10], [0, 0]])
def test_a_terminal_that_is_too_small_is_shown_no_part_of_it(size: list[int], too_small: list[int]) -> None:
    size[:] = too_small
    terminal = Terminal()
    greeted(reach(WEB), terminal)
    assert terminal.getvalue() == ""


def test_a_terminal_that_is_gone_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: int) -> None:
        raise OSError("Inappropriate ioctl for device")

    stand_in(monkeypatch, greeting, "os", get_terminal_size=gone)
    terminal = Terminal()
    greeted(reach(WEB), terminal)
    assert terminal.getvalue() == ""


def test_without_a_page_there_is_no_code(size: list[int], logged: list[str]) -> None:
    terminal = Terminal()
    greeted(reach(TCP), terminal)
    assert (terminal.getvalue(), len(logged)) == ("", 1)
