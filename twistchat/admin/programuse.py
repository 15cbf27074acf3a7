"""What hooks, feeds and calls were used for: counted by each server, and shown of all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from twistchat.core.bans import CALL, FEED, HOOK
from twistchat.core.calling import CallState
from twistchat.core.hub import Hub

Facts = Mapping[str, Any]


class UseOfAll(NamedTuple):
    """What one hook or feed was used for at all servers that answer."""

    times: int = 0
    latest: float | None = None
    """When it was used last; seconds since 1970."""
    refusal: str | None = None
    """Why it was refused at last, at the servers where it was."""

    def with_one(self, facts: Facts) -> UseOfAll:
        """With what one server says of it."""
        moments = [at for at in (self.latest, facts.get("latest")) if at is not None]
        reasons = dict.fromkeys(reason for reason in (self.refusal, facts.get("refusal")) if reason)
        return UseOfAll(self.times + int(facts.get("count", 0)), max(moments, default=None), ", ".join(reasons) or None)


def uses_here(hub: Hub) -> dict[str, Facts]:
    """What was counted here, by the number of the act."""
    held = {act.number: hub.programs.use(act) for verb in (HOOK, FEED) for act in hub.programs.all(verb)}
    return {
        str(number): {"count": use.count, "latest": use.latest, "refusal": use.refusal} for number, use in held.items()
    }


def calls_here(hub: Hub) -> dict[str, Facts]:
    """How the calls go that this server does, by the number of the act."""
    states = hub.calls.states
    return {str(act.number): asdict(states[act.number]) for act in hub.programs.all(CALL) if act.number in states}


async def uses_anywhere(hub: Hub) -> dict[int, UseOfAll]:
    """What was counted at all servers that answer, by the number of the act."""
    told = await hub.elsewhere.ask_all("uses")
    found: dict[int, UseOfAll] = {}
    for uses in (uses_here(hub), *_parts(told.values(), "uses")):
        for number, facts in uses.items():
            found[int(number)] = found.get(int(number), UseOfAll()).with_one(facts)
    return found


async def calls_anywhere(hub: Hub) -> dict[int, tuple[CallState, str]]:
    """How each call goes, and which server does it, by the number of the act; nothing of those that none does."""
    told = await hub.elsewhere.ask_all("calls")
    found: dict[int, tuple[CallState, str]] = {}
    for server, facts in {**told, hub.elsewhere.name: {"calls": calls_here(hub)}}.items():
        for number, state in facts.get("calls", {}).items():
            found[int(number)] = CallState(**state), server
    return found


def _parts(told: Iterable[Facts], what: str) -> list[Facts]:
    return [each.get(what, {}) for each in told]
