"""One rule of how a peer writes: what is UTF-8, what is GB18030, and what is read as which where it is both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from babel import localedata
from hypothesis import given
from hypothesis import strategies as st

from twistchat.errors import NotText
from twistchat.wire.text import GB18030, UTF_8, Encoding


def test_ascii_leaves_open_how_a_peer_writes() -> None:
    peer = Encoding()
    assert [peer.decode(line) for line in (b"", b"hello", b"\x00\x7f")] == ["", "hello", "\x00\x7f"]
    assert peer.name is None


def test_a_peer_writes_what_came_last_beyond_ascii() -> None:
    peer = Encoding()
    for line, encoding in [("你好", GB18030), ("hello", GB18030), ("好", UTF_8), ("hello", UTF_8), ("小明", GB18030)]:
        assert peer.decode(line.encode(encoding)) == line
        assert peer.name == encoding


def test_what_is_no_text_decides_nothing() -> None:
    peer = Encoding()
    peer.decode("你".encode("gb18030"))
    with pytest.raises(NotText):
        peer.decode(b"\xff\xfe")
    assert peer.name == GB18030


def test_what_may_be_either_is_utf_8_until_gb18030_came_and_then_only_as_chinese_has_it() -> None:
    peer = Encoding()
    ambiguous = "一".encode("gb18030")
    assert peer.decode(ambiguous) == "\u04bb"
    assert peer.decode("你".encode("gb18030")) == "你"
    assert peer.decode(ambiguous) == "一"
    assert peer.decode("你好".encode()) == "你好", "valid as GB18030, too"
    assert peer.decode(ambiguous) == "\u04bb"


def test_whatever_takes_two_bytes_in_utf_8_may_be_gb18030() -> None:
    for code in range(0x80, 0x800):
        peer = Encoding()
        peer.decode("你".encode("gb18030"))
        assert len(peer.decode(chr(code).encode())) == 1
        assert peer.name == GB18030


@given(st.lists(st.text(st.characters(min_codepoint=0x800, exclude_categories=["Cs"]), min_size=1)))
def test_a_chinese_line_of_utf_8_is_always_read_as_that_whatever_came_before(lines: list[str]) -> None:
    peer = Encoding()
    peer.decode("你".encode("gb18030"))
    for line in lines:
        assert peer.decode(line.encode()) == line


@pytest.mark.parametrize(
    "word",
    [
        *(
            "同学",
            "同学08",
            "台",
            "hi 同学",
            "(台)",
            "L 同学",
            "微",
            "学院路",
            "知识",
            "医院 2",
            "农业",
            "系统",
            "学习",
        ),
        *("学校", "统一", "突然", "图片", "一直", "一位", "小说", "小时", "准", "血液", "医师"),
    ],
)
def test_a_first_word_of_gb18030_whose_utf_8_would_be_a_muddle_is_read_as_it_was_written(word: str) -> None:
    peer = Encoding()
    assert peer.decode(word.encode(GB18030)) == word
    assert peer.name == GB18030
    assert Encoding().decode("é".encode() * 200 + word.encode(GB18030)).startswith("é"), "200 are looked at"
    assert Encoding(UTF_8).decode(word.encode(GB18030)) != word, "of who has written in UTF-8 it is that"


WRITTEN = {
    "emoticons": ["( ͡° ͜ʖ ͡°)", "(͡° ͜ʖ ͡°)", "ʕ ͡° ʔ", "(ÒДÓױ)", "ÒωÓ", "щ(ºДºщ)"],
    "phonetics": ["/bæθ/", "/θɪn/", "ˈβəɾ", "ʲ ʰ", "t͡ʃ"],
    "units": ["µм", "μм", "10 μг", "Ωé", "20°"],
    "a line through it or under it": ["a̶ ̶b̶", "H̲i̲,̲ ̲y̲o̲u̲", "н̶а̶ ̶в̶", "price: ̶1̶0̶ 8"],
    "Abkhaz, Chuvash, Mongolian": ["Жəаб", "çак", "çил çав", "ɵнɵө"],
    "decorated": ["мιαмι", "ρυѕѕιа", "мιкα", "ƬΉΣ", "ӨЦƬ", "էհҽ", "հҽɾ", "աìէհ", "ȶɦɨռɢ"],
    "Tajik letters with sounds of the Pamirs": ["δӣ", "ҳγ"],
    "old spelling": ["Ҥѣ", "Сѧ"],
    "scripts that are written from the right": ["رَيْبَ ۛ فِيهِ ۛ", "آذری ِترکی", "ً", "ކިހިނެއް؟", "ܫܠܡܐ؟", "ߒߞߏ؟"],
    "Hebrew": ["שָׁלוֹם", "מִי־הוּא", "ס־é", "צʼ"],
    "Vietnamese, in parts": ["o\u0302\u0301 a\u0323"],
    "Hawaiian": ["ʻāina", "ʻo ʻÔ"],
}


@pytest.mark.parametrize("text", [text for texts in WRITTEN.values() for text in texts])
def test_what_people_write_in_utf_8_is_never_a_muddle(text: str) -> None:
    assert Encoding().decode(text.encode()) == text


LOCALES = (
    "ab ar az be bg blo bs ckb cs cv cy da de ee el es et fa fi fr ga haw he hu hy is kk ks ky lt lv mk mn mzn nl nqo "
    "pl ps pt ro ru sk sq sr sv syr tg tk tr tt ug uk ur uz vi yav yi yo"
)


def strings(of: object) -> Iterator[str]:
    """All texts in what Unicode says of a locale."""
    if isinstance(of, str):
        yield of
    elif isinstance(of, Mapping):
        for part in of.values():
            yield from strings(part)


@pytest.mark.parametrize("locale", LOCALES.split())
def test_whatever_unicode_names_in_a_language_is_no_muddle(locale: str) -> None:
    """Countries, languages, currencies, months, in scripts whose letters take two bytes."""
    data = localedata.load(locale, merge_inherited=False)
    named = [
        text for kind in ("languages", "territories", "currency_names", "months") for text in strings(data.get(kind))
    ]
    assert named
    assert [text for text in named if Encoding().decode(text.encode()) != text] == []


SCRIPTS = {
    "Latin and Greek": [(0xDF, 0xF6), (0xF8, 0x24F), (0x250, 0x2AF), (0x3B1, 0x3C9)],
    "Cyrillic with the keyboard's Latin": [(0x400, 0x45F), (0x48A, 0x52F), (0xDF, 0xF6)],
    "Cyrillic with Greek": [(0x400, 0x45F), (0x3B1, 0x3C9)],
    "Cyrillic of old": [(0x430, 0x481)],
    "Armenian": [(0x531, 0x556), (0x561, 0x587)],
    "Hebrew": [(0x5D0, 0x5EA)],
    "Arabic, Syriac, Thaana, N'Ko": [(0x600, 0x6FF), (0x700, 0x74A), (0x780, 0x7B1), (0x7C0, 0x7F5)],
}


def words(ranges: list[tuple[int, int]]) -> st.SearchStrategy[str]:
    """Lines of words of a script: letters with marks on them, and ASCII between the words."""
    letters = st.sampled_from([chr(code) for first, last in ranges for code in range(first, last + 1)])
    marks = st.text(st.sampled_from("\u0300\u0301\u0323\u0328\u0336\u0361"), max_size=2)
    word = st.lists(st.tuples(letters, marks).map("".join), min_size=1, max_size=6).map("".join)
    between = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=3)
    return st.lists(st.tuples(word, between).map("".join), min_size=1).map("".join)


@given(st.one_of([words(ranges) for ranges in SCRIPTS.values()]))
def test_letters_of_a_script_with_marks_on_them_are_never_a_muddle(text: str) -> None:
    assert Encoding().decode(text.encode()) == text


DECORATED = (
    "ąҍçժҽƒցհìʝҟӀʍղօքզɾʂէմѵա×վՀ",
    "ǟɮƈɖɛʄɢɦɨʝӄʟʍռօքզʀֆȶʊʋաӼʏʐ",
    "ɑɓƈɗҽƒɠɦɨʝƙʅɱɳօƥզɾʂƚʋʌɯҳyʑ",
    "ɐqɔpǝɟƃɥıɾʞlɯuodbɹsʇnʌʍxʎz",
    "αbƈԃҽϝɠԋιʝƙʅɱɳσρϙɾʂƚυʋɯxyȥ",
    "ΛBCDΣFGΉIJKLMПӨPQЯƧƬЦVЩXYZ",
    "ԹՅCԺȝԲԳɧɿʝƙʅʍՌԾρφՐՏԵՄעաՃՎՀ",
    "αвcdєƒgнιנкlмησρqяѕтυνωχуz",
    "łbcĐɆfghłjklmnØpqrstɄvwӾҮƵ",
)
"""What generators of "fancy text" put in place of the alphabet."""


@given(st.sampled_from(DECORATED), st.text("abcdefghijklmnopqrstuvwxyz 1,", min_size=1))
def test_letters_that_are_put_in_place_of_latin_ones_for_show_are_never_a_muddle(alphabet: str, text: str) -> None:
    shown = text.translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", alphabet[:26]))
    assert Encoding().decode(shown.encode()) == shown


@given(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7FF), min_size=2),
    st.sampled_from("\u0332\u0333\u0336\u0338"),
)
def test_a_line_through_or_under_each_character_is_no_muddle(text: str, line: str) -> None:
    """Of letters that are none by themselves."""
    if Encoding().decode(text.encode()) == text:
        struck = "".join(each + line for each in text)
        assert Encoding().decode(struck.encode()) == struck


@given(st.lists(st.integers(0x80, 0x7FF).map(chr) | st.sampled_from("a 1,"), min_size=1).map("".join))
def test_whatever_is_muddled_it_is_read_in_one_of_the_two(text: str) -> None:
    peer = Encoding()
    assert peer.decode(text.encode()) in (text, text.encode().decode(GB18030))
