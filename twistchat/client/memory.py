"""What the client remembers between runs: the last name. In a file that only its owner can read."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from platformdirs import user_state_dir

FILE = "client.json"


def state_file() -> Path:
    """Where it is kept."""
    return Path(user_state_dir("twistchat", appauthor=False)) / FILE


def last_name(path: Path) -> str:
    """The name of the last run; empty where there is none or it cannot be read."""
    try:
        name = json.loads(path.read_text("utf-8"))["name"]
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return name if isinstance(name, str) else ""


def remember(path: Path, name: str) -> None:
    """Keep a name; where that cannot be done, the next run asks again."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            json.dump({"name": name}, file, ensure_ascii=False)
        new.replace(path)
