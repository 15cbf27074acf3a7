"""One administrator at work: what verbs are given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twistchat.admin.journal import FileJournal
from twistchat.core.bans import Act
from twistchat.core.hub import Hub
from twistchat.core.moderation import Moderation

AUDIT = "audit.jsonl"
"""The file in the state folder."""


@dataclass(frozen=True)
class Office:
    """What all administrators share."""

    hub: Hub
    moderation: Moderation
    journal: FileJournal
    started: float
    """When the server started, in seconds since 1970."""


def open_office(hub: Hub, state_dir: Path) -> Office:
    """Put in force what administrators decided before, and be ready for more.

    Raises:
        CannotStart: The audit in the state folder cannot be used.
    """
    journal = FileJournal(state_dir / AUDIT, hub.clock.seconds)
    return Office(hub, Moderation(hub, journal), journal, hub.clock.seconds())


@dataclass(frozen=True)
class Desk:
    """One administrator's: the office, and who they are."""

    office: Office
    who: str
    """By what they are known: the key's comment and fingerprint, never the name that was typed."""

    @property
    def hub(self) -> Hub:
        """The chat."""
        return self.office.hub

    @property
    def moderation(self) -> Moderation:
        """What can be done about people and rooms."""
        return self.office.moderation

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self.office.hub.clock.seconds()

    def note(self, verb: str, text: str = "", subject: str = "") -> None:
        """Put something into the audit that is no act: a login, a line at the prompt."""
        self.office.journal.note(Act(verb, self.who, subject, text[:MOST_NOTED]))


MOST_NOTED = 4096
"""Characters of a line that are kept in the audit."""
