"""Names of one's own: claimed, proven, linked, released, and kept from everybody else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chat import Chat, Person
from support.journal import ListJournal
from support.results import at_once
from twisted.internet.defer import ensureDeferred

from twistchat.core import claimcodes, claimdesk, claiming, nameclaims
from twistchat.core.bans import Act, Rules
from twistchat.core.claimdesk import ClaimDesk
from twistchat.core.claimkeeping import grant, recode, set_free
from twistchat.core.hub import Hub
from twistchat.core.limits import Limits
from twistchat.core.moderation import Moderation
from twistchat.core.nameclaims import CLAIM, RELEASE
from twistchat.core.names import keys as real_keys
from twistchat.errors import ClaimedTooOften, Overloaded, TooManyCodes
from twistchat.languages import loaded
from twistchat.log.memory import MemoryLog

HIDDEN = "-".join(["\u2022" * 4] * 4)
KEY = "k" * 22
"""A program's, long enough to prove a name."""


class Keepers(Chat):
    """A chat with a journal, so that names can be claimed in it."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = ListJournal(self.clock.seconds)
        self.moderation = Moderation(self.hub, self.journal)

    def claims(self, name: str, **client: object) -> tuple[Person, str]:
        """Somebody comes and makes the name their own; they and its code."""
        person = self.enters(name, **client)
        person.types("/claim")
        code = self.vault.given[-1]
        assert person.hears() == [f"claimed name={name} secret={code}"]
        return person, code

    def program(self, name: str, key: str = KEY) -> Person:
        """A program comes that has a key of its own."""
        person = self.connects()
        person.session.take_place(name, key)
        person.sends(name)
        return person


@pytest.fixture
def chat() -> Keepers:
    return Keepers()


# --- what is kept, and who may come in


def test_a_claimed_name_and_what_looks_like_it_are_kept_while_its_owner_is_away(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    for name in ("ada", "ADA", "\uff41da"):
        stranger = chat.connects()
        stranger.sends(name)
        assert [word.split()[1] for word in stranger.hears()] == ["name-claimed"]
        assert not stranger.rooms
    owner = chat.connects()
    owner.sends("ada")
    owner.sends(code)
    assert owner.rooms == {"lobby"}


def test_a_name_that_nobody_claimed_is_as_free_as_ever(chat: Keepers) -> None:
    chat.claims("ada")
    assert chat.enters("bob").name == "bob"


@pytest.mark.parametrize("typed", ["{}", " {} ", "{:.4} {}"])
def test_a_code_may_be_typed_in_any_way(chat: Keepers, typed: str) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    wide = code.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    for written in (code, code.replace("-", ""), code.replace("-", " "), wide, code.replace("-", "\u2014")):
        owner = chat.connects()
        owner.sends("ada")
        owner.sends(typed.format(written) if typed != "{:.4} {}" else written)
        assert owner.rooms, written
        owner.vanishes()


@pytest.mark.parametrize("typed", ["bob", "482190357716224", "48219035771622400", "4821-9035-7716-224O", "1234567"])
def test_what_is_no_code_is_another_name(typed: str) -> None:
    assert claimcodes.read_code(typed) is None


def test_name_and_code_may_come_at_once_with_what_is_said_behind_them(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    owner, bob = chat.connects(), chat.enters("bob")
    owner.types("ada", code, "hello")
    chat.turn()
    assert owner.name == "ada"
    assert bob.hears() == ["+ada", "ada: hello"]


def test_the_right_code_behind_a_wrong_one_is_taken_though_it_waited(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    owner = chat.connects()
    owner.types("ada")
    chat.vault.is_slow = True
    owner.types("9999-9999-9999-9999", code, "hello")
    for _ in range(2):
        chat.vault.waiting[-1].callback(None)
    chat.turn()
    assert owner.rooms == {"lobby"}
    assert owner.hears()[-1] == "ada: hello"


def test_what_stands_behind_a_refused_name_is_dropped_where_it_is_no_code(chat: Keepers) -> None:
    ada, _ = chat.claims("ada")
    ada.vanishes()
    stranger = chat.connects()
    chat.vault.is_slow = True
    stranger.types("ada", "4821903577162240", "hello")
    chat.vault.waiting[-1].callback(None)
    chat.turn()
    assert stranger.name is None
    assert stranger.hears() == ["refused name-claimed name=ada", "refused wrong-name-code name=ada"]


def test_five_wrong_codes_end_a_connection_that_has_no_name(chat: Keepers) -> None:
    ada, _ = chat.claims("ada")
    ada.vanishes()
    thief = chat.connects()
    thief.sends("ada")
    for _ in range(5):
        assert not thief.session.is_gone
        thief.sends("9999-9999-9999-9999")
    assert thief.session.is_gone
    assert thief.hears().count("refused wrong-name-code name=ada") == 5


def test_a_client_with_one_try_is_let_go_unless_its_code_came_with_the_name(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    refused = chat.connects(one_try=True)
    refused.sends("ada")
    assert refused.session.is_gone
    owner = chat.connects(one_try=True)
    owner.session.entrance.show_code(code)
    owner.sends("ada")
    assert owner.rooms == {"lobby"}


def test_a_code_that_came_with_a_name_holds_for_that_name_alone(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    owner = chat.connects()
    owner.session.entrance.show_code(code)
    owner.sends("b b")
    owner.sends("ada")
    assert owner.rooms == {"lobby"}  # the first was no name at all
    owner.vanishes()
    other = chat.connects()
    other.session.entrance.show_code("no code")
    other.sends("ada")
    assert other.hears() == ["refused name-claimed name=ada"]
    assert other.session.wants_code


def test_who_goes_while_a_code_is_compared_comes_in_no_more(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    owner = chat.connects()
    owner.sends("ada")
    chat.vault.is_slow = True
    owner.sends(code)
    owner.vanishes()
    chat.vault.waiting[-1].callback(None)
    assert chat.names == set()


def test_an_owner_whose_connection_is_dead_takes_its_place(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    owner = chat.connects()
    owner.sends("ada")
    owner.sends(code)
    assert ada.hears() == ["replaced", "goodbye"] and ada.session.is_gone
    assert owner.name == "ada" and owner.rooms == {"lobby"}


# --- proofs that need no code


def test_a_programs_key_proves_its_name_and_a_short_one_proves_nothing(chat: Keepers) -> None:
    page = chat.program("ada")
    page.types("/claim")
    page.vanishes()
    assert chat.program("ada").rooms == {"lobby"}
    assert not chat.program("ada", "j" * 22).rooms
    for name in ("bob", "eve"):
        short = chat.program(name, "k" * 21)
        short.types("/claim", "/claim")
        assert "proofs=1: a code" in short.hears()[-1]


def test_an_ssh_key_proves_a_name_that_was_claimed_with_it(chat: Keepers) -> None:
    ada = chat.connects()
    ada.session.show_proof("ssh:SHA256:abc")
    ada.sends("ada")
    ada.types("/claim")
    ada.hears()
    ada.types("/claim")
    assert ada.hears()[0].endswith("proofs=1: a code,2: SSH SHA256:abc")
    ada.vanishes()
    again = chat.connects()
    again.session.show_proof("ssh:SHA256:abc")
    again.sends("ada")
    assert again.rooms == {"lobby"}


def test_who_comes_by_a_code_has_their_key_bound_so_that_the_next_time_needs_none(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    page = chat.program("ada")
    page.sends(code)
    page.vanishes()
    assert chat.program("ada").rooms == {"lobby"}


def test_an_owner_comes_in_by_a_code_though_their_key_cannot_be_bound(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    chat.journal.is_full = True
    page = chat.program("ada")
    page.sends(code)
    assert page.rooms == {"lobby"}


def test_there_is_room_for_ten_proofs(chat: Keepers) -> None:
    _ada, code = chat.claims("ada")
    for number in range(claiming.MOST_PROOFS + 2):
        page = chat.program("ada", f"{number:022}")
        page.sends(code)
        assert page.rooms == {"lobby"}
        page.vanishes()
    owner = chat.connects()
    owner.sends("ada")
    owner.sends(code)
    owner.hears()
    owner.types("/link")
    assert owner.hears() == ["refused too-many-proofs limit=10"]


# --- /nick


def test_a_name_that_is_claimed_is_taken_by_its_code_alone(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    bob = chat.enters("bob")
    bob.types("/nick ada")
    assert bob.hears() == ["refused name-claimed name=ada"]
    bob.types("/nick ada 1234-1234-1234-1234")
    assert bob.hears() == ["refused wrong-name-code name=ada"]
    bob.types(f"/nick ada {code}")
    assert bob.name == "ada"


def test_a_code_that_is_typed_behind_a_refused_nick_is_never_said(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    bob, eve = chat.enters("bob"), chat.enters("eve")
    bob.hears()
    bob.types("/nick ada", code)
    chat.turn()
    assert bob.name == "ada"
    assert not [line for line in eve.hears() if code in line]
    bob.types(code)
    chat.turn()
    assert any(code in line for line in eve.hears())  # it is no code that anybody waits for


def test_who_goes_while_a_code_for_another_name_is_compared_is_not_renamed(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    bob = chat.enters("bob")
    chat.vault.is_slow = True
    bob.types(f"/nick ada {code}")
    bob.vanishes()
    chat.vault.waiting[-1].callback(None)
    assert chat.names == set()


def test_ones_own_name_in_another_spelling_needs_no_proof(chat: Keepers) -> None:
    ada, _ = chat.claims("ada")
    ada.types("/nick ADA")
    assert ada.name == "ADA"
    ada.types("/release ada")
    assert ada.name == "ADA"


def test_a_name_with_something_behind_it_is_refused_as_a_name(chat: Keepers) -> None:
    bob = chat.enters("bob")
    bob.types("/nick ada lovelace")
    assert bob.hears() == ["refused name-has-space"]


def test_an_administrator_renames_nobody_to_a_claimed_name(chat: Keepers) -> None:
    ada, _ = chat.claims("ada")
    ada.vanishes()
    bob = chat.enters("bob")
    bob.inside.ownership.wanted = None
    with pytest.raises(Exception, match="is claimed"):
        bob.inside.check_rename("ada")


# --- claiming


def test_a_name_is_claimed_once_and_then_its_proofs_are_listed(chat: Keepers) -> None:
    ada, _ = chat.claims("ada")
    ada.types("/claim")
    assert ada.hears() == ["claim name=ada since=1970-01-01T00:00:00+00:00 proofs=1: a code"]
    ada.types("/claim it")
    assert ada.hears() == ["refused wrong-use usage=/claim [new]"]


def test_one_session_claims_one_name(chat: Keepers) -> None:
    ada, _ = chat.claims("ada")
    ada.types("/nick countess")
    ada.hears()
    ada.types("/claim")
    assert ada.hears() == ["refused one-claim-each name=ada"]


def test_a_household_claims_three_names_a_day_and_this_machine_a_hundred(chat: Keepers) -> None:
    for number in range(3):
        chat.claims(f"a{number}", address="192.0.2.7")
    fourth = chat.enters("a4", address="192.0.2.7")
    fourth.types("/claim")
    assert fourth.hears() == ["refused claimed-too-often limit=3"]
    for number in range(5):
        chat.claims(f"b{number}", address="127.0.0.1")
    chat.clock.advance(86400)
    fourth.hears()
    fourth.types("/claim")
    assert fourth.hears()[0].startswith("claimed ")


def test_no_more_names_are_claimed_than_are_kept(chat: Keepers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "MOST_CLAIMS", 2)
    chat.claims("ada")
    chat.claims("bob")
    eve = chat.enters("eve")
    eve.types("/claim")
    assert eve.hears() == ["refused claims-full limit=2"]


@pytest.mark.parametrize("mode", ["operator", "off"])
def test_names_are_claimed_where_everybody_may(chat: Keepers, mode: str) -> None:
    chat.hub.claims_mode = mode
    ada = chat.enters("ada")
    ada.types("/claim")
    assert ada.hears() == ["refused claims-off"]


def test_nobody_claims_where_there_is_no_vault() -> None:
    chat = Chat()
    chat.hub = Hub(MemoryLog(chat.clock.seconds), chat.clock, chat.clock.seconds, Limits())
    ada = chat.enters("ada")
    ada.types("/claim")
    assert ada.hears() == ["refused claims-off"]
    assert claimdesk.NO_VAULT.keep("1").addErrback(lambda failure: failure.type.__name__).result == "ClaimsOff"
    assert claimdesk.NO_VAULT.fits("1", "1").result is False


def test_a_claim_that_cannot_be_recorded_is_none_and_may_be_tried_again(chat: Keepers) -> None:
    ada = chat.enters("ada")
    chat.journal.is_full = True
    ada.types("/claim")
    assert [line.split()[1] for line in ada.hears()] == ["not-recorded"]
    chat.journal.is_full = False
    ada.types("/claim")
    assert ada.hears()[0].startswith("claimed name=ada")


def test_a_vault_that_is_too_busy_says_so(chat: Keepers, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = chat.enters("ada")

    def busy(_code: str) -> object:
        raise Overloaded

    monkeypatch.setattr(chat.vault, "keep", busy)
    ada.types("/claim")
    assert ada.hears() == ["refused overloaded"]


# --- new codes, links, proofs, release


def test_a_new_code_ends_the_old_one(chat: Keepers) -> None:
    ada, old = chat.claims("ada")
    ada.types("/claim new")
    new = chat.vault.given[-1]
    ada.vanishes()
    owner = chat.connects()
    owner.sends("ada")
    owner.sends(old)
    assert not owner.rooms
    owner.sends(new)
    assert owner.rooms


def test_a_link_brings_another_device_in_once(chat: Keepers) -> None:
    ada, _ = chat.claims("ada")
    ada.types("/link")
    link = chat.vault.given[-1]
    assert ada.hears() == [f"link name=ada secret={link}"]
    phone = chat.program("ada")
    phone.sends(link)
    assert phone.rooms == {"lobby"}
    phone.vanishes()
    assert chat.program("ada").rooms, "its key was bound"
    other = chat.connects()
    other.sends("ada")
    other.sends(link)
    assert not other.rooms


def test_a_link_ends_after_five_minutes_and_after_five_wrong_ones() -> None:
    desk = ClaimDesk()
    desk.link("ada", "00000001", 0.0)
    assert not desk.takes_link("bob", "00000001", 1.0)
    assert not desk.takes_link("ada", "0000000000000001", 1.0)
    assert not desk.takes_link("ada", "00000001", 300.0)
    desk.link("ada", "00000001", 0.0)
    assert [desk.takes_link("ada", "00000002", 1.0) for _ in range(5)] == [False] * 5
    assert not desk.takes_link("ada", "00000001", 1.0)
    desk.link("ada", "00000003", 0.0)
    assert desk.takes_link("ada", "00000003", 299.0)
    assert not desk.takes_link("ada", "00000003", 299.0)


def test_a_proof_counts_no_more_once_it_is_unlinked(chat: Keepers) -> None:
    page = chat.program("ada")
    page.types("/claim")
    page.hears()
    for word in ("0", "3", "99"):
        page.types(f"/unlink {word}")
        assert page.hears() == ["refused no-such-proof limit=2"]
    page.types("/unlink two")
    assert page.hears() == ["refused wrong-use usage=/unlink NUMBER"]
    page.types("/unlink 2")
    assert page.hears() == ["unlinked proof=a browser or a program"]
    page.types("/unlink 1")
    assert page.hears() == ["refused last-proof name=ada"]
    page.vanishes()
    assert not chat.program("ada").rooms


def test_a_released_name_is_free_and_its_code_and_links_are_dead(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.types("/link")
    ada.hears()
    ada.types("/release bob")
    assert ada.hears() == ["refused not-released name=ada"]
    ada.types("/release ADA")
    assert ada.hears() == ["released name=ada"]
    for command in ("/link", "/unlink 1", "/release ada", "/claim new"):
        ada.types(command)
        assert ada.hears() == ["refused not-claimed name=ada"]
    ada.vanishes()
    bob, new = chat.claims("ada")
    bob.vanishes()
    thief = chat.connects()
    thief.sends("ada")
    thief.sends(code)
    thief.sends(chat.vault.given[1])
    assert not thief.rooms
    thief.sends(new)
    assert thief.rooms


def test_an_owner_gives_up_a_name_that_they_claimed_in_another_session(chat: Keepers) -> None:
    _ada, code = chat.claims("ada")
    owner = chat.connects()
    owner.sends("ada")
    owner.sends(code)
    owner.hears()
    owner.types("/release ada")
    assert owner.hears() == ["released name=ada"]


def test_another_persons_name_is_not_ones_own_by_looking_like_it(chat: Keepers) -> None:
    bob = chat.enters("bob")
    bob.types("/release bob")
    assert bob.hears() == ["refused not-claimed name=bob"]


# --- acts


def test_claims_are_the_same_after_a_restart(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    _bob, _ = chat.claims("bob")
    _bob.types("/release bob")
    after = Keepers()
    after.moderation = Moderation(after.hub, chat.journal)
    after.vault.given = chat.vault.given
    assert after.enters("bob").name == "bob"
    owner = after.connects()
    owner.sends("ada")
    assert owner.hears() == ["refused name-claimed name=ada"]
    owner.sends(code)
    assert owner.rooms == {"lobby"}


def test_undoing_a_claim_or_a_release_has_the_act_before_decide() -> None:
    rules = Rules()
    acts = [
        Act(CLAIM, "ada", "ada", proofs=("code:a",), number=1, time=1.0),
        Act(CLAIM, "ada", "ada", proofs=("code:b",), number=2, time=2.0),
        Act(RELEASE, "ada", "ada", number=3, time=3.0),
    ]
    rules.take(*acts)
    assert rules.claims.find("ada") is None and len(rules.claims) == 0
    assert rules.holds(3, 5.0) and not rules.holds(2, 5.0)
    rules.take(Act("undo", "op", number=4, lifts=(3,)))
    assert [(claim.proofs, claim.since) for claim in rules.claims] == [(("code:b",), 1.0)]
    assert rules.holds(2, 5.0)
    rules.take(Act("undo", "op", number=5, lifts=(2,)))
    found = rules.claims.find("ADA")
    assert found is not None and found.proofs == ("code:a",)
    rules.take(Act("ban", "op", "eve", number=6))
    assert rules.claims.find("ada") == found
    rules.take(Act(RELEASE, "op", "nobody", number=7))
    assert len(rules.claims) == 1


# --- codes and guessing


def test_a_code_fits_what_is_kept_of_it_and_no_other_does() -> None:
    kept = claimcodes.kept_of("4821903577162240", bytes(16))
    assert "4821903577162240" not in kept
    assert claimcodes.fits("4821903577162240", kept)
    assert not claimcodes.fits("4821903577162241", kept)
    assert kept != claimcodes.kept_of("4821903577162240", bytes(15) + b"1")


@settings(max_examples=50)
@given(st.text(max_size=25))
def test_whatever_is_typed_is_a_code_of_digits_alone_or_none(typed: str) -> None:
    code = claimcodes.read_code(typed)
    assert code is None or (code.isascii() and code.isdecimal() and len(code) in (8, 16))


def test_ten_wrong_codes_of_a_household_are_heard_in_ten_minutes() -> None:
    desk = ClaimDesk()
    for number in range(10):
        desk.check(f"name{number}", "192.0.2.1", 0.0)
        desk.wrong(f"name{number}", "192.0.2.1", 0.0)
    with pytest.raises(TooManyCodes):
        desk.check("another", "192.0.2.1", 0.0)
    desk.check("another", "192.0.2.2", 0.0)
    desk.check("another", "192.0.2.1", 600.0)


def test_many_wrong_codes_for_a_name_do_not_lock_its_owner_out() -> None:
    desk = ClaimDesk()
    desk.right("ada", "198.51.100.1")
    for number in range(5):
        desk.wrong("ada", f"192.0.2.{number}", 0.0)
    with pytest.raises(TooManyCodes):
        desk.check("ada", "192.0.2.77", 0.0)
    desk.check("ada", "198.51.100.1", 0.0)
    desk.check("bob", "192.0.2.77", 0.0)
    desk.forget("ada")
    desk.check("ada", "192.0.2.77", 0.0)


def test_whoever_is_here_by_their_own_name_makes_no_room_for_themselves(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    for shown in (None, code):
        assert ensureDeferred(claiming.prove(ada.inside, "ada", shown)).result is None
    assert ada.asks("/who") == ["who room=lobby count=1 people=ada"]


def test_ten_thousand_wrong_codes_from_a_hundred_addresses_let_nobody_in(chat: Keepers) -> None:
    ada, code = chat.claims("ada", address="198.51.100.1")
    compared = len(chat.vault.waiting)
    thieves = [chat.connects(address=f"192.0.2.{home}") for home in range(100)]
    for number in range(10_000):
        thief = thieves[number % 100]
        if thief.session.is_gone:
            thief = thieves[number % 100] = chat.connects(address=f"192.0.2.{number % 100}")
        if not thief.session.wants_code:
            thief.sends("ada")
        thief.sends(f"{number:016}" if f"{number:016}" != code.replace("-", "") else "9" * 16)
        assert not thief.rooms
    assert len(chat.vault.waiting) - compared <= 5 + 100
    assert ada.name == "ada" and not ada.session.is_gone


def test_claims_of_a_day_are_counted_for_a_bounded_number_of_households() -> None:
    desk = ClaimDesk()
    for number in range(claimdesk.MOST_HOMES + 10):
        desk.claimed(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
    assert len(desk._claimed) == claimdesk.MOST_HOMES
    for _ in range(3):
        desk.claimed("192.0.2.1", 1.0)
    with pytest.raises(ClaimedTooOften):
        desk.check_claim("192.0.2.1", 2.0)


# --- what administrators do is told to whom it concerns


def test_an_owner_is_told_that_their_name_was_set_free_or_has_a_new_code(chat: Keepers) -> None:
    ada, _ = chat.claims("ada")
    at_once(recode(chat.hub, "op", "ada"))
    assert ada.hears() == ["recoded name=ada"]
    at_once(set_free(chat.hub, "op", "ada", ""))
    assert ada.hears() == ["released name=ada"]
    ada.types("/claim")
    assert ada.hears()[0].startswith("claimed name=ada"), "it is not their second name"
    ada.types("/nick countess")
    ada.hears()
    at_once(set_free(chat.hub, "op", "ada", "left school"))
    assert ada.hears() == ["released name=ada reason=left school"], "whatever they are called now"


def test_who_has_a_name_that_is_handed_out_to_somebody_is_told(chat: Keepers) -> None:
    bob = chat.enters("bob")
    at_once(grant(chat.hub, "op", "bob"))
    assert bob.hears() == ["name-granted name=bob"]


def test_a_code_that_was_right_proves_nothing_of_the_same_name_once_another_has_claimed_it(chat: Keepers) -> None:
    ada, _code = chat.claims("ada")
    ada.types("/nick countess")
    at_once(set_free(chat.hub, "op", "ada", ""))
    chat.clock.advance(1)
    chat.claims("ada")[0].vanishes()
    ada.hears()
    ada.types("/nick ada")
    assert ada.hears() == ["refused name-claimed name=ada"]


def test_of_two_names_that_look_alike_the_other_is_kept_when_one_is_released() -> None:
    rules = Rules()
    rules.take(Act(CLAIM, "op", "ada", proofs=("code:1",), number=1), Act(RELEASE, "op", "ada", number=2))
    rules.take(Act(CLAIM, "op", "\u0430da", proofs=("code:2",), number=3), Act("undo", "op", lifts=(2,), number=4))
    assert len(rules.claims) == 2
    rules.take(Act(RELEASE, "op", "ada", number=5))
    held = rules.claims.find("ada")
    assert held is not None and held.proofs == ("code:2",)
    rules.take(Act("undo", "op", lifts=(5,), number=6), Act("undo", "op", lifts=(6,), number=7))
    assert len(rules.claims) == 1, "taken back, and that taken back again"


def test_a_mute_leaves_names_as_they_are_and_releases_cost_alike_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules = Rules()
    rules.take(*(Act(CLAIM, "op", f"n{n}", proofs=("code:1",), number=n) for n in range(1, 1001)))
    asked: list[str] = []
    monkeypatch.setattr(nameclaims.names, "keys", lambda name: asked.append(name) or real_keys(name))
    rules.take(Act("mute", "op", "eve", number=2000))
    rules.take(Act("undo", "op", lifts=(2000,), number=2001))
    assert asked.count("n1") == 0, "others' acts do not go through names"
    rules.take(Act(RELEASE, "op", "n1", number=2002))
    assert len(asked) < 5 and len(rules.claims) == 999


# --- what stands behind a refused name


def test_what_an_interface_has_read_behind_a_refused_name_is_no_other_name(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    pipe = chat.connects()
    pipe.session.entrance.read_ahead(lambda: "hello")
    pipe.types("ada")
    assert pipe.hears() == ["refused name-claimed name=ada", "not-said"]
    assert pipe.session.is_gone
    owner = chat.connects()
    owner.session.entrance.read_ahead(lambda: code)
    owner.types("ada")
    assert not owner.session.is_gone, "the code may stand there"


def test_nick_at_the_door_is_that_name_or_none_and_may_have_the_code(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    refused = chat.connects()
    refused.types("/nick ada", "hello")
    assert refused.hears() == ["refused name-claimed name=ada", "not-said"]
    assert refused.session.is_gone
    owner = chat.connects()
    owner.types(f"/nick ada {code}", "hello")
    chat.turn()
    assert owner.hears()[-1] == "ada: hello"
    odd = chat.connects()
    odd.types("/nick")
    assert not odd.session.is_gone and odd.name is None
    odd.types("/nick b b")
    assert odd.session.is_gone


def test_where_a_refused_name_is_the_end_a_code_may_stand_next_and_nothing_else(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()

    def pipes(*lines: str) -> Person:
        script = chat.connects(one_try=True)
        script.session.entrance.expect_code()
        script.types("ada")
        assert not script.session.is_gone
        script.types(*lines)
        return script

    assert pipes(code).name == "ada"
    for wrong in ("hello", "9999-9999-9999-9999", "bob"):
        assert pipes(wrong).session.is_gone
    taken = chat.connects(one_try=True)
    taken.session.entrance.expect_code()
    taken.types("a b")
    assert taken.session.is_gone, "it is the end where no code would help"


def test_who_has_no_name_yet_may_say_goodbye(chat: Chat) -> None:
    guest = chat.connects()
    guest.types("/quit")
    assert guest.hears() == ["goodbye"] and guest.session.is_gone


@pytest.mark.parametrize(
    ("line", "given_back"),
    [
        (
            "/nick ada 4821-9035-7716-2240",
            f"/nick ada {HIDDEN}",
        ),
        (
            "mine is 4821 9035 7716 2240.",
            f"mine is {HIDDEN}.",
        ),
        ("7719-0342", HIDDEN[:9]),
        ("/nick ada 77190342", f"/nick ada {HIDDEN[:9]}"),
        ("12345678901234567", "12345678901234567"),
        ("room 12345678", "room 12345678"),
    ],
)
def test_a_line_is_given_back_without_the_codes_in_it(line: str, given_back: str) -> None:
    assert claimcodes.without_codes(line) == given_back


def test_a_code_is_neither_a_name_nor_said_where_enter_was_pressed_before_it(chat: Keepers) -> None:
    ada, code = chat.claims("ada")
    ada.vanishes()
    bob, eve = chat.enters("bob"), chat.enters("eve")
    bob.types("/nick ada", "", code)
    chat.turn()
    assert bob.name == "ada" and not any(code in line for line in eve.hears())
    bob.vanishes()
    owner = chat.connects()
    owner.types("ada", "", " ", code)
    assert owner.name == "ada"
    lost = chat.connects()
    for typed in (code, code.replace("-", ""), code.replace("-", " ")):
        lost.types(typed)
        assert lost.hears() == ["refused name-like-code"]


def test_strangers_never_have_all_places_where_codes_are_compared(chat: Keepers) -> None:
    ada, code = chat.claims("ada", address="203.0.113.1")
    ada.vanishes()
    owner = chat.connects(address="203.0.113.1")
    owner.sends("ada", code)
    owner.vanishes()
    chat.vault.is_slow = True

    def tries(address: str) -> Person:
        thief = chat.connects(address=address)
        thief.sends("ada", "9999-9999-9999-9999")
        return thief

    crowd = [tries("203.0.113.9") for _ in range(4)]
    assert crowd[-1].hears()[-1] == "refused overloaded", "of one household, three"
    crowd += [tries(f"203.0.113.{number}") for number in range(20, 24)]
    assert crowd[-1].hears()[-1] == "refused overloaded", "of all, six"
    again = chat.connects(address="203.0.113.1")
    again.sends("ada", code)
    for waiting in chat.vault.waiting[1:]:
        waiting.callback(None)
    chat.turn()
    assert again.name == "ada"
    chat.vault.is_slow = False
    assert tries("203.0.113.40").hears()[-1].startswith("refused "), "their places are free again"
    assert not chat.hub.claim_desk._comparing


def test_lines_of_a_slow_pipe_behind_a_refused_name_are_none_either(chat: Keepers) -> None:
    ada, _ = chat.claims("ada")
    ada.vanishes()
    behind: list[str | None] = [None]
    pipe = chat.connects()
    pipe.session.entrance.read_ahead(lambda: behind[0])
    pipe.types("ada")
    behind[0] = "you there"
    pipe.types("hello")
    assert pipe.hears()[-1] == "not-said" and pipe.session.is_gone
    script = chat.connects()
    script.session.entrance.read_ahead(lambda: "hello")
    script.types("bob")
    assert script.name == "bob", "a first name may have lines behind it"


def test_how_a_name_is_proven_is_told_in_the_readers_language() -> None:
    held = nameclaims.NameClaim("ada", ("code:1:1", "ssh:SHA256:x"), 0.0)
    told = claiming.listed(held)
    assert told.data["proofs"] == ["1: a code", "2: SSH SHA256:x"]
    chinese = loaded().found("zh_CN")
    assert "1: 代码" in chinese.say(told.sentence, told.data) and "a code" not in chinese.say(told.sentence, told.data)
