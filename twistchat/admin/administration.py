"""What all administrators of a chat share: the chat, what can be done about it, and the audit of what was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twistchat.admin.journal import FileJournal
from twistchat.core.hub import Hub
from twistchat.core.moderation import Moderation

AUDIT = "audit.jsonl"
"""The file in the state folder."""


@dataclass(frozen=True)
class Administration:
    """One chat, as administrators reach it."""

    hub: Hub
    moderation: Moderation
    journal: FileJournal
    started: float
    """When the server started, in seconds since 1970."""


def open_administration(hub: Hub, state_dir: Path) -> Administration:
    """Put in force what administrators decided before, and be ready for more.

    Raises:
        CannotStart: The audit in the state folder cannot be used.
    """
    journal = FileJournal(state_dir / AUDIT, hub.clock.seconds)
    return Administration(hub, Moderation(hub, journal), journal, hub.clock.seconds())
