"""The reference client of numbered datagrams, as docs/ has it, over real sockets and a bad network."""

from __future__ import annotations

import ast
import os
import runpy
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from support.badrelay import Relay
from support.patience import PATIENCE_SECONDS
from support.relay import Loss
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol

from twistchat.core.hub import Hub
from twistchat.core.limits import Limits
from twistchat.interfaces.udp.port import ChatDatagramProtocol
from twistchat.log.memory import MemoryLog
from twistchat.wire.language import ENGLISH

REFERENCE = Path(__file__).parent.parent / "docs" / "numbered.py"
LINES = [f"line {number} 你好" for number in range(300)]

MICROPYTHON = shutil.which("micropython", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
"""The one that the extra `test` brings beside this Python where there is a wheel of it, or the system's."""

INTERPRETERS = [
    pytest.param([sys.executable, "-I", "-S"], id="python"),
    pytest.param(
        [MICROPYTHON],
        id="micropython",
        marks=pytest.mark.skipif(MICROPYTHON is None, reason="there is no MicroPython for this machine"),
    ),
]


class Run(ProcessProtocol):
    """The reference client as its own process."""

    def __init__(self, typed: bytes) -> None:
        self.typed = typed
        self.output = b""
        self.errors = b""
        self.ended: Deferred[int | None] = Deferred()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self.typed)

    def outReceived(self, data: bytes) -> None:
        self.output += data

    def errReceived(self, data: bytes) -> None:
        self.errors += data

    def processEnded(self, reason: Any) -> None:
        self.ended.callback(reason.value.exitCode)


def test_it_is_short_and_needs_nothing_but_python() -> None:
    source = REFERENCE.read_text()
    assert len(source.splitlines()) < 120
    imported = {
        alias.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import) for alias in node.names
    }
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.deadline(100)
@pytest_twisted.ensureDeferred
async def test_every_line_arrives_once_and_in_order_both_ways_over_a_bad_network(interpreter: list[str]) -> None:
    from twisted.internet import reactor

    hub = Hub(MemoryLog(reactor.seconds), reactor, reactor.seconds, replace(Limits(flood=None)))
    port = reactor.listenUDP(0, ChatDatagramProtocol(hub, ENGLISH), interface="127.0.0.1")
    relay = Relay(reactor, ("127.0.0.1", port.getHost().port), Loss(7))
    run = Run("".join(f"{line}\n" for line in ["ada", *LINES]).encode())
    arguments = [*interpreter, str(REFERENCE), "127.0.0.1", str(relay.port), "ada"]
    run.typed = run.typed[4:]
    try:
        process = reactor.spawnProcess(run, arguments[0], arguments, env={"PYTHONIOENCODING": "utf-8", **os.environ})
        while run.output.count(b"\n") < len(LINES) + 2 and process.pid:
            waiting: Deferred[None] = Deferred()
            reactor.callLater(0.05, waiting.callback, None)
            await waiting
        process.closeStdin()
        assert await run.ended == 0, run.errors.decode()
    finally:
        await relay.stop()
        await port.stopListening()
    heard = [line for line in run.output.decode().split("\n") if line.startswith("ada: ")]
    assert heard == [f"ada: {line}" for line in LINES]


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest_twisted.ensureDeferred
async def test_what_is_piped_behind_a_refused_name_is_not_said_and_the_status_says_so(interpreter: list[str]) -> None:
    from twisted.internet import reactor

    log = MemoryLog(reactor.seconds)
    hub = Hub(log, reactor, reactor.seconds, replace(Limits(flood=None)))
    port = reactor.listenUDP(0, ChatDatagramProtocol(hub, ENGLISH), interface="127.0.0.1")
    run = Run(b"hello\n")
    arguments = [*interpreter, str(REFERENCE), "127.0.0.1", str(port.getHost().port), "root!"]
    try:
        process = reactor.spawnProcess(run, arguments[0], arguments, env={"PYTHONIOENCODING": "utf-8", **os.environ})
        process.closeStdin()
        status = await run.ended
    finally:
        await port.stopListening()
    assert b"A name cannot contain !" in run.output
    assert b"joined" not in run.output
    assert await log.after(0, 10) == [], "nobody came, and nothing was said"
    assert status == 1 or "micropython" in interpreter[0], "MicroPython cannot tell a pipe from a terminal"


def test_the_reference_proves_its_address_also_when_that_has_changed() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(PATIENCE_SECONDS)
        client = runpy.run_path(str(REFERENCE))["Numbered"](*server.getsockname())
        for is_open in (False, True):
            client.open = is_open
            assert client.receive(b"K cookie") == []
            assert server.recv(100) == f"H {client.token} cookie".encode()
        client.socket.close()
