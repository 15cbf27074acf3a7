"""What is remembered of claiming, in memory alone: wrong codes, how much was claimed by whom, codes that link.

Rule 1: an owner cannot be locked out by others: where many wrong codes are tried for a name, those from addresses from
    where a right one came are heard all the same, and every other proof counts as before.
Rule 2: all that is kept here is bounded: by names that are claimed, and by what households may do in a day.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from twisted.internet.defer import Deferred, fail, succeed

from twistchat.core import names
from twistchat.core.addresses import household, is_loopback
from twistchat.core.claimcodes import LINK_DIGITS
from twistchat.core.portrait import Values
from twistchat.core.tries import Tries
from twistchat.errors import ClaimedTooOften, ClaimsOff, Overloaded

WRONG_EACH = 10
"""Wrong codes of one household in ten minutes, whatever the names."""

WRONG_FOR_A_NAME = 5
"""Wrong codes for one name in ten minutes, of whoever never gave a right one."""

DAY = 86400.0
CLAIMS_A_DAY = 3
"""Of one household, an IPv6 one's /64."""

CLAIMS_A_DAY_HERE = 100
"""Of all who come from this machine itself: behind a proxy or a tunnel these are many."""

MOST_CLAIMS = 10_000
"""2.4 KB each, and 0.37 s of the start in all (`twistchat bench codes --names 10000`)."""

MOST_COMPARED = 6
"""Codes of strangers that are compared or wait for it: fewer than the vault takes, so that an owner is heard from where
a right one came, within half a second, whatever others try."""

MOST_COMPARED_EACH = 3
"""Of one household: a school may be behind one address, and nobody fills the others' places alone."""

MOST_HOMES = 20_000
"""Households of a day that are remembered; past that the earliest may claim again."""

LINK_SECONDS = 300.0
LINK_TRIES = 5
NEVER = 1 << 30


class NoVault:
    """The Vault of a chat where nobody claims names."""

    def digits(self, count: int) -> str:
        """None are made.

        Raises:
            ClaimsOff: Always.
        """
        raise ClaimsOff

    def keep(self, code: str) -> Deferred[str]:
        """None are kept."""
        return fail(ClaimsOff())

    def fits(self, code: str, kept: str) -> Deferred[bool]:
        """None fits."""
        return succeed(False)


NO_VAULT = NoVault()


class OpenLink(NamedTuple):
    """A code that binds another device's proof to a name, once."""

    digits: str
    until: float
    """By the clock for intervals."""
    tries: int


class ClaimDesk:
    """Counts what strangers try."""

    def __init__(self) -> None:
        self._homes = Tries(WRONG_EACH, NEVER)
        self._names: dict[str, Tries] = {}
        self._claimed: deque[tuple[float, str]] = deque(maxlen=MOST_HOMES)
        self._links: dict[str, OpenLink] = {}
        self._comparing: Counter[str] = Counter()
        """Of each stranger's household how many codes are being compared."""

    # --- handed to another process

    def portrait(self, now: float) -> Values:
        """What another process needs to go on."""
        return {
            "homes": self._homes.portrait(now),
            "names": [[name, tries.portrait(now)] for name, tries in self._names.items()],
            "claimed": [[now - at, home] for at, home in self._claimed],
            "links": [[name, link.digits, link.until - now, link.tries] for name, link in self._links.items()],
        }

    def revive(self, portrait: Values, now: float) -> None:
        """Be where a portrait was made."""
        self._homes.revive(portrait["homes"], now)
        for name, tries in portrait["names"]:
            self._names[name] = Tries(NEVER, WRONG_FOR_A_NAME)
            self._names[name].revive(tries, now)
        self._claimed.extend((now - ago, home) for ago, home in portrait["claimed"])
        self._links = {name: OpenLink(digits, now + left, tries) for name, digits, left, tries in portrait["links"]}

    # --- codes

    @contextmanager
    def comparing(self, name: str, address: str) -> Iterator[None]:
        """Enter while a code is compared.

        Raises:
            Overloaded: Too many of that household are, or of strangers in all.
        """
        home = household(address)
        if (tries := self._names.get(names.key(name))) is not None and tries.knows(address):
            yield
            return
        if self._comparing.get(home, 0) >= MOST_COMPARED_EACH or self._comparing.total() >= MOST_COMPARED:
            raise Overloaded
        self._comparing[home] += 1
        try:
            yield
        finally:
            self._comparing[home] -= 1
            if not self._comparing[home]:
                del self._comparing[home]

    def check(self, name: str, address: str, now: float) -> None:
        """Make sure that one more code for a name, from an address, may be looked at.

        Raises:
            TooManyCodes: It may not now.
        """
        self._homes.check(address, now)
        if (tries := self._names.get(names.key(name))) is not None:
            tries.check(address, now)

    def wrong(self, name: str, address: str, now: float) -> None:
        """Note a wrong one, that `check` has let pass.

        Args:
            name: That is claimed, so that these are not more than claims are.
            address: From where it came.
            now: By the clock for intervals.
        """
        self._homes.wrong(address, now)
        self._names.setdefault(names.key(name), Tries(NEVER, WRONG_FOR_A_NAME)).wrong(address, now)

    def right(self, name: str, address: str) -> None:
        """Note a right one."""
        self._names.setdefault(names.key(name), Tries(NEVER, WRONG_FOR_A_NAME)).right(address)

    # --- claiming

    def check_claim(self, address: str, now: float) -> None:
        """Make sure that somebody at an address may claim one more name today.

        Raises:
            ClaimedTooOften: They may not.
        """
        while self._claimed and self._claimed[0][0] <= now - DAY:
            self._claimed.popleft()
        most = CLAIMS_A_DAY_HERE if is_loopback(address) else CLAIMS_A_DAY
        if sum(home == household(address) for _, home in self._claimed) >= most:
            raise ClaimedTooOften(most)

    def claimed(self, address: str, now: float) -> None:
        """Note that somebody did."""
        self._claimed.append((now, household(address)))

    # --- links

    def link(self, name: str, digits: str, now: float) -> None:
        """Have a code link a device to a name; an earlier one of that name ends."""
        self._links[names.key(name)] = OpenLink(digits, now + LINK_SECONDS, LINK_TRIES)

    def takes_link(self, name: str, digits: str, now: float) -> bool:
        """Whether a code links a device to a name now; then it does so no more."""
        key = names.key(name)
        link = self._links.get(key)
        if link is None or len(digits) != LINK_DIGITS:
            return False
        if now >= link.until or digits == link.digits or link.tries <= 1:
            del self._links[key]
        else:
            self._links[key] = link._replace(tries=link.tries - 1)
        return now < link.until and digits == link.digits

    def forget(self, name: str) -> None:
        """End what there is of a name that is released."""
        self._links.pop(names.key(name), None)
        self._names.pop(names.key(name), None)
