"""Lines at the prompt: Python with the verbs as functions, or the verbs alone."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from support.operator import FakeViewer, an_operator
from twisted.internet.defer import Deferred, fail

from twistchat.admin.prompt import Prompt
from twistchat.errors import NotStored


@pytest.fixture
def operator(chat, tmp_path):
    return an_operator(chat, tmp_path)


@pytest.fixture
def viewer():
    return FakeViewer()


@pytest.fixture
def prompt(operator, viewer):
    return Prompt(operator, viewer)


@pytest.fixture
def verbs_only(operator, viewer):
    return Prompt(operator, viewer, has_python=False)


def says(prompt, viewer, *lines) -> str:
    for line in lines:
        prompt.take(line)
    return viewer.take()


def test_values_are_shown_and_kept_as_underscore(prompt, viewer):
    assert says(prompt, viewer, "6 * 7") == "42\n"
    assert says(prompt, viewer, "_ + 1") == "43\n"
    assert says(prompt, viewer, "x = 5", "None") == ""
    assert says(prompt, viewer, "print('hi')") == "hi\n"


def test_a_statement_may_take_several_lines_or_be_forgotten(prompt, viewer):
    assert says(prompt, viewer, "for i in range(2):", "    print(i)") == ""
    assert prompt.is_waiting_for_more
    assert says(prompt, viewer, "") == "0\n1\n"
    says(prompt, viewer, "if True:")
    prompt.forget()
    assert says(prompt, viewer, "1") == "1\n"


def test_errors_are_told_as_python_does_and_refusals_in_a_sentence(prompt, viewer):
    assert "ZeroDivisionError" in says(prompt, viewer, "1/0")
    assert "SyntaxError" in says(prompt, viewer, "1 1")
    assert says(prompt, viewer, "kick('bob')") == "Nobody here is called bob or comes from there. Nothing was done.\n"
    assert says(prompt, viewer, "kick()").startswith("Use it like this: kick(subject, reason='')")
    assert "Ctrl-D ends this prompt" in says(prompt, viewer, "raise SystemExit")


def test_verbs_are_functions_whose_answers_show_themselves(chat, prompt, viewer):
    ada = chat.enters("ada")
    assert "ada" in says(prompt, viewer, "who()")
    assert says(prompt, viewer, "kick").startswith("kick(subject, reason='')\n    removes a person")
    assert says(prompt, viewer, "people = who()") == ""
    assert says(prompt, viewer, "len(people.rows)") == "1\n"
    assert says(prompt, viewer, "kick('ada', reason='spam')") == "Removed: ada.\n"
    assert not ada.client.connected


def test_help_explains_verbs_by_name_or_as_they_are_and_anything_of_pythons(prompt, viewer):
    assert says(prompt, viewer, "help(kick)").startswith("kick(subject, reason='')\n    removes a person")
    assert says(prompt, viewer, "help('kick')").startswith("kick(subject, reason='')\n    removes a person")
    assert "keeps out a name" in says(prompt, viewer, "help()")
    assert "Return the number of items" in says(prompt, viewer, "help(len)")


def test_what_takes_time_is_shown_once_it_is_there(chat, prompt, viewer):
    chat.enters("ada")
    assert says(prompt, viewer, "announce('hi')") == ""
    chat.turn()
    assert viewer.above == ["Announced to 1 person.\n"]
    says(prompt, viewer, "announce('')")
    assert viewer.take() == "" and viewer.above[1:] == []


def test_what_is_refused_later_is_told_too(chat, prompt, viewer):
    chat.log.failing = NotStored("the disk is full")
    says(prompt, viewer, "announce('hi')")
    chat.turn()
    assert viewer.above[0].startswith("That could not be stored (the disk is full)")


def test_other_deferreds_are_waited_for(prompt, viewer):
    waiting: Deferred[str] = Deferred()
    prompt.locals.update(waiting=waiting, failed=fail(ValueError("no")))
    says(prompt, viewer, "waiting")
    waiting.callback("there")
    assert viewer.above == ["'there'\n"]
    assert "ValueError: no" in says(prompt, viewer, "failed")


def test_tail_is_followed(prompt, viewer):
    assert "Ctrl-C ends it" in says(prompt, viewer, "tail('lobby')")
    assert len(viewer.followed) == 1


def test_each_line_is_in_the_audit_before_it_runs(prompt, viewer, operator):
    says(prompt, viewer, "1/0", "", "x" * 10_000)
    first, second = operator.journal.recent
    assert (first.verb, first.who, first.text) == ("line", "op", "1/0")
    assert len(second.text) == 4096


def test_a_guard_may_break_a_line_off(operator, viewer):
    @contextmanager
    def guard():
        yield
        raise KeyboardInterrupt

    prompt = Prompt(operator, viewer, guard=guard)
    assert says(prompt, viewer, "1") == "1\nKeyboardInterrupt\n"
    prompt = Prompt(operator, viewer)
    assert says(prompt, viewer, "raise KeyboardInterrupt") == "KeyboardInterrupt\n"


# --- Python off


def test_without_python_verbs_are_called_or_given_words(chat, verbs_only, viewer):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    assert says(verbs_only, viewer, "kick('ada', reason='spam')") == "Removed: ada.\n"
    assert says(verbs_only, viewer, "kick bob 'more spam'") == "Removed: bob.\n"
    assert not ada.client.connected and not bob.client.connected
    for line in ("help(kick)", "help kick", "kick --help"):
        assert says(verbs_only, viewer, line).startswith("kick SUBJECT [REASON...]\n    removes a person")
    assert says(verbs_only, viewer, "", "   ") == ""
    assert says(verbs_only, viewer, "undo(17)") == "There is no act 17. `audit` lists them.\n"


@pytest.mark.parametrize(
    "line",
    [
        "1 + 1",
        "hub",
        "__import__('os').getpid()",
        "who().rows",
        "open('/etc/passwd')",
        "print(who())",
        "[who() for _ in [1]]",
        "exec('1')",
        "help.__class__",
        "who(); hub",
    ],
)
def test_without_python_nothing_else_is_understood(verbs_only, viewer, line):
    assert "There is no verb" in says(verbs_only, viewer, line)


@pytest.mark.parametrize(
    "line", ["kick(open('/etc/passwd').read())", "kick(*[1])", "kick([1])", "kick(**{})", "kick('"]
)
def test_without_python_nothing_is_worked_out(verbs_only, viewer, line):
    told = says(verbs_only, viewer, line)
    assert "There is no verb" in told or "Use it like this" in told


def test_without_python_what_takes_time_is_shown_once_it_is_there(chat, verbs_only, viewer):
    says(verbs_only, viewer, "announce hi")
    says(verbs_only, viewer, "announce('ho')")
    chat.turn()
    assert viewer.above == ["Announced to 0 people.\n"] * 2


def test_tail_of_a_room_that_nobody_is_in_says_that_it_waits(prompt, viewer, operator):
    assert "Nobody is in nosuch now" in says(prompt, viewer, "tail('nosuch')")
    assert len(viewer.followed) == 1
