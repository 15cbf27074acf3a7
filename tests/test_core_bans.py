"""Whom an act covers, how long it holds, and what lifts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core import names
from twistchat.core.bans import Act, Rules
from twistchat.core.durations import parse_duration
from twistchat.core.events import Announced, Entry
from twistchat.core.identity import Identity, key_mark
from twistchat.core.names import EVERYWHERE
from twistchat.core.subjects import parse_subject
from twistchat.errors import (
    Banned,
    BannedForever,
    ChatError,
    Locked,
    LockedForever,
    Muted,
    MutedForever,
    NotADuration,
    NotASubject,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("3d", 259200),
        ("1w12h", 648000),
        ("36600d", 36600 * 86400),
        (" 2H ", 7200),
        ("forever", None),
    ],
)
def test_times_are_read(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "2h30", "-1h", "0s", "1y", "2 h", "999999w", "36600d1s", "for ever"])
def test_other_times_are_refused(text):
    with pytest.raises(NotADuration):
        parse_duration(text)


@given(st.text())
def test_any_text_is_a_time_or_refused(text):
    try:
        seconds = parse_duration(text)
    except NotADuration:
        return
    assert seconds is None or seconds > 0


@pytest.mark.parametrize(
    ("text", "shown", "inside", "outside"),
    [
        ("10.1.2.3", "10.1.2.3/32", "10.1.2.3", "10.1.2.4"),
        ("10.1.0.0/16", "10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
        ("10.1.2.3/16", "10.1.0.0/16", "::ffff:10.1.9.9", "10.2.0.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1:2::99", "2001:db8:1:3::4"),
        ("2001:db8::/32", "2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        ("::ffff:10.1.2.3", "10.1.2.3/32", "10.1.2.3", "10.1.2.4"),
        ("::ffff:10.1.0.0/112", "10.1.0.0/16", "10.1.2.3", "10.2.0.1"),
        ("2001:db8::1:0/112", "2001:db8::1:0/112", "2001:db8::1:9", "2001:db8::2:9"),
        ("::/0", "::/0", "2001:db8::1", "10.1.2.3"),
        ("fe80::1%eth0", "fe80::/64", "fe80::2%eth1", "fe81::1"),
    ],
)
def test_an_address_stands_for_its_household_and_a_network_for_all_of_it(text, shown, inside, outside):
    subject = parse_subject(text)
    assert subject.shown == shown
    assert subject.covers(Identity("anybody", inside))
    assert not subject.covers(Identity("anybody", outside))
    assert not subject.covers(Identity("anybody", "")), "a Unix socket has no address"


def test_a_name_covers_what_looks_like_it():
    bob = parse_subject("bob")
    assert bob.covers(Identity("BOB", ""))
    assert bob.covers(Identity("b0b", ""))  # o and 0
    assert not bob.covers(Identity("bobby", ""))
    assert not bob.covers(Identity(None, "10.1.2.3"))


def test_a_name_that_is_written_like_an_address_is_covered_too():
    assert parse_subject("10.1.2.3").covers(Identity("10.1.2.3", "10.9.9.9"))


@pytest.mark.parametrize("text", ["", " ", "10.1.0.0/33", "bob/2", "two words", "\x1b[2J"])
def test_what_can_be_nobody_is_refused(text):
    with pytest.raises(NotASubject):
        parse_subject(text)


def acts(*given: Act) -> Rules:
    rules = Rules()
    rules.take(*given)
    return rules


def test_a_ban_holds_until_its_time_is_up():
    rules = acts(Act("ban", "op", "bob", "spam", until=100.0, number=1))
    with pytest.raises(Banned, match=r"^bob is banned until 1970-01-01 00:01:40\+00:00. Reason: spam$"):
        rules.check_ban(Identity("Bob", ""), 99.9)
    rules.check_ban(Identity("Bob", ""), 100.0)
    assert rules.holds(1, 99.9)
    assert not rules.holds(1, 100.0)


def test_for_good_is_said_so():
    rules = acts(
        Act("ban", "op", "bob", number=1), Act("mute", "op", "10.0.0.0/8", number=2), Act("lock", "op", number=3)
    )
    with pytest.raises(BannedForever, match=r"^bob is banned for good\.$"):
        rules.check_ban(Identity("bob", ""), 1e12)
    with pytest.raises(MutedForever):
        rules.check_voice(Identity("ada", "10.1.1.1"), 1e12)
    with pytest.raises(LockedForever):
        rules.check_lock(lambda since: False, 1e12)


def test_a_lock_keeps_out_who_is_new_and_nobody_from_talking():
    rules = acts(Act("lock", "op", "", "exam", until=100.0, number=1, time=20.0))
    with pytest.raises(Locked, match="exam"):
        rules.check_lock(lambda since: since != 20, 0)
    rules.check_lock(lambda since: since == 20, 0)
    rules.check_lock(lambda since: False, 100)
    rules.check_ban(Identity("ada", "127.0.0.1"), 0)
    rules.check_voice(Identity("ada", "127.0.0.1"), 0)


def test_a_mute_keeps_nobody_out():
    rules = acts(Act("mute", "op", "ada", until=100.0, number=1))
    rules.check_lock(lambda since: False, 0)
    rules.check_ban(Identity("ada", "127.0.0.1"), 0)
    rules.check_voice(Identity("bob", "127.0.0.1"), 0)
    with pytest.raises(Muted):
        rules.check_voice(Identity("ada", "127.0.0.1"), 0)


def test_each_of_several_locks_is_a_lock():
    rules = acts(Act("lock", "op", number=1, time=20.0), Act("lock", "op", until=100.0, number=2, time=10.0))
    assert (rules.locked_since(99), rules.locked_since(101)) == (10, 20)
    assert acts().locked_since(99) == 99
    with pytest.raises(LockedForever):
        rules.check_lock(lambda since: since == 10, 0)


def test_an_act_is_about_all_that_it_names():
    mark = key_mark("secret")
    rules = acts(Act("mute", "op", "bob", number=1, also=("10.1.2.3/32", mark)))
    for identity, shown in [
        (Identity("bob", "10.9.9.9"), "bob"),
        (Identity("eve", "10.1.2.3"), "10.1.2.3/32"),
        (Identity("eve", "10.9.9.9", mark), "bob"),
    ]:
        with pytest.raises(MutedForever) as caught:
            rules.check_voice(identity, 0)
        assert caught.value.subject == shown
    rules.check_voice(Identity("eve", "10.9.9.9"), 0)
    rules.check_voice(Identity("eve", "10.9.9.9", key_mark("another")), 0)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_key_is_told_by_its_mark_and_by_no_other(key, other):
    subject = parse_subject(key_mark(key)) if key else None
    assert subject is None or subject.covers(Identity("x", "", key_mark(key)))
    assert subject is None or key == other or not subject.covers(Identity("x", "", key_mark(other)))
    assert (key_mark(key) == "") == (key == "")


@given(st.text(max_size=40).map(lambda text: f"key:{text}") | st.just("key:" + "0" * 32))
def test_no_name_is_written_like_the_mark_of_a_key(text):
    with pytest.raises(ChatError):
        names.checked(text, 64)


def test_what_is_nearly_the_mark_of_a_key_is_a_name_to_a_ban():
    mark = key_mark("secret")
    for text in (mark[:-1], mark.replace("key:", "kex:"), f"key:{'g' * 32}", mark[4:]):
        assert not parse_subject(text).mark


def test_what_is_lifted_is_over_and_lifting_the_lifting_brings_it_back():
    rules = acts(Act("ban", "op", "bob", number=1))
    rules.take(Act("unban", "op", "bob", lifts=(1,), number=2))
    rules.check_ban(Identity("bob", ""), 0)
    rules.take(Act("undo", "op", "bob", lifts=(2,), number=3))
    with pytest.raises(Banned):
        rules.check_ban(Identity("bob", ""), 0)
    rules.take(Act("undo", "op", "bob", lifts=(3,), number=4))
    rules.check_ban(Identity("bob", ""), 0)
    lifting = rules.lifted_by(1)
    assert lifting is not None and lifting.number == 2
    assert rules.lifted_by(4) is None


def test_announcements_stand_for_as_long_as_they_were_given():
    rules = acts(
        Act("announce", "op", "", "now only", entry=7, number=1),
        Act("announce", "op", "", "for a while", until=100.0, entry=8, number=2),
    )
    assert [entry.number for entry in rules.standing(99)] == [8]
    assert rules.standing(100) == ()
    assert [act.number for act in rules.in_force("announce", 99)] == [2]
    assert rules.in_force("announce", 100) == []
    assert acts().standing(0) == ()


def test_standing_announcements_get_the_numbers_that_the_log_has_for_them():
    """Those that it has are found by what was said, at the act's time or later."""
    texts = [("exam", None), ("lunch", None), ("tea", 8)]
    rules = acts(
        *(
            Act("announce", "op", "", text, until=99.0, entry=entry, number=number, time=10.0)
            for number, (text, entry) in enumerate(texts, 1)
        )
    )
    said = [(3, 9.0, "exam"), (4, 10.0, "exam"), (5, 11.0, "tea")]
    rules.numbered(Entry(number, time, Announced(EVERYWHERE, text)) for number, time, text in said)
    assert [entry.number for entry in rules.standing(50)] == [4, None, 8]


@given(st.lists(st.lists(st.integers(1, 12), max_size=3), max_size=12))
def test_what_is_in_force_does_not_depend_on_when_the_acts_were_taken(lifts):
    """A restart takes all of them at once."""
    made = [
        Act("ban", "op", f"n{number}", lifts=tuple(n for n in each if n < number), number=number)
        for number, each in enumerate(lifts, 1)
    ]
    one_by_one = Rules()
    for act in made:
        one_by_one.take(act)
    assert one_by_one.in_force("ban", 0) == acts(*made).in_force("ban", 0)


# --- of several servers each learns of the same acts, in whatever order

SUBJECTS = {"ban": "10.0.0.0/8", "mute": "eve", "lock": "", "announce": "", "claim": "ada", "release": "ada"}


@st.composite
def acts_and_orders(draw: st.DrawFn) -> tuple[list[Act], list[list[Act]]]:
    """Some acts, of which later ones may lift earlier ones; and the same in another order, some at once."""
    acts: list[Act] = []
    for number in range(1, draw(st.integers(1, 9)) + 1):
        verb = draw(st.sampled_from([*SUBJECTS]))
        lifted = draw(st.lists(st.integers(1, number), max_size=2, unique=True)) if number > 1 else []
        lifts = tuple(each for each in lifted if each < number)
        until = None if verb in ("claim", "release") else draw(st.sampled_from([50.0, 500.0]))
        proofs = ("code:1",) if verb == "claim" else ()
        subject, time = SUBJECTS[verb], float(number)
        acts.append(Act(verb, "op", subject, "-", until=until, lifts=lifts, proofs=proofs, number=number, time=time))
    order, parts = draw(st.permutations(acts)), []
    while order:
        count = draw(st.integers(1, len(order)))
        parts.append(order[:count])
        order = order[count:]
    return acts, parts


def in_all(rules: Rules) -> list[object]:
    """All that follows from acts."""
    held = [rules.in_force(verb, 100.0) for verb in ("ban", "mute", "lock", "announce")]
    lifted = [rules.lifted_by(number) for number in range(1, 10)]
    return [held, lifted, rules.claims.find("ada"), [rules.holds(number, 100.0) for number in range(1, 10)]]


@given(acts_and_orders())
def test_what_holds_follows_from_the_numbers_of_acts_and_not_from_when_each_came(
    given_acts: tuple[list[Act], list[list[Act]]],
) -> None:
    acts, parts = given_acts
    in_order, late = Rules(), Rules()
    for act in acts:
        in_order.take(act)
    for part in parts:
        late.take(*part)
    begun = Rules()
    begun.begin([act for part in parts for act in part])
    assert in_all(late) == in_all(in_order) == in_all(begun)


def test_of_two_acts_about_one_thing_the_later_by_number_decides_whichever_came_first() -> None:
    claim = Act("claim", "ada", "ada", proofs=("code:1",), number=4, time=4.0)
    release = Act("release", "op", "ada", number=7, time=7.0)
    rules = Rules()
    rules.take(release)
    rules.take(claim)
    assert rules.claims.find("ada") is None
