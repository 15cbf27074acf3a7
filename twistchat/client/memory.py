"""What the client remembers between runs: the last name and server. In a file that only its owner can read."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from platformdirs import user_state_dir

from twistchat.client.address import Address, parse_address
from twistchat.drafts import put_in_place

FILE = "client.json"

MOST_BYTES = 64 * 1024
"""Of the file; a larger one is not ours."""


def state_file() -> Path:
    """Where it is kept."""
    return Path(user_state_dir("twistchat", appauthor=False)) / FILE


def known_servers_file() -> Path:
    """Where it is kept which servers were met by TLS."""
    return state_file().with_name("known_servers")


def known_keys_file() -> Path:
    """Where the keys of names of one's own are kept."""
    return state_file().with_name("known_keys")


def last_name(path: Path) -> str:
    """The name of the last run; empty where there is none or it cannot be read."""
    return _remembered(path, "name")


def last_address(path: Path) -> Address | None:
    """Where the last run was; None where there is none or it cannot be read."""
    try:
        return parse_address(_remembered(path, "address"))
    except ValueError:
        return None


def _remembered(path: Path, what: str) -> str:
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(MOST_BYTES))[what]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ""
    return value if isinstance(value, str) else ""


def remember(path: Path, name: str, address: Address) -> None:
    """Keep a name and where it was; where that cannot be done, the next run asks and searches again."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = json.dumps({"name": name, "address": str(address)}, ensure_ascii=False)
        put_in_place(path, kept.encode(), replaces=True)
