"""Programs that are let in: hooks, by which they talk, feeds, by which they read, and calls, by which they are told.

Rule 1: each is an act that lasts, as a ban is. So `undo`, `why` and restarts have them, and every server that has the
    journal has them all.
Rule 2: whoever knows a hook's or a feed's token may use it. The journal has the token's digest: it has 130 random bits,
    so that nobody finds it by trying, and no costly digest is needed.
Rule 3: a hook's name is set aside. Nobody here can have it, or one that looks like it, as long as the hook holds.
Rule 4: what is counted of them is this server's, and begins anew with it; who goes on in its place counts on.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Self

from twisted.internet.defer import Deferred

from twistchat.core import names
from twistchat.core.addresses import household
from twistchat.core.bans import CALL, FEED, HOOK, Act, Rules
from twistchat.core.bucket import Bucket
from twistchat.core.clocks import Clock, WallClock
from twistchat.core.durations import parse_duration
from twistchat.core.limits import Rate
from twistchat.core.portrait import Values
from twistchat.errors import MadeAlready, TooFast, TooManyMade

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
CHARACTERS = 26
"""Of a token. Apprise takes tokens of 24 to 32 small letters and digits for Mattermost's, which it sends as is."""

TOKEN_BYTES = 17
"""Random bytes that a token is made of; the last six bits of them are not used."""

MOST = {HOOK: 100, CALL: 20, FEED: 100}
"""How many of a kind there may be."""

RATES = {HOOK: Rate(1.0, 20), FEED: Rate(1.0, 10)}
"""How often one may be used: Alertmanager sends a group at once, and nobody reads a line each second for long."""

WRONG = Rate(1 / 60, 10)
"""Wrong tokens that one household is answered as such."""

MOST_HOUSEHOLDS = 1000
"""Of whose wrong tokens is known; past that the one that was quiet for the longest is forgotten."""

MOST_REMEMBERED = 100
"""Bodies of one hook that are known again."""


def token_of(random: bytes) -> str:
    """Make a token.

    Args:
        random: `TOKEN_BYTES` bytes that nobody can guess.
    """
    bits = int.from_bytes(random[:TOKEN_BYTES]) >> 6
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(CHARACTERS)))


_TOKEN = re.compile(f"[{ALPHABET}]{{{CHARACTERS}}}", re.ASCII)


def is_like_token(text: str) -> bool:
    """Whether something is written as tokens are."""
    return _TOKEN.fullmatch(text) is not None


def digest_of_body(body: bytes) -> str:
    """What is kept of what a hook said once."""
    return sha256(body).hexdigest()


def digest_of_token(token: str) -> str:
    """What is kept of a token."""
    return sha256(f"twistchat: {token}".encode("utf-8", "replace")).hexdigest()


class Use:
    """What one hook or feed was used for since the server started."""

    def __init__(self, now: float) -> None:
        self.count = 0
        """How often it was used, and did what it is for."""
        self.latest: float | None = None
        """When; seconds since 1970."""
        self.refusal: str | None = None
        """Why it was refused at last, if it was."""
        self._bucket = Bucket(now)
        self._said: OrderedDict[str, float] = OrderedDict()
        self._saying: dict[str, list[Deferred[None]]] = {}

    def portrait(self, now: float) -> Values:
        """What another process needs to go on; who is being answered now is told nothing, and tries again there."""
        return {
            "count": self.count,
            "latest": self.latest,
            "refusal": self.refusal,
            "bucket": self._bucket.portrait(now),
            "said": [[now - at, digest] for digest, at in self._said.items()],
        }

    @classmethod
    def revived(cls, portrait: Values, now: float) -> Self:
        """Be where a portrait was made."""
        use = cls(now)
        use.count, use.latest, use.refusal = portrait["count"], portrait["latest"], portrait["refusal"]
        use._bucket = Bucket.revived(portrait["bucket"], now)
        use._said = OrderedDict((digest, now - ago) for ago, digest in portrait["said"])
        return use

    def check_rate(self, rate: Rate, now: float) -> None:
        """Make sure that it may be used now, and count it.

        Raises:
            TooFast: It may not.
        """
        if not self._bucket.take(rate, 1, now):
            raise TooFast(self._bucket.wait(rate, 1, now))

    async def is_new(self, digest: str, within: float, clock: Clock) -> bool:
        """Whether something was not said lately; while the same is being said, that is waited for, as it may fail.

        Args:
            digest: Of what.
            within: Since so many seconds.
            clock: For intervals.
        """
        while digest in self._saying:
            ended: Deferred[None] = Deferred()
            self._saying[digest].append(ended)
            await ended
        at = self._said.get(digest)
        return at is None or clock.seconds() - at >= within

    @contextmanager
    def saying(self, digest: str) -> Iterator[None]:
        """Have whoever says the same wait while the block runs."""
        self._saying[digest] = []
        try:
            yield
        finally:
            for ended in self._saying.pop(digest):
                ended.callback(None)

    def remember(self, digest: str, now: float) -> None:
        """Note what was said, here or at another server."""
        self._said[digest] = now
        self._said.move_to_end(digest)
        if len(self._said) > MOST_REMEMBERED:
            self._said.popitem(last=False)

    def done(self, wall: float) -> None:
        """Count a use that did what it is for."""
        self.count += 1
        self.latest = wall


class Programs:
    """The hooks, feeds and calls that are in force, and what is counted of them."""

    def __init__(self, rules: Rules, clock: Clock, wall: WallClock) -> None:
        """Know of none but those that rules have.

        Args:
            rules: What is in force.
            clock: Time for intervals.
            wall: The time of day.
        """
        self._rules = rules
        self._clock = clock
        self._wall = wall
        self._uses: dict[int, Use] = {}
        self._wrong: OrderedDict[str, Bucket] = OrderedDict()

    def portrait(self, now: float) -> Values:
        """What another process needs to go on; which of them there are the journal has."""
        return {
            "uses": [[number, use.portrait(now)] for number, use in self._uses.items()],
            "wrong": [[home, bucket.portrait(now)] for home, bucket in self._wrong.items()],
        }

    def revive(self, portrait: Values, now: float) -> None:
        """Be where a portrait was made."""
        self._uses = {number: Use.revived(use, now) for number, use in portrait["uses"]}
        self._wrong = OrderedDict((home, Bucket.revived(bucket, now)) for home, bucket in portrait["wrong"])

    def all(self, verb: str) -> list[Act]:
        """Those of one kind, oldest first."""
        return self._rules.in_force(verb, self._wall())

    def find(self, verb: str, token: str) -> Act | None:
        """The hook or feed that has that token."""
        digest = digest_of_token(token)
        return next((act for act in self.all(verb) if act.digest == digest), None)

    def called(self, verb: str, name: str) -> list[Act]:
        """Those of one kind that have a name."""
        return [act for act in self.all(verb) if names.key(act.subject) == names.key(name)]

    def has_name(self, name: str) -> bool:
        """Whether a hook has a name, or one that looks like it."""
        return any(names.keys(act.subject) & names.keys(name) for act in self.all(HOOK))

    def use(self, act: Act) -> Use:
        """What one was used for."""
        if act.number not in self._uses:
            held = {each.number for verb in RATES for each in self.all(verb)}
            self._uses = {number: use for number, use in self._uses.items() if number in held}
            self._uses[act.number] = Use(self._clock.seconds())
        return self._uses[act.number]

    def said_elsewhere(self, hook: int, digest: str) -> None:
        """Note that another server has said something for a hook that says the same once.

        Args:
            hook: The number of its act; nothing is noted where it is not in force here.
            digest: Of what was said.
        """
        act = next((act for act in self.all(HOOK) if act.number == hook), None)
        if act is not None:
            self.use(act).remember(digest, self._clock.seconds())

    def check_new(self, verb: str, name: str) -> None:
        """Make sure that there may be one more of a kind, of that name.

        Raises:
            MadeAlready, TooManyMade: There may not.
        """
        if self.called(verb, name):
            raise MadeAlready(name, verb)
        if len(self.all(verb)) >= MOST[verb]:
            raise TooManyMade(MOST[verb], verb)

    def check_wrong(self, address: str) -> None:
        """Count a wrong token; only those are refused, as somebody else's tool may send from the same address.

        Raises:
            TooFast: Too many came from there.
        """
        home = household(address)
        now = self._clock.seconds()
        bucket = self._wrong[home] = self._wrong.pop(home) if home in self._wrong else Bucket(now)
        if len(self._wrong) > MOST_HOUSEHOLDS:
            self._wrong.popitem(last=False)
        if not bucket.take(WRONG, 1, now):
            raise TooFast(bucket.wait(WRONG, 1, now))


ONCE = "--once "
"""Stands in the text of a hook's act before the time within which the same is said once."""


def once(act: Act) -> float:
    """Within how many seconds a hook says the same once; 0 where it says it each time."""
    return (parse_duration(act.text.removeprefix(ONCE)) or 0.0) if act.text else 0.0
