"""Codes that a test knows, compared at once."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed

from twistchat.core.claimcodes import shown


class OpenVault:
    """A Vault whose codes count up, and that keeps them as they are."""

    def __init__(self) -> None:
        self.given: list[str] = []
        """Codes and links that were made, as they are shown."""
        self.waiting: list[Deferred[None]] = []
        """Comparisons that wait, once it is slow."""
        self.is_slow = False

    def digits(self, count: int) -> str:
        code = f"{len(self.given) + 1:0{count}}"
        self.given.append(shown(code))
        return code

    def keep(self, code: str) -> Deferred[str]:
        return succeed(f"kept {code}")

    def fits(self, code: str, kept: str) -> Deferred[bool]:
        asked: Deferred[None] = Deferred() if self.is_slow else succeed(None)
        self.waiting.append(asked)
        return asked.addCallback(lambda _: kept == f"kept {code}")
