"""What was typed comes back to a terminal as text, whatever is in it."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat
from support.command import runs
from support.operator import FakeViewer, an_operator

from twistchat.admin.outcomes import as_json
from twistchat.admin.prompt import Prompt
from twistchat.admin.verbs import VERBS

ACTED_UPON = {"Cc", "Cf", "Cs", "Zl", "Zp"}
TEXT = st.text(st.characters(codec=None) | st.sampled_from("\x06\x1b\x9b\u202e\u2028\ud800\U000e0041")) | st.text()


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(each) in ACTED_UPON for each in text.replace("\n", ""))


@pytest.fixture(scope="module")
def chat_and_operator():
    with TemporaryDirectory() as folder:
        chat = Chat()
        operator = an_operator(chat, Path(folder))
        yield chat, operator
        operator.journal.close()


def test_a_control_character_in_a_name_is_shown_as_one(chat, tmp_path):
    told = runs(chat, an_operator(chat, tmp_path), "rename ')\x06' x")[2]
    assert told.startswith("Nobody called )\\x06 is here.")


@given(st.sampled_from([*VERBS, "nonsense"]), st.lists(TEXT, max_size=3))
def test_no_verb_gives_back_what_a_terminal_acts_on(chat_and_operator, name, words):
    chat, operator = chat_and_operator
    quoted = " ".join("'" + word.replace("'", "'\"'\"'") + "'" for word in words)
    if name != "tail":
        _, written, errors = runs(chat, operator, f"{name} {quoted}")
        assert is_harmless(written) and is_harmless(errors)


@given(st.sampled_from([*VERBS, "nonsense"]), TEXT)
def test_no_answer_at_the_prompt_gives_back_what_a_terminal_acts_on(chat_and_operator, name, text):
    chat, operator = chat_and_operator
    viewer = FakeViewer()
    Prompt(operator, viewer, has_python=False).take(f"{name}({text!r})")
    chat.turn()
    assert is_harmless(viewer.text) and all(map(is_harmless, viewer.above))


@given(st.recursive(TEXT | st.integers(), lambda each: st.lists(each) | st.dictionaries(TEXT, each)))
def test_json_is_one_harmless_line_that_says_the_same(data):
    line = as_json(data)
    assert is_harmless(line) and "\n" not in line
    assert json.loads(line) == data


def test_chinese_stands_in_json_as_it_is():
    assert as_json({"text": "今晚\x1b[2J"}) == '{"text": "今晚\\u001b[2J"}'
