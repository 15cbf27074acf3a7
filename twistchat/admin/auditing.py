"""Verbs that show what administrators did. They are listed in verbs.py."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import MOST_LINES, Outcome, Sentence, Table, abridged, clock_time, moment
from twistchat.admin.verb import verb
from twistchat.core.bans import Act

_AUDIT = ("act", "time", "verb", "subject", "text", "until", "by")

_LOGINS = ("login", "logout", "login-failed")


def _row(act: Act) -> Sequence[object]:
    text = act.text if not act.lifts else f"lifts {', '.join(map(str, act.lifts))}"
    return (act.number, moment(act.time), act.verb, act.subject, text, moment(act.until), act.who)


def _is_wanted(act: Act, word: str, all: bool) -> bool:
    """Whether an act has a word in it; logins count only where all do, or where the word is theirs."""
    if act.verb in _LOGINS and not all and not (word and act.verb.startswith(word)):
        return False
    return word in f"{act.verb} {act.subject} {act.text} {act.who}".casefold()


@verb("audit [WORD] [--count NUMBER] [--all]", "lists what was done, of all or with a word; with all, logins too")
def audit(operator: Operator, word: str = "", count: int = 20, all: bool = False) -> Outcome:
    wanted = word.casefold()
    recent = reversed(operator.journal.recent)
    newest = (act for act in recent if _is_wanted(act, wanted, all))
    acts = [*islice(newest, max(1, min(count, MOST_LINES)))][::-1]
    rows = [_row(act) if all else [*_row(act)[:-1], abridged(act.who)] for act in acts]
    return Table(_AUDIT, rows, "Nothing of that kind was done.")


@verb("why NUMBER", "explains an act: who did it, when and why, and whether it holds")
def why(operator: Operator, number: int) -> Outcome:
    act = operator.journal.find(number)
    lifted = operator.hub.rules.lifted_by(number)
    holds = operator.hub.rules.holds(number, operator.now)
    facts = {
        **dict(zip(_AUDIT, _row(act), strict=True)),
        "holds": holds,
        "lifted_by": lifted.number if lifted else None,
    }
    sentences = [f"{act.number}: {act.verb} {act.subject}".rstrip(), f"by {act.who}, {clock_time(act.time)}"]
    if act.text:
        sentences.append(f"{'reason' if act.verb in ('ban', 'mute', 'lock', 'kick', 'close') else 'text'}: {act.text}")
    if act.lifts:
        sentences.append(f"lifts {', '.join(map(str, act.lifts))}")
    if act.until is not None:
        sentences.append(f"until {clock_time(act.until)}")
    if act.lasts:
        ended = f"no, since {lifted.verb} {lifted.number} by {lifted.who}" if lifted else "no, its time is up"
        sentences.append(f"in force: {'yes' if holds else ended}")
    return Sentence("\n".join(sentences), facts)
