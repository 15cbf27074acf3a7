"""Verbs about names of people's own. They are listed in verbs.py."""

from __future__ import annotations

from collections.abc import Sequence

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Sentence, Table, moment
from twistchat.admin.verb import verb
from twistchat.core import claimkeeping
from twistchat.core.claiming import described
from twistchat.core.nameclaims import NameClaim
from twistchat.errors import ChatError

MOST_AT_ONCE = 100
"""Names of one call: each takes 45 ms, and a class has fewer."""


@verb("claims [NAME]", "lists the names that are somebody's own, and how each is proven")
def claims(operator: Operator, name: str = "") -> Outcome:
    hub = operator.administration.hub
    found = [claimkeeping.claimed(hub, name)] if name else [*hub.rules.claims]
    rows = [_claim_row(operator, claim) for claim in found]
    if operator.administration.expiry is None:
        return Table(("name", "since", "here", "proofs"), [(*row[:3], row[-1]) for row in rows], "No name is claimed.")
    return Table(("name", "since", "here", "last seen", "free", "proofs"), rows, "No name is claimed.")


def _claim_row(operator: Operator, claim: NameClaim) -> Sequence[object]:
    expiry, holder = operator.administration.expiry, operator.hub.roster.holder_of(claim.name)
    seen, free = (None, None) if expiry is None else (expiry.last_seen(claim), expiry.free_at(claim))
    here = "" if holder is None else "yes" if holder.owns(claim) else "somebody else"
    return (claim.name, moment(claim.since), here, moment(seen), moment(free), [*map(described, claim.proofs)])


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
