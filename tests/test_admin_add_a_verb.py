"""Adding a verb, as a newcomer does it: one function under `@verb` in a listed module, and it is everywhere."""

from __future__ import annotations

import json
from types import ModuleType

import pytest
from support.command import runs
from support.operator import FakeViewer, an_operator
from support.rows import Rows

from twistchat.admin import helping
from twistchat.admin.completion import offer
from twistchat.admin.console import Console
from twistchat.admin.operator import Operator
from twistchat.admin.outcomes import Outcome, Sentence
from twistchat.admin.prompt import Prompt
from twistchat.admin.verb import VerbTable, listed_in, verb


@verb("wave NAME [--times NUMBER] [TEXT...]", "waves at somebody, once unless it is said")
async def wave(operator: Operator, name: str, times: int = 1, text: str = "") -> Outcome:
    return Sentence(f"{operator.who} waves at {name}, {times}: {text}", {"name": name, "times": times, "text": text})


GREETING = ModuleType("greeting")
GREETING.wave = wave  # what the file of a newcomer has in it


@pytest.fixture
def operator(chat, tmp_path):
    return an_operator(chat, tmp_path, verbs=VerbTable(listed_in(GREETING, helping)))


@pytest.mark.parametrize(
    ("has_python", "line"),
    [
        (True, 'wave("ada", 2, "hello")'),
        (True, 'wave(text="hello", name="ada", times=2)'),
        (False, "wave ada --times 2 hello"),
        (False, 'wave("ada", 2, text="hello")'),
    ],
)
def test_it_is_at_the_prompt(operator, has_python, line):
    viewer = FakeViewer()
    Prompt(operator, viewer, has_python).take(line)
    assert viewer.text == "op waves at ada, 2: hello\n"


def test_it_is_a_command_by_ssh_with_its_json(chat, operator):
    assert runs(chat, operator, "wave ada --times 2 hello") == (0, "op waves at ada, 2: hello\n", "")
    _, written, _ = runs(chat, operator, "wave ada --times=2 --json")
    assert json.loads(written) == {"name": "ada", "times": 2, "text": ""}
    assert runs(chat, operator, "wave")[2] == "Use it like this: wave NAME [--times NUMBER] [TEXT...]\n"


def test_it_is_in_the_help(chat, operator):
    assert "waves at somebody" in runs(chat, operator, "help")[1]
    assert "wave NAME [--times NUMBER] [TEXT...]" in runs(chat, operator, "help wave")[1]
    viewer = FakeViewer()
    Prompt(operator, viewer).take("help(wave)")
    assert "wave(name, times=1, text='')" in viewer.text


def test_the_greeting_names_it_and_tab_completes_it(operator):
    rows = Rows()
    Console(operator, 80, rows.write, lambda: None)
    assert "  wave help" in rows.done
    assert offer("wa", operator, has_python=True).candidates == ["wave"]


def test_it_is_in_the_audit_as_typed(chat, operator):
    runs(chat, operator, "wave ada")
    [typed] = operator.journal.recent
    assert (typed.verb, typed.text) == ("exec", "wave ada")


def test_two_verbs_of_one_name_are_a_mistake_that_is_seen_at_once():
    with pytest.raises(ValueError, match="two verbs are called wave"):
        VerbTable([wave, wave])


def test_a_usage_that_does_not_fit_its_function_is_a_mistake_that_is_seen_at_once():
    with pytest.raises(ValueError, match="zip"):
        verb("wave NAME", "waves")(lambda operator, name, times: None)
