"""Answering a peer in what it writes, whatever interface it came by."""

from __future__ import annotations

from twistchat.core.session import Session
from twistchat.wire.sentences import TextFormat
from twistchat.wire.text import Encoding


def answer_in(encoding: Encoding, session: Session) -> None:
    """Write to somebody in the encoding that they write in by now; programs' objects are UTF-8 always."""
    seen = session.view.format
    if encoding.name is not None and isinstance(seen, TextFormat) and seen.encoding != encoding.name:
        session.speak(seen.written(encoding.name))
