"""Claimed names that nobody comes by: kept as long as was said, warned of, set free, and given back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.chat import Chat, Person
from support.operator import an_operator
from support.results import at_once
from twisted.internet.defer import Deferred, succeed
from twisted.logger import globalLogPublisher

from twistchat.admin.binding import bind_words, read_words
from twistchat.admin.operator import Operator
from twistchat.admin.verbs import VERBS
from twistchat.claimsdaily import ClaimsDaily
from twistchat.core.claimexpiry import DAY, ClaimExpiry
from twistchat.core.claimkeeping import grant
from twistchat.core.events import Joined
from twistchat.core.queries import Seen
from twistchat.errors import NotRead

KEEP = 180 * DAY
KEY = "k" * 22


@pytest.fixture
def op(chat: Chat, tmp_path: Path) -> Operator:
    chat.clock.advance(1e9)
    chat.hub.claims_keep = KEEP
    return an_operator(chat, tmp_path)


@pytest.fixture
def expiry(op: Operator) -> ClaimExpiry:
    assert op.administration.expiry is not None
    return op.administration.expiry


@pytest.fixture
def said() -> Any:
    """What the operator's log says."""
    lines: list[str] = []

    def note(event: dict[str, Any]) -> None:
        if "claims:" in event.get("log_format", ""):
            lines.append(event["log_format"].format(**event))

    globalLogPublisher.addObserver(note)
    yield lines
    globalLogPublisher.removeObserver(note)


def run(op: Operator, *words: str) -> Any:
    row, rest = read_words(VERBS, words)
    return at_once(op.run(row, bind_words(row, rest)))


def program(chat: Chat, name: str) -> Person:
    person = chat.connects()
    person.session.take_place(name, KEY)
    person.sends(name)
    return person


def ada_claims(chat: Chat) -> list[str]:
    ada = program(chat, "ada")
    ada.types("/claim")
    heard = ada.hears()
    ada.vanishes()
    chat.turn()
    return heard


def looks(chat: Chat, expiry: ClaimExpiry, days: float = 0.0) -> bool:
    """A look after some days; whether ada's name is still kept."""
    chat.clock.advance(days * DAY)
    failed: list[object] = []
    looking = Deferred.fromCoroutine(expiry.look()).addErrback(failed.append)
    for _ in range(20):
        chat.turn()
    assert looking.called and not failed, failed
    return chat.hub.rules.claims.find("ada") is not None


def test_how_long_a_name_lasts_is_said_when_it_is_claimed(chat: Chat, expiry: ClaimExpiry) -> None:
    assert "claim-lasts name=ada days=180" in ada_claims(chat)


def test_a_name_is_free_once_nobody_came_by_it_for_so_long_and_undo_gives_it_back(
    chat: Chat, op: Operator, expiry: ClaimExpiry, said: list[str], tmp_path: Path
) -> None:
    ada_claims(chat)
    assert looks(chat, expiry, 1)
    assert looks(chat, expiry, 164)
    assert said == []
    assert looks(chat, expiry, 10)
    assert said == ["claims: free in 14 days or less, unless their owners come: 'ada'. `claims` tells when."]
    assert looks(chat, expiry), "and it is said once"
    assert not looks(chat, expiry, 5)
    assert said[1:] == ["claims: free again, as nobody came by them for long: 'ada'."]
    act = op.journal.recent[-1]
    assert (act.verb, act.who, act.subject) == ("release", "--claims-keep", "ada")
    assert act.text == "last seen 2001-09-09, kept for 180 days"
    assert chat.enters("ada").name == "ada"
    chat.hub.roster.find("ada").close()
    run(op, "undo", str(act.number))
    assert looks(chat, expiry, 1), "as if they had come when it was given back"
    assert not looks(chat, expiry, 240)


def test_who_comes_within_the_last_days_is_told_and_has_as_long_again(
    chat: Chat, op: Operator, expiry: ClaimExpiry
) -> None:
    ada_claims(chat)
    assert looks(chat, expiry, 170)
    ada = program(chat, "ada")
    assert "claim-kept name=ada days=180" in ada.hears()
    assert looks(chat, expiry, 400), "while they are here, however long"
    ada.vanishes()
    chat.turn()
    assert looks(chat, expiry, 179)
    assert not looks(chat, expiry, 2)


def test_a_name_that_somebody_takes_who_is_in_already_counts_as_seen(chat: Chat, expiry: ClaimExpiry) -> None:
    ada_claims(chat)
    chat.clock.advance(100 * DAY)
    other = program(chat, "countess")
    other.sends("/nick ada")
    other.sends("/nick countess")
    other.vanishes()
    assert looks(chat, expiry, 170)


def test_after_a_restart_the_log_tells_who_was_here(chat: Chat, op: Operator, expiry: ClaimExpiry) -> None:
    ada_claims(chat)
    at_once(grant(chat.hub, "op", "bob"))
    chat.clock.advance(100 * DAY)
    chat.log.append([Joined("lobby", "ADA"), Joined("lobby", "guest")])
    again = ClaimExpiry(chat.hub, KEEP)
    assert looks(chat, again, 100)
    assert again.last_seen(chat.hub.rules.claims.find("ada")) == 1e9 + 100 * DAY  # type: ignore[arg-type]
    assert looks(chat, again, 50)
    assert chat.hub.rules.claims.find("bob") is None, "whose owner the log does not know: a sixth longer"
    assert not looks(chat, again, 31)


def test_what_the_log_has_forgotten_makes_no_name_free_early(chat: Chat, op: Operator, expiry: ClaimExpiry) -> None:
    ada_claims(chat)
    again = ClaimExpiry(chat.hub, KEEP)
    chat.log.seen = lambda after, count: at_nothing(after)
    assert looks(chat, again, 181)
    assert not looks(chat, again, 30)


def at_nothing(after: int) -> Deferred[Any]:
    return succeed(Seen({}, after))


def test_that_an_owner_came_is_recorded_once_in_a_sixth_of_the_time(
    chat: Chat, op: Operator, expiry: ClaimExpiry
) -> None:
    ada_claims(chat)
    for _ in range(10):
        chat.clock.advance(10 * DAY)
        program(chat, "ada").vanishes()
        chat.turn()
    acts = [act for act in op.journal.recent if act.verb == "claim"]
    assert [act.text for act in acts] == ["", "came again", "came again", "came again"]
    assert {act.proofs for act in acts} == {acts[0].proofs}


def test_that_it_cannot_be_recorded_that_an_owner_came_keeps_nobody_out(
    chat: Chat, op: Operator, expiry: ClaimExpiry, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    ada_claims(chat)
    chat.clock.advance(100 * DAY)
    monkeypatch.setattr(op.journal, "_write", _full)
    assert program(chat, "ada").rooms
    assert said == ["claims: that 'ada' came is not in the audit: No space left on device"]
    chat.hub.roster.find("ada").close()
    chat.turn()
    said.clear()
    assert looks(chat, expiry, 181), "it cannot be set free without the audit"
    assert "cannot be set free" in said[0]


def _full(_line: bytes) -> int:
    raise OSError(28, "No space left on device")


def test_a_stranger_who_has_a_name_that_was_handed_out_does_not_keep_it(chat: Chat, expiry: ClaimExpiry) -> None:
    stranger = chat.enters("ada")
    at_once(grant(chat.hub, "op", "ada"))
    assert not looks(chat, expiry, 211)
    at_once(grant(chat.hub, "op", "ada"))
    stranger.sends("/nick ada2", "/nick adam")
    stranger.vanishes()
    assert looks(chat, expiry, 1)


def test_of_many_names_a_few_are_named(chat: Chat, expiry: ClaimExpiry, said: list[str]) -> None:
    for number in range(12):
        at_once(grant(chat.hub, "op", f"pupil{number}"))
    looks(chat, expiry, 211)
    assert said[-1].endswith(" 'pupil9' and 2 more.")


def test_the_list_tells_administrators_who_was_here_when_and_when_a_name_is_free(
    chat: Chat, op: Operator, expiry: ClaimExpiry
) -> None:
    ada_claims(chat)
    chat.enters("bob")
    at_once(grant(chat.hub, "op", "bob"))
    rows = run(op, "claims").data()
    assert [(row["name"], row["here"]) for row in rows] == [("ada", ""), ("bob", "somebody else")]
    assert rows[0]["last seen"].startswith("2001-09-09T") and rows[0]["free"].startswith("2002-")


def test_where_names_are_kept_for_good_nothing_is_said_of_it(chat: Chat, tmp_path: Path) -> None:
    op = an_operator(chat, tmp_path)
    assert op.administration.expiry is None
    heard = ada_claims(chat)
    assert not any("claim-lasts" in line for line in heard)
    assert {*run(op, "claims").data()[0]} == {"name", "since", "here", "proofs"}


def test_it_is_looked_at_the_start_and_once_a_day_also_after_a_day_when_the_log_could_not_be_read(
    chat: Chat, expiry: ClaimExpiry, said: list[str]
) -> None:
    looked: list[float] = []
    fails: list[BaseException | None] = [None, NotRead("the disk is gone"), None]

    async def look() -> None:
        looked.append(chat.clock.seconds())
        error = fails.pop(0)
        if error is not None:
            raise error

    expiry.look = look  # type: ignore[method-assign]
    daily = ClaimsDaily(expiry, chat.clock)
    daily.startService()
    for _ in range(2):
        chat.clock.advance(DAY)
    assert [after - looked[0] for after in looked] == [0.0, DAY, 2 * DAY]
    assert "no name is set free today" in said[0]
    daily.stopService()
    chat.clock.advance(3 * DAY)
    assert len(looked) == 3
    daily.stopService()


def test_who_had_a_name_before_it_was_claimed_does_not_keep_it(chat: Chat, op: Operator, expiry: ClaimExpiry) -> None:
    chat.enters("ada").vanishes()
    chat.turn()
    chat.clock.advance(DAY)
    at_once(grant(chat.hub, "op", "ada"))
    again = ClaimExpiry(chat.hub, KEEP)
    assert looks(chat, again)
    claim = chat.hub.rules.claims.find("ada")
    assert claim is not None and again.last_seen(claim) == claim.renewed == 1e9 + DAY
    again.signalled(next(iter(chat.enters("eve").inside.shared.roster)), Joined("lobby", "eve"))


def test_an_owner_who_comes_while_names_are_set_free_keeps_theirs(
    chat: Chat, expiry: ClaimExpiry, said: list[str]
) -> None:
    ada_claims(chat)
    chat.clock.advance(181 * DAY)
    (due,) = chat.hub.rules.claims
    chat.use_up_turn()
    releasing = Deferred.fromCoroutine(expiry._release([due]))
    assert not releasing.called, "others have their turn first"
    owner = chat.connects()
    owner.session.take_place("ada", KEY)
    owner.types("ada")
    chat.turn()
    assert releasing.called and chat.hub.rules.claims.find("ada") is not None and said == []
