"""A room's terms follow from its rulings alone: who may come in, who decides, and what of its past is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twistchat.core import names
from twistchat.core.census import Census, RoomRecord
from twistchat.core.events import (
    Admitted,
    Announced,
    Entry,
    Expelled,
    Invited,
    Joined,
    KeyGone,
    KeySet,
    Left,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    PutOut,
    Renamed,
    Ruling,
    Said,
    Sealed,
    Stored,
    TopicLocked,
    TopicSet,
)
from twistchat.core.modes import (
    LimitSet,
    MasksSet,
    ModeratedSet,
    OutsideSet,
    SecretSet,
    VoiceGiven,
)
from twistchat.core.names import EVERYWHERE, LOBBY
from twistchat.core.terms import ABANDONED_SECONDS, ADMISSIONS, MOST_ADMITTED, SETTINGS, Terms, room_mark

KEEP = 9
ON, OFF = PrivateSet("tea", "ada", "on"), PrivateSet("tea", "ada", "off")
KEY = KeySet("tea", "ada", room_mark("tea", "oolong"))


def numbered(*events: Stored, time: float = 0.0) -> list[Entry]:
    return [Entry(number, time, event) for number, event in enumerate(events, 1)]


def followed(*events: Ruling) -> Terms:
    terms = Terms()
    for entry in numbered(*events):
        terms.take(entry)
    return terms


def recalled(*events: Ruling) -> Terms:
    terms = Terms()
    terms.recall(numbered(*events))
    return terms


def census(*events: Stored) -> Census:
    made = Census(lambda: KEEP)
    for entry in numbered(*events):
        made.take(entry)
    return made


def record(*events: Stored, room: str = "tea") -> RoomRecord:
    found = census(*events).get(room)
    assert found is not None
    return found


# --- who may come in


def test_a_room_is_open_to_everybody_at_first() -> None:
    terms = Terms()
    assert not (terms.is_private or terms.has_key or terms.is_closed or terms.locks_topic)
    assert not list(terms.ending("tea"))
    assert not terms.fits("tea", "")
    assert not terms.is_over(0.0, 0.0)


def test_it_is_closed_while_it_is_private_or_has_a_key() -> None:
    assert followed(ON).is_private and followed(ON).is_closed
    assert followed(KEY).is_closed and not followed(KEY).is_private
    assert followed(ON, KEY, KeyGone("tea", "ada")).is_closed
    assert not followed(ON, KEY, KeyGone("tea", "ada"), OFF).is_closed


def test_a_key_fits_its_own_room_alone() -> None:
    terms = followed(KEY)
    assert terms.fits("tea", "oolong")
    assert not terms.fits("tea", "Oolong")
    assert not terms.fits("den", "oolong")
    assert "oolong" not in KEY.mark


def test_the_latest_of_those_who_are_admitted_are_remembered() -> None:
    terms = followed(*(Admitted("tea", "ada", f"key:{number}") for number in range(MOST_ADMITTED + 1)))
    assert len(terms.admitted) == MOST_ADMITTED
    assert "key:0" not in terms.admitted


def test_who_is_expelled_is_admitted_no_more_and_nobody_once_the_past_is_sealed() -> None:
    assert followed(Admitted("tea", "ada", "a"), Admitted("tea", "bob", "b"), Expelled("tea", "bob", "b")).admitted == {
        "a": False
    }
    assert followed(Admitted("tea", "ada", "a"), Sealed("tea", None)).admitted == {}


def test_a_closed_room_is_over_where_nobody_could_come_back_or_nobody_did_for_long() -> None:
    assert followed(ON).is_over(0.0, 0.0)
    for kept in (followed(ON, Admitted("tea", "ada", "a")), followed(KEY)):
        assert not kept.is_over(ABANDONED_SECONDS, 0.0)
        assert kept.is_over(ABANDONED_SECONDS + 1, 0.0)
        assert not kept.is_over(ABANDONED_SECONDS + 1, 5.0), "somebody said something"


def test_what_ends_the_terms_of_a_room_leaves_one_like_any_other() -> None:
    terms = followed(ON, KEY, TopicLocked("tea", "ada", "on"), Admitted("tea", "ada", "a"))
    for number, event in enumerate(terms.ending("tea"), 9):
        terms.take(Entry(number, 0.0, event))
    assert not (terms.is_closed or terms.locks_topic or terms.admitted)
    assert terms.sealed == 12
    assert [type(event) for event in followed(KEY).ending("tea")] == [KeyGone, Sealed]


def test_what_ends_them_ends_all_that_operators_decided() -> None:
    switched = [kind("tea", "ada", "on") for kind in (SecretSet, ModeratedSet, OutsideSet)]
    terms = followed(*switched, LimitSet("tea", "ada", "2"), MasksSet("tea", "ada", "bob"))
    assert terms.is_hidden and not terms.is_closed and terms.hears_outside and terms.limit == 2
    assert terms.keeps_out("BOB") and not terms.keeps_out("eve") and terms.holds_back
    for number, event in enumerate(terms.ending("tea"), 9):
        terms.take(Entry(number, 0.0, event))
    assert not (terms.is_hidden or terms.hears_outside or terms.limit or terms.kept_out or terms.holds_back)
    assert terms.sealed == 14


def test_a_preview_changes_nothing() -> None:
    terms = followed(ON, Admitted("tea", "ada", "a"))
    preview = terms.preview()
    for entry in numbered(OFF, OperatorGiven("tea", "ada", "bob"), VoiceGiven("tea", "ada", "bob"), KEY):
        preview.take(entry)
    preview.take(Entry(9, 0.0, Sealed("tea", None)))
    assert terms.is_private and not terms.has_key and terms.admitted and not terms.operators and not terms.voiced
    assert terms.sealed == 0


# --- what the log has of before


RULINGS = st.one_of(
    st.builds(
        lambda kind, state: kind("tea", "ada", state),
        st.sampled_from([SecretSet, ModeratedSet, OutsideSet]),
        st.sampled_from(["on", "off"]),
    ),
    st.builds(LimitSet, st.just("tea"), st.just("ada"), st.sampled_from(["off", "1", "20"])),
    st.builds(MasksSet, st.just("tea"), st.just("ada"), st.sampled_from(["", "bob", "bob e*"])),
    st.sampled_from([ON, OFF, KEY, KeyGone("tea", "ada"), Sealed("tea", None)]),
    st.builds(TopicLocked, st.just("tea"), st.just("ada"), st.sampled_from(["on", "off"])),
    st.builds(Admitted, st.just("tea"), st.just("ada"), st.sampled_from("abc"), st.sampled_from(["", "operator"])),
    st.builds(Expelled, st.just("tea"), st.just("ada"), st.sampled_from("abc")),
)


def facts(terms: Terms) -> tuple[object, ...]:
    switches = [terms.has(kind) for kind in (PrivateSet, TopicLocked, SecretSet, ModeratedSet, OutsideSet)]
    kept_out = [*terms.kept_out.items()], terms.holds_back
    return switches, terms._key or "", terms.limit, kept_out, terms.sealed, terms.admitted


@given(st.lists(RULINGS, max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_what_is_recalled_and_what_is_followed_since_come_to_the_same(
    rulings: list[Ruling], begun: int, asked: int
) -> None:
    """A room may be known from somewhere in the log on; the log is asked at that place or later."""
    every = numbered(*rulings)
    latest = [[e for e in every[: max(begun, asked)] if isinstance(e.event, kind)][-1:] for kind in SETTINGS]
    admissions = [e for e in every[: max(begun, asked)] if isinstance(e.event, ADMISSIONS)]
    terms = Terms()
    for entry in every[begun:]:
        terms.take(entry)
    terms.recall([*(entry for each in latest for entry in each), *admissions])
    whole = followed(*rulings)
    assert facts(terms)[:4] == facts(whole)[:4]


def test_who_is_admitted_comes_from_the_log_and_counts_after_a_seal_alone() -> None:
    kept = (Admitted("tea", "ada", "a", "operator"), Sealed("tea", None), Admitted("tea", "bob", "b"))
    assert recalled(*kept).admitted == {"b": False}
    terms = Terms()
    terms.take(Entry(9, 0.0, Admitted("tea", "cyd", "c", "operator")))
    terms.recall(numbered(*kept))
    assert terms.admitted == {"b": False, "c": True}
    sealed = Terms()
    sealed.take(Entry(9, 0.0, Sealed("tea", None)))
    sealed.recall(numbered(*kept))
    assert (sealed.admitted, sealed.sealed) == ({}, 9)


# --- who decides


def test_the_first_in_a_room_is_its_operator_and_the_lobby_is_nobodys() -> None:
    assert record(Joined("tea", "ada"), Joined("tea", "bob")).terms.operators == {names.key("ada"): "ada"}
    assert record(Joined(LOBBY, "ada"), room=LOBBY).terms.operators == {}


def test_operators_are_given_and_taken_keep_it_with_another_name_and_lose_it_with_their_leaving() -> None:
    events: list[Stored] = [Joined("tea", "ada"), Joined("tea", "bob"), OperatorGiven("tea", "ada", "bob")]
    assert record(*events).terms.is_operator("BOB")
    assert not record(*events, OperatorTaken("tea", "ada", "bob")).terms.is_operator("bob")
    renamed = record(*events, Renamed("tea", "bob", "eve")).terms
    assert renamed.is_operator("eve") and not renamed.is_operator("bob")
    assert not record(Joined("tea", "ada"), Joined("tea", "bob"), Renamed("tea", "bob", "eve")).terms.is_operator("eve")
    assert not record(*events, Left("tea", "ada")).terms.is_operator("ada")
    assert not record(*events, PutOut("tea", "ada", "", "bob")).terms.is_operator("ada")


def test_an_invitation_changes_nothing_by_itself() -> None:
    assert record(Joined("tea", "ada"), Invited("tea", "ada", "bob")).terms.admitted == {}


# --- what is shown


def test_what_was_said_before_the_past_was_sealed_is_shown_to_nobody() -> None:
    made = census(
        Joined("tea", "ada"),
        TopicSet("tea", "ada", "secret"),
        Said("tea", "ada", "secret"),
        Announced(EVERYWHERE, "for all"),
        Sealed("tea", None),
        Said("tea", "ada", "open"),
    )
    found = made.get("tea")
    assert found is not None
    assert ([entry.number for entry in found.latest], found.topic, made.sealed("tea")) == ([4, 6], "", 5)
    assert [entry.number for entry in made.shown(found.latest)] == [4, 6]
    assert made.shown([Entry(3, 0.0, Said("tea", "ada", "secret"))]) == []
    assert (made.sealed(EVERYWHERE), made.sealed("den")) == (0, 0)


def test_a_room_that_opens_shows_nothing_from_before_its_seal() -> None:
    made = Census(lambda: KEEP)
    lines = [Entry(2, 1.0, TopicSet("tea", "ada", "secret")), Entry(8, 2.0, Said("tea", "ada", "open"))]
    found = made.opened("tea", lines, [Entry(5, 1.5, Sealed("tea", None))])
    assert ([entry.number for entry in found.latest], found.topic, found.latest_line) == ([8], "", 2.0)


def test_a_private_room_is_known_to_those_who_are_in_it() -> None:
    made = census(Joined(LOBBY, "ada"), Joined("tea", "ada"), ON, Joined("den", "bob"))
    assert [each.name for each in made.visible([])] == [LOBBY, "den"]
    assert [each.name for each in made.visible(["tea"])] == [LOBBY, "tea", "den"]
    assert made.find("tea", []) is None
    assert made.find("tea", ["tea"]) is made.get("tea") is not None
    assert made.find("nowhere", []) is None


def test_who_is_not_kept_out_of_a_room_that_is_not_moderated_may_talk_in_it() -> None:
    Terms().check_voice("tea", "ada")
