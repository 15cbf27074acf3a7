"""Which names are somebody's own: a table of the acts that claim and release them.

Rule 1: the latest act in force about a name decides; undoing it has the one before decide again.
Rule 2: a claim keeps away whatever looks like its name.
Rule 3: a proof is no secret: what is kept tells a secret again, and does not tell it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from twistchat.core import names

CODE, SSH_KEY, PROGRAM_KEY, CERTIFICATE = "code:", "ssh:", "key:", "certfp:"
"""What a proof begins with. Behind that stand: a code's salt and digest; an SSH key's fingerprint, as ssh-keygen shows
it; what `twistchat.core.identity` makes of a program's or a page's key; the SHA-256 of a certificate."""

CLAIM, RELEASE = "claim", "release"
"""The verbs of the acts."""

CLAIMING = (CLAIM, RELEASE)


class ClaimAct(Protocol):
    """What has to be known of an act about a name."""

    @property
    def verb(self) -> str:
        """One of `CLAIMING`."""
        ...

    @property
    def subject(self) -> str:
        """The name."""
        ...

    @property
    def proofs(self) -> Sequence[str]:
        """The proofs."""
        ...

    @property
    def number(self) -> int:
        """The journal's."""
        ...

    @property
    def time(self) -> float:
        """In seconds since 1970."""
        ...


@dataclass(frozen=True, slots=True)
class NameClaim:
    """A name that is somebody's own."""

    name: str
    """As they had it when they claimed it."""
    proofs: tuple[str, ...]
    """By which they are known."""
    since: float
    """Since when, in seconds since 1970."""
    renewed: float = 0.0
    """When it was claimed, changed, given back or renewed last, in seconds since 1970."""

    def is_proven_by(self, proofs: Sequence[str]) -> bool:
        """Whether one of somebody's proofs is one of it."""
        return any(proof in self.proofs for proof in proofs)

    @property
    def codes(self) -> list[str]:
        """What is kept of its codes."""
        return [proof.removeprefix(CODE) for proof in self.proofs if proof.startswith(CODE)]


class NameClaims:
    """All claims in force."""

    def __init__(self) -> None:
        self._latest: dict[str, ClaimAct] = {}
        self._claims: dict[str, NameClaim] = {}
        self._owners: dict[
            str, dict[str, None]
        ] = {}  # of each look-alike the keys of names that keep it, last one last

    def __len__(self) -> int:
        return len(self._claims)

    def __iter__(self) -> Iterator[NameClaim]:
        return iter(self._claims.values())

    def newest(self, count: int) -> list[NameClaim]:
        """So many of those that were claimed last, in their order."""
        return [*islice(reversed(self._claims.values()), count)][::-1]

    def clear(self) -> None:
        """Know of none, to be told of all again."""
        self._latest.clear()
        self._claims.clear()
        self._owners.clear()

    def take(self, act: ClaimAct, given_back: float = 0.0) -> None:
        """Have an act decide about its name.

        Args:
            act: It.
            given_back: When a later one that had decided was undone, in seconds since 1970.
        """
        key = names.key(act.subject)
        self._latest[key] = act
        if act.verb == CLAIM:
            before = self._claims.get(key)
            since = act.time if before is None else before.since
            self._claims[key] = NameClaim(act.subject, tuple(act.proofs), since, max(act.time, given_back))
            for alike in names.keys(act.subject):
                self._owners.setdefault(alike, {})[key] = None
        elif (held := self._claims.pop(key, None)) is not None:
            self._free(names.keys(held.name), key)

    def _free(self, alikes: Collection[str], key: str) -> None:
        """Have a name keep its look-alikes no more; of two that both did, as one was given back, the other does."""
        for alike in alikes:
            owners = self._owners.get(alike, {})
            owners.pop(key, None)
            if not owners:
                self._owners.pop(alike, None)

    def decides(self, number: int) -> bool:
        """Whether the act of that number is the latest about its name."""
        return any(act.number == number for act in self._latest.values())

    def claimed_before(self, name: str, number: int) -> NameClaim | None:
        """The claim that keeps a name by an act before the one of that number; None where there is none."""
        held = self.find(name)
        return held if held is not None and self._latest[names.key(held.name)].number < number else None

    def find(self, name: str) -> NameClaim | None:
        """The claim that keeps a name, its own or what looks like it; None where nobody has claimed it."""
        for key in names.keys(name):
            if owners := self._owners.get(key):
                return self._claims[next(reversed(owners))]
        return None

    def proven_by(self, proof: str) -> list[NameClaim]:
        """All claims that something proves."""
        return [claim for claim in self if claim.is_proven_by([proof])]
