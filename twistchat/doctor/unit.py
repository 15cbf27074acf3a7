"""The unit of systemd, where there is one."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from twistchat.doctor.finding import Finding, look, ok, wrong

FOLDERS = (Path("/etc/systemd/system"), Path("/usr/local/lib/systemd/system"), Path("/usr/lib/systemd/system"))
"""Where units are, the first that has one counts (systemd.unit(5))."""

NAME = "twistchat.service"

STOP_SECONDS = 5
"""A stop takes at most 3."""

LEAST_BYTES = 256 << 20
"""Of memory: 60 MiB alone, and 1,000 people."""

_UNITS = {"": 1, "s": 1, "sec": 1, "min": 60, "m": 60, "ms": 0.001}
_BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def unit(folders: Sequence[Path] = FOLDERS) -> Iterator[Finding]:
    """Look at what systemd is told.

    Args:
        folders: Where units may be.
    """
    path = next((folder / NAME for folder in folders if (folder / NAME).is_file()), None)
    if path is None:
        yield ok(f"no unit {NAME}; docs/operations.md has one")
        return
    told = _service(path.read_text("utf-8", "replace"))
    before = f"{path}: "
    found = [*_asked(told)]
    if not found:
        yield ok(f"{before}nothing to say")
    for finding in found:
        yield finding._replace(found=before + finding.found, advice=f"{finding.advice}; systemctl daemon-reload")


def _asked(told: dict[str, str]) -> Iterator[Finding]:
    kind = told.get("type", "simple")
    if kind in ("notify-reload", "dbus"):
        yield wrong(f"Type={kind} waits for a word that the server does not send", "Type=notify")
    if kind == "forking" and "--nodaemon" in told.get("execstart", ""):
        yield wrong("Type=forking with --nodaemon waits for ever", "Type=exec")
    seconds = _seconds(told.get("timeoutstopsec", ""))
    if seconds is not None and 0 < seconds < STOP_SECONDS:
        yield look(
            f"TimeoutStopSec= leaves {seconds:g} s to tell everyone and store the last lines", "TimeoutStopSec=10"
        )
    if "limitnofile" not in told:
        yield look("no LimitNOFILE=, so that the server holds as many people as systemd's default", "LimitNOFILE=65536")
    most = _bytes(told.get("memorymax", ""))
    if most is not None and most < LEAST_BYTES:
        yield look(f"MemoryMax= leaves {most >> 20} MiB", "MemoryMax=512M")
    if told.get("killmode") == "none":
        yield look("KillMode=none leaves the server running when the unit is stopped", "KillMode=mixed")


def _service(text: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return {name: value or "" for name, value in parser.items("Service")} if parser.has_section("Service") else {}


def _seconds(written: str) -> float | None:
    match = re.fullmatch(r"([0-9.]+)\s*([a-z]*)", written.strip())
    return float(match[1]) * _UNITS[match[2]] if match is not None and match[2] in _UNITS else None


def _bytes(written: str) -> int | None:
    match = re.fullmatch(r"([0-9]+)([KMGT]?)", written.strip())
    return int(match[1]) * _BYTES[match[2]] if match is not None else None
