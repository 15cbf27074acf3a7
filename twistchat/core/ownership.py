"""What somebody has shown, by their connection or by a code, of which names are theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from twistchat.core import names
from twistchat.core.nameclaims import NameClaim


class Ownership:
    """One person's."""

    __slots__ = ("_proven", "_wanted", "claimed", "conceal", "shown")

    def __init__(self) -> None:
        self.shown: list[str] = []
        """Proofs that the interface has, such as the SSH key that signed at login."""
        self.claimed: str | None = None
        """The name that they claimed in this session; it is the only one."""
        self.conceal: Callable[[bool], object] = bool
        """Called when their next line may be a code, and when it may not any more."""
        self._wanted: str | None = None
        self._proven: dict[str, float] = {}  # since when each was claimed: who claims it next has another code

    @property
    def wanted(self) -> str | None:
        """A claimed name that was refused them a moment ago: their next line may be its code."""
        return self._wanted

    @wanted.setter
    def wanted(self, name: str | None) -> None:
        before, self._wanted = self._wanted, name
        if (before is None) is not (name is None):
            self.conceal(name is not None)

    @property
    def proven(self) -> list[tuple[str, float]]:
        """The keys of names whose codes they have shown that they know, and since when those were claimed."""
        return sorted(self._proven.items())

    def revive(self, wanted: str | None, proven: Iterable[Sequence[Any]]) -> None:
        """Be where a portrait was made; whoever conceals codes does so by now."""
        self._wanted, self._proven = wanted, {key: since for key, since in proven}

    def by_code(self, claim: NameClaim) -> None:
        """Note that they know a name's code."""
        self._proven[names.key(claim.name)] = claim.since

    def has_proven(self, claim: NameClaim) -> bool:
        """Whether they have shown that they know a name's code."""
        return self._proven.get(names.key(claim.name)) == claim.since

    def forget(self, name: str) -> None:
        """Begin anew with a name that was released."""
        if self.claimed is not None and names.key(self.claimed) == names.key(name):
            self.claimed = None
