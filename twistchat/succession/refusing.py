"""A new process that cannot even be made, as for an option that it does not know: the old one is told why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from twistchat.succession.channel import Channel, ChannelBroken
from twistchat.succession.mandate import mandate_of

NO = "NO"
"""Followed by a sentence: this process cannot take over."""


@contextmanager
def telling_why_not() -> Iterator[None]:
    """Tell the old process, as long as nobody else here talks with it: who does has taken the mandate."""
    try:
        yield
    except BaseException as error:
        mandate = mandate_of(os.environ)
        if mandate is not None:
            with suppress(ChannelBroken), closing(Channel.of(mandate.channel)) as channel:
                channel.say(f"{NO} {_why(error)}")
        raise


def _why(error: BaseException) -> str:
    cause = error.__context__ if isinstance(error, SystemExit) else error
    if cause is None:
        return "the new process ended before it was ready; its log says why"
    name = "" if isinstance(error, SystemExit) else f"an error in the new version: {type(cause).__name__}: "
    return f"{name}{cause}".rstrip(".")
