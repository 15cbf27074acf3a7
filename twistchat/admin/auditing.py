"""Verbs that show what administrators did. They are listed in verbs.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import MOST_LINES, Outcome, Sentence, Table, abridged, clock_time, moment, whom
from twistchat.admin.verb import verb
from twistchat.core.acts import FAILED
from twistchat.core.bans import Act

_AUDIT = ("act", "time", "verb", "subject", "text", "until", "by")

_REASONED = ("ban", "mute", "lock", "kick", "close", FAILED)
"""Verbs of which the text is a reason."""

_LOGINS = ("login", "logout", "login-failed")


def _failure(operator: Operator, act: Act) -> Act | None:
    """What says that an act failed, if it did."""
    lifted = operator.hub.rules.lifted_by(act.number)
    return lifted if lifted is not None and lifted.verb == FAILED else None


def _text(operator: Operator, act: Act) -> str:
    """The reason or the words; of an act that failed, and of what says so, in words which that is."""
    lifts = ", ".join(map(str, act.lifts))
    failure = _failure(operator, act)
    if act.verb == FAILED:
        return f"{lifts} was not done: {act.text}"
    if failure is not None:
        return f"not done, see {failure.number}{': ' if act.text else ''}{act.text}"
    return f"lifts {lifts}" if lifts and not act.lasts else act.text


def _row(operator: Operator, act: Act, whole: bool) -> Sequence[object]:
    until = None if _failure(operator, act) else moment(act.until)
    who = act.who if whole else abridged(act.who)
    return (act.number, moment(act.time), act.verb, whom(act, whole), _text(operator, act), until, who)


def _is_wanted(act: Act, word: str, all: bool) -> bool:
    """Whether an act has a word in it; logins count only where all do, or where the word is theirs."""
    if act.verb in _LOGINS and not all and not (word and act.verb.startswith(word)):
        return False
    return word in f"{act.verb} {act.subject} {act.room} {act.text} {act.who}".casefold()


@verb("audit [WORD] [--count NUMBER] [--all]", "lists what was done, of all or with a word; with all, logins too")
def audit(operator: Operator, word: str = "", count: int = 20, all: bool = False) -> Outcome:
    wanted = word.casefold()
    recent = reversed(operator.journal.recent)
    newest = (act for act in recent if _is_wanted(act, wanted, all))
    acts = [*islice(newest, max(1, min(count, MOST_LINES)))][::-1]
    rows = [_row(operator, act, all) for act in acts]
    return Table(_AUDIT, rows, "Nothing of that kind was done.")


@verb("why NUMBER", "explains an act: who did it, when and why, whether it was done and holds")
def why(operator: Operator, number: int) -> Outcome:
    act = operator.journal.find(number)
    lifted = operator.hub.rules.lifted_by(number)
    failure = _failure(operator, act)
    facts = {
        **dict(zip(_AUDIT, _row(operator, act, whole=True), strict=True)),
        "subject": act.subject,
        "room": act.room,
        "also": list(act.also),
        "holds": operator.hub.rules.holds(number, operator.now),
        "lifted_by": lifted.number if lifted else None,
        "failed": failure is not None,
    }
    return Sentence("\n".join(_explained(operator, act, lifted)), facts)


def _explained(operator: Operator, act: Act, lifted: Act | None) -> Iterator[str]:
    yield f"{act.number}: {act.verb} {act.subject}".rstrip()
    yield f"by {act.who}, {clock_time(act.time)}"
    if act.room:
        yield f"in {act.room} alone"
    if act.also:
        yield f"also: {', '.join(act.also)}"
    if act.text:
        yield f"{'reason' if act.verb in _REASONED else 'text'}: {act.text}"
    if act.lifts:
        numbers = ", ".join(map(str, act.lifts))
        yield f"{numbers} was recorded and then not done" if act.verb == FAILED else f"lifts {numbers}"
    if act.until is not None:
        yield f"until {clock_time(act.until)}"
    yield from _became(operator, act, lifted)


def _became(operator: Operator, act: Act, lifted: Act | None) -> Iterator[str]:
    if lifted is not None and lifted.verb == FAILED:
        yield f"not done: {lifted.text} ({lifted.number})"
    elif act.lasts:
        ended = f"no, since {lifted.verb} {lifted.number} by {lifted.who}" if lifted else "no, its time is up"
        yield f"in force: {'yes' if operator.hub.rules.holds(act.number, operator.now) else ended}"
