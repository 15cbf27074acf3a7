"""What the search index has of a line: its letters by threes, its other characters by ones and twos, room and name.

SQLite's trigram tokenizer cuts a text into all its runs of three characters, so that parts of words are found. To
find shorter things with it, they are made three characters long: `聊天` is indexed as `聊|天`, `聊` as `|聊|`, and a
room's or person's name as three characters made from its hash. What the index finds is checked against the line.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from twistchat.core import names
from twistchat.core.queries import Query
from twistchat.wire.flat import flat_room

VERSION = 2
"""Of what is indexed; an index made by another version is made anew."""

MOST_GRAMS = 24
"""Of a search that are looked up; more would hardly find less."""

_ASCII = re.compile(r"[\x00-\x7f]+")
_PRIVATE_USE = 0xE000
_PRIVATE_USE_SIZE = 6400  # U+E000 to U+F8FF


@lru_cache(maxsize=8192)
def _mark(kind: str, word: str) -> str:
    number = int.from_bytes(blake2b(f"{kind} {word}".encode(), digest_size=8).digest(), "big")
    return "".join(chr(_PRIVATE_USE + number // _PRIVATE_USE_SIZE**place % _PRIVATE_USE_SIZE) for place in range(3))


def _spread(text: str) -> str:
    return "" if text.isascii() else f"|{'|'.join(_ASCII.sub(' ', text))}|"


def indexed(room: str, name: str, text: str) -> str:
    """What the tokenizer gets of a line."""
    return f"{text}\n{_mark('room', room)}\n{_mark('name', names.key(name))}\n{_spread(text)}"


def _grams(word: str) -> list[str]:
    if len(word) >= 3:
        return [word[at : at + 3] for at in range(len(word) - 2)]
    if len(word) == 2 and not (word[0].isascii() or word[1].isascii()):
        return [f"{word[0]}|{word[1]}"]
    return [f"|{character}|" for character in word if not character.isascii()]


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'


def expression(query: Query) -> str:
    """The search as FTS5 has it: lines that can match, and few others. The query names a room at least."""
    rooms = " OR ".join(_quoted(_mark("room", flat_room(room))) for room in query.rooms)
    grams = [_mark("name", names.key(query.name))] if query.name is not None else []
    grams += [gram for word in query.words for gram in _grams(word)]
    return " AND ".join([f"({rooms})", *map(_quoted, dict.fromkeys(grams[:MOST_GRAMS]))])


def like(word: str) -> str:
    r"""A pattern for LIKE, escaped with a backslash, that fits each text in which the word is.

    LIKE knows no case beyond ASCII, so that other letters become `_`.
    """
    return f"%{''.join(map(_like, word))}%"


def _like(character: str) -> str:
    if character in "%_\\":
        return f"\\{character}"
    return "_" if not character.isascii() and character.lower() != character.upper() else character
