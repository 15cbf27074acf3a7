"""What a terminal sends, as keys: characters of UTF-8, control keys and escape sequences, however reads are cut."""

from __future__ import annotations

import codecs
import re
import unicodedata

# ECMA-48 control sequences; single shift 3, as application mode has cursor keys; Alt and a character.
_KEY = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[@-~]|\x1b[^\[O]|\r\n|[^\x1b]")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")

_JOINING = frozenset("\u200c\u200d")
"""Zero-width non-joiner and joiner: Persian words and families of emoji are typed with them."""

MOST_UNFINISHED = 32
"""Characters of a sequence that has not ended; real ones have under ten."""

NAMES = (
    {"\x1b[A": "up", "\x1b[B": "down", "\x1b[C": "right", "\x1b[D": "left", "\x1b[H": "home", "\x1b[F": "end"}
    | {"\x1bOA": "up", "\x1bOB": "down", "\x1bOC": "right", "\x1bOD": "left", "\x1bOH": "home", "\x1bOF": "end"}
    | {"\x1b[1~": "home", "\x1b[7~": "home", "\x1b[4~": "end", "\x1b[8~": "end", "\x1b[3~": "delete"}
    | {"\r": "enter", "\n": "enter", "\r\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace"}
    | {chr(ord(letter) - 64): f"ctrl-{letter.lower()}" for letter in "ABCDEFGKLNPRUWYZ"}
)


class Keys:
    """Takes bytes, gives keys."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._unfinished = ""

    def feed(self, data: bytes) -> list[str]:
        """The keys in a read: a name such as `left` or `ctrl-u`, or one character; what has no meaning is left out."""
        text = self._unfinished + self._decoder.decode(data)
        unfinished = _UNFINISHED.search(text)
        self._unfinished = unfinished[0] if unfinished and len(unfinished[0]) <= MOST_UNFINISHED else ""
        keys = _KEY.findall(text.removesuffix(unfinished[0]) if unfinished else text)
        return [NAMES.get(key, key) for key in keys if key in NAMES or _is_character(key)]


def _is_character(key: str) -> bool:
    return len(key) == 1 and (key.isprintable() or key in _JOINING or unicodedata.category(key) == "Zs")
