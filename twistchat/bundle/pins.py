"""Which version of each package is carried, and the hashes that it may have: versions.txt, in pip's own format.

It is made by `uv pip compile` (docs/bundle.md has the command) and names no registry.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parent / "versions.txt"


class Pin(NamedTuple):
    """A package of one version."""

    name: str
    """As wheels are called: `zope_interface`."""
    version: str
    hashes: frozenset[str]
    """SHA-256 in hexadecimal, one for each file of that version."""
    text: str
    """As pip reads it."""


def pins() -> list[Pin]:
    """All of them."""
    return [_pin(text) for text in re.split(r"\n(?=\S)", FILE.read_text("utf-8").strip())]


def _pin(text: str) -> Pin:
    found = re.match(r"([\w.-]+)(?:\[[\w, -]*\])?==(\S+)", text)
    assert found is not None, text
    return Pin(normal(found[1]), found[2], frozenset(re.findall(r"sha256:([0-9a-f]{64})", text)), text)


def normal(name: str) -> str:
    """A package's name as wheels have it (https://packaging.python.org/en/latest/specifications/name-normalization/)."""
    return re.sub(r"[-_.]+", "_", name).lower()
