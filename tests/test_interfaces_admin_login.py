"""Logging in by OpenSSH's own `ssh`, with the server in this very process, so that its time can be looked at."""

from __future__ import annotations

import gc
import io
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_twisted
from support.ssh import Administrator, allow, make_key, needs_ssh
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater
from twisted.internet.threads import deferToThread

from twistchat.admin.administration import open_administration
from twistchat.admin.watchdog import SIGNAL, Watchdog, waiting_bytes
from twistchat.core.hub import Hub
from twistchat.core.limits import Limits
from twistchat.interfaces.admin import make_service
from twistchat.interfaces.context import Context
from twistchat.interfaces.ssh import gate, login
from twistchat.interfaces.stdin import WHO, StdinService
from twistchat.log.memory import MemoryLog
from twistchat.wire.language import ENGLISH


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    names = ("op", "other", *(f"agent{number}" for number in range(6)))
    return {name: make_key(folder, comment=name) for name in names}


@pytest_twisted.async_yield_fixture
async def here(tmp_path: Path, keys: dict[str, Path]) -> AsyncIterator[Any]:
    """A server in this process, for one listed key."""
    from twisted.internet import reactor

    listed = allow(tmp_path, keys["op"])
    hub = Hub(MemoryLog(reactor.seconds), reactor, reactor.seconds, Limits())  # type: ignore[attr-defined]
    administration = open_administration(hub, tmp_path / "state")
    context = Context(hub, ENGLISH, reactor, tmp_path / "state", administration, {})
    service = make_service("tcp:0:interface=127.0.0.1", context)
    service.prepare()
    service.startService()
    port = service.port.getHost().port
    yield SimpleNamespace(
        folder=tmp_path, port=lambda _name: port, administration=administration, service=service, listed=listed
    )
    await service.stopService()
    administration.journal.close()


async def runs(here: Any, key: Path | None, *words: str) -> Any:
    *options, command = words
    return await deferToThread(Administrator(here, key).runs, command, *options)


def audited(here: Any) -> list[tuple[str, str]]:
    return [(act.verb, act.text) for act in here.administration.journal.recent]


pytestmark = needs_ssh


@pytest_twisted.ensureDeferred
async def test_a_login_a_verb_and_the_end_are_in_the_audit_under_the_keys_name(here, keys):
    result = await runs(here, keys["op"], "rooms")
    assert (result.returncode, result.stdout) == (0, "No room is open.\n")
    while len(audited(here)) < 3:
        await pause()
    assert audited(here) == [("login", ""), ("exec", "rooms"), ("logout", "")]
    assert {act.who.split(" SHA256:")[0] for act in here.administration.journal.recent} == {"op"}


async def pause() -> None:
    from twisted.internet import reactor

    await deferLater(reactor, 0.01)


@pytest_twisted.ensureDeferred
async def test_an_agent_with_many_keys_gets_in_with_the_last_of_them(here, keys):
    """Six keys that are not listed cost no attempt: they are refused when they are offered."""
    others = [word for name in keys if name.startswith("agent") for word in ("-i", str(keys[name]))]
    result = await runs(here, keys["other"], *others, "-i", str(keys["op"]), "rooms")
    assert result.returncode == 0, result.stderr


@pytest_twisted.ensureDeferred
async def test_offering_keys_without_end_is_a_failure(here, keys, monkeypatch):
    monkeypatch.setattr(login, "MOST_OFFERS", 3)
    others = [word for name in keys if name.startswith("agent") for word in ("-i", str(keys[name]))]
    result = await runs(here, keys["other"], *others, "rooms")
    assert "too many failures" in result.stderr
    [(verb, text)] = audited(here)
    assert verb == "login-failed" and text.startswith("publickey SHA256:")


@pytest_twisted.ensureDeferred
async def test_a_password_is_never_asked_for(here):
    options = ("-o", "PreferredAuthentications=password", "-o", "NumberOfPasswordPrompts=1")
    result = await runs(here, None, *options, "rooms")
    assert "Permission denied (publickey)" in result.stderr
    while not audited(here):
        await pause()
    assert audited(here) == [("login-failed", "nothing")]


@pytest.mark.parametrize("method", [b"password", b"keyboard-interactive", b"hostbased", b"\xff" * 90])
@pytest_twisted.ensureDeferred
async def test_five_failures_end_a_connection(here, method):
    """No client of ours sends what is not offered, so the service is asked as a rude one would."""
    from twisted.conch.ssh.common import NS

    clock = Clock()
    sent: list[tuple[int, bytes]] = []
    ended: list[bytes] = []
    transport = SimpleNamespace(
        factory=SimpleNamespace(portal=None),
        greet=lambda: None,
        is_lost=False,
        clock=clock,
        last_key=None,
        login_failed=lambda how: 2.0,
        sendPacket=lambda kind, data: sent.append((kind, data)),
        sendDisconnect=lambda code, text: ended.append(text),
    )
    service = login.KeyLogin()
    service.transport = transport
    service.serviceStarted()
    request = NS(b"anybody") + NS(b"ssh-connection")
    service.ssh_USERAUTH_REQUEST(request + NS(b"none"))
    assert sent == [(51, NS(b"publickey") + b"\0")]
    for _ in range(4):
        service.ssh_USERAUTH_REQUEST(request + NS(method) + b"\0" + NS(b"guess"))
    assert len(sent) == 1
    clock.advance(2.0)
    assert len(sent) == 5 and not ended
    service.ssh_USERAUTH_REQUEST(request + NS(method) + b"\0" + NS(b"guess"))
    assert ended == [b"too many failures"]
    transport.is_lost = True
    clock.advance(2.0)
    assert len(sent) == 5


@pytest_twisted.ensureDeferred
async def test_where_no_key_is_listed_somebody_here_is_told_how_to_add_one(here, keys, monkeypatch):
    monkeypatch.setenv("HOME", str(here.folder))
    here.listed.unlink()
    result = await runs(here, keys["op"], "rooms")
    assert result.returncode == 255
    assert "no key may log in yet; add yours (`ssh-keygen -t ed25519` makes one): cat " in result.stderr
    assert f"cat ~/.ssh/id_ed25519.pub >> {here.listed}" in result.stderr


@pytest_twisted.ensureDeferred
async def test_ten_failures_slow_this_machine_and_shut_nobody_here_out(here, keys, monkeypatch):
    monkeypatch.setattr(gate, "SLOWED_SECONDS", 0.2)
    for _ in range(12):
        here.service._administrators.gate.failed("127.0.0.1")
    assert (await runs(here, keys["op"], "rooms")).returncode == 0


@pytest_twisted.ensureDeferred
async def test_stopping_ends_sessions(here, keys):
    running = deferToThread(Administrator(here, keys["op"]).runs, "tail")
    while ("exec", "tail") not in audited(here):
        await pause()
    await here.service.stopService()
    assert (await running).returncode == 255
    here.service.startService()


# --- the watchdog


@pytest.fixture
def watchdog(monkeypatch):
    monkeypatch.setattr("twistchat.admin.watchdog.STILL_SECONDS", 0.2)
    monkeypatch.setattr("twistchat.admin.watchdog.TICK_SECONDS", 0.02)
    watchdog = Watchdog(Clock())
    gc.disable()  # hypothesis is called when it collects, and an interrupt that falls there is reported as lost
    watchdog.start()
    yield watchdog
    watchdog.stop()
    watchdog.stop()
    gc.enable()


def loop_until(condition, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline


def test_standing_still_is_said_once_and_where(watchdog, logged):
    loop_until(lambda: logged)
    assert "nobody's lines move" in logged[0] and "test_interfaces_admin_login.py:" in logged[0]
    assert "breaks it off" not in logged[0]
    time.sleep(0.3)
    assert len(logged) == 1
    watchdog._beats()
    assert "goes on after" in logged[1]
    watchdog._beats()
    assert len(logged) == 2


def test_more_input_breaks_off_a_loop_and_a_sleep(watchdog, logged):
    for stand_still in (lambda: loop_until(lambda: False), lambda: time.sleep(60)):
        with pytest.raises(KeyboardInterrupt), watchdog.guard(lambda: sum("breaks it off" in line for line in logged)):
            watchdog._beats()  # however long it took to come here
            stand_still()
    assert sum("breaks it off" in line for line in logged) == 2


def test_what_was_not_broken_off_is_tried_again(watchdog):
    lost = []

    def lose_one() -> None:
        try:
            loop_until(lambda: False)
        except KeyboardInterrupt:
            lost.append("interrupt")
        loop_until(lambda: False)

    typed = iter([5])
    with pytest.raises(KeyboardInterrupt), watchdog.guard(lambda: next(typed, 6)):
        lose_one()
    assert lost == ["interrupt"]


def test_without_a_line_of_an_administrators_nothing_is_broken_off(watchdog):
    os.kill(os.getpid(), SIGNAL)
    time.sleep(0.3)
    assert signal.getsignal(SIGNAL) == watchdog._break_off


def test_bytes_that_wait_are_counted():
    import socket

    ours, theirs = socket.socketpair()
    theirs.sendall(b"abc")
    assert waiting_bytes(ours.fileno()) == 3
    gone = ours.fileno()
    ours.close()
    theirs.close()
    assert waiting_bytes(gone) == waiting_bytes(-1) == 0


# --- lines typed at the server


@pytest_twisted.ensureDeferred
async def test_lines_at_the_servers_own_terminal_are_announced_one_after_another(tmp_path):
    from twisted.internet import reactor

    hub = Hub(MemoryLog(reactor.seconds), reactor, reactor.seconds, Limits())  # type: ignore[attr-defined]
    administration = open_administration(hub, tmp_path)
    text = "one\n\n\x1b[2J\n" + "x" * 1500 + "\n二\n"
    done: Deferred[None] = Deferred()
    hub.pipeline.watch(lambda entries: done.callback(None) if entries[-1].event.text == "二" else None)
    service = StdinService(administration, reactor, io.BytesIO(text.encode()))
    service.startService()
    await done
    while len(administration.journal.recent) < 2:
        await pause()
    assert [(act.verb, act.who, act.text) for act in administration.journal.recent] == [
        ("announce", WHO, "one"),
        ("announce", WHO, "二"),
    ]
    service.stopService()
    administration.journal.close()
