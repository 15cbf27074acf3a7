"""QR codes (ISO/IEC 18004) of an address: as a picture for a page, and for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import segno

QUIET = 4
"""Empty modules around a code (ISO/IEC 18004 5.3.8); without them many cameras do not find it."""

_INK = "\x1b[30;47m"
"""Black on white, by the eight colours that every terminal has: a code is dark on light, whatever is around it."""
_NORMAL = "\x1b[0m"
_HALVES = {(False, False): " ", (True, False): "\u2580", (False, True): "\u2584", (True, True): "\u2588"}


def as_svg(text: str) -> str:
    """A code as an SVG element that may stand within HTML; its size is its surroundings' to say."""
    made = segno.make(text, micro=False, error="m")
    picture: str = made.svg_inline(border=QUIET, dark="#000", light="#fff", omitsize=True, svgclass="code")
    return picture


def as_blocks(text: str) -> list[str]:
    """A code as rows of a terminal, whose characters are about twice as high as wide: each is two modules.

    Each row sets its colours itself and ends with the terminal's own.
    """
    rows = _modules(text)
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=[False] * len(rows[0]))
    return [f"{_INK}{''.join(_HALVES[pair] for pair in zip(*both, strict=True))}{_NORMAL}" for both in pairs]


def fitting(text: str, columns: int, rows: int) -> list[str]:
    """The same, where a terminal of that size has room for it; otherwise nothing, as a part of a code is of no use."""
    width = len(_modules(text))
    return as_blocks(text) if width <= columns and (width + 1) // 2 < rows else []


def _modules(text: str) -> Sequence[Sequence[bool]]:
    """The code's rows of modules, true where they are dark, with the quiet zone."""
    made = segno.make(text, micro=False, error="m")
    return [[bool(module) for module in row] for row in made.matrix_iter(border=QUIET)]
