"""Which names people may have, and which are the same to a reader."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from precis_i18n import get_profile

from twistchat.core import names
from twistchat.core.names import checked, checked_room
from twistchat.errors import (
    ChatError,
    NameEmpty,
    NameHasSpace,
    NameLikeAddress,
    NameMixesScripts,
    NameNotAllowed,
    NameReserved,
    NameTooLong,
    RoomNameNotAllowed,
)

LIMIT = 24


def same(one: str, other: str) -> bool:
    return bool(names.keys(checked(one, LIMIT)) & names.keys(checked(other, LIMIT)))


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=LIMIT))
def test_a_name_in_ascii_is_looked_up_as_the_profile_of_nicknames_has_it(name: str) -> None:
    assert names.key(name) == get_profile("NicknameCaseMapped").enforce(name)


def is_made_of_letters(name: str) -> bool:
    """What is allowed, told character by character."""
    marks = "_-.'[]{}^|`~"
    return name[0] not in "-.'[" and all(each.isalnum() or each in marks for each in name)


def test_of_all_beginnings_in_ascii_those_are_allowed_that_are_made_of_letters_digits_and_some_marks() -> None:
    for first, second in product(map(chr, range(0x21, 0x7F)), repeat=2):
        name = f"{first}{second}zq"
        if is_made_of_letters(name):
            assert checked(name, LIMIT) == name
        else:
            with pytest.raises(NameNotAllowed):
                checked(name, LIMIT)


THEIR_OWN = [
    "ada",
    "Ada_2",
    "小明",
    "小明abc",
    "Ольга",
    "Ελένη",
    "محمد",
    "あやか",
    "김철수",
    "Zoë",
    "Nguyễn",
    "o'neill",
    "|ada|",
    "🐧",
    "7of9",
    "¹",
    "B.B.King",
    "x{y}z",
]
RESERVED = [
    "server",
    "SERVER",
    "Server",
    "ｓｅｒｖｅｒ",
    "admin",
    "Adm1n_",
    "admln",
    "4dm1n",
    "a-d-m-i-n",
    "a.d.m.i.n",
    "AdmIn",
    "r00t",
    "sy5tem",
    "priv4te",
    "everyone",
    "ex1t",
    "EXIT",
    "ok",
    "OK",
    "0k",
    "pad",
    "NICKNAME",
    "nickname",
    "help",
    "quit",
    "administrator2",
    "服务器",
    "伺服器",
    "管理员",
    "管理員",
    "管理员小王",
    "系统_",
    "公告",
]
FORBIDDEN = [
    "a/b",
    "@ada",
    "#ada",
    "a:b",
    "<ada>",
    "a,b",
    "a=b",
    "a+b",
    "-ada",
    ".ada",
    "'ada",
    "[ada",
    "́a",
    "a⃝",
    "a\u06dd",
    "\ue000",
]
ROOMS = [("tea", "tea"), ("#tea", "tea"), ("TEA", "tea"), ("Ｔｅａ", "tea"), ("茶室", "茶室"), ("a.b-c_d", "a.b-c_d")]
APART = [("ada", "ade"), ("小明", "小朋"), ("josé", "jose"), ("ann", "anna"), ("a_b", "ab")]


@pytest.mark.parametrize("name", [*THEIR_OWN, "a" * LIMIT, "汉" * LIMIT])
def test_people_may_have_names_of_their_own_language(name: str) -> None:
    assert checked(name, LIMIT) == unicodedata.normalize("NFKC", name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada", "ADA"),
        ("ada", "ａｄａ"),
        ("straße", "STRASSE"),
        ("bob", "b\u200bob"),
        ("bob", "b\u202eob"),
        ("bob", "bob\ufe0f"),
        ("bob", "bo\u034fb"),
        ("bob", "bob\u2800"),
        ("bob", "bob\U000e0100"),
        ("Illy", "lIly"),
        ("bill", "biII"),
        ("bi11", "bill"),
        ("bo0", "boO"),
        ("ace", "асе"),
        ("PETPA", "РЕТРА"),
        ("HTO", "ΗΤΟ"),
        ("vov", "νον"),
        ("josé", "jose\u0301"),
        ("𝓪𝓭𝓪", "ada"),
        ("🐧", "🐧\ufe0f"),
        ("می\u200cروم", "میروم"),
        ("ශ්\u200dරී", "ශ්රී"),
        ("👩\u200d👩", "👩👩"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🏴"),
        ("ខ្មែរ\u200bស្អាត", "ខ្មែរស្អាត"),
    ],
)
def test_names_that_look_alike_are_the_same(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_that_can_be_told_apart_are_different(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.parametrize("name", ["Ada", "人々", "कि", "ก็อ", "٣x", "ᛮx", "৴x", "☕x", "👋🏽"])
def test_letters_marks_digits_and_symbols_of_any_script_may_be_in_a_name(name: str) -> None:
    assert checked(name, LIMIT) == name


@pytest.mark.parametrize("name", ["pаypal", "аda", "αda", "Aда", "oλ", "abⲁ"])
def test_latin_letters_are_not_mixed_with_those_that_look_like_them(name: str) -> None:
    with pytest.raises(NameMixesScripts):
        checked(name, LIMIT)


@pytest.mark.parametrize("name", RESERVED)
def test_names_of_the_server_the_administrator_and_the_protocol_are_reserved_in_any_disguise(name: str) -> None:
    with pytest.raises(NameReserved):
        checked(name, LIMIT)


@pytest.mark.parametrize("name", ["serverina", "adminton", "okay", "padme", "rooty", "helper", "小管理"])
def test_names_that_only_contain_a_reserved_word_are_free(name: str) -> None:
    assert checked(name, LIMIT) == name


def test_twenty_five_characters_are_one_too_many() -> None:
    with pytest.raises(NameTooLong, match="24 characters"):
        checked("a" * 25, LIMIT)


@pytest.mark.parametrize("name", ["ada lovelace", "ada\u00a0l", "ada\u3000l", "ada\tl", "a\u2028b", "a\r\nb"])
def test_a_name_is_one_word(name: str) -> None:
    with pytest.raises(NameHasSpace):
        checked(name, LIMIT)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_name_has_no_characters_that_mean_something_elsewhere(name: str) -> None:
    with pytest.raises(NameNotAllowed):
        checked(name, LIMIT)


@pytest.mark.parametrize("name", ["10.1.2.3", "127.0.0.1", "300.1.1.1", "１０．１．２．３"])
def test_a_name_is_no_address(name: str) -> None:
    """Else an operator who removes `127.0.0.1`, who is a nuisance, would remove everybody on this machine."""
    with pytest.raises(NameLikeAddress):
        checked(name, LIMIT)
    assert not names.may_be(name)


@pytest.mark.parametrize("name", ["10.1.2", "a10.1.2.3", "10.1.2.3a", "1.2.3.4.5", "v" * 100])
def test_what_only_begins_like_an_address_may_be_a_name(name: str) -> None:
    assert names.may_be(name)


def test_three_combining_marks_in_a_row_are_enough() -> None:
    marks = "\u0334\u0335\u0336\u0337"  # none of them composes with q
    assert checked("q" + marks[:3] + "z", LIMIT) == "q" + marks[:3] + "z"
    with pytest.raises(NameNotAllowed):
        checked("q" + marks + "z", LIMIT)


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200b", "\u2800", "\x1b[31m", "_", "_-_"])
def test_a_name_has_something_that_can_be_seen(name: str) -> None:
    with pytest.raises(NameEmpty):
        checked(name, LIMIT)


def test_escape_sequences_are_taken_out_of_names() -> None:
    assert checked("\x1b[31mada\x1b[0m", LIMIT) == "ada"


@given(st.text(max_size=40))
def test_a_checked_name_is_safe_to_show_and_checks_to_itself(text: str) -> None:
    try:
        name = checked(text, LIMIT)
    except ChatError as refusal:
        assert str(refusal)
        return
    assert 0 < len(name) <= LIMIT
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs") for character in name)
    assert checked(name, LIMIT) == name
    assert names.key(name) in names.keys(name)


@given(st.text(max_size=40))
def test_looking_up_a_name_never_fails(text: str) -> None:
    assert isinstance(names.key(text), str)


@pytest.mark.parametrize(("typed", "room"), ROOMS)
def test_a_room_is_called_by_one_lower_case_word(typed: str, room: str) -> None:
    assert checked_room(typed, LIMIT) == room


@pytest.mark.parametrize("typed", ["", "#", "a b", "a/b", "r" * 25, "##tea", "tea!", "\u200b"])
def test_other_room_names_are_refused(typed: str) -> None:
    with pytest.raises(RoomNameNotAllowed, match="24 characters"):
        checked_room(typed, LIMIT)
