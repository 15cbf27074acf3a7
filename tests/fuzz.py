"""Throw what nobody would send at the ways in, for as long as you like: a fuzzer.

    python tests/fuzz.py --seconds 300
    python tests/fuzz.py lines verbs --seconds 60 --seed 7

Seeds are what people and programs send; each input is one of them with bytes changed, cut, repeated, or put together
with another. After each these hold: nothing raised, here or in what the reactor would have called; nothing came out
that a terminal would act on; it took less than a second of the processor's time. At the end memory has not grown by
what a leak would leave.

What breaks a rule is printed with the input, and ends the run with status 1. No corpus is kept: a seed makes a run.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from support.chat import Chat
from support.command import runs
from support.datagrams import DatagramDoor
from support.fuzzed import Target, a_chat, check_harmless, pieces
from support.fuzzed_doors import DOORS
from support.fuzzed_found import FOUND
from support.lines import LineDoor
from support.operator import an_operator
from support.recorded import SAID
from support.streams import TOKEN, StreamDoor
from support.web import WebDoor
from twisted.logger import LogEvent, globalLogPublisher

from twistchat.core import limits, text
from twistchat.core.bans import FEED, HOOK, Act
from twistchat.core.programs import digest_of_token
from twistchat.errors import NothingReadable, NotText
from twistchat.log.importing import BadLine, judged
from twistchat.transfer.reading import lines_of
from twistchat.wire import hook_bodies
from twistchat.wire.hook_text import MOST_LINES
from twistchat.wire.text import Encoding

SLOW_SECONDS = 1.0
MOST_GROWTH = 150 * 1024
"""KiB that a run may need beside what it began with."""

PUBLIC, NEAR, HERE = "203.0.113.9", "10.0.0.77", "127.0.0.1"


def passes(chat: Chat) -> None:
    """Let all that was scheduled for the next minutes happen."""
    for _ in range(12):
        chat.clock.advance(10)


def lines(data: bytes, choose: random.Random) -> None:
    """TCP: telnet, nc, tutorials' clients, programs."""
    chat = a_chat()
    door = LineDoor(chat)
    eve, sender = door.enters("eve"), door.connects()
    for read in pieces(data, choose):
        sender.sends(read)
        chat.clock.advance(choose.choice([0, 0.1, 0.4, 6.0]))
    check_harmless(eve.gets().decode())
    sender.hangs_up()
    passes(chat)
    check_harmless(eve.gets().decode())
    assert chat.names == {"eve"}


def datagrams(data: bytes, choose: random.Random) -> None:
    """UDP by the tutorial's verbs: never more bytes out than in before an address is proved."""
    chat = a_chat()
    door = DatagramDoor(chat)
    eve, sender = door.enters("eve"), door.connects(choose.choice([PUBLIC, NEAR, HERE]))
    sent = 0
    for packet in data.split(b"\n\n")[:40]:
        sender.sends(packet)
        sent += len(packet)
        if sender.address[0] == PUBLIC:
            got = sum(map(len, door.transport.sent.get(sender.address, [])))
            assert got <= sent, f"{got} bytes for {sent}"
    for heard in eve.gets():
        check_harmless(heard.decode())
    passes(chat)


def numbered(data: bytes, choose: random.Random) -> None:
    """UDP with numbers."""
    chat = a_chat()
    door = StreamDoor(chat)
    sender = DatagramDoor.connects(door, choose.choice([PUBLIC, HERE]))
    sent = 0
    for packet in data.split(b"\n\n")[:40]:
        sender.sends(packet)
        sent += len(packet)
        chat.clock.advance(choose.choice([0, 0.06, 0.5]))
        if sender.address[0] == PUBLIC:
            assert sum(map(len, door.transport.sent.get(sender.address, []))) <= sent
    passes(chat)
    passes(chat)
    assert not len(door.protocol.streams), "90 seconds of silence end a session"


def web(data: bytes, choose: random.Random) -> None:
    """HTTP and frames of WebSockets."""
    chat = a_chat()
    door = WebDoor(chat)
    eve = LineDoor(chat).enters("eve")
    sender = door.opens(choose.choice([PUBLIC, HERE]))
    for read in pieces(data, choose):
        sender.sends(read)
        chat.clock.advance(choose.choice([0, 0.1, 3.0]))
    check_harmless(eve.gets().decode())
    sender.hangs_up()
    passes(chat)
    assert chat.names == {"eve"}


def hooks(data: bytes, choose: random.Random) -> None:
    """What tools send to a hook: ten lines at most, in five milliseconds."""
    headers = {"content-type": choose.choice(HOOK_TYPES), choose.choice(HOOK_FIELDS): "push"}
    began = time.thread_time()
    said: list[str] = []
    with suppress(NothingReadable):
        said = hook_bodies.lines_of(data, headers, 1000)
    took = time.thread_time() - began
    for line in said:
        check_harmless(line)
        line.encode()
    assert len(said) <= MOST_LINES
    assert took < 10 * HOOK_SECONDS, f"{took * 1000:.1f} ms"  # by itself it takes less: a collection may come between


def posts(data: bytes, choose: random.Random) -> None:
    """Requests to hooks and feeds, whatever their heads say."""
    chat = a_chat()
    door = WebDoor(chat)
    digest = digest_of_token(HOOK_TOKEN)
    for number, verb in enumerate((HOOK, FEED), 1):
        chat.hub.rules.take(Act(verb, "op", verb, room="lobby", digest=digest, number=number))
    eve = LineDoor(chat).enters("eve")
    sender = door.opens(choose.choice([PUBLIC, NEAR, HERE]))
    for read in pieces(data, choose):
        sender.sends(read)
        chat.clock.advance(choose.choice([0, 0.1, 3.0]))
    check_harmless(eve.gets().decode())
    sender.hangs_up()
    passes(chat)
    assert chat.names == {"eve"}


def encodings(data: bytes, choose: random.Random) -> None:
    """Bytes as text, and what is taken out of it."""
    encoding = Encoding()
    for part in pieces(data, choose):
        with suppress(NotText):
            shown = text.clean(encoding.decode(part))
            check_harmless(shown.replace("\t", " "))
            assert text.clean(shown) == shown
            shown.encode()
            text.rubbed_out(shown)


def imports(data: bytes, _choose: random.Random) -> None:
    """Files that are imported."""
    for line in judged(lines_of(io.BytesIO(data)), "lobby", 2e9):
        check_harmless(line.why if isinstance(line, BadLine) else " ".join(map(str, line.row)))


def verbs(data: bytes, _choose: random.Random) -> None:
    """What an operator's scripts call."""
    with tempfile.TemporaryDirectory() as folder:
        chat = a_chat()
        operator = an_operator(chat, Path(folder))
        LineDoor(chat).enters("bob")
        for line in data.decode("utf-8", "replace").split("\n")[:20]:
            if not line.split() or line.split()[0] in ("tail", "watch", "stop"):
                continue
            _, out, errors = runs(chat, operator, line, b"from a pipe\n")
            check_harmless(out + errors)
        operator.journal.close()


def durations(data: bytes, _choose: random.Random) -> None:
    """Values of options."""
    word = data.decode("utf-8", "replace")
    for parse in (limits.parse_span, limits.parse_count, limits.parse_bytes, limits.parse_seconds, limits.parse_rate):
        with suppress(ValueError):
            parse(word)
    for name in ("flood", "backlog", "name_seconds"):
        try:
            limits.parse_limits({name: word})
        except ValueError as error:
            check_harmless(str(error))


HOOK_SECONDS = 0.005
HOOK_TOKEN = "t" * 26
HOOK_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "")
HOOK_FIELDS = ("x-github-event", "sentry-hook-resource", "title", "x-gitea-event")
CHINESE = "ada\n你好，世界。繁體字測試\n/nick 小明\n"
HELLO = '{"v":1,"name":"ada","key":"k","lang":"zh_TW"}\n{"line":"hello","id":"1"}\n{"line":"/who","id":"2"}\n'
REQUEST = "GET /chat HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
KEYS = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://localhost\r\n\r\n"


def request(method: str, path: str, body: bytes, more: str = "X: y") -> bytes:
    """A program's request."""
    return f"{method} {path} HTTP/1.1\r\nHost: x\r\n{more}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def masked(payload: bytes, first: int = 0x81) -> bytes:
    """A client's frame whose mask is zero."""
    return bytes([first, 0x80 | len(payload)]) + bytes(4) + payload


TARGETS = {
    target.run.__name__: target
    for target in (
        Target(
            lines,
            (
                b"ada\r\nhello\r\n/who\r\n/join tea\r\n/msg eve hi\r\n/quit\r\n",
                CHINESE.encode(),
                CHINESE.encode("gb18030"),
                HELLO.encode(),
                b"ada",
                b"ada: hello\xff\xfd\x01\xff\xfa\x18\x00xterm\xff\xf0\xff\xff",
                b"a\x08b\x7fada\rhi\r\0/me \x1b[31mwaves\x1b[0m\n",
                "ada\n\u202eabc \U0001f468\u200d\U0001f469\u200d\U0001f467 \u0645\u06cc\u200c\u062e\n".encode(),
                b"ada\n/search tea from:eve since:2d\n/history 20 before 3\n/more\n/ignore eve\n/lang zh_CN\n/topic\n",
            ),
        ),
        Target(
            datagrams,
            (
                b"L ada\n\nC ada hello\n\nP ada\n\nC ada /who\n\nQ ada",
                b"L ada" + b" " * 32 + b"\n\nL ada 0 0123456789abcdef\n\nC ada x",
                "L 小明\n\nC 小明 你好\n\nC 小明 /history".encode("gb18030"),
                b"L ada 5\n\n\nC ada /nick eva\n\nL eva\n\n",
            ),
        ),
        Target(
            numbered,
            (
                f"H {TOKEN}".encode().ljust(64) + f"\n\nD {TOKEN} 1 0 -\nada\nhello\n\nA {TOKEN}\n\nE {TOKEN}".encode(),
                f"H {TOKEN}\n\nD {TOKEN} 2 0 1,3-9\nx\n\nD {TOKEN} 1 4 -\nada\n/search x\n/quit\n".encode(),
            ),
        ),
        Target(
            web,
            (
                (REQUEST + KEYS).encode() + masked(HELLO.split("\n")[0].encode()) + masked(b'{"line":"hi"}'),
                (REQUEST + KEYS).encode() + masked(b"\x03\xe8bye", 0x88) + masked(b"ping", 0x89),
                b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip;q=0.5, *\r\n\r\n",
                b"HEAD /healthz HTTP/1.0\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
            ),
        ),
        Target(hooks, tuple(json.dumps(row[1], ensure_ascii=False).encode() for row in SAID)),
        Target(
            posts,
            (
                request("POST", f"/hooks/{HOOK_TOKEN}", b'{"text":"full"}'),
                request("POST", "/", json.dumps({"topic": HOOK_TOKEN, "message": "full"}).encode()),
                request("GET", f"/feed/{HOOK_TOKEN}.atom?after=3", b"", 'If-None-Match: "3"'),
                request("PUT", f"/hooks/{HOOK_TOKEN}", b"hi", "Expect: 100-continue"),
            ),
        ),
        Target(encodings, (CHINESE.encode(), CHINESE.encode("gb18030"), "\u0645\u06cc\u200c\u062e \u4e00".encode())),
        Target(
            imports,
            (
                b'{"time": "2026-11-21T20:59:34.2Z", "room": "lobby", "kind": "said", "name": "ada", "text": "x"}',
                b"ada: hello\nbob : hi\n\xef\xbb\xbfeve: \x1b[2J\n",
                '{"name":"小明","text":"\\ud800","time":"2026-01-01"}\n小明: 你好'.encode("gb18030"),
            ),
        ),
        Target(
            verbs,
            (
                b'ban bob --for 2h "spam and eggs"\nundo 1\nwhy 1\naudit --all\nwho --json\n',
                b"mute bob --all\nunmute bob\nannounce -- --json\nannounce -\nlock --for forever\nunlock\n",
                "kick bob \x1b[2J\nrename $')\\x06' x\ntopic lobby 你好\nban 10.1.0.0/16 --for 1h\nhelp ban\n".encode(),
            ),
        ),
        *FOUND,
        *DOORS,
        Target(
            durations, (b"90d", b"2/10", b"256K", b"off", b"forever", b"0.5/1", "９0d".encode(), b"1e9", b"nan/inf")
        ),
    )
}


def mutated(seeds: Sequence[bytes], choose: random.Random) -> bytes:
    """One of the seeds, changed a little or much."""
    data = bytearray(choose.choice(seeds))
    for _ in range(choose.choice([0, 1, 2, 4, 16])):
        at = choose.randrange(len(data) + 1)
        match choose.randrange(7):
            case 0:
                data[at : at + 1] = bytes([choose.randrange(256)])
            case 1:
                del data[at : at + choose.randrange(1, 9)]
            case 2:
                data[at:at] = choose.choice(ODD)
            case 3:
                data[at:at] = data[at : at + choose.randrange(1, 40)] * choose.randrange(1, 20)
            case 4:
                other = choose.choice(seeds)
                data[at:] = other[choose.randrange(len(other) + 1) :]
            case 5:
                data[at:at] = bytes(choose.randrange(256) for _ in range(choose.randrange(1, 6)))
            case _ if at < len(data):
                data[at] ^= 1 << choose.randrange(8)
    return bytes(data[:20_000])


ODD = (
    b"\x1b[2J", b"\x9b2J", b"\r", b"\n", b"\0", b"\xff", b"\xff\xf0", b"\x81\x30\x81\x30", b"\xe4\xbd", b"\xed\xa0\x80",
    "\u202e".encode(), "\u2028".encode(), "\u0085".encode(), "\U000e0041".encode(), b"/", b"//", b'"', b"'", b"{",
    b"\\u0000",    b" " * 40, b"9" * 30, b"-", b"--", b"x" * 5000,
)  # fmt: skip


def main(words: Sequence[str]) -> int:
    """Run targets, one after another; the exit status is 1 where a rule was broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all unless given")
    parser.add_argument("--seconds", type=float, default=30.0, help="for each target")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(words)
    unknown = [name for name in given.targets if name not in TARGETS]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there is {', '.join(TARGETS)}")
    return max(run(name, given.seconds, given.seed) for name in given.targets or TARGETS)


class Rules:
    """What holds of every input of a target."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._failures: list[LogEvent] = []
        self.count, self.slowest = 0, 0.0
        globalLogPublisher.addObserver(lambda event: event.get("log_failure") and self._failures.append(event))

    def hold(self, data: bytes, choose: random.Random) -> None:
        """Try an input.

        Raises:
            Exception: It breaks a rule.
        """
        began = time.process_time()
        self._target.run(data, choose)
        took = time.process_time() - began
        assert not self._failures, self._failures[0]["log_failure"].getTraceback()
        assert took < SLOW_SECONDS, f"it took {took:.1f} s"
        self.slowest, self.count = max(self.slowest, took), self.count + 1


def run(name: str, seconds: float, seed: int) -> int:
    """Run a target for a while."""
    choose, target = random.Random(f"{name} {seed}"), TARGETS[name]
    rules, until, before = Rules(target), time.monotonic() + seconds, 0
    while time.monotonic() < until:
        data = mutated(target.seeds, choose)
        try:
            rules.hold(data, choose)
        except Exception as error:
            print(f"{name}: input {rules.count}: {data!r}", file=sys.stderr)
            print(f"  {type(error).__name__}: {error}", file=sys.stderr)
            return 1
        if rules.count == 200:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before if before else 0
    print(f"{name}: {rules.count} inputs, slowest {rules.slowest * 1000:.0f} ms, {grown // 1024} MiB more")
    return int(grown > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
