"""What the bench refuses, and what it could not measure, in sentences for whoever runs it."""

from __future__ import annotations

from twistchat.errors import ChatError, Failed


class CannotMeasure(Failed, sentence="{reason}"):
    """A server could not be measured; the reason is a whole sentence."""


class NotOurs(
    ChatError,
    sentence="{host} is not this machine. A load like this can take it down: "
    "add --yes-this-server-is-mine if it is yours.",
):
    """A load aimed at a server on another machine, which may be somebody else's."""

    host: str
