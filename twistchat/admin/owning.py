"""Verbs about names of people's own. They are listed in verbs.py."""

from __future__ import annotations

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Sentence, Table, moment
from twistchat.admin.verb import verb
from twistchat.core import claimkeeping
from twistchat.core.claiming import described
from twistchat.errors import ChatError

MOST_AT_ONCE = 100
"""Names of one call: each takes 45 ms, and a class has fewer."""


@verb("claims [NAME]", "lists the names that are somebody's own, and how each is proven")
def claims(operator: Operator, name: str = "") -> Outcome:
    hub = operator.administration.hub
    found = [claimkeeping.claimed(hub, name)] if name else [*hub.rules.claims]
    here = {person.name for person in hub.roster}
    rows = [
        (claim.name, moment(claim.since), "yes" if claim.name in here else "", [*map(described, claim.proofs)])
        for claim in found
    ]
    return Table(("name", "since", "here", "proofs"), rows, "No name is claimed.")


@verb("claim NAME...", "makes each of these names somebody's own, and shows the codes for them this once")
async def claim(operator: Operator, names: str) -> Outcome:
    wanted = dict.fromkeys(names.split()[:MOST_AT_ONCE])
    rows, refused = [], []
    for name in wanted:
        try:
            act, code = await claimkeeping.grant(operator.administration.hub, operator.who, name)
        except ChatError as error:  # the codes of those before it are shown this once
            refused.append((name, error))
        else:
            rows.append((act.subject, code, act.number, ""))
    if refused and not rows:
        raise refused[0][1]
    answers = [*rows, *((name, "", "", str(error)) for name, error in refused)]
    return Table(("name", "code", "act", "why not"), answers, "Give the names.")


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
