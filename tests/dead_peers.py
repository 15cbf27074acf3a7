"""How long it takes to find out that a peer's network is gone: python tests/dead_peers.py, as root, for two minutes.

A network namespace of Linux is a machine of its own here, with a cable to this one. People come from there by every
interface, `twistchat join` too; then the cable is cut, so that nothing is ever answered again and nothing says so. It
prints after how many seconds each name was free, and fails if one took over two minutes. It is no part of the suite, as
it takes the two minutes and root's rights; `tests/test_interfaces_keepalive.py` has what can be tested without.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

TWO_MINUTES = 120.0
HERE, THERE = "10.213.77.1", "10.213.77.2"
NAMES = ("quiet", "busy", "web", "plain", "numbered", "join", "irc", "ssh")


def main() -> int:
    """Run it; returns the exit status."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        print("This needs root and iproute2's `ip`, for a network namespace.", file=sys.stderr)
        return 2
    from support.server import Server, only

    space, cable = f"dead-peers-{os.getpid()}", f"dp{os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            _lay(space, cable)
            tcp = f"tcp:0:interface={HERE}"
            listen = only("--tcp", tcp, "--udp", f"udp:0:interface={HERE}", "--web", tcp, "--irc", tcp, "--ssh", tcp)
            with Server(Path(folder), listen=listen) as server:
                ports = [str(server.port(name)) for name in ("tcp", "udp", "web", "irc", "ssh")]
                return _run(space, cable, ports)
        finally:
            _ip("netns", "del", space)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def _lay(space: str, cable: str) -> None:
    _ip("netns", "add", space)
    _ip("link", "add", cable, "type", "veth", "peer", "name", "peer", "netns", space)
    _ip("addr", "add", f"{HERE}/24", "dev", cable)
    _ip("link", "set", cable, "up")
    for words in (
        ["addr", "add", f"{THERE}/24", "dev", "peer"],
        ["link", "set", "peer", "up"],
        ["link", "set", "lo", "up"],
    ):
        _ip("-n", space, *words)


def _run(space: str, cable: str, ports: list[str]) -> int:
    watch = socket.create_connection((HERE, int(ports[0])))
    watch.sendall(b"watch\r\n/join corner\r\n/join lobby\r\n")
    inside = ["ip", "netns", "exec", space, sys.executable]
    joins = [
        subprocess.Popen(
            [*inside, "-m", "twistchat", "join", "--plain", "--nick", name, f"{kind}://{HERE}:{port}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if name == "join" else subprocess.DEVNULL,
        )
        for name, kind, port in (("numbered", "udp", ports[1]), ("join", "tcp", ports[0]))
    ]
    crowd = subprocess.Popen([*inside, __file__, "inside", *ports[:-1]])
    known = [word for each in ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null") for word in ("-o", each)]
    terminal = subprocess.Popen(
        [*inside[:4], "ssh", "-F", "none", *known, "-tt", "-p", ports[-1], f"ssh@{HERE}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(watch, "came", "joined", set(NAMES))
        _ip("-n", space, "link", "set", "peer", "down")
        cut = time.monotonic()
        Thread(target=_told_by, args=(joins[1], cut), daemon=True).start()
        watch.sendall(b"is anybody there?\r\n")
        took = _wait_for(watch, "gone", "left", set(NAMES), cut)
        return int(max(took.values()) > TWO_MINUTES)
    finally:
        for process in (*joins, crowd, terminal):
            process.kill()
            process.wait()


def _told_by(join: subprocess.Popen[bytes], since: float) -> None:
    """Print what `twistchat join` says at the other end of the cut cable."""
    assert join.stderr is not None
    for line in join.stderr:
        print(f"join says after {time.monotonic() - since:6.1f} s: {line.decode().strip()}", flush=True)


def _wait_for(
    watch: socket.socket, what: str, verb: str, names: set[str], since: float | None = None
) -> dict[str, float]:
    """Read until all of these have come or gone; returns after how many seconds each had."""
    begun, took, read = since or time.monotonic(), dict[str, float](), ""
    watch.settimeout(2 * TWO_MINUTES)
    while names - took.keys():
        read += watch.recv(65536).decode()
        for name in re.findall(rf"^(?:\[\w+\] )?(\w+) {verb}", read, re.MULTILINE):
            if name in names and name not in took:
                took[name] = time.monotonic() - begun
                print(f"{name:10} {what} after {took[name]:6.1f} s", flush=True)
        read = read.rpartition("\n")[2]
    return took


def _inside(tcp: str, udp: str, web: str, irc: str) -> None:
    """In the namespace: be the people whose network will be gone."""
    from websockets.sync.client import connect

    quiet, busy = (socket.create_connection((HERE, int(tcp))) for _ in range(2))
    quiet.sendall(b"quiet\r\n/join corner\r\n/leave lobby\r\n")  # where nobody talks, so nothing waits for it
    busy.sendall(b"busy\r\n")
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    plain.connect((HERE, int(udp)))
    plain.send(b"L plain")
    chatter = socket.create_connection((HERE, int(irc)))
    chatter.sendall(b"NICK irc\r\nUSER u 0 * :r\r\n")
    page = connect(f"ws://{HERE}:{web}/chat", origin=f"http://{HERE}:{web}", ping_interval=None)  # type: ignore[arg-type]
    with page as member:
        member.send('{"name": "web"}')
        while True:
            with suppress(OSError):
                plain.send(b"P plain")
            time.sleep(20)


if __name__ == "__main__":
    sys.exit(_inside(*sys.argv[2:]) if sys.argv[1:2] == ["inside"] else main())
