"""One administrator at work: who they are, and what they may use. Verbs are given one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass

from twistchat.admin.administration import Administration
from twistchat.admin.journal import FileJournal
from twistchat.admin.outcomes import Outcome
from twistchat.admin.verb import Verb, VerbTable
from twistchat.core.bans import Act
from twistchat.core.calling import shown_url
from twistchat.core.claimcodes import without_codes
from twistchat.core.hub import Hub
from twistchat.core.moderation import Moderation

MOST_NOTED = 4096
"""Characters of a line that are kept in the audit."""


_URL = re.compile(r"https?://[^\s'\"/]+/[^\s'\"]+")
"""With a path, which may be a secret: `call` is given such."""


@dataclass(frozen=True)
class Operator:
    """One administrator."""

    administration: Administration
    who: str
    """By what they are known: the key's comment and fingerprint, never the name that was typed."""

    verbs: VerbTable
    """What they may use."""

    @property
    def hub(self) -> Hub:
        """The chat."""
        return self.administration.hub

    @property
    def moderation(self) -> Moderation:
        """What can be done about people and rooms."""
        return self.administration.moderation

    @property
    def journal(self) -> FileJournal:
        """What was done so far."""
        return self.administration.journal

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return self.administration.hub.wall()

    def note(self, verb: str, text: str = "", subject: str = "") -> None:
        """Put something into the audit that is no act: a login, a line at the prompt."""
        text = without_codes(_URL.sub(lambda url: shown_url(url[0]), text[:MOST_NOTED]))
        self.journal.note(Act(verb, self.who, subject, text))

    async def run(self, row: Verb, values: Mapping[str, object]) -> Outcome:
        """Do what a verb says.

        Raises:
            ChatError: It was refused; nothing was done.
        """
        outcome = row.run(self, **values)
        return await outcome if inspect.iscoroutine(outcome) else outcome  # type: ignore[return-value]
