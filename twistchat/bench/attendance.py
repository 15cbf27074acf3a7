"""Mixed people who come, stay for a while, and go: by a chance that a seed decides."""

from __future__ import annotations

import heapq
import random
import selectors
import time
from collections import Counter, deque
from contextlib import suppress
from itertools import count

from twistchat.bench.servers import Address, Server
from twistchat.bench.soakers import Browser, Habits, Numbered, Program, Sender, Soaker
from twistchat.interfaces.udp.port import SWEEP_SECONDS
from twistchat.interfaces.udp.streams import SILENCE_SECONDS

KINDS = (Soaker, Soaker, Soaker, Program, Browser, Browser, Sender, Numbered)
"""Who comes, in turn: three of eight by lines, the others by everything else."""

STAY_SECONDS = 60.0
"""How long people stay, in the mean."""

BURST = 30
"""Lines of a flood, in one write."""

STALL_SECONDS = 10.0
"""How long somebody reads nothing."""

ENTER_SECONDS = 30.0
"""After which it is a failure that somebody who came is not in."""

UDP_SILENCE = 60
"""Seconds of `--udp-silence`, so that datagrams' people who went away without a word are gone soon after the end."""

MOST_GAP = UDP_SILENCE / 6
"""Seconds between two lines of one person, at most: nobody is let go who is there, though some datagrams are lost."""

LOOK_SECONDS = 0.1
"""How often people look whether something is due: a datagram that is confirmed, or asked for again."""


class Attendance:
    """All people of a soak."""

    def __init__(self, server: Server, web: Address, people: int, lines: float, chance: random.Random) -> None:
        """Let nobody in yet.

        Args:
            server: With its ports for lines and datagrams.
            web: Its port for browsers.
            people: How many are there at the same time.
            lines: How many all of them send in a second.
            chance: What they do by.
        """
        assert server.datagrams is not None
        self._places: dict[type[Soaker], Address] = {Browser: web, Sender: server.datagrams, Numbered: server.datagrams}
        self._lines = server.address
        self._gap = people / lines
        self._chance = chance
        self._habits = Habits(chance)
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int, Soaker]] = []
        self._order = count()
        self._came = 0
        self._names: deque[str] = deque(maxlen=people)
        self._goal = people
        self._here: dict[Soaker, float] = {}
        """Until when each stays."""
        self._end = 0.0
        self.sent = 0
        self.failures: Counter[str] = Counter()
        """What went wrong with people, and how often."""
        self.longest_round = 0.0
        """Seconds for which nobody read anything, as this program has one thread, which may have to wait, too."""

    def __len__(self) -> int:
        return len(self._here)

    def live(self, seconds: float) -> None:
        """Let people be there for a while."""
        before = looking = time.monotonic()
        self._end = before + seconds
        while (now := time.monotonic()) < self._end:
            self.longest_round, before = max(self.longest_round, now - before), now
            for _ in range(max(1, self._goal // 20) if len(self._here) < self._goal else 0):
                self._come(now)
            while self._due and self._due[0][0] <= now:
                self._act(heapq.heappop(self._due)[2], now)
            if now >= looking:
                looking = now + LOOK_SECONDS
                for guest in self._here:
                    guest.look()
            self._hear(0.02)

    def all_say(self, line: str) -> None:
        """Have everyone say the same."""
        for guest in self._here:
            guest.say(line)

    def leave(self) -> None:
        """Have everyone go, half of those by connections without a word."""
        for number, guest in enumerate([*self._here]):
            self._go(guest, rudely=bool(number % 2) and not isinstance(guest, Sender | Numbered))
        self._selector.close()

    # --- coming and going

    def _come(self, now: float) -> None:
        kind = KINDS[self._came % len(KINDS)]
        self._came += 1
        self._names.append(f"p{self._came}")
        try:
            guest = kind(self._names[-1], self._places.get(kind, self._lines))
        except OSError as error:
            self.failures[f"{kind.__name__}: {error.strerror}"] += 1
            return
        self._here[guest] = now + self._chance.expovariate(1 / STAY_SECONDS)
        self._selector.register(guest, selectors.EVENT_READ, guest)
        self._later(guest, now)

    def _go(self, guest: Soaker, rudely: bool) -> None:
        del self._here[guest]
        self._deafen(guest)
        guest.leave(rudely)

    def _deafen(self, guest: Soaker) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(guest)

    def _ended(self, guest: Soaker) -> None:
        """Note that the server has ended it: right for whoever did not read, and for nobody else."""
        if not guest.stalls:
            last = guest.heard.decode("utf-8", "replace").rstrip().rpartition("\n")[2]
            self.failures[f"{type(guest).__name__} ended by the server: {last[-80:]}"] += 1
        self._go(guest, rudely=True)

    # --- doing something

    def _later(self, guest: Soaker, now: float) -> None:
        at = now + min(self._chance.expovariate(1 / self._gap), MOST_GAP)
        heapq.heappush(self._due, (at, next(self._order), guest))

    def _act(self, guest: Soaker, now: float) -> None:
        if guest not in self._here:
            return
        if guest.is_in:
            self._do(guest, now)
        elif now - guest.since > ENTER_SECONDS:
            self.failures[f"{type(guest).__name__}: not let in"] += 1
            self._go(guest, rudely=True)
        if guest in self._here:
            self._later(guest, now)

    def _do(self, guest: Soaker, now: float) -> None:
        if guest.stalls:
            self._selector.register(guest, selectors.EVENT_READ, guest)
            guest.stalls = False
        if now > self._here[guest]:
            self._go(guest, rudely=self._chance.random() < 0.5 and self._is_missed_in_time(guest, now))
            return
        dice = self._chance.random()
        if dice < 0.005:
            self._say(guest, BURST)
        elif dice < 0.01 and not isinstance(guest, Sender | Numbered):
            self._stall(guest, now)
        else:
            self._say(guest, 1)

    def _is_missed_in_time(self, guest: Soaker, now: float) -> bool:
        """Whether the server notices before the end that somebody went without a word; of datagrams, by silence."""
        silence = {Sender: UDP_SILENCE, Numbered: SILENCE_SECONDS}.get(type(guest))
        return silence is None or now + silence + SWEEP_SECONDS < self._end

    def _say(self, guest: Soaker, times: int) -> None:
        self.sent += times
        for _ in range(times):
            guest.say(self._habits.line(self._names))

    def _stall(self, guest: Soaker, now: float) -> None:
        guest.stalls = True
        self._deafen(guest)
        heapq.heappush(self._due, (now + STALL_SECONDS, next(self._order), guest))

    def _hear(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            guest: Soaker = key.data
            guest.read()
            if guest.is_gone:
                self._ended(guest)
