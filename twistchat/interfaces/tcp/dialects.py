"""What a peer at the line port speaks, as it turns out: lines, a tutorial's messages, a program's objects."""

from __future__ import annotations

from twistchat.wire.json import JsonFormat
from twistchat.wire.language import Language
from twistchat.wire.line import LineFormat
from twistchat.wire.packing import Written
from twistchat.wire.unframed import UnframedFormat

Dialect = LineFormat | UnframedFormat | JsonFormat

_LINES, _UNFRAMED, _OBJECTS = "lines", "unframed", "objects"


def written_dialect(dialect: Dialect) -> Written:
    """What another process needs to speak it."""
    if isinstance(dialect, JsonFormat):
        return {"kind": _OBJECTS, "language": dialect.language.code}
    kind = _UNFRAMED if isinstance(dialect, UnframedFormat) else _LINES
    return {"kind": kind, "language": dialect.language.code, "encoding": dialect.encoding}


def dialect_of(state: Written, language: Language) -> Dialect:
    """The dialect that was written down.

    Args:
        state: What was.
        language: What the server speaks.
    """
    match state["kind"]:
        case "objects":
            return JsonFormat(language).spoken(state["language"])
        case "unframed":
            return UnframedFormat(language, encoding=state["encoding"])
        case _:
            return LineFormat(language, encoding=state["encoding"]).spoken(state["language"])
