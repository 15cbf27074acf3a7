"""What a program is told that is called: bodies in the dialects that chats and tools take, and signatures.

Signed as Standard Webhooks 1.0 has it (https://www.standardwebhooks.com), and as GitHub does.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import NamedTuple

from twistchat.core.events import Entry, Relayed
from twistchat.wire.feeds import line_of
from twistchat.wire.hops import HOPS
from twistchat.wire.json import event_object

MOST_LINES = 50
"""Of one call."""

SECRET_BYTES = 24
"""Standard Webhooks has 24 to 64."""

_PREFIX = "whsec_"

_LATER = (429, 503)
"""With these a receiver may say when it wants to be asked again (RFC 6585 4, RFC 9110 15.6.4)."""

_JSON = "application/json"


class CallDialect(NamedTuple):
    """How a program is told lines."""

    kind: str
    most_bytes: int
    """Of the lines' texts together."""
    body: Callable[[str, Sequence[Entry], int], object]
    """Of the lines' text, the lines, and how much was left out before them."""


def _of_json(text: str, entries: Sequence[Entry], skipped: int) -> object:
    return {"text": text, "lines": [event_object(entry) for entry in entries], "skipped": skipped}


def _of_slack(text: str, entries: Sequence[Entry], skipped: int) -> object:
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}  # nobody is called there


def _of_discord(text: str, entries: Sequence[Entry], skipped: int) -> object:
    return {"content": text, "allowed_mentions": {"parse": []}}


def _of_text(text: str, entries: Sequence[Entry], skipped: int) -> object:
    return text


DIALECTS: Mapping[str, CallDialect] = {
    "json": CallDialect(_JSON, 20_000, _of_json),  # twice in it: our own hooks take 64 KiB
    "slack": CallDialect(_JSON, 20_000, _of_slack),  # cut there behind 40,000 characters
    "discord": CallDialect(_JSON, 1_900, _of_discord),  # 2,000 characters
    "text": CallDialect("text/plain; charset=utf-8", 3_900, _of_text),  # ntfy: 4,096 bytes
}


def fitting(entries: Iterable[Entry], dialect: str, with_room: bool) -> list[Entry]:
    """Of some entries those, from the first on, that are told in one call.

    Rule: they came all from this chat, or all from another one's call; the receiver has to know which.
    """
    taken: list[Entry] = []
    left = DIALECTS[dialect].most_bytes
    for entry in entries:
        left -= len(line_of(entry, with_room).encode()) + 1
        if taken and (left < 0 or is_relayed(entry) != is_relayed(taken[0]) or len(taken) == MOST_LINES):
            break
        taken.append(entry)
    return taken


def is_relayed(entry: Entry) -> bool:
    """Whether another chat called it out to this one."""
    return isinstance(entry.event, Relayed)


def called_out(entries: Sequence[Entry], dialect: str, with_room: bool, skipped: int) -> tuple[str, bytes]:
    """The media type and the body of a call.

    Args:
        entries: What is told; at least one.
        dialect: One of `DIALECTS`.
        with_room: Whether each line has its room before it.
        skipped: How many entries of the log were left out before, as the receiver was away for too long.
    """
    kind, most, body = DIALECTS[dialect]
    lines = [line_of(entry, with_room) for entry in entries]
    if skipped:
        lines.insert(0, f"... {skipped} entries were left out ...")
    text = "\n".join(lines).encode()[: most + 64].decode("utf-8", "ignore")
    value = body(text, entries, skipped)
    return kind, (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode()


def secret_of(key: bytes, number: int) -> str:
    """The secret of a call, from the server's key and the number of the call's act: so nobody has to keep it."""
    made = hmac.digest(key, f"twistchat call {number}".encode(), sha256)[:SECRET_BYTES]
    return _PREFIX + base64.b64encode(made).decode()


def asked_wait(status: int, retry_after: str, now: float) -> float | None:
    """After how many seconds a receiver wants to be asked again; None where it does not say so.

    Args:
        status: Of its answer.
        retry_after: The field of that name: seconds, or a date (RFC 9110 10.2.3); empty where there is none.
        now: Seconds since 1970.
    """
    if status not in _LATER:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now)


def fields_of(secret: str, last: int, body: bytes, kind: str, now: float, hops: int) -> dict[str, str]:
    """The header fields of a call.

    Args:
        secret: The call's.
        last: The number of the last entry that it is about. With the secret's mark it makes the id: the same call made
            again has the same.
        body: What is sent.
        kind: Its media type.
        now: Seconds since 1970.
        hops: 1 for lines of this chat, 2 for another's.
    """
    name = f"{sha256(secret.encode()).hexdigest()[:12]}.{last}"
    stamp = str(int(now))
    signed = hmac.digest(base64.b64decode(secret.removeprefix(_PREFIX)), f"{name}.{stamp}.".encode() + body, sha256)
    return {
        "Content-Type": kind,
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}",
        HOPS: str(hops),
    }
