"""Answers to lines that have a tag: whatever becomes of such a line, exactly one `Done` or `Refused` bears it."""

from __future__ import annotations

from collections.abc import Sequence

from twistchat.core.replies import Answer, Refused, Reply


class Answering:
    """The tag of the line of one person that is being dealt with, until somebody takes it on to answer it."""

    def __init__(self) -> None:
        self.tag: str | None = None

    def handed_on(self) -> str | None:
        """The tag; whoever takes it answers it."""
        tag, self.tag = self.tag, None
        return tag

    def answers(self, replies: Sequence[Reply]) -> Sequence[Reply]:
        """Replies as they are told now: they answer the line that is being dealt with, where that has a tag.

        A refusal bears its own tag, or none: what is refused while that line waits may be another, or no line at all.
        """
        tag = self.tag
        return replies if tag is None else [_answer(reply, tag) for reply in replies]


def _answer(reply: Reply, tag: str) -> Reply:
    return reply if isinstance(reply, Refused) else Answer(reply, tag)
