"""The limits that hold for everybody, each with its default, its option and who else has that number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, NamedTuple


class Rate(NamedTuple):
    """A token bucket's figures: so many a second, and so many at once after a silence."""

    per_second: float
    at_once: int


DEFAULT_FLOOD = Rate(2.0, 10)

_SPANS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


def parse_count(text: str) -> int:
    """Read a positive whole number.

    Raises:
        ValueError: It is not one; the text says what is wanted.
    """
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise ValueError(f"{text!r} is not a whole number above 0")
    return int(text)


def parse_lines(text: str) -> int | None:
    """Read a number of lines; 0 is off.

    Raises:
        ValueError: It is not one; the text says what is wanted.
    """
    return None if text == "0" else parse_count(text)


def parse_span(text: str) -> float:
    """Read a time such as `45m`, `12h`, `2d` or `4w`, in minutes, hours, days or weeks.

    Returns:
        Seconds.

    Raises:
        ValueError: It is not one; the text says what is wanted.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,4})([mhdw])", text.casefold())
    if match is None:
        raise ValueError(f"{text!r} is not a time such as 45m, 12h, 2d or 4w")
    return float(match[1]) * _SPANS[match[2]]


def parse_bytes(text: str) -> int:
    """Read a size such as `4096`, `256K` or `1M`; K is 1024.

    Raises:
        ValueError: It is not one; the text says what is wanted.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,8})([KMG]?)", text.upper())
    if match is None:
        raise ValueError(f"{text!r} is not a size such as 4096, 256K or 1M")
    return int(match[1]) * _UNITS[match[2]]


def parse_seconds(text: str) -> float:
    """Read a time in seconds above 0.

    Raises:
        ValueError: It is not one; the text says what is wanted.
    """
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?", text) or float(text) <= 0:
        raise ValueError(f"{text!r} is not a number of seconds above 0")
    return float(text)


def parse_rate(text: str) -> Rate:
    """Read `A/B`: A a second in the long run, B at once.

    Raises:
        ValueError: It is not one; the text says what is wanted.
    """
    per_second, slash, at_once = text.partition("/")
    try:
        if not slash:
            raise ValueError
        return Rate(parse_seconds(per_second), parse_count(at_once))
    except ValueError:
        raise ValueError(f"{text!r} is not a rate such as 2/10: 2 a second, 10 at once") from None


def _limit(default: object, parse: Callable[[str], object], explanation: str, can_be_off: bool = False) -> Any:
    metadata = {"parse": parse, "help": explanation, "can_be_off": can_be_off}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person, one address and the whole server may use. `None` stands for off."""

    line_bytes: int = _limit(4096, parse_bytes, "longest line taken, in bytes (ergo: 4096)")
    text_chars: int = _limit(1000, parse_count, "longest message, in characters (ssh-chat: 1024, IRC: 512)")
    name_chars: int = _limit(24, parse_count, "longest nickname, in characters (ergo: 32, ssh-chat: 16)")
    name_seconds: float | None = _limit(
        60.0, parse_seconds, "time to give a nickname, in seconds (ergo: 60, inspircd: 20)", can_be_off=True
    )
    backlog: int = _limit(
        256 * 1024, parse_bytes, "bytes kept for a member who does not read (ergo: 96K, inspircd: 1M)"
    )
    flood: Rate | None = _limit(
        DEFAULT_FLOOD, parse_rate, "lines a second and lines at once from one person (ergo: 2/5)", can_be_off=True
    )
    per_address: int | None = _limit(
        16, parse_count, "connections at once from one public address (ergo: 16)", can_be_off=True
    )
    per_address_often: int | None = _limit(
        32, parse_count, "connections in ten minutes from one public address (ergo: 32)", can_be_off=True
    )
    per_private_address: int | None = _limit(
        256,
        parse_count,
        "the same from one private address, behind which a building, containers or WSL may be; loopback is free",
        can_be_off=True,
    )
    per_private_address_often: int | None = _limit(
        1024, parse_count, "connections in ten minutes from one private address", can_be_off=True
    )
    udp_members: int = _limit(1024, parse_count, "people by UDP at once")
    udp_silence: float = _limit(3600.0, parse_seconds, "seconds until a silent UDP member is let go")
    history: int | None = _limit(20, parse_lines, "lines of the past shown on joining a room", can_be_off=True)
    rooms: int = _limit(1000, parse_count, "rooms open at once")
    rooms_each: int = _limit(20, parse_count, "rooms that one person may be in")


def parse_limit(limit: Field[Any], text: str) -> object:
    """Read one limit as an operator writes it.

    Raises:
        ValueError: It cannot be that; the text says what is wanted.
    """
    if text == "off":
        if limit.metadata["can_be_off"]:
            return None
        raise ValueError("it cannot be off")
    value: object = limit.metadata["parse"](text)
    return value


def parse_limits(words: Mapping[str, str]) -> Limits:
    """Make the limits from what an operator wrote; what is not named keeps its default.

    Args:
        words: Field name to its text, such as `{"flood": "2/10"}`. Other keys are left alone.

    Raises:
        ValueError: One of them cannot be read; the text names it.
    """
    values = {}
    for limit in fields(Limits):
        if limit.name in words:
            try:
                values[limit.name] = parse_limit(limit, words[limit.name])
            except ValueError as error:
                raise ValueError(f"--{option_name(limit)}: {error}") from None
    return Limits(**values)  # type: ignore[arg-type]


def option_name(limit: Field[Any]) -> str:
    """The limit's name on the command line and in the configuration file, without dashes before it."""
    return limit.name.replace("_", "-")


def written_default(limit: Field[Any]) -> str:
    """A limit's default as an operator would write it."""
    value: Any = limit.default
    if isinstance(value, Rate):
        return f"{value.per_second:g}/{value.at_once}"
    if limit.metadata["parse"] is parse_bytes and value % 1024 == 0:
        return f"{value // 1024}K"
    return f"{value:g}"
