"""What became of lines and of people over the restarts of a server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from twistchat.bench.witnesses import Witness


class RestartVerdict:
    """What became of the lines, and of people."""

    def __init__(
        self, people: Sequence[Witness], said: int, stored: Sequence[int], closed: Counter[str], log: str = ""
    ) -> None:
        """Compare.

        Args:
            people: Who was there from the first line to the last.
            said: How many lines were, numbered from 0.
            stored: Those of the log, in its order.
            closed: Who was dropped, by their ways.
            log: The operator's.
        """
        place = {number: at for at, number in enumerate(stored)}
        self.said, self.people, self.closed = said, len(people), closed
        self.not_stored = len({*range(said)} - place.keys())
        self.stored_twice = len(stored) - len(place)
        self.missing: Counter[str] = Counter()
        self.doubled: Counter[str] = Counter()
        self.moved: Counter[str] = Counter()
        for each in people:
            told = {*each.numbers}
            self.missing[each.way] += len(place.keys() - told)
            self.doubled[each.way] += len(each.numbers) - len(told)
            places = [place.get(number, -1) for number in each.numbers]
            self.moved[each.way] += sum(later < earlier for earlier, later in pairwise(places))
        self.errors = [line for line in log.splitlines() if " error: " in line or " critical: " in line]

    @property
    def is_good(self) -> bool:
        """Whether everybody was told every line once, in one order, and nobody was dropped."""
        counts = (self.missing, self.doubled, self.moved, self.closed)
        return not (self.not_stored or self.stored_twice or self.errors or any(count.total() for count in counts))

    def __str__(self) -> str:
        rows = [
            ("said", Counter({"": self.said})),
            ("said, not stored", Counter({"": self.not_stored})),
            ("stored twice", Counter({"": self.stored_twice})),
            ("told to too few", self.missing),
            ("told twice", self.doubled),
            ("told in another order", self.moved),
            ("people dropped", self.closed),
        ]
        return "\n".join([f"{words}: {_by_way(count)}" for words, count in rows] + self.errors[:20])


def _by_way(count: Counter[str]) -> str:
    ways = ", ".join(f"{number} {way}" for way, number in count.items() if way and number)
    return f"{count.total()}{f' ({ways})' if ways else ''}"
