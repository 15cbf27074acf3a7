"""What somebody has shown, by their connection or by a code, of which names are theirs."""

from __future__ import annotations

from twistchat.core import names


class Ownership:
    """One person's."""

    __slots__ = ("_proven", "claimed", "shown", "wanted")

    def __init__(self) -> None:
        self.shown: list[str] = []
        """Proofs that the interface has, such as the SSH key that signed at login."""
        self.claimed: str | None = None
        """The name that they claimed in this session; it is the only one."""
        self.wanted: str | None = None
        """A claimed name that was refused them a moment ago: their next line may be its code."""
        self._proven: set[str] = set()

    def by_code(self, name: str) -> None:
        """Note that they know a name's code."""
        self._proven.add(names.key(name))

    def has_proven(self, name: str) -> bool:
        """Whether they have shown that they know a name's code."""
        return names.key(name) in self._proven

    def forget(self, name: str) -> None:
        """Begin anew with a name that was released: whoever claims it next has another code."""
        self._proven.discard(names.key(name))
        if self.claimed is not None and names.key(self.claimed) == names.key(name):
            self.claimed = None
