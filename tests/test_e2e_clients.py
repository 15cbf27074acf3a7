"""What people really have, in one room of a real server: telnet, nc, and both tutorials' own clients."""

from __future__ import annotations

import re
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from support.dialect import came, went
from support.patience import PATIENCE_SECONDS
from support.server import LineClient, Server
from support.terminal import nc, telnet
from support.tutorial import TutorialTcpClient, TutorialUdpClient

EVENT = re.compile(r"(?:\w+ (?:joined|left)!|\w+ ?: .*)")


def events(person: Any) -> list[str]:
    """What somebody saw happen: joining, talking, leaving, spelled alike in all dialects."""
    lines = person.text.replace("\r", "").split("\n")
    shown = (line.removeprefix("NICKNAME") for line in lines)
    plain = (line.encode("ascii", "replace").decode() for line in shown if EVENT.fullmatch(line))
    return [re.sub(r"^(\w+) : ", r"\1: ", line) for line in plain]


def test_all_of_them_see_each_others_joining_lines_and_leaving_once_in_the_same_order(tmp_path: Path) -> None:
    with Server(tmp_path) as server, ExitStack() as stack:
        people: list[Any] = []

        def come(person: Any) -> None:
            people.append(stack.enter_context(person))
            if hasattr(person, "comes_in"):
                person.comes_in()
            for other in people:
                other.waits_for(came(person.nickname))

        come(telnet(server, "tess"))
        come(nc(server, "nico"))
        come(TutorialTcpClient(server, "alice"))
        come(TutorialUdpClient(server, "dora"))
        come(TutorialTcpClient(server, "bruno"))
        come(TutorialUdpClient(server, "emil"))
        names = [person.nickname for person in people]

        for turn in ("one", "two"):
            for person in people:
                person.says(f"{turn} of {person.nickname}")
        people[0].says("你好 end")
        for person in people:
            for name in names:
                person.waits_for(f"two of {name}")
            person.waits_for(" end")

        first, *others = people
        for person in reversed(others):
            person.leaves()
            for other in people[: people.index(person)]:
                other.waits_for(went(person.nickname))
        seen = events(first)
        first.leaves()
        server.stops()

        said = [line for line in seen if ": " in line]
        assert sorted(said) == sorted(
            [f"{name}: {turn} of {name}" for name in names for turn in ("one", "two")] + ["tess: ?? end"]
        )
        assert seen[:6] == [came(name) for name in names]
        assert seen[-5:] == [went(name) for name in reversed(names[1:])]
        for person in others:
            begin = seen.index(came(person.nickname))
            end = seen.index(went(person.nickname))
            assert events(person) == seen[begin:end], person.nickname
            assert getattr(person, "error", None) is None
        assert "Traceback" not in server.output


def test_the_tutorials_clients_neither_crash_nor_hang_on_chinese(tmp_path: Path) -> None:
    with (
        Server(tmp_path) as server,
        LineClient(server, "小明") as ming,
        TutorialTcpClient(server, "alice") as alice,
        TutorialUdpClient(server, "dora") as dora,
    ):
        ming.hears(came("dora"))
        ming.hears(came("alice"))  # silence for 300 ms makes her known for what she is
        ming.says("你好，世界")
        ming.says("/me 挥手")
        ming.says("/topic 茶")
        alice.waits_for("??: ?????")
        alice.waits_for("?? set the topic: ?")
        dora.waits_for("小明 : 你好，世界")
        dora.waits_for("小明 set the topic: 茶")
        dora.says("我也好")
        alice.waits_for("dora: ???")
        alice.says("bye")
        ming.hears("alice: bye\r\n")
        server.stops()
        alice.ends()
        dora.ends()
        assert alice.error is None
        assert dora.error is None


def test_a_datagram_client_that_was_killed_has_its_name_again_at_once_and_a_living_one_keeps_it(tmp_path: Path) -> None:
    def logs_in(peer: socket.socket) -> bytes:
        peer.settimeout(PATIENCE_SECONDS)
        peer.sendto(b"L dora", ("127.0.0.1", server.port("udp")))
        answer = b""
        while not answer:  # an empty one is the server's question whether anybody is there
            answer = peer.recv(1024)
        return answer

    with Server(tmp_path) as server:
        with socket.socket(type=socket.SOCK_DGRAM) as killed:
            assert logs_in(killed) == b"OK"
            with socket.socket(type=socket.SOCK_DGRAM) as stranger:
                assert b"is taken" in logs_in(stranger)
        with socket.socket(type=socket.SOCK_DGRAM) as dora:
            assert logs_in(dora) == b"OK"


def test_a_refused_tutorial_client_is_told_why_and_does_not_try_for_ever(tmp_path: Path) -> None:
    with Server(tmp_path) as server, LineClient(server, "ada"), TutorialTcpClient(server, "ada") as other:
        other.waits_for("ada is taken")
        other.ends()
        assert other.error is None
        server.stops()


def test_lines_said_in_a_hurry_stay_lines_for_the_tutorials_client(tmp_path: Path) -> None:
    with Server(tmp_path) as server, TutorialTcpClient(server, "alice") as alice, LineClient(server, "ada") as ada:
        ada.hears(came("alice"))
        for number in range(9):
            ada.says(f"line {number}")
            ada.hears(f"line {number}\r\n")
        alice.waits_for("line 8")
        assert [line for line in alice.text.split("\n") if "line" in line] == [f"ada: line {n}" for n in range(9)]
        server.stops()


def test_telnet_goes_on_showing_what_happens_after_ctrl_c(tmp_path: Path) -> None:
    """It throws away all output from Ctrl-C until its request for a timing mark is answered."""
    with Server(tmp_path) as server, telnet(server, "tess") as tess, LineClient(server, "ada") as ada:
        tess.comes_in()
        ada.hears(came("tess"))
        tess.presses("c")
        tess.waits_for("press Enter")  # from here on it shows what comes
        for number in range(3):
            ada.says(f"still there? {number}")
            ada.hears(f"still there? {number}\r\n")
        tess.waits_for("ada: still there? 2")
        tess.says("")
        tess.says("yes")
        ada.hears("tess: yes\r\n")
        tess.leaves()
        server.stops()


def test_telnet_sends_chinese_whole(tmp_path: Path) -> None:
    """Also those characters whose last byte looks like one of its control keys."""
    with Server(tmp_path) as server, telnet(server, "tess") as tess, LineClient(server, "ada") as ada:
        tess.waits_for("NICKNAME")
        time.sleep(0.4)  # a person's time at the prompt, by which telnet is told from a program
        tess.says("tess")
        tess.waits_for(came("tess"))
        ada.hears(came("tess"))
        tess.says("你好，世界！这是一句话。")
        ada.hears("tess: 你好，世界！这是一句话。\r\n")
        tess.leaves()
        server.stops()


def test_nc_may_have_all_its_lines_ready(tmp_path: Path) -> None:
    with Server(tmp_path) as server, LineClient(server, "ada") as ada, nc(server, "nico") as nico:
        for line in ("nico", "one", "two", "/quit done"):
            nico.says(line)
        nico.waits_for("Goodbye.")  # it stays until Enter is pressed once more
        ada.hears("\r\n".join([came("nico"), "nico: one", "nico: two", went("nico", "done"), ""]))
        server.stops()
