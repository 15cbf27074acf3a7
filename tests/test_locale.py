"""How sentences are found in the source, and what is told of a catalog that does not match it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import catalogs
from support.catalogs import NotASentence, in_source, msgids, problems

from twistchat.interfaces.web.site import PAGE
from twistchat.interfaces.web.words import sentences
from twistchat.languages import ROWS


def found(source: str) -> list[tuple[str, str | None]]:
    return list(in_source(source, "x.py"))


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('class Gone(ChatError, code="gone", sentence="It is gone."):\n    """Gone."""', ["It is gone."]),
        ('notice("code", "That is {name}.", name=name)', ["That is {name}."]),
        ('notice("code", "Yes." if right else "No.")', ["Yes.", "No."]),
        ('text = "Later."\nnotice("code", text)', ["Later."]),
        ('self._say("{name} joined!", name=name)', ["{name} joined!"]),
        ('self._say_of("tutorial", "Hear: {text}", text=text)', ["Hear: {text}"]),
        ('state = Phrase("on")', ["on"]),
        ('display.remark("back", "Connected again.", {})', ["Connected again."]),
        ('text = Phrase("Gone.")\ndisplay.remark("gone", text, {})', ["Gone."]),
        ('words.remark("Connected again.", {})', ["Connected again."]),
        ("def remark(self, sentence, data): self.words.remark(sentence, data)", []),
        ("usage = Phrase(row.usage)", []),
        ('notice("room", "{room} ({count}): {topic}")', []),
        ('log.info("operators read English")', []),
    ],
)
def test_what_people_read_is_found_in_the_source(source: str, texts: list[str]) -> None:
    assert [text for text, _ in found(source)] == texts


def test_a_command_brings_its_usage_its_explanation_and_a_place_for_its_name() -> None:
    source = '_USE = "/wave [NAME]"\n@command(_USE, "waves at somebody")\ndef _wave(): ...'
    assert set(found(source)) == {("/wave [NAME]", None), ("waves at somebody", None), ("wave", "command")}


def test_one_sentence_may_be_translated_in_more_than_one_way() -> None:
    assert found('self._say_of("tutorial", "Hear: {text}", text=text)') == [("Hear: {text}", "tutorial")]
    assert found('self._say_in(room, "Gone.")') == [("Gone.", None), ("Gone.", "room")]


@pytest.mark.parametrize("source", ['notice("x", f"{a} b")', 'notice("x", word)', 'self._say("a" + b)'])
def test_a_sentence_made_at_run_time_is_an_error_as_nobody_could_translate_it(source: str) -> None:
    with pytest.raises(NotASentence, match=r"x\.py:1"):
        found(source)


def test_the_projects_own_sentences_are_found() -> None:
    texts = {(each.text, each.context) for each in msgids()}
    assert {("{name} joined!", None), ("Use it like this: {usage}", None), ("help", "command")} <= texts
    assert len(texts) > 150


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalog of a source with three sentences, complete."""
    source = [catalogs.Msgid(text, None, "x.py") for text in ("Yes.", "{name} left!", "{n:.1f} seconds")]
    monkeypatch.setattr(catalogs, "LOCALE", tmp_path)
    monkeypatch.setattr(catalogs, "msgids", lambda: source)
    path = tmp_path / "eo" / "LC_MESSAGES" / "twistchat.po"
    path.parent.mkdir(parents=True)
    catalogs.write(path, catalogs.template())
    replace(path, 'msgid "Yes."\nmsgstr ""', 'msgid "Yes."\nmsgstr "是。"')
    replace(path, 'msgid "{name} left!"\nmsgstr ""', 'msgid "{name} left!"\nmsgstr "{name} 走了"')
    replace(path, 'msgid "{n:.1f} seconds"\nmsgstr ""', 'msgid "{n:.1f} seconds"\nmsgstr "{n:.1f} 秒"')
    assert problems(path) == []
    return path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('msgid "Yes."\n', 'msgid "No."\n', "missing: 'Yes.'"),
        ('msgid "Yes."\n', 'msgid "No."\n', "obsolete: 'No.'"),
        ('msgid "Yes."\n', '#, fuzzy\nmsgid "Yes."\n', "fuzzy: 'Yes.'"),
        ('"是。"', '""', "not translated: 'Yes.'"),
        ("{name} 走了", "{nick} 走了", "other placeholders: '{name} left!'"),
        ("{name} 走了", "有人走了", "other placeholders: '{name} left!'"),
        ("{n:.1f} 秒", "{n} 秒", "other placeholders: '{n:.1f} seconds'"),
        ("{name} 走了", "{name 走了", "braces that do not match"),
    ],
)
def test_what_is_wrong_with_a_catalog_is_told(catalog: Path, old: str, new: str, problem: str) -> None:
    replace(catalog, old, new)
    assert any(told.startswith(problem) for told in problems(catalog)), problems(catalog)


def test_updating_brings_in_what_is_new_takes_out_what_is_gone_and_keeps_what_is_translated(catalog: Path) -> None:
    replace(catalog, 'msgid "Yes."\n', 'msgid "No."\n')
    catalogs.update()
    assert problems(catalog) == ["not translated: 'Yes.' ''"]
    assert "No." not in catalog.read_text("utf-8")
    assert "{name} 走了" in catalog.read_text("utf-8")
    assert catalog.with_suffix(".mo").exists()
    before = catalog.read_bytes()
    catalogs.update()
    assert catalog.read_bytes() == before


ENCODINGS = [("zh_CN", "gb2312"), ("zh_TW", "big5")]
"""GB 2312 has no traditional characters, Big5 no simplified ones."""


@pytest.mark.parametrize(("code", "encoding"), ENCODINGS)
def test_each_chinese_catalog_keeps_to_its_own_characters(code: str, encoding: str) -> None:
    (path,) = (path for path in catalogs.paths() if path.parent.parent.name == code)
    for message in catalogs.read(path):
        if message.id:
            assert str(message.string).encode(encoding, "replace").decode(encoding) == message.string, message.id


CORRECTED = {
    "zh_CN": (
        "请换一个名字", "你的名字", "已来", "没说话", "不能更多了", "什么也没有改变", "动词", "这不是请求",
        "由它接替", "请出了聊", "暂不接受", "请分几次", "打两个斜杠", "道别并", "还错过了", "你没有错过",
        "你落后了", "可安装完整的", "说得太快", "发送到", "更早的$", "词语、", "暂时停止", "那是我", " ？",
        "请用“--nick",
    ),
    "zh_TW": (
        "請換一個名字", "你的名字", "占用", "已來", "沒說話", "不能更多了", "什麼也沒有改變", "動詞", "這不是請求",
        "由它接替", "請出了聊", "暫不接受", "請分幾次", "打兩個斜", "道別並", "還錯過了", "你沒有錯過", "你落後了",
        "可安裝完整的", "傳得太快", "秒再傳$|秒再傳[^送]", "傳慢", "傳私訊", "不會留存", "現在叫", "發送到",
        "詞語、", "暫時停止", " ？",
    ),
}  # fmt: skip
"""What a reader of both catalogs has put right: each is a way to say a thing that has one word now."""


@pytest.mark.parametrize("code", CORRECTED)
def test_what_readers_have_corrected_does_not_come_back(code: str) -> None:
    (path,) = (path for path in catalogs.paths() if path.parent.parent.name == code)
    wrong = re.compile("|".join(CORRECTED[code]))
    texts = {str(message.string) for message in catalogs.read(path) if message.id}
    assert [text for text in texts if wrong.search(text)] == []


def test_english_that_reads_as_translated_does_not_come_back() -> None:
    wrong = re.compile("[Cc][ao]mes? in\\b|was put out|puts? out|spoken to in|is no server that|stops for now|1 lines")
    sentences = {str(message.id) for path in catalogs.paths() for message in catalogs.read(path) if message.id}
    assert [text for text in sentences if wrong.search(text)] == []


@pytest.mark.parametrize("path", catalogs.paths(), ids=lambda path: path.parent.parent.name)
def test_every_catalog_has_every_sentence_translated_and_nothing_else(path: Path) -> None:
    found = problems(path)
    assert not found, "\n".join([f"run `{catalogs.UPDATE}`, translate what is empty then, run it again:", *found])


# --- the page's own words


def test_the_page_calls_its_languages_as_the_table_does() -> None:
    (table,) = re.findall(r"const LANGUAGES = \{(.*?)\}", (PAGE / "words.js").read_text("utf-8"))
    assert dict(re.findall(r'(\w+): "([^"]*)"', table)) == {row.code: row.name for row in ROWS}


def test_the_page_has_the_words_that_it_says_and_no_others() -> None:
    page = "".join(path.read_text("utf-8") for path in PAGE.iterdir() if path.name != "words.json")
    said = set(re.findall(r'(?:\b(?:say|parts)\(|data-(?:t|label|hint)=)"(\w+)"', page))
    words = sentences(PAGE).keys()
    assert said - words == set()
    assert {word for word in words if f'"{word}"' not in page} == set()


def test_the_page_says_the_same_sentence_by_one_name() -> None:
    assert len(set(sentences(PAGE).values())) == len(sentences(PAGE))
