"""Lines at the prompt of Python that are meant for a verb and are no Python: one sentence says what to write."""

from __future__ import annotations

import ast
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.chat import Chat
from support.operator import FakeViewer, an_operator

from twistchat.admin.binding import bind_call, bind_words
from twistchat.admin.hints import of_call, of_words
from twistchat.admin.prompt import Prompt
from twistchat.admin.verbs import VERBS


@pytest.fixture(scope="module")
def prompt():
    with TemporaryDirectory() as folder:
        operator = an_operator(Chat(), Path(folder))
        yield Prompt(operator, FakeViewer())
        operator.journal.close()


def says(prompt: Prompt, *lines: str) -> str:
    for line in lines:
        prompt.take(line)
    return prompt._viewer.take()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("kick bob", 'kick("bob")'),
        ("kick bob more spam", 'kick("bob", "more spam")'),
        ("mute(bob)", 'mute("bob")'),
        ("mute(bob, 2h)", 'mute("bob", "2h")'),
        ("mute bob --for 2h", 'mute("bob", "2h")'),
        ("ban bob spam", 'ban("bob", reason="spam")'),
        ("ban(10.1.0.0/16, duration=2h)", 'ban("10.1.0.0/16", "2h")'),
        ("announce 'text'", 'announce("text")'),
        ("announce 'half", 'announce("\'half")'),
        ("announce it's late", 'announce("it\'s late")'),
        ("announce (half", None),
        ("announce (", None),
        ("announce Back at six (sharp", 'announce("Back at six (sharp")'),
        ("announce(Back at six)", 'announce("Back at six")'),
        ("announce(hello, all)", 'announce("hello, all")'),
        ('announce("hello)', 'announce("hello")'),
        ("announce in ten minutes", 'announce("in ten minutes")'),
        ("announce is closed", 'announce("is closed")'),
        ("announce（“今晚，六點”）", 'announce("今晚，六點")'),
        ('say("lobby", hello)', 'say("lobby", "hello")'),
        ("topic lobby", 'topic("lobby")'),
        ("undo 17", "undo(17)"),
        ("help kick", 'help("kick")'),
        ("lock --help", 'help("lock")'),
        ("lock --for 2h", 'lock("2h")'),
        ("close-room tea", 'close_room("tea")'),
        ("kick(id)", 'kick("id")'),
        ("kick(subject=id)", 'kick("id")'),
        ("who tea", 'who("tea")'),
        ("audit --all", "audit(all=True)"),
        ("audit bob --all", 'audit("bob", all=True)'),
        ("audit(bob, all=true)", 'audit("bob", all=True)'),
    ],
)
def test_a_verb_that_is_written_otherwise_is_written_out(prompt, line, meant):
    told = says(prompt, line)
    assert told == (f"Write: {meant}\n" if meant else "")
    prompt.forget()


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("kick bob --force", "kick(subject, reason='')"),
        ("undo seventeen", "undo(number)"),
        ("undo(x)", "undo(number)"),
        ("undo -1", "undo(number)"),
        ("rename bob", "rename(name, new)"),
        ("audit(bob, all=yes)", "audit(word='', count=20, all=False)"),
        ("rename(a, b, c)", "rename(name, new)"),
    ],
)
def test_what_does_not_fit_is_told_as_a_call(prompt, line, call):
    assert says(prompt, line) == f"Use it like this: {call}\n"


def test_a_verb_that_is_mistyped_is_named(prompt):
    assert says(prompt, "kik bob") == "There is no verb 'kik'. Did you mean kick? `help()` lists them.\n"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nonsense here", "SyntaxError"),
        ("while x", "SyntaxError"),
        ("nonsense(bob)", "NameError"),
        ("kick(people[0])", "NameError"),
        ("kick(who().xyzzy)", "AttributeError"),
        ("len(5)", "TypeError"),
        ("kick([len][0])", "a verb takes text and numbers"),
        ("def f(): return nothing", ""),
    ],
)
def test_what_is_pythons_is_told_as_python_does(prompt, line, error):
    told = says(prompt, line, "")
    assert "Write:" not in told
    assert error in told


def test_a_name_that_the_operator_has_taken_is_no_verb(prompt):
    assert "SyntaxError" in says(prompt, "stats = 5", "stats x")
    assert says(prompt, "stats -1") == "4\n"


def test_an_error_deeper_down_is_not_the_lines(prompt):
    told = says(prompt, "class Odd:\n    def __str__(self): return nothing", "", "kick(Odd())")
    assert "NameError" in told and "Write:" not in told


def test_lines_of_a_longer_statement_are_left_alone(prompt):
    assert "SyntaxError" in says(prompt, "if True:", "    kick bob", "")


def test_refusals_name_verbs_as_calls(prompt):
    assert says(prompt, "undo(99999)") == "There is no act 99999. `audit()` lists them.\n"
    assert says(prompt, "rename('bob', 'x')") == "Nobody called bob is here. `who()` lists the people.\n"
    assert "undo(" in says(prompt, "lock()")


WORD = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1)


@given(st.sampled_from([*VERBS.values()]), st.data())
def test_the_call_that_is_offered_gives_the_verb_the_same(row, data):
    words = []
    for each in row.parameters:
        value = str(data.draw(st.integers(0, 99))) if each.name in ("number", "count") else data.draw(WORD)
        words += [f"--{each.option}" + ("" if each.is_flag else f"={value}")] if each.option else [value]
    assume(words and words[0][0] not in "=([." and not any(each.startswith("-") for each in words if "=" not in each))
    hint = of_words(shlex.join([row.name, *words]), VERBS)
    call = ast.parse(hint.removeprefix("Write: "), mode="eval").body
    args = [ast.literal_eval(each) for each in call.args]
    kwargs = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    assert bind_call(row, args, kwargs) == bind_words(row, words)


@given(st.sampled_from([*VERBS]), st.text())
def test_any_line_is_a_hint_or_none(name, text):
    from twistchat.errors import WrongUse

    for line in (f"{name} {text}", f"{name}({text})", text):
        for kind in (of_words, of_call):
            try:
                hint = kind(line, VERBS)
            except WrongUse:
                continue
            assert hint is None or ast.parse(hint.removeprefix("Write: "))
