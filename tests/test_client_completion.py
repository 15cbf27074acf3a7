"""Tab at the client's line: the commands in English and in the person's language, and the names of people."""

from __future__ import annotations

from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from twistchat.client.completion import ChatCompleter
from twistchat.client.conversation import Conversation
from twistchat.client.proving import Proving
from twistchat.languages import loaded


def offered(typed: str, code: str = "en") -> list[str]:
    completer = ChatCompleter(Conversation("ada", Proving("key"), code), loaded()[code])
    return [each.text for each in completer.get_completions(Document(typed), CompleteEvent())]


def test_every_command_is_offered_those_that_look_back_too() -> None:
    assert offered("/h") == ["/help ", "/history "]
    assert offered("/sea") == ["/search "]


def test_commands_are_offered_in_the_persons_language_too() -> None:
    assert offered("/歷", "zh_TW") == ["/歷史 "]
    assert offered("/歷") == []
