"""What Tab offers: commands behind a slash, names of people everywhere."""

from __future__ import annotations

from collections.abc import Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from twistchat.client.conversation import Conversation
from twistchat.client.own_commands import own_commands
from twistchat.core.commands.rows import COMMANDS
from twistchat.wire.language import Language


class ChatCompleter(Completer):
    """Completes the word before the cursor."""

    def __init__(self, conversation: Conversation, language: Language) -> None:
        self._conversation = conversation
        rows = (*COMMANDS, *own_commands())
        rows = tuple(row for row in rows if not row.is_for_moderators)
        names = [name for row in rows for name in (row.name, *language.words_for(row.name))]
        self._commands = sorted(f"/{name}" for name in names)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """prompt-toolkit's hook."""
        before = document.text_before_cursor
        word = before.split(" ")[-1]
        is_first = word == before
        choices = self._commands if is_first and word.startswith("/") else self._conversation.people.all()
        after = " " if is_first and word.startswith("/") else (": " if is_first else " ")
        for choice in choices:
            if word and choice.casefold().startswith(word.casefold()):
                yield Completion(choice + after, start_position=-len(word), display=choice)
