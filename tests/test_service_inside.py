"""The server's parts put together in this process, on a reactor in memory."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.chat import FORMAT
from support.client import FakeClient
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock

from twistchat.errors import NotUnderstood
from twistchat.givingup import give_up
from twistchat.interfaces.table import INTERFACES
from twistchat.options import Options
from twistchat.service import ChatService
from twistchat.status import WRONG_USE

Make = Callable[..., ChatService]


class Reactor(MemoryReactorClock):
    """A reactor in memory that can also be told that no port can be had."""

    refusing = False

    def listenTCP(self, *words: Any, **more: Any) -> Any:
        if self.refusing:
            raise CannotListenError("127.0.0.1", 7976, OSError(98, "Address already in use"))
        return super().listenTCP(*words, **more)

    def listenUDP(self, port: int, *words: Any, **more: Any) -> Any:
        raise CannotListenError("192.168.1.7", port, OSError(99, "Cannot assign requested address"))

    def callFromThread(self, work: Callable[..., Any], *words: Any) -> None:
        work(*words)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes servers with a log in memory, and puts the process's signals back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGUSR1)}
    monkeypatch.setattr("twistchat.interfaces.listening.try_to_listen", lambda *_words: None)  # a real port

    def made(*words: str, reactor: Reactor | None = None) -> ChatService:
        options = Options()
        off = [f"--{row.name}=off" for row in INTERFACES if row.name != "tcp"]
        options.parseOptions([*off, "--log", "memory", "--state-dir", str(tmp_path / "state"), *words])
        return ChatService(options, reactor or Reactor())

    yield made
    for number, action in before.items():
        signal.signal(number, action)


def test_a_server_listens_where_it_was_told_until_it_is_stopped(make: Make) -> None:
    reactor = Reactor()
    service = make("--tcp", "tcp:7976:interface=127.0.0.1", reactor=reactor)
    service.privilegedStartService()
    service.startService()
    ((port, _, backlog, interface),) = reactor.tcpServers
    assert (port, backlog, interface) == (7976, 1024, "127.0.0.1")
    stopped: list[object] = []
    service.stopService().addCallback(stopped.append)
    reactor.pump([0.1] * 40)
    assert stopped


def test_a_unix_socket_has_no_port_that_could_be_opened(make: Make, logged: list[str]) -> None:
    service = make("--tcp", "unix:chat.sock")
    service.privilegedStartService()
    service.startService()
    assert not any("would open it to everyone" in line for line in logged)
    service.stopService()


def test_a_unix_socket_and_a_port_behind_a_proxy_are_no_way_that_others_find(make: Make, logged: list[str]) -> None:
    service = make("--tcp", "unix:chat.sock", "--web", "haproxy:tcp:7980", "--name", "Room 12")
    service.privilegedStartService()
    service.startService()
    assert not service.reach.is_open
    assert service.reach.ways() == ()
    assert [line for line in logged if line.startswith("where: ")] == ["where: this is Room 12."]
    service.stopService()


def test_the_administrators_port_is_no_way_into_the_chat(make: Make) -> None:
    service = make("--open", "--udp", "off", "--web", "off")
    service.privilegedStartService()
    service.startService()
    assert [door.interface for door in service.reach.doors()] == ["tcp"]
    assert service.hub.place is service.reach
    assert service.reach.near_only == {"tcp"}
    service.stopService()


def test_a_port_in_use_ends_the_process_with_a_sentence(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    reactor = Reactor()
    reactor.refusing = True
    service = make("--tcp", "7976", reactor=reactor)
    with pytest.raises(SystemExit) as raised:
        service.privilegedStartService()
    assert raised.value.code == 1
    assert "--tcp 7976: cannot listen there: Address already in use" in capfd.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--tcp", "tcp:80x"),
        ("--tcp", "nosuch:1"),
        ("--tcp", "haproxy:tcp:0:colour=red"),
        ("--tcp", "off"),
        ("--udp", "udp:x"),
        ("--udp", "8888 9999"),
        ("--irc", "0", "--irc-name", "?"),
        ("--irc", "0", "--irc-network", "two words"),
        ("--web", "0", "--web-path", "chat"),
        ("--web", "0", "--web-host", "a:b:c"),
        ("--web", "0", "--web-origin", "chat.example"),
        ("--web", "0", "--web-proxy", "nginx"),
        ("--calls-to", "nowhere"),
        ("--cluster", "nosuch:1", "--log", "sqlite"),
        ("--cluster", "tcp:127.0.0.1:1", "--log", "sqlite", "--node", "a b"),
        ("--cluster", "tcp:127.0.0.1:1", "--log", "sqlite", "--lease", "soon"),
    ],
)
def test_what_could_stand_in_an_option_nowhere_is_wrong_use_as_an_option_that_there_is_not(
    make: Make, words: tuple[str, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    """Status 2, as of all commands; 1 is for what this machine does not have, such as a port that is taken."""
    with pytest.raises(NotUnderstood) as refused:
        make(*words)
    with pytest.raises(SystemExit) as ended:
        give_up(refused.value, None)
    assert ended.value.code == WRONG_USE
    assert capfd.readouterr().err == f"twistchat: {refused.value}\n"


def test_a_daemon_that_finds_so_late_tells_the_process_that_started_it(make: Make, logged: list[str]) -> None:
    reactor = Reactor()
    reactor.refusing = True
    service = make("--tcp", "7976", reactor=reactor)
    told, telling = os.pipe()
    service.options.parent = {"statusPipe": telling}  # type: ignore[assignment]
    with pytest.raises(SystemExit):
        service.privilegedStartService()
    assert os.read(told, 200).startswith(b"1 --tcp 7976: cannot listen there")
    os.close(told)
    assert any("Address already in use" in line for line in logged)


def test_a_reload_takes_new_limits_and_keeps_the_old_ones_where_they_are_wrong(
    make: Make, tmp_path: Path, logged: list[str]
) -> None:
    config = tmp_path / "chat.toml"
    config.write_text("text-chars = 50\n")
    service = make("--tcp", "7976", "--config", str(config))
    service.privilegedStartService()
    service.startService()
    config.write_text("text-chars = 60\n")
    signal.raise_signal(signal.SIGHUP)
    assert service.hub.limits.text_chars == 60
    config.write_text("text-chars = -1\n")
    signal.raise_signal(signal.SIGHUP)
    assert service.hub.limits.text_chars == 60
    assert any("the limits stay as they were: --text-chars" in line for line in logged)
    service.stopService()


def test_a_server_that_is_emptied_takes_nobody_new_at_its_ports_and_stops_once_nobody_is_left(make: Make) -> None:
    reactor = Reactor()
    service = make("--tcp", "tcp:7976", "--admin", "tcp:7977:interface=127.0.0.1", reactor=reactor)
    service.privilegedStartService()
    service.startService()
    stopped: list[bool] = []
    reactor.stop = lambda: stopped.append(True)  # type: ignore[method-assign]
    somebody = service.hub.connect(FakeClient(format=FORMAT))
    service.drain()
    service.drain()
    assert service.hub.is_draining and not stopped
    assert (service.getServiceNamed("tcp").port, service.getServiceNamed("admin").port is None) == (None, False)
    somebody.close()
    reactor.pump([0.1] * 20)
    assert stopped == [True]
    service.stopService()
    reactor.pump([0.1] * 40)
