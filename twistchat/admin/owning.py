"""Verbs about names of people's own. They are listed in verbs.py."""

from __future__ import annotations

from collections.abc import Sequence

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import (
    MOST_LINES,
    Asked,
    HandedOut,
    HandOut,
    NotHandedOut,
    Outcome,
    Sentence,
    Table,
    moment,
)
from twistchat.admin.verb import verb
from twistchat.core import claimkeeping, names
from twistchat.core.claiming import described
from twistchat.core.nameclaims import NameClaim
from twistchat.core.text import clean
from twistchat.errors import ChatError, TooManyNames

MOST_AT_ONCE = 500
"""Names of one call: each takes 45 ms, and a school year has fewer."""

ASKED = "Names, one a line; an empty line ends the list, Ctrl-C drops it."


@verb("claims [NAME] [--count NUMBER]", "lists the newest names that are somebody's own, and how each is proven")
def claims(operator: Operator, name: str = "", count: int = 200) -> Outcome:
    hub = operator.administration.hub
    found = [claimkeeping.claimed(hub, name)] if name else hub.rules.claims.newest(max(1, min(count, MOST_LINES)))
    rows = [_claim_row(operator, claim) for claim in found]
    others = 0 if name else len(hub.rules.claims) - len(rows)
    more = f"{others} earlier ones: claims --count {MOST_LINES}, or claims NAME." if others else ""
    if operator.administration.expiry is None:
        rows = [(*row[:3], row[-1]) for row in rows]
        return Table(("name", "since", "here", "proofs"), rows, "No name is claimed.", more)
    return Table(("name", "since", "here", "last seen", "free", "proofs"), rows, "No name is claimed.", more)


def _claim_row(operator: Operator, claim: NameClaim) -> Sequence[object]:
    expiry, holder = operator.administration.expiry, operator.hub.roster.holder_of(claim.name)
    seen, free = (None, None) if expiry is None else (expiry.last_seen(claim), expiry.free_at(claim))
    here = "" if holder is None else "yes" if holder.owns(claim) else "somebody else"
    return (claim.name, moment(claim.since), here, moment(seen), moment(free), [*map(described, claim.proofs)])


@verb(
    "claim NAME...",
    "makes these names somebody's own and shows their codes once; - reads a list",
    takes_list=True,
)
async def claim(operator: Operator, name: str) -> Outcome:
    if name.strip() == "-":
        return Asked(ASKED, lambda lines: _hand_out(operator, lines))
    if "\n" in name:
        return await _hand_out(operator, name.split("\n"))
    wanted = dict.fromkeys(name.split())
    if len(wanted) > MOST_AT_ONCE:
        raise TooManyNames(MOST_AT_ONCE)
    rows, refused = [], []
    for each in wanted:
        try:
            act, code = await claimkeeping.grant(operator.administration.hub, operator.who, each)
        except ChatError as error:  # the codes of those before it are shown this once
            refused.append((each, error))
        else:
            rows.append((act.subject, code, act.number, ""))
    if refused and not rows:
        raise refused[0][1]
    answers = [*rows, *((each, "", "", str(error)) for each, error in refused)]
    return Table(("name", "code", "act", "why not"), answers, "Give the names.")


async def _hand_out(operator: Operator, lines: Sequence[str]) -> Outcome:
    """Make each name of a list somebody's own, a line each; what cannot be is said by its line."""
    wanted = [(at, clean(line)) for at, line in enumerate(lines, 1) if clean(line)]
    if len(wanted) > MOST_AT_ONCE:
        raise TooManyNames(MOST_AT_ONCE)
    given, refused = [], []
    first: dict[str, int] = {}
    for at, name in wanted:
        if (earlier := first.setdefault(names.key(name), at)) != at:
            refused.append(NotHandedOut(at, name, f"it stands in line {earlier} already."))
            continue
        try:
            act, code = await claimkeeping.grant(operator.administration.hub, operator.who, name)
        except ChatError as error:  # the others' codes are shown this once
            refused.append(NotHandedOut(at, name, str(error)))
        else:
            given.append(HandedOut(act.subject, code, act.number))
    return HandOut(given, refused)


@verb("recode NAME", "gives somebody who has lost it a new code for their own name")
async def recode(operator: Operator, name: str) -> Outcome:
    act, code = await claimkeeping.recode(operator.administration.hub, operator.who, name)
    facts = {"act": act.number, "name": act.subject, "code": code}
    return Sentence(f"The code of {act.subject} is now {code}. It is shown this once.", facts, act.number)


@verb("release NAME [REASON...]", "has a name be nobody's own any more")
async def release(operator: Operator, name: str, reason: str = "") -> Outcome:
    act = await claimkeeping.set_free(operator.administration.hub, operator.who, name, reason)
    facts = {"act": act.number, "name": act.subject, "reason": act.text}
    return Sentence(f"{act.subject} is free again.", facts, act.number)
