"""Debian's zbarimg, which reads QR codes from pictures as a phone's camera does."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ZBARIMG = shutil.which("zbarimg")
needs_zbar = pytest.mark.skipif(ZBARIMG is None, reason="zbarimg is not installed (Debian: zbar-tools)")

DARK, LIGHT = 0, 255
_CELL = 8
"""Pixels of a module; a character of a terminal is one wide and two high."""

_HALVES = {" ": (LIGHT, LIGHT), "▀": (DARK, LIGHT), "▄": (LIGHT, DARK), "█": (DARK, DARK)}


def read(picture: Path) -> list[str]:
    """The texts of all codes that are in a picture."""
    assert ZBARIMG
    found = subprocess.run([ZBARIMG, "--quiet", "--raw", str(picture)], capture_output=True, text=True, timeout=60)
    return found.stdout.splitlines()


def drawn(rows: Sequence[str], picture: Path, around: int) -> Path:
    """Draw rows of half blocks, black on white as their sequences say, on a terminal of some colour.

    Args:
        rows: As they were written, with their sequences.
        picture: The file to draw into.
        around: The grey of the terminal's own background.
    """
    cells: list[list[int]] = []
    width = 80
    for row in ["", "", *rows, "", ""]:
        code = re.fullmatch(r"\x1b\[30;47m([ ▀▄█]*)\x1b\[0m", row)
        characters = code[1] if code else ""
        for half in (0, 1):
            cells.append([_HALVES[each][half] for each in characters] + [around] * (width - len(characters)))
    pixels = bytes(grey for line in cells for _ in range(_CELL) for grey in line for _ in range(_CELL))
    picture.write_bytes(b"P5 %d %d 255\n" % (width * _CELL, len(cells) * _CELL) + pixels)
    return picture
