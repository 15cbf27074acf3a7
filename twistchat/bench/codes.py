"""Try wrong codes for claimed names from many addresses, and see whether any gets in, and whether the owners do.

The addresses are those that a proxy tells: on one machine there are no others.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import selectors
import socket
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from websockets.frames import Frame, Opcode

from twistchat.admin.administration import AUDIT
from twistchat.admin.journal import written
from twistchat.bench import machine, sampling
from twistchat.bench.refusals import CannotMeasure
from twistchat.bench.servers import Address, start_twistchat
from twistchat.bench.soak import turns
from twistchat.core.bans import Act
from twistchat.core.claimcodes import DIGITS, SALT_BYTES, kept_of, shown
from twistchat.core.identity import key_mark
from twistchat.core.nameclaims import CLAIM, CODE

OPTIONS = (
    "--web=tcp:0:interface=127.0.0.1",
    "--web-proxy=127.0.0.1",
    "--per-address=off",
    "--per-address-often=off",
)
OWNER, KNOWN = "198.51.100.7", "198.51.100.8"
"""Where the owner has the key, and where the right code came from before (TEST-NET-2, RFC 5737)."""

OWNER_SECONDS = 0.25
"""Between two comings of the owner."""

ANSWER_SECONDS = 30.0

_ANSWER = re.compile(rb'"kind":"(welcome)"|"kind":"refused","code":"([a-z-]+)"')
_HANDSHAKE = (
    "GET /chat HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX-Forwarded-For: {address}\r\n\r\n"
)


def claim_names(folder: Path, count: int, key: str) -> tuple[list[str], str]:
    """Write an audit in which names are claimed, before a server reads it.

    Args:
        folder: The state folder.
        count: How many names.
        key: A program's, that proves each.

    Returns:
        The names, and the code of all of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    proofs = (CODE + kept_of(code, secrets.token_bytes(SALT_BYTES)), key_mark(key))
    names = [f"owner{number}" for number in range(count)]
    acts = (Act(CLAIM, name, name, proofs=proofs, number=n, time=time.time()) for n, name in enumerate(names, 1))
    (folder / AUDIT).write_bytes(b"".join(map(written, acts)))
    return names, shown(code)


class Applicant:
    """One connection by WebSocket, from an address that a proxy would tell."""

    def __init__(self, web: Address, address: str) -> None:
        """Connect.

        Raises:
            OSError: That cannot be done.
        """
        self.socket = socket.create_connection(web, ANSWER_SECONDS)
        self.socket.sendall(_HANDSHAKE.format(address=address).encode())
        self._read = b""

    def says(self, **hello: str) -> None:
        """Send a hello."""
        with suppress(OSError):
            self.socket.sendall(Frame(Opcode.TEXT, json.dumps(hello).encode()).serialize(mask=True))

    def reads(self) -> list[str] | None:
        """What it is answered, `welcome` or the code of a refusal, as far as that has come; None once it is over."""
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            return None
        self._read += data
        found = [*_ANSWER.finditer(self._read)]
        self._read = self._read[found[-1].end() :] if found else self._read[-200:]
        return [(match[1] or match[2]).decode() for match in found]

    def answer(self) -> str:
        """Wait for one answer."""
        while (answers := self.reads()) is not None:
            if answers:
                return answers[0]
        return "closed"


class Guesser:
    """One address: a wrong code after another, by as many connections as that takes."""

    def __init__(self, web: Address, address: str, names: Iterator[str]) -> None:
        self._web, self._address, self._names = web, address, names
        self.connect()

    def connect(self) -> None:
        """Begin with a new connection."""
        self.applicant = Applicant(self._web, self._address)

    def guesses(self) -> None:
        """Send a code, which is right with a chance of 1 in 10**16."""
        code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
        self.applicant.says(name=next(self._names), code=code)


class Siege:
    """One run."""

    def __init__(self, folder: Path, addresses: int, names: int, options: Sequence[str]) -> None:
        """Start a server.

        Raises:
            CannotMeasure: It does not come up.
        """
        self._key = secrets.token_urlsafe(18)
        self._names, self._code = claim_names(folder / "state", names, self._key)
        began = time.monotonic()
        self._server = start_twistchat(folder, *OPTIONS, *options)
        self.start = time.monotonic() - began
        assert self._server.pid is not None
        self.resident = machine.resident_bytes(self._server.pid)
        self._web = self._server.by_web().address
        self.answers: Counter[str] = Counter()
        self.by_key: Counter[str] = Counter()
        self.by_code: Counter[str] = Counter()
        self.longest = 0.0
        self.waited = 0.0
        self._addresses = [f"203.0.{number // 250}.{number % 250 + 1}" for number in range(addresses)]

    def stop(self) -> None:
        """End the server."""
        self._server.stop()

    def run(self, codes: int) -> str:
        """Try so many codes, while the owner comes again and again.

        Returns:
            How long turns of the reactor took.
        """
        before, waited = sampling.read(self._web), self._waited()
        self._owner_comes()
        with selectors.DefaultSelector() as waiting:
            guessers = deque(self._guessers())
            for guesser in guessers:
                waiting.register(guesser.applicant.socket, selectors.EVENT_READ, guesser)
                guesser.guesses()
            self._go_on(waiting, codes)
            for guesser in guessers:
                guesser.applicant.socket.close()
        self._owner_comes()
        self.waited = self._waited() - waited
        return turns(before, sampling.read(self._web))

    def _waited(self) -> float:
        """Seconds for which the reactor's thread could have run and had no processor (Linux's schedstat)."""
        with suppress(OSError, ValueError, IndexError):
            return int(Path(f"/proc/{self._server.pid}/schedstat").read_text().split()[1]) / 1e9
        return 0.0

    def _guessers(self) -> Iterator[Guesser]:
        for number, address in enumerate(self._addresses):
            names = _round(self._names, number)
            yield Guesser(self._web, address, names)

    def _go_on(self, waiting: selectors.BaseSelector, codes: int) -> None:
        due = time.monotonic() + OWNER_SECONDS
        while sum(self.answers.values()) < codes:
            if time.monotonic() >= due:
                self._owner_comes()
                due = time.monotonic() + OWNER_SECONDS
            for key, _ in waiting.select(OWNER_SECONDS):
                guesser: Guesser = key.data
                answers = guesser.applicant.reads()
                if answers is None:  # five wrong ones end a connection
                    waiting.unregister(guesser.applicant.socket)
                    guesser.applicant.socket.close()
                    guesser.connect()
                    waiting.register(guesser.applicant.socket, selectors.EVENT_READ, guesser)
                self.answers.update(answers or ())
                if answers is None or answers:
                    guesser.guesses()

    def _owner_comes(self) -> None:
        name = secrets.choice(self._names)
        began = time.monotonic()
        self.by_key[self._comes(OWNER, name=name, key=self._key)] += 1
        self.longest = max(self.longest, time.monotonic() - began)
        self.by_code[self._comes(KNOWN, name=self._names[0], code=self._code)] += 1

    def _comes(self, address: str, **hello: str) -> str:
        applicant = Applicant(self._web, address)
        applicant.says(**hello)
        answer = applicant.answer()
        applicant.socket.close()
        return answer


def _round(names: Sequence[str], first: int) -> Iterator[str]:
    while True:
        yield names[first % len(names)]
        first += 1


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.most_common())


def main(words: Sequence[str]) -> int:
    """Run `twistchat bench codes`.

    Returns:
        The exit status: 0 if nobody got in by a wrong code, the owner always did, and no turn took over 50 ms.
    """
    parser = argparse.ArgumentParser(prog="twistchat bench codes", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--codes", type=int, default=10_000, metavar="N", help="default: %(default)d")
    parser.add_argument("--addresses", type=int, default=100, metavar="N", help="default: %(default)d")
    parser.add_argument("--names", type=int, default=200, metavar="N", help="that are claimed [default: %(default)d]")
    parser.add_argument("options", nargs="*", help="behind --: more options of twistchat serve")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="twistchat-codes-") as folder:
        try:
            siege = Siege(Path(folder), given.addresses, given.names, given.options)
        except CannotMeasure as error:
            print(f"twistchat bench codes: {error}", file=sys.stderr)
            return 1
        began = time.monotonic()
        try:
            took = siege.run(given.codes)
        finally:
            siege.stop()
        size = siege.resident / 2**20
        print(f"with {given.names} names claimed, the server was up after {siege.start:.2f} s and had {size:.0f} MiB")
        print(f"{given.codes} codes from {given.addresses} addresses in {time.monotonic() - began:.1f} s")
        print(f"answers: {_told(siege.answers)}")
        print(f"owner by key: {_told(siege.by_key)}; the longest took {1000 * siege.longest:.0f} ms")
        print(f"owner by code, from where the right one came before: {_told(siege.by_code)}\n{took}")
        print(f"meanwhile the reactor's thread waited {siege.waited:.1f} s for a processor: others' work, not its own")
    is_well = not siege.answers["welcome"] and {*siege.by_key} == {"welcome"} == {*siege.by_code}
    return 0 if is_well and ", 0 over 0.05 s" in took else 1
