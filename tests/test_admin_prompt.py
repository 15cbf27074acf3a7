"""Lines at the prompt: Python with the verbs as functions, or the verbs alone."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from support.desk import FakeScreen, open_desk
from twisted.internet.defer import Deferred, fail

from twistchat.admin.prompt import Prompt
from twistchat.errors import NotStored


@pytest.fixture
def desk(chat, tmp_path):
    return open_desk(chat, tmp_path)


@pytest.fixture
def screen():
    return FakeScreen()


@pytest.fixture
def prompt(desk, screen):
    return Prompt(desk, screen)


@pytest.fixture
def verbs_only(desk, screen):
    return Prompt(desk, screen, has_python=False)


def says(prompt, screen, *lines) -> str:
    for line in lines:
        prompt.take(line)
    return screen.take()


def test_values_are_shown_and_kept_as_underscore(prompt, screen):
    assert says(prompt, screen, "6 * 7") == "42\n"
    assert says(prompt, screen, "_ + 1") == "43\n"
    assert says(prompt, screen, "x = 5", "None") == ""
    assert says(prompt, screen, "print('hi')") == "hi\n"


def test_a_statement_may_take_several_lines_or_be_forgotten(prompt, screen):
    assert says(prompt, screen, "for i in range(2):", "    print(i)") == ""
    assert prompt.is_waiting_for_more
    assert says(prompt, screen, "") == "0\n1\n"
    says(prompt, screen, "if True:")
    prompt.forget()
    assert says(prompt, screen, "1") == "1\n"


def test_errors_are_told_as_python_does_and_refusals_in_a_sentence(prompt, screen):
    assert "ZeroDivisionError" in says(prompt, screen, "1/0")
    assert "SyntaxError" in says(prompt, screen, "1 1")
    assert says(prompt, screen, "kick('bob')") == "Nobody here is called bob or comes from there. Nothing was done.\n"
    assert says(prompt, screen, "kick()").startswith("Use it like this: kick(subject, reason='')")
    assert "Ctrl-D ends this prompt" in says(prompt, screen, "raise SystemExit")


def test_verbs_are_functions_whose_answers_show_themselves(chat, prompt, screen):
    ada = chat.enters("ada")
    assert "ada" in says(prompt, screen, "who()")
    assert says(prompt, screen, "kick").startswith("kick(subject, reason='')\n    puts out")
    assert says(prompt, screen, "people = who()") == ""
    assert says(prompt, screen, "len(people.rows)") == "1\n"
    assert says(prompt, screen, "kick('ada', reason='spam')") == "Put out: ada.\n"
    assert not ada.client.connected


def test_help_explains_verbs_by_name_or_as_they_are_and_anything_of_pythons(prompt, screen):
    assert "at the prompt: kick(subject" in says(prompt, screen, "help(kick)")
    assert "at the prompt: kick(subject" in says(prompt, screen, "help('kick')")
    assert "keeps out a name" in says(prompt, screen, "help()")
    assert "Return the number of items" in says(prompt, screen, "help(len)")


def test_what_takes_time_is_shown_once_it_is_there(chat, prompt, screen):
    chat.enters("ada")
    assert says(prompt, screen, "announce('hi')") == ""
    chat.turn()
    assert screen.above == ["Announced to 1 people.\n"]
    says(prompt, screen, "announce('')")
    assert screen.take() == "" and screen.above[1:] == []


def test_what_is_refused_later_is_told_too(chat, prompt, screen):
    chat.log.failing = NotStored("the disk is full")
    says(prompt, screen, "announce('hi')")
    chat.turn()
    assert screen.above[0].startswith("That could not be stored (the disk is full)")


def test_other_deferreds_are_waited_for(prompt, screen):
    waiting: Deferred[str] = Deferred()
    prompt.locals.update(waiting=waiting, failed=fail(ValueError("no")))
    says(prompt, screen, "waiting")
    waiting.callback("there")
    assert screen.above == ["'there'\n"]
    assert "ValueError: no" in says(prompt, screen, "failed")


def test_tail_is_followed(prompt, screen):
    assert "Ctrl-C ends it" in says(prompt, screen, "tail('lobby')")
    assert len(screen.followed) == 1


def test_each_line_is_in_the_audit_before_it_runs(prompt, screen, desk):
    says(prompt, screen, "1/0", "", "x" * 10_000)
    first, second = desk.office.journal.recent
    assert (first.verb, first.who, first.text) == ("line", "op", "1/0")
    assert len(second.text) == 4096


def test_a_guard_may_break_a_line_off(desk, screen):
    @contextmanager
    def guard():
        yield
        raise KeyboardInterrupt

    prompt = Prompt(desk, screen, guard=guard)
    assert says(prompt, screen, "1") == "1\nKeyboardInterrupt\n"
    prompt = Prompt(desk, screen)
    assert says(prompt, screen, "raise KeyboardInterrupt") == "KeyboardInterrupt\n"


# --- Python off


def test_without_python_verbs_are_called_or_given_words(chat, verbs_only, screen):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    assert says(verbs_only, screen, "kick('ada', reason='spam')") == "Put out: ada.\n"
    assert says(verbs_only, screen, "kick bob 'more spam'") == "Put out: bob.\n"
    assert not ada.client.connected and not bob.client.connected
    assert "at the prompt: kick(subject" in says(verbs_only, screen, "help(kick)")
    assert "at the prompt: kick(subject" in says(verbs_only, screen, "help kick")
    assert says(verbs_only, screen, "", "   ") == ""
    assert says(verbs_only, screen, "undo(17)") == "There is no act 17. `audit` lists them.\n"


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
def test_without_python_nothing_else_is_understood(verbs_only, screen, line):
    assert "There is no verb" in says(verbs_only, screen, line)


@pytest.mark.parametrize(
    "line", ["kick(open('/etc/passwd').read())", "kick(*[1])", "kick([1])", "kick(**{})", "kick('"]
)
def test_without_python_nothing_is_worked_out(verbs_only, screen, line):
    told = says(verbs_only, screen, line)
    assert "There is no verb" in told or "Use it like this" in told


def test_without_python_what_takes_time_is_shown_once_it_is_there(chat, verbs_only, screen):
    says(verbs_only, screen, "announce hi")
    says(verbs_only, screen, "announce('ho')")
    chat.turn()
    assert screen.above == ["Announced to 0 people.\n"] * 2
