"""Somebody comes again from another port of the same address, and wants the name that they had.

Rule 1: A name belongs to whoever logged in with it, as long as they live. That nobody listens at their port any more is
    known from their machine's own word (ICMP: port unreachable): then the name is given to the new one at once.
Rule 2: Where a firewall swallows that word, the old one is asked to say something. Who says nothing for 90 seconds is
    let go, and the name is free. So nobody loses a name to another at the same address who is there to answer.
Rule 3: Loopback always gives its word, so nobody is asked there.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

from twistchat.core.addresses import is_loopback
from twistchat.core.clocks import Clock

Address = tuple[str, int]

ANSWER_SECONDS = 90.0
"""How long somebody has to say something whose name another wants. With the sweep's 15 that is below two minutes."""

PROBE_SECONDS = 0.25
"""How long a machine has for its word (RFC 1122 asks for no time; a local network takes less than a millisecond)."""

Probe = Callable[[Address, Callable[[bool], None]], None]
"""Asks whether nobody listens at an address, and tells the answer, perhaps at once."""


def probe_by(clock: Clock) -> Probe:
    """A probe with a socket of its own: an empty datagram, of which a tutorial's client makes an empty line at most."""

    def probe(address: Address, told: Callable[[bool], None]) -> None:
        prober = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
        prober.setblocking(False)
        try:
            prober.connect(address)  # so that the kernel tells this socket what comes back
            prober.send(b"")
        except OSError:  # there is no way there: nobody can say anything
            prober.close()
            told(False)
            return
        clock.callLater(0 if is_loopback(address[0]) else PROBE_SECONDS, _look, prober, told)

    return probe


def _look(prober: socket.socket, told: Callable[[bool], None]) -> None:
    with prober:
        error = prober.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    told(error == errno.ECONNREFUSED)
