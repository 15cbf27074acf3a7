"""A server of a cluster hands over to a new process, and nobody notices, neither here nor at the other servers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dialect import came
from support.redis import PROGRAM, WHY_NOT, Redis
from support.restarting import SERVE, outcome, restart, servers_on, until, who_serves, with_faults
from support.server import ANY, LineClient, Server, only

pytestmark = [pytest.mark.skipif(PROGRAM is None, reason=WHY_NOT), pytest.mark.timeout(300)]

TIMES = int(os.environ.get("TEST_RESTARTS", "3"))
WHOIS = "cleo: by tcp, here for"
LINE = re.compile(r"(ada|bob): (line \d+ of \d+)\r\n")


def a_server(folder: Path, redis: Redis, name: str, environment: dict[str, str] | None = None) -> Server:
    home = folder / name
    home.mkdir(exist_ok=True)
    words = ("--cluster", f"unix:{redis.path}", "--node", name, "--lease", "30s")
    how = {"command": SERVE, "twistd": (), "plugin": ("serve",)}
    return Server(home, *words, listen=only("--tcp", ANY), environment=environment, **how)


@pytest.fixture
def two(tmp_path: Path, redis: Redis) -> Iterator[tuple[Server, Server]]:
    """Two servers of one cluster."""
    with a_server(tmp_path, redis, "n1") as one, a_server(tmp_path, redis, "n2") as other:
        for server in (one, other):
            server.logs("cluster: open at number")
        yield one, other


class Ears(LineClient):
    """Somebody who keeps all that they have heard."""

    def __init__(self, server: Server, name: str) -> None:
        self.nickname, self.heard = name, ""
        super().__init__(server, name)
        self.heard = ""

    def hears(self, wanted: str) -> str:
        heard = super().hears(wanted)
        self.heard += heard
        return heard

    @property
    def whole(self) -> str:
        """All since they came in."""
        return self.heard + self.text

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What was said, by whom, in the order in which they heard it."""
        return LINE.findall(self.whole)


def asked_to_restart(server: Server) -> subprocess.Popen[bytes]:
    words = [*SERVE, "restart", "--state-dir", str(server.folder / "state")]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL)


def ids_in(redis: Redis) -> set[str]:
    return set(redis.call("ZRANGE", "{tc}:leases", "0", "-1"))


def test_a_restart_in_the_middle_of_talk_is_noticed_by_nobody(two: tuple[Server, Server], redis: Redis) -> None:
    one, other = two
    ids = ids_in(redis)
    with Ears(one, "ada") as ada, Ears(other, "bob") as bob, Ears(one, "cleo") as cleo:
        for person in (ada, bob):
            person.hears(came("cleo"))
        everybody = (ada, bob, cleo)
        for person in everybody:
            person.heard = person.text = ""
        questions = 0
        for turn in range(TIMES):
            number = 0
            asking = asked_to_restart(one)
            while asking.poll() is None or number < 10:
                ada.says(f"line {number} of {turn}")
                bob.says(f"line {number} of {turn}")
                bob.says(f"/msg ada psst {number} of {turn}")
                bob.says("/whois cleo")
                bob.hears(f"bob: line {number} of {turn}\r\n")
                number += 1
            assert asking.returncode == 0, outcome(one)
            ada.says(f"that was {turn}")  # comes behind all
            bob.hears(f"ada: that was {turn}\r\n")
            bob.says(f"and so was {turn}")
            for person in everybody:
                person.hears(f"bob: and so was {turn}\r\n")
            for asked in range(number):
                assert ada.whole.count(f"psst {asked} of {turn}\r\n") == 1
            questions += number
            while bob.whole.count(WHOIS) < questions:
                bob.hears(WHOIS)
        assert len(ada.lines) == len({*ada.lines})
        for person in everybody:
            assert person.lines == ada.lines
            assert not re.search("left|joined|not known|nobody knows", person.whole)
        assert bob.whole.count(WHOIS) == questions  # also those that came while nobody read
        assert ids_in(redis) == ids
    assert one.stops() == 128 + signal.SIGTERM
    assert other.stops() == -signal.SIGTERM
    assert "Traceback" not in one.output + other.output


def test_whichever_process_is_killed_the_other_goes_on_as_the_same_server(tmp_path: Path, redis: Redis) -> None:
    (tmp_path / "n1").mkdir()
    environment, fault = with_faults(tmp_path / "n1"), tmp_path / "n1" / "fault"
    with a_server(tmp_path, redis, "n1", environment) as one, a_server(tmp_path, redis, "n2") as other:
        for server in (one, other):
            server.logs("cluster: open at number")
        with Ears(one, "ada") as ada, Ears(other, "bob") as bob:
            ids = ids_in(redis)
            for person in (ada, bob):
                person.says("all here")
            for person in (ada, bob):
                person.hears("bob: all here\r\n")
                person.heard = ""
            fault.write_text("killed before TAKEN")
            assert "did not take over" in restart(one).stderr
            assert who_serves(one) == one.process.pid
            talk(ada, bob, "old")
            fault.write_text("GO")
            told = restart(one)
            assert who_serves(one) != one.process.pid, told
            talk(ada, bob, "new")
            for person in (ada, bob):
                assert not re.search("left|joined|gone", person.whole.replace("all here", ""))
            assert ids_in(redis) == ids
            ada.says("/nick ana")
            bob.hears("ana")
        new = who_serves(one)
        assert new in servers_on(one.folder)
        os.kill(new, signal.SIGTERM)
        until(lambda: not servers_on(one.folder))
        assert other.stops() == -signal.SIGTERM


def talk(ada: Ears, bob: Ears, word: str) -> None:
    """See that both are served, once."""
    for number in range(3):
        ada.says(f"{word} {number}")
        bob.says(f"{word} {number}")
    bob.says(f"/msg ada psst {word}")
    ada.hears(f"psst {word}\r\n")
    bob.hears(f"bob: {word} 2\r\n")
    ada.says(f"{word} over")
    for person in (ada, bob):
        person.hears(f"ada: {word} over\r\n")
        for number in range(3):
            assert person.whole.count(f"ada: {word} {number}\r\n") == 1
            assert person.whole.count(f"bob: {word} {number}\r\n") == 1
