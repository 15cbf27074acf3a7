"""avahi on another machine, with services of its own, and who asks it over the network as avahi-browse does."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.networks import OtherMachine
from support.patience import PATIENCE_SECONDS
from twisted.names import dns

needs_avahi = pytest.mark.skipif(
    not Path("/usr/sbin/avahi-daemon").exists(), reason="avahi is not installed (Debian: avahi-daemon)"
)
SETTINGS = "[server]\nhost-name=desk\nuse-ipv6=no\nenable-dbus=no\n[publish]\npublish-hinfo=no\n"
PRIVATE = 'mount -t tmpfs none /run/avahi-daemon && mount --bind "$0" /etc/avahi/services && exec "$@"'
GROUP = ("224.0.0.251", 5353)
"""RFC 6762 3."""


@contextmanager
def avahi(other: OtherMachine, folder: Path, *services: Path) -> Iterator[None]:
    """Let it run there, as `desk.local`, with these service files."""
    (folder / "avahi.conf").write_text(SETTINGS)
    (folder / "services").mkdir()
    for service in services:
        (folder / "services" / service.name).write_bytes(service.read_bytes())
    for needed in ("/run/avahi-daemon", "/etc/avahi/services"):
        Path(needed).mkdir(parents=True, exist_ok=True)
    daemon = ("avahi-daemon", "-f", str(folder / "avahi.conf"), "--no-drop-root", "--no-chroot", "--no-rlimits")
    command = ("unshare", "--mount", "sh", "-c", PRIVATE, str(folder / "services"), *daemon)
    with subprocess.Popen(
        ["nsenter", f"--net=/run/netns/{other.name}", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        assert running.stdout is not None
        try:
            said = ""
            while "Server startup complete" not in said:
                line = running.stdout.readline().decode()
                assert line, said
                said += line
            yield
        finally:
            running.kill()


def browsed(kind: str, source: str) -> dict[str, int]:
    """Which services of a kind are announced, and at which ports, to somebody at an address who asks until one is.

    Asking from a port of one's own has the answer sent there, as to a resolver of names (RFC 6762 6.7).
    """
    question = dns.Message()
    question.addQuery(f"{kind}.local".encode(), dns.PTR)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind((source, 0))
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
        asking.settimeout(1.0)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert time.monotonic() < deadline, f"nobody announces {kind}"
            asking.sendto(question.toStr(), GROUP)
            try:
                answer = dns.Message()
                answer.fromStr(asking.recv(9000))
            except TimeoutError:
                continue
            records = [*answer.answers, *answer.additional]
            found = {str(each.name): each.payload.port for each in records if each.type == dns.SRV}
            if found:
                return found
