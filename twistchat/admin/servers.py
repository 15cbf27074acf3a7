"""What an administrator sees of all servers of a chat: each is asked for what it has, and named beside it."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from twistchat import __version__
from twistchat.admin.administration import Administration
from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Table
from twistchat.admin.programuse import calls_here, uses_here
from twistchat.admin.verb import verb
from twistchat.core.elsewhere import SAID_ONCE
from twistchat.core.hub import Hub

Facts = Mapping[str, Any]

WHO = ("name", "by", "address", "rooms", "here", "idle", "note")
"""The columns of what is told of people."""

_SILENT = "does not answer"


def people_here(administration: Administration, room: str | None = None) -> list[tuple[Any, ...]]:
    """Who is connected here, in a room or in any, as rows of `WHO`; times in seconds."""
    hub = administration.hub
    muted = set(administration.moderation.silenced())
    people = [each for each in hub.everyone if each.is_welcome and (room is None or room in each.rooms)]
    now = hub.clock.seconds()
    return [
        (
            person.name,
            person.client.interface,
            person.client.address,
            [*person.rooms],
            now - person.since,
            now - person.active,
            "muted" if person in muted else "",
        )
        for person in sorted(people, key=lambda each: each.shown_name.casefold())
    ]


def people_table(rows: Iterable[tuple[Any, ...]], server: bool = False) -> Table:
    """Such rows as they are shown; behind the last column the server, where they have one."""
    shown = [(*row[:4], timedelta(seconds=row[4]), timedelta(seconds=row[5]), *row[6:]) for row in rows]
    return Table((*WHO, "server") if server else WHO, shown, "Nobody is here.")


def figures_of(administration: Administration) -> list[tuple[str, Any]]:
    """How much there is of everything here; times in seconds."""
    hub, recent = administration.hub, administration.journal.recent
    by = Counter(person.client.interface for person in hub.everyone)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return [
        ("version", __version__),
        ("up", hub.clock.seconds() - administration.started),
        ("people", len(hub.roster)),
        *((f"connections by {interface}", count) for interface, count in sorted(by.items())),
        ("rooms", len(hub.rooms)),
        ("lines waiting for the log", hub.pipeline.pending),
        ("acts in the audit", recent[-1].number if recent else 0),
        ("processor time", used.ru_utime + used.ru_stime),
        ("most memory, MiB", used.ru_maxrss // 1024),
    ]


TIMES = ("up", "processor time")
"""Which of them are times."""


def shown_figures(rows: Iterable[tuple[str, Any]]) -> list[tuple[str, object]]:
    """Figures as they are shown."""
    return [(what, timedelta(seconds=value) if what in TIMES else value) for what, value in rows]


def answers(administration: Administration) -> dict[str, Callable[[Facts], Facts]]:
    """What this server tells other servers' administrators, by what is asked."""
    return {
        "who": lambda asked: {"rows": people_here(administration)},
        "stats": lambda asked: {"rows": figures_of(administration)},
        "rooms": lambda asked: {"rooms": _counts(administration.hub)},
        SAID_ONCE: lambda told: _note_said(administration.hub, told),
        "uses": lambda asked: {"uses": uses_here(administration.hub)},
        "calls": lambda asked: {"calls": calls_here(administration.hub)},
    }


def _note_said(hub: Hub, told: Facts) -> Facts:
    hub.programs.said_elsewhere(told["hook"], told["digest"])
    return {}


def _counts(hub: Hub) -> dict[str, int]:
    return {name: len(room) for name, room in hub.rooms.items()}


# --- of all servers


async def who_is_anywhere(operator: Operator, room: str | None) -> Outcome:
    """Who is connected to any server."""
    elsewhere = operator.hub.elsewhere
    rows = [(*row, elsewhere.name) for row in people_here(operator.administration, room)]
    for server, told in (await elsewhere.ask_all("who")).items():
        theirs = [tuple(row) for row in told.get("rows", ()) if room is None or room in row[3]]
        rows += [(*row, server) for row in theirs]
        if told.get("is_silent"):
            rows.append(("", "", "", [], 0.0, 0.0, _SILENT, server))
    return people_table(sorted(rows, key=lambda row: str(row[0]).casefold()), server=True)


async def figures_of_all(operator: Operator) -> Outcome:
    """How much there is of everything at any server."""
    elsewhere = operator.hub.elsewhere
    here = shown_figures(figures_of(operator.administration))
    rows: list[tuple[object, ...]] = [(elsewhere.name, *row) for row in here]
    for server, told in (await elsewhere.ask_all("stats")).items():
        theirs = shown_figures((str(what), value) for what, value in told.get("rows", ()))
        rows += [(server, *row) for row in theirs] or [(server, "", _SILENT)]
    return Table(("server", "what", "value"), rows)


async def servers_of_rooms(operator: Operator) -> dict[str, list[str]]:
    """At which servers people are in each room, with how many."""
    elsewhere = operator.hub.elsewhere
    counts: dict[str, Facts] = {elsewhere.name: {"rooms": _counts(operator.hub)}, **await elsewhere.ask_all("rooms")}
    found: dict[str, list[str]] = {}
    for server, told in counts.items():
        for room, count in told.get("rooms", {}).items():
            if count:
                found.setdefault(room, []).append(f"{server}: {count}")
    return found


@verb("servers", "lists the servers of this chat, and how far each is behind the common log")
async def servers(operator: Operator) -> Outcome:
    columns = ("server", "people", "line", "behind", "lease", "version", "note")
    rows = [
        (
            told["name"],
            told.get("people", 0),
            told["last"],
            told["behind"],
            timedelta(seconds=told["lease"]),
            told.get("version", ""),
            "this one" if told["is_this"] else "" if told["lease"] > 0 else "silent",
        )
        for told in await operator.hub.elsewhere.servers()
    ]
    return Table(columns, rows, "This server is alone. docs/cluster.md says how to have several.")
