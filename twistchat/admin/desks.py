"""Verbs about moderators of a room: giving codes, and taking them back. They are listed in verbs.py."""

from __future__ import annotations

import secrets

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Sentence, Table, abridged, clock_time, moment
from twistchat.admin.verb import verb
from twistchat.core.codes import CODE_BYTES, code_of
from twistchat.core.durations import parse_duration
from twistchat.core.moderation import shown_names

LESSONS = "8h"
"""How long a code holds unless it is said."""


@verb("moderator LABEL ROOM [TIME]", "gives a code to moderate a room, for 8 hours; the label is whose it is: 'Ms Li'")
async def moderator(operator: Operator, label: str, room: str, duration: str = LESSONS) -> Outcome:
    code = code_of(secrets.token_bytes(CODE_BYTES))
    act = await operator.moderation.appoint(operator.who, label, room, parse_duration(duration), code)
    assert act.until is not None
    page = operator.administration.page()
    link = f"{page}#moderate={code}" if page else ""
    in_browser = f", or in a browser:\n{link}\n" if link else ". "
    facts = {"act": act.number, "label": act.subject, "room": act.room, "code": code, "link": link}
    until = clock_time(act.until)
    sentence = f"{act.subject} moderates {act.room} until {until} by typing /moderate {code}{in_browser}"
    return Sentence(f"{sentence}The code is shown this once.", {**facts, "until": moment(act.until)}, act.number)


@verb("moderators", "lists whose codes to moderate a room hold, and who moderates by them now")
def moderators(operator: Operator) -> Outcome:
    moderation = operator.moderation
    rows = [
        (a.number, a.subject, a.room, moment(a.until), shown_names(moderation.moderators(a)), abridged(a.who))
        for a in moderation.appointed()
    ]
    return Table(("act", "label", "room", "until", "here", "by"), rows, "Nobody moderates a room.")


@verb("unmoderate LABEL...", "ends the codes of a label, at once")
async def unmoderate(operator: Operator, label: str) -> Outcome:
    act, found = await operator.moderation.dismiss(operator.who, label)
    here = f" Told here: {', '.join(shown_names(found))}." if found else ""
    facts = {"act": act.number, "label": act.subject, "people": shown_names(found)}
    return Sentence(f"{act.subject} moderates no more.{here}", facts, act.number)
