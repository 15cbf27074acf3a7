"""Bodies that nobody would send to a hook: a million of them.

    nice -n 19 python tests/hookbodies.py --count 1000000
    nice -n 19 python tests/hookbodies.py --count 1000000 --atheris     # pip install atheris; led by what is reached

Each is one that a tool sends (`support/recorded.py` and `recorded/README.md` say where each is from), changed: bytes of
it, or parts of its JSON, which are put elsewhere, repeated, nested, made huge, or made of another kind; in UTF-8,
GB18030 or UTF-16; as JSON, a form, parts of a form or plain text; up to 64 KiB. Of each these hold: nothing raises but
the refusal that nothing in it can be read; it is ten lines at most, each of them clean, and no longer than a line may
be; it takes five milliseconds of the processor's time at most, by the best of five times, as a collection of garbage
may fall into one.

What breaks a rule is printed, and ends the run with status 1. The same seed makes the same bodies.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from support.recorded import SAID
from support.recorded_requests import recorded as recorded_requests

MOST_CHARS = 1000
MOST_SECONDS = 0.005
MOST_BYTES = 64 * 1024
TRIES = 5
MOST_PARTS = 12_000
"""Of a body's JSON: 64 KiB hold no more."""

TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/plain; charset=utf-8",
    "",
    'multipart/form-data; boundary="',
    "application/json; charset=\xff",
)
FIELDS = ("x-github-event", "x-gitea-event", "sentry-hook-resource", "title", "x-title", "x")
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, float("nan"), "", " ", "\0", "\ud800", "\udfff\ud800", "\x1b[2J", "\u202e", "你好",
    "<http://x|y>", [], {}, [[]], [{}], {"text": {}}, ["x"], [{"text": "x"}], 3, "x" * 1001, "x\n" * 11, "<a|b>&lt;",
)  # fmt: skip
HUGE: tuple[Any, ...] = (
    "<" * 3000, "&lt;" * 3000, "x\n" * 3000, "x" * 60_000, "é\u0301" * 5000, ["x"] * 1000, [{"text": "x"}] * 1000,
    [{"fields": [{"name": 1}] * 100}] * 50,
    [{"fields": [{"name": "n", "value": "v"}] * 40}] * 20, {"attachments": [{}] * 1000}, "9" * 20_000, 10**4000,
    [{"alerts": [{"status": 1}] * 40}] * 90,
)  # fmt: skip
KEYS = (
    "text", "title", "content", "message", "body", "attachments", "embeds", "fields", "blocks", "sections", "facts",
    "alerts", "fallback", "url", "name", "value", "labels", "annotations", "object_kind", "commits", "build",
    "items", "elements",
)  # fmt: skip


def bodies(seed: int) -> Iterator[tuple[bytes, dict[str, str]]]:
    """Bodies without end, each with the header fields that come with it."""
    from fuzz import mutated  # atheris has to be first to import the package

    choose = random.Random(seed)
    recorded = [(body, headers) for _, body, headers, _ in SAID]
    recorded += [(json.loads(each.body), each.headers) for each in recorded_requests() if each.body.startswith(b"{")]
    seeds = [json.dumps(body, ensure_ascii=False).encode() for body, _ in recorded]
    while True:
        body, fields = choose.choice(recorded)
        headers = {
            "content-type": choose.choice(TYPES),
            choose.choice(FIELDS): choose.choice(("push", "issue", "é", "")),
        }
        if choose.random() < 0.7:
            headers |= fields
        if choose.random() < 0.4:
            data = mutated(seeds, choose)
        else:
            data = packed(json.dumps(changed(body, choose), ensure_ascii=choose.random() < 0.5), headers, choose)
        yield data[:MOST_BYTES], headers


def changed(value: Any, choose: random.Random) -> Any:
    """A JSON value with some of its parts changed."""
    for _ in range(choose.choice((1, 1, 2, 4, 12))):
        new = _changed_once(value, choose)
        if _parts(new, MOST_PARTS) >= 0:  # what is copied within copies would be larger than any body
            value = new
    return value


def _parts(value: Any, left: int) -> int:
    """What a value leaves of so many parts, each kilobyte of a text being one; less than 0 where it has more."""
    left -= 1 + (len(value) // 1000 if isinstance(value, str) else 0)
    inner: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        if left < 0:
            break
        left = _parts(each, left)
    return left


def _changed_once(value: Any, choose: random.Random) -> Any:
    if isinstance(value, dict) and value and choose.random() < 0.8:
        key = choose.choice([*value])
        return {**value, (choose.choice(KEYS) if choose.random() < 0.2 else key): _changed_once(value[key], choose)}
    if isinstance(value, list) and value and choose.random() < 0.8:
        at = choose.randrange(len(value))
        return [*value[:at], _changed_once(value[at], choose), *value[at + 1 :]]
    match choose.randrange(5):
        case 0:
            return [value] * choose.choice((1, 2, 2, 2, 11, 11, 101))
        case 1:
            return _nested(value, choose.choice(KEYS), choose.choice((1, 4, 6, 40)), choose.random() < 0.5)
        case 2:
            return {choose.choice(KEYS): value}
        case _:
            return choose.choice(HUGE if choose.random() < 0.05 else ODD)


def _nested(value: Any, key: str, depth: int, in_list: bool) -> Any:
    for _ in range(depth):
        value = {key: [value] if in_list else value}
    return value


def packed(text: str, headers: dict[str, str], choose: random.Random) -> bytes:
    """A text as a body of one of the kinds that there are."""
    if choose.random() < 0.02:
        text = choose.choice("[{") * 10_000 + text
    name = choose.choice(("payload", "data", "message", "text", "x"))
    if "urlencoded" in headers["content-type"] and choose.random() < 0.8:
        text = urlencode({name: text.encode("utf-8", "surrogatepass")})
    elif "multipart" in headers["content-type"] and choose.random() < 0.8:
        text = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n--b--\r\n'
    encoding = choose.choice(("utf-8", "utf-8", "utf-8", "gb18030", "utf-16"))
    return text.encode(encoding, "surrogatepass" if encoding != "gb18030" else "replace")


class Check:
    """Holds the rules, and what was slowest."""

    def __init__(self) -> None:
        from twistchat.core.text import clean
        from twistchat.errors import NothingReadable
        from twistchat.wire.hook_bodies import lines_of
        from twistchat.wire.hook_text import MOST_LINES

        self._clean, self._refusal, self._lines_of, self._most_lines = clean, NothingReadable, lines_of, MOST_LINES
        self.count = self.refused = self.again = 0
        self.slowest = 0.0

    def __call__(self, body: bytes, headers: dict[str, str]) -> None:
        """Hold them of one body."""
        lines, took = self._timed(body, headers)
        if took > MOST_SECONDS:
            self.again += 1
            took = min(took, *(self._timed(body, headers)[1] for _ in range(TRIES - 1)))
        self.count += 1
        self.refused += lines is None
        self.slowest = max(self.slowest, took)
        assert took <= MOST_SECONDS, f"it took {took * 1000:.1f} ms"
        assert len(lines or ()) <= self._most_lines, f"{len(lines or ())} lines"
        for line in lines or ():
            assert line and line == self._clean(line) and len(line) <= MOST_CHARS, repr(line)
            line.encode()

    def _timed(self, body: bytes, headers: dict[str, str]) -> tuple[list[str] | None, float]:
        began = time.thread_time()
        try:
            lines = self._lines_of(body, headers, MOST_CHARS)
        except self._refusal:
            lines = None
        return lines, time.thread_time() - began

    def __str__(self) -> str:
        return (
            f"{self.count} bodies, {self.refused} of them refused; slowest {self.slowest * 1000:.2f} ms; "
            f"{self.again} were timed again"
        )


def run(count: int, seed: int, say_each: int = 100_000) -> int:
    """Try so many bodies; returns the exit status."""
    check = Check()
    gc.disable()  # by hand, between bodies: it is not the body's time
    for body, headers in bodies(seed):
        try:
            check(body, headers)
        except Exception as error:
            print(f"body {check.count} of seed {seed}: {headers} {body[:600]!r} ({len(body)} bytes)", file=sys.stderr)
            print(f"  {type(error).__name__}: {error}", file=sys.stderr)
            return 1
        if check.count % 1000 == 0:
            gc.collect()
        if check.count % say_each == 0 or check.count == count:
            print(f"seed {seed}: {check}", flush=True)
        if check.count == count:
            return 0
    return 0


def run_atheris(count: int, seed: int, folder: Path) -> int:
    """Have atheris choose the bodies, by the branches that they reach."""
    import atheris

    with atheris.instrument_imports(include=["twistchat.wire", "twistchat.core.text"]):
        check = Check()
    folder.mkdir(parents=True, exist_ok=True)
    for number, (_, body, _, _) in enumerate(SAID):
        (folder / f"recorded-{number}").write_bytes(b"\0" + json.dumps(body, ensure_ascii=False).encode())

    def one(data: bytes) -> None:
        first = data[0] if data else 0
        kind, field = TYPES[first % len(TYPES)], FIELDS[first // len(TYPES) % len(FIELDS)]
        check(data[1:], {"content-type": kind, field: "push"})
        if check.count % 100_000 == 0 or check.count == count:
            print(f"atheris, seed {seed}: {check}", flush=True)

    words = [f"-runs={count}", f"-max_len={MOST_BYTES + 1}", f"-seed={seed + 1}", "-verbosity=0", str(folder)]
    atheris.Setup([sys.argv[0], *words], one)
    atheris.Fuzz()
    return 0


def main() -> int:
    """Read the command line and run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="bodies")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", action="store_true", help="have atheris choose them")
    parser.add_argument(
        "--corpus", type=Path, default=Path("/tmp/hook-bodies"), help="where atheris keeps what it found"
    )
    given = parser.parse_args()
    if given.atheris:
        return run_atheris(given.count, given.seed, given.corpus)
    return run(given.count, given.seed)


if __name__ == "__main__":
    sys.exit(main())
