"""A table of IRC's commands: what a row has. The rows are in `rows.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from twistchat.core.intake import Doing
from twistchat.interfaces.irc.member import IrcMember
from twistchat.wire.irc_lines import IrcLine

RunIrc = Callable[[IrcMember, IrcLine], Doing | None]


class IrcCommand(NamedTuple):
    """A row of the table."""

    name: str
    usage: str
    run: RunIrc
    least: int
    """Parameters that it needs; with fewer it is refused with 461."""
    price: Callable[[IrcLine], float]
    """What it costs of the flood limit; a line of text costs 1."""
    is_for_strangers: bool
    """Whether it may come before registration is done."""
    waits: bool
    """Whether all before it is stored and delivered first, so that its answer tells of that."""
    counts_as_activity: bool


def irc_command(
    usage: str,
    *,
    least: int = 0,
    price: float = 0.2,
    price_each: float = 0.0,
    is_for_strangers: bool = False,
    waits: bool = True,
    counts_as_activity: bool = True,
) -> Callable[[RunIrc], IrcCommand]:
    """Make a function a row; `rows.py` has to list it.

    Args:
        usage: As it is typed; its first word is the name.
        least: Parameters that it needs.
        price: What it costs of the flood limit.
        price_each: What each of several targets, with commas between, costs beside.
        is_for_strangers: Whether it may come before registration is done.
        waits: Whether all before it is stored and delivered first.
        counts_as_activity: Whether whoever sends it is not idle.
    """

    def cost(line: IrcLine) -> float:
        return price + price_each * len(line.params[0].split(",")) if price_each and line.params else price

    def make(run: RunIrc) -> IrcCommand:
        return IrcCommand(usage.split()[0], usage, run, least, cost, is_for_strangers, waits, counts_as_activity)

    return make


Rows = dict[str, IrcCommand]


def by_name(*files: Any) -> Rows:
    """The rows of some files, found by their names."""
    return {row.name: row for file in files for row in file.ROWS}
