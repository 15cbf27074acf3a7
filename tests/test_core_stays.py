"""Who is known as one who was in, and for how long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core import stays
from twistchat.core.identity import Identity, key_mark
from twistchat.core.stays import Stays

BOB = Identity("bob", "10.1.2.3", key_mark("secret"))


@pytest.mark.parametrize(
    ("identity", "is_known"),
    [
        (BOB, True),
        (Identity("BOB", "10.1.2.3"), True),
        (Identity("bob", "::ffff:10.1.2.3", key_mark("another")), True),
        (Identity("robert", "10.9.9.9", key_mark("secret")), True),
        (Identity("bob", "10.1.2.4"), False),
        (Identity("robert", "10.1.2.3", key_mark("another")), False),
        (Identity(None, "10.1.2.3"), False),
    ],
)
def test_people_are_known_by_their_key_or_by_name_and_address(identity, is_known):
    known = Stays()
    ways = known.begin(BOB)
    assert known.knows(identity, 5.0) is is_known
    known.end(ways, BOB, 10.0)
    assert known.knows(identity, 10.0) is is_known
    assert not known.knows(identity, 10.1)


def test_an_address_of_version_6_is_its_household():
    known = Stays()
    known.begin(Identity("bob", "2001:db8:1:2::3"))
    assert known.knows(Identity("bob", "2001:db8:1:2::99"), 0)
    assert not known.knows(Identity("bob", "2001:db8:1:3::3"), 0)


def test_people_are_known_by_the_names_that_they_came_and_left_under():
    known = Stays()
    ways = known.begin(Identity("bob", ""))
    known.end(ways, Identity("robert", ""), 10.0)
    assert known.knows(Identity("bob", ""), 0)
    assert known.knows(Identity("robert", ""), 0)


def test_who_was_removed_is_new():
    known = Stays()
    known.end(known.begin(BOB), BOB, 10.0)
    known.end_removed(known.begin(BOB), BOB._replace(name="robert"))
    assert not known.knows(BOB, 0)
    assert len(known) == 0


def test_of_two_with_one_key_the_other_is_still_in():
    known = Stays()
    first, second = known.begin(BOB), known.begin(BOB._replace(name="robert"))
    known.end_removed(first, BOB)
    assert known.knows(BOB, 0)
    known.end(second, BOB._replace(name="robert"), 10.0)
    assert known.knows(BOB, 10.0)


def test_what_ended_before_a_time_is_dropped_and_who_is_in_is_not():
    known = Stays()
    for name, now in [("ada", 10.0), ("bob", 20.0)]:
        known.end(known.begin(Identity(name, "")), Identity(name, ""), now)
    known.begin(Identity("eve", ""))
    known.drop(20.0)
    assert [known.knows(Identity(name, ""), -99.0) for name in ("ada", "bob", "eve")] == [False, True, True]
    known.drop(21.0)
    assert len(known) == 1


def test_the_table_is_bounded_and_the_oldest_go_first(monkeypatch):
    monkeypatch.setattr(stays, "MOST_REMEMBERED", 3)
    known = Stays()
    for number in range(5):
        who = Identity(f"n{number % 4}", "")
        known.end(known.begin(who), who, float(number))
    assert len(known) == 3
    assert [known.knows(Identity(f"n{number}", ""), 0) for number in range(4)] == [True, False, True, True]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.sampled_from(["", "k", "l"]), st.booleans()))
)
def test_after_any_stays_nothing_is_left_once_they_do_not_count(visits):
    """Whoever comes, is renamed, goes and is removed, in whatever order the stays overlap."""
    known = Stays()
    begun = [(known.begin(Identity(came, "", key_mark(key))), left, key, out) for came, left, key, out in visits]
    for now, (ways, left, key, is_removed) in enumerate(begun):
        identity = Identity(left, "", key_mark(key))
        if is_removed:
            known.end_removed(ways, identity)
        else:
            known.end(ways, identity, float(now))
            assert known.knows(identity, float(now))
    known.drop(float(len(visits)))
    assert len(known) == 0
