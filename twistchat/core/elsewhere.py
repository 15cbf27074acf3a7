"""The other servers of a chat, as the core asks of them; and those of a chat that has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twistchat.core.events import Tagged, Whispered
from twistchat.core.ports import Bearer, Elsewhere
from twistchat.core.subjects import Subject
from twistchat.errors import NobodyCalled

SAID_ONCE = "said-once"
"""What other servers are told where a hook has said something that it says once: `hook`, `digest`."""


def may_be_meant(elsewhere: Elsewhere, subject: Subject) -> bool:
    """Whether somebody at another server may be meant; nobody here knows addresses and keys of those."""
    if not elsewhere.has_servers:
        return False
    return subject.network is not None or bool(subject.mark) or elsewhere.name_of(subject.shown) is not None


class NoServers:
    """The Elsewhere port of a server that is alone."""

    name = ""
    has_servers = False

    async def servers(self) -> Sequence[Mapping[str, Any]]:
        """There is none beside this."""
        return ()

    def name_of(self, name: str) -> str | None:
        """Nobody is anywhere else."""
        return None

    async def whisper(self, name: str, event: Whispered | Tagged, beside: str | None = None) -> Bearer:
        """Nobody is anywhere else.

        Raises:
            NobodyCalled: Always.
        """
        raise NobodyCalled(name)

    async def ask(self, name: str, what: str, question: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        """Nobody is anywhere else.

        Raises:
            NobodyCalled: Always.
        """
        raise NobodyCalled(name)

    async def ask_all(self, what: str, question: Mapping[str, object] | None = None) -> Mapping[str, Mapping[str, Any]]:
        """There is nobody to be asked."""
        return {}

    def tell_all(self, what: str, facts: Mapping[str, Any]) -> None:
        """There is nobody to be told."""
