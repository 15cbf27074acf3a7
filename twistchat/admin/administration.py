"""What all administrators of a chat share: the chat, what can be done about it, and the audit of what was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from twistchat.admin.journal import FileJournal
from twistchat.core.claimexpiry import ClaimExpiry
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
    """When the server started, by the chat's clock for intervals."""

    page: Callable[[], str] = str
    """Tells the address of the page, the best for others; empty where there is none."""

    restart: Callable[[], Awaitable[object]] | None = None
    """Hands over to a new process; None where this is not the process's only server."""

    expiry: ClaimExpiry | None = None
    """Knows who was here when, and sets names free that nobody comes by; None where they are kept for good."""


def open_administration(
    hub: Hub, state_dir: Path, page: Callable[[], str] = str, journal: FileJournal | None = None
) -> Administration:
    """Put in force what administrators decided before, and be ready for more.

    Args:
        hub: The chat.
        state_dir: Where the audit is.
        page: Tells the address of the page, empty where there is none.
        journal: The audit, where it is not one of this server alone.

    Raises:
        CannotStart: The audit in the state folder cannot be used.
    """
    journal = FileJournal(state_dir / AUDIT, hub.wall) if journal is None else journal
    moderation = Moderation(hub, journal)
    expiry = None if hub.claims_keep is None else ClaimExpiry(hub, hub.claims_keep)
    return Administration(hub, moderation, journal, hub.clock.seconds(), page, expiry=expiry)
