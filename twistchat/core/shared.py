"""What everyone in the chat shares: the log and the way into it, rooms, names, rules, limits, the clocks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import tzinfo
from typing import Generic, TypeVar

from twistchat.core.acts import Acts
from twistchat.core.bans import Rules
from twistchat.core.calling import Calls
from twistchat.core.census import Census
from twistchat.core.claimdesk import ClaimDesk
from twistchat.core.clocks import Clock, WallClock
from twistchat.core.comings import Comings
from twistchat.core.command_table import CommandTable
from twistchat.core.dispatch import Dispatch
from twistchat.core.elsewhere import NoServers
from twistchat.core.figures import Figures
from twistchat.core.ignoring import Ignoring
from twistchat.core.limits import Limits
from twistchat.core.member import Member
from twistchat.core.pipeline import Pipeline
from twistchat.core.place import Whereabouts
from twistchat.core.ports import Elsewhere, Log, Names, Vault
from twistchat.core.programs import Programs
from twistchat.core.rooms import Rooms
from twistchat.core.roomstays import RoomStays
from twistchat.core.roster import Named, Roster
from twistchat.core.signals import Signals
from twistchat.core.stays import Stays
from twistchat.core.tries import Tries
from twistchat.core.turn import Turn

P = TypeVar("P", bound=Named)


class SharedState(Generic[P]):
    """The parts that sessions work with. Whoever makes it connects people to it: see `twistchat.core.hub`."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        wall: WallClock,
        limits: Limits,
        commands: CommandTable[P],
        names: Names,
        everyone: Collection[Member],
        place: Whereabouts,
        zone: tzinfo,
        vault: Vault,
    ) -> None:
        """Wire the parts.

        Args:
            log: Where events are kept.
            clock: Time for intervals; it never jumps.
            wall: The time of day.
            limits: May be replaced at any time; the new ones hold from the next line on.
            commands: The /commands.
            names: Where names are reserved beside here.
            everyone: All who are connected here; it changes as they come and go.
            place: Where the server is.
            zone: Of the days that people name.
            vault: Makes the codes of names that are claimed.
        """
        self.log = log
        self.clock = clock
        self.wall = wall
        self.limits = limits
        self.commands = commands
        self.place = place
        self.elsewhere: Elsewhere = NoServers()
        self.zone = zone
        self.rules = Rules()
        self.programs = Programs(self.rules, clock, wall)
        self.calls = Calls()
        self.roster: Roster[P] = Roster(names, self.programs.has_name)
        self.acts = Acts(self.rules)
        self.tries = Tries()
        self.vault = vault
        self.claim_desk = ClaimDesk()
        self.claims_mode = "on"
        """Who claims names: `on`, everybody; `operator`, the administrators for them; `off`, nobody."""
        self.claims_keep: float | None = None
        """For how many seconds a name is kept whose owner does not come; None for ever."""
        self.stays = Stays()
        self.room_stays = RoomStays()
        self.comings: Comings[P] = Comings()
        self.figures = Figures()
        self.turn = Turn(clock, self.figures)
        self.census = Census(lambda: self.limits.history or 0)
        self.rooms = Rooms(log, self.census, lambda: self.limits)
        self.ignoring: Ignoring[Member] = Ignoring()
        dispatch = Dispatch(
            self.rooms, self.census, everyone, self.ignoring, lambda: self.rules.standing(wall()), clock
        )
        self.pipeline = Pipeline(log, clock, self.turn, wall, self.rooms, self.ignoring, dispatch, self.figures)
        self.signals = Signals(
            clock, lambda: self.limits, lambda: self.elsewhere, self.census, self.rooms, self.pipeline
        )
