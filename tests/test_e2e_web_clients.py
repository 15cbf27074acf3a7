"""WebSocket clients that nobody here wrote, at a real server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.dialect import came, went
from support.patience import PATIENCE_SECONDS
from support.server import ANY, LineClient, Server, only
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

SCRIPT = Path(__file__).parent / "support" / "wsclient.cjs"
LISTEN = only("--tcp", ANY, "--web", ANY)
LINE = "你好 🎉"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, listen=LISTEN) as server:
        yield server


@pytest.fixture
def address(server: Server) -> str:
    return f"ws://127.0.0.1:{server.port('web')}/chat"


def node(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Node with what Debian has installed for it."""
    found = os.pathsep.join(filter(None, [os.environ.get("NODE_PATH"), "/usr/share/nodejs"]))
    return subprocess.run(
        ["node", *words],
        env={**os.environ, "NODE_PATH": found},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
    )


@pytest.fixture
def needs_ws() -> None:
    if shutil.which("node") is None or node("-e", "require('ws')").returncode:
        pytest.skip("npm's ws for Node.js is not installed (Debian: nodejs node-ws)")


def test_plain_http_over_a_real_socket(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port("web")), PATIENCE_SECONDS) as peer:
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: peer.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nok\n")


@pytest.mark.usefixtures("needs_ws")
def test_the_ws_of_npm_talks_to_it(server: Server, address: str) -> None:
    fragmented = f"in fragments: {LINE}"
    with LineClient(server, "tess") as tess:
        ran = node(str(SCRIPT), address, LINE, fragmented)
        assert not ran.returncode, ran.stderr
        seen = json.loads(ran.stdout)
        seen_by_tess = [came("zoe"), f"zoe: {LINE}", f"zoe: {fragmented}", went("zoe"), came("max"), went("max")]
        tess.hears("".join(f"{line}\r\n" for line in seen_by_tess))
    said, done = seen["said"], seen["done"]
    assert (said["name"], said["text"], said["isBinary"]) == ("zoe", LINE, False)
    assert (done["id"], done["number"]) == ("1", said["number"])
    assert (seen["whole"]["text"], seen["whole"]["number"]) == (fragmented, said["number"] + 1)
    assert seen["answered"] == "there?"
    assert (seen["code"], seen["tooLarge"]) == (1000, 1009)


def test_the_websockets_of_pypi_talks_to_it(server: Server, address: str) -> None:
    with LineClient(server, "tess") as tess, ThreadPoolExecutor(1) as elsewhere:
        said, code = elsewhere.submit(asyncio.run, _visit(address)).result(PATIENCE_SECONDS)
        tess.hears(f"{came('ada')}\r\n{came('bob')}\r\nbob: {LINE}\r\n")
    assert [(value["name"], value["text"]) for value in said] == [("bob", LINE)] * 2
    assert said[0]["number"] == said[1]["number"]
    assert code == 1009


async def _visit(address: str) -> tuple[list[dict[str, Any]], int]:
    """Two people come, one says a line in fragments, which both are told; then the other says too much."""
    async with asyncio.timeout(PATIENCE_SECONDS), connect(address) as ada, connect(address, origin=None) as bob:
        for peer, name in ((ada, "ada"), (bob, "bob")):
            await peer.send(json.dumps({"name": name}))
            await _next(peer, "joined")
        line = json.dumps({"line": LINE}, ensure_ascii=False)
        await bob.send([line[:10], line[10:11], line[11:]])
        said = [await _next(peer, "said") for peer in (ada, bob)]
        await ada.send("x" * (64 * 1024 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await ada.recv()
    assert closed.value.rcvd is not None
    return said, closed.value.rcvd.code


async def _next(peer: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        value: dict[str, Any] = json.loads(await peer.recv())
        if value["kind"] == kind:
            return value
