"""Accounts of IRC: an account is a claimed name, as it was claimed, whose owner is here by it.

Rule 1: what a line is tagged with holds now. Lines of the past have no tag: whose the name was then is not kept.
Rule 2: what the server says, or does by an administrator's word, is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable

from twistchat.core.events import Announced, Event, PutOut, Removed


def no_account(_name: str) -> None:
    """Tell that nobody has an account."""


def account_tag(event: Event, account: Callable[[str], str | None]) -> str:
    """The tag that says whose account an event comes from (IRCv3 account-tag); empty where it is nobody's.

    Args:
        event: What happens.
        account: Tells the account of who is here by a name.
    """
    if isinstance(event, PutOut):
        author: str | None = event.by
    else:
        author = None if isinstance(event, Announced | Removed) else event.name
    shown = None if author is None else account(author)
    return f"account={shown}" if shown else ""
