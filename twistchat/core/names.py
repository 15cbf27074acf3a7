"""Nicknames and room names: which are allowed, and which look the same.

Two names are the same when one of their keys is: the PRECIS nickname profile (RFC 8266) folds case, width and
compatibility forms; a skeleton after Unicode's UTS #39 folds letters of different alphabets that look alike.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from functools import lru_cache
from typing import Final

from precis_i18n import get_profile

from twistchat import errors
from twistchat.core.claimcodes import DIGITS, read_code
from twistchat.core.text import bare, clean

LOBBY = "lobby"
"""The room that everybody enters first."""


class Everywhere(Enum):
    """In place of a room: all of them."""

    EVERYWHERE = "everywhere"


EVERYWHERE: Final = Everywhere.EVERYWHERE

Place = str | Everywhere
"""Where something is said: the name of a room, or everywhere."""

_profile = get_profile("NicknameCaseMapped")

# Cyrillic and Greek letters that a reader takes for Latin ones, capitals and small letters each for their own shape.
_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТХҮԌԚԜаеѕіјорсухѵһԁԛԝӏгпΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορτυχϲϳ01I|",
    "ABESIJKMHOPCTXYGQWaesijopcyxvhdqwlrnABEZHIKMNOPTYXayiKvopTuxcjOlll",
)
_SEPARATORS = re.compile(r"[^\w]|_")
_DIGITS_AS_LETTERS = str.maketrans("0134578", "oieastb")

_RESERVED_WORDS = """
    server system admin administrator moderator operator root host console announcement private everyone all
    nickname nickserv exit ok pad quit help
    服务器 服務器 伺服器 系统 系統 管理员 管理員 管理者 管理员消息 管理員消息 主持人 公告 所有人
"""
# In these the administrator's mark would stand at the beginning of a line.
_RESERVED_BEGINNINGS = ("管理员", "管理員", "菅理员", "菅理員", "administrator")

# In brackets before a line they say that it is a private message, as a room's name says where it was said.
_RESERVED_ROOMS = frozenset({"private", "私信", "私訊"})

_ALLOWED_CATEGORIES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd", "Nl", "No", "So", "Sk"})
_ALLOWED_MARKS = "_-.'[]{}^|`~·"
_NOT_FIRST = "-.'["  # a line that begins with a bracket has a time, a room or a private message in it
_ROOM = re.compile(r"[\w.-]+")
MOST_COMBINING_MARKS = 3
"""In a row, on one letter: enough for Vietnamese and Hebrew, too few to reach into other lines."""


_BRAILLE_BLANK = "\u2800"

_ASCII = re.compile(r"[!-~]+")
"""Names of which nothing is changed but their capitals: most, and a twentieth of the work."""

_LIKE_ADDRESS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
"""As IPv4 addresses are written; those of IPv6 have colons, which no name has."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.'\[\]{}^|`~-]*")
"""Names in whose characters there is nothing to be refused."""


def _normal(name: str) -> str:
    """The name in its compatibility form, so that full-width letters are what they look like, and nothing is unseen.

    Joiners and selectors go from names even where they spell a word: two names that only differ in them look the same.
    """
    if _ASCII.fullmatch(name):
        return name
    return unicodedata.normalize("NFKC", bare(name).replace(_BRAILLE_BLANK, ""))


def _folded(name: str) -> str:
    if _ASCII.fullmatch(name):
        return name.lower()
    try:
        folded: str = _profile.enforce(_normal(name))
    except (UnicodeEncodeError, UnicodeDecodeError):  # what PRECIS does not know of: emoji newer than its tables
        return _normal(name).casefold()
    return folded


@lru_cache(maxsize=8192)
def keys(name: str) -> frozenset[str]:
    """What must be unique about a name: names that share one of their keys are the same to a reader."""
    skeleton = _normal(name).translate(_LOOK_ALIKES).casefold()
    return frozenset({key(name), "\0" + skeleton})  # no name has a NUL: nobody is found by a skeleton


@lru_cache(maxsize=8192)
def key(name: str) -> str:
    """The name as it is looked up: case and width do not matter."""
    return _folded(name)


def _mixes_scripts(name: str) -> bool:
    if name.isascii():
        return False
    scripts = {unicodedata.name(c, "").partition(" ")[0] for c in name if c.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK", "COPTIC"})


def _plain(word: str) -> str:
    """A word with what people put in to get around a list taken out: `Adm1n_` is `admin`."""
    return _SEPARATORS.sub("", _normal(word).translate(_LOOK_ALIKES).casefold()).translate(_DIGITS_AS_LETTERS)


def _spellings(word: str) -> set[str]:
    return {_plain(word), _plain(word.casefold()), _plain(_normal(word).casefold().translate(_DIGITS_AS_LETTERS))}


_RESERVED = frozenset(
    spelling for word in _RESERVED_WORDS.split() for case in (word, word.upper()) for spelling in _spellings(case)
)


def _begins_like_mark(spellings: set[str]) -> bool:
    return any(spelling.startswith(_RESERVED_BEGINNINGS) for spelling in spellings)


def _is_reserved(name: str) -> bool:
    spellings = _spellings(name)
    return bool(spellings & _RESERVED) or _begins_like_mark(spellings)


def _check_characters(name: str) -> None:
    marks = 0
    for position, character in enumerate(name):
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" else 0
        allowed = category in _ALLOWED_CATEGORIES or character in _ALLOWED_MARKS
        if not allowed or marks > MOST_COMBINING_MARKS or (position == 0 and (marks or character in _NOT_FIRST)):
            raise errors.NameNotAllowed(character)


def _check_letters(name: str) -> None:
    _check_characters(name)
    if not any(unicodedata.category(character)[0] in "LNS" for character in name):
        raise errors.NameEmpty
    if _mixes_scripts(name):
        raise errors.NameMixesScripts


def checked(name: str, limit: int) -> str:
    """Make sure that a nickname may be used, and return it as it will be shown.

    Args:
        name: What somebody typed.
        limit: The most characters it may have.

    Raises:
        ChatError: One of the `Name...` refusals, saying what is wrong with it.
    """
    name = harmless(name, limit)
    if _LIKE_ADDRESS.fullmatch(name):
        raise errors.NameLikeAddress
    return name


def harmless(name: str, limit: int) -> str:
    """Make sure that a nickname may be shown, as `checked` does; it may be of the past, when more were allowed.

    Raises:
        ChatError: It may not.
    """
    name = _normal(clean(name))
    if len(read_code(name) or "") == DIGITS:
        raise errors.NameLikeCode
    is_plain = _PLAIN.fullmatch(name) is not None
    if not is_plain and any(character.isspace() for character in name):
        raise errors.NameHasSpace
    if len(name) > limit:
        raise errors.NameTooLong(limit)
    if not is_plain:
        _check_letters(name)
    if _is_reserved(name):
        raise errors.NameReserved(name)
    return name


_ANY_LENGTH = 1 << 30


def may_be(name: str) -> bool:
    """Whether anybody could be called so, however long names may be."""
    try:
        checked(name, _ANY_LENGTH)
    except errors.ChatError:
        return False
    return True


def checked_room(name: str, limit: int) -> str:
    """Make sure that a room may be called so, and return its name; a `#` before it is taken off, as IRC has it.

    Raises:
        RoomNameNotAllowed: It is empty, too long or has other characters than letters, digits, `_`, `-` and `.`.
        NameReserved: It begins like the administrator's mark, or is a private message's; a room's name may stand
            before a line.
    """
    room = _folded(_normal(clean(name)).removeprefix("#") or " ")
    if len(room) > limit or not _ROOM.fullmatch(room):
        raise errors.RoomNameNotAllowed(limit)
    if _begins_like_mark(_spellings(room)) or room in _RESERVED_ROOMS:
        raise errors.NameReserved(room)
    return room
