"""The numbered answers of IRC, and which of them each refusal of ours is: one table of each.

Numbers and their names: https://modern.ircdocs.horse/, RFC 2812 5, IRCv3. `tests/` has what clients do with them.
"""

from __future__ import annotations

from typing import NamedTuple

TEXTS = {
    305: "You are no longer marked as being away",
    306: "You have been marked as being away",
    315: "End of /WHO list",
    318: "End of /WHOIS list",
    321: "Users  Name",
    323: "End of /LIST",
    331: "No topic is set",
    337: "End of /INVITE list",
    365: "End of /LINKS list",
    366: "End of /NAMES list",
    368: "End of channel ban list",
    369: "End of WHOWAS",
    374: "End of /INFO list",
    401: "Nobody of that name is here",
    403: "There is no such channel",
    404: "Cannot send to channel: you are not in it",
    405: "You are in too many channels",
    406: "There was nobody of that name",
    407: "Too many targets; nothing was sent",
    409: "No origin specified",
    410: "There is no such CAP command",
    411: "No recipient given",
    412: "No text to send",
    417: "Input line was too long",
    421: "Unknown command",
    422: "No message of the day",
    423: "No administrative information; administrators are at SSH",
    431: "No nickname given",
    441: "They are not in that channel",
    442: "You are not in that channel",
    443: "is already in that channel",
    451: "You have not registered",
    461: "Not enough parameters",
    462: "You are registered already",
    472: "is no mode that can be changed here",
    481: "Permission denied: administrators are at SSH",
    482: "You are no operator of that channel",
    491: "There are no operators here; administrators are at SSH",
    501: "There is no such mode of yours",
    502: "You cannot see or change other people's modes",
    524: "There is no help on that",
    734: "Monitor list is full",
    900: "You are now logged in",
    901: "You are now logged out",
    903: "SASL authentication successful",
    905: "SASL message too long",
    906: "SASL authentication aborted",
    907: "You have already authenticated using SASL",
    908: "are available SASL mechanisms",
}
"""What stands last in an answer, where it is always the same."""


class IrcRefusal(NamedTuple):
    """How IRC says a refusal: a number, or a standard reply (IRCv3) where no number says it."""

    number: int | None
    code: str = ""


_NOT_NOW = IrcRefusal(None, "TRY_AGAIN")

REFUSALS = {
    "name-taken": IrcRefusal(433),
    "name-claimed": IrcRefusal(433),
    "wrong-name-code": IrcRefusal(433),
    "name-empty": IrcRefusal(432),
    "name-too-long": IrcRefusal(432),
    "name-has-space": IrcRefusal(432),
    "name-like-code": IrcRefusal(432),
    "name-like-address": IrcRefusal(432),
    "name-not-allowed": IrcRefusal(432),
    "name-mixes-scripts": IrcRefusal(432),
    "name-reserved": IrcRefusal(432),
    "nobody-called": IrcRefusal(401),
    "no-such-room": IrcRefusal(403),
    "room-name-not-allowed": IrcRefusal(403),
    "not-in-room": IrcRefusal(442),
    "not-in-any-room": IrcRefusal(442),
    "in-too-many-rooms": IrcRefusal(405),
    "too-many-rooms": IrcRefusal(405),
    "room-private": IrcRefusal(473),
    "room-has-key": IrcRefusal(475),
    "wrong-room-key": IrcRefusal(475),
    "room-is-full": IrcRefusal(471),
    "kept-out": IrcRefusal(474),
    "no-voice": IrcRefusal(404),
    "too-many-masks": IrcRefusal(478),
    "not-a-limit": IrcRefusal(696),
    "not-a-mask": IrcRefusal(696),
    "not-a-room-key": IrcRefusal(525),
    "not-operator": IrcRefusal(482),
    "not-moderator": IrcRefusal(482),
    "nobodys-room": IrcRefusal(482),
    "topic-is-locked": IrcRefusal(482),
    "topic-held": IrcRefusal(482),
    "not-there": IrcRefusal(441),
    "not-here": IrcRefusal(441),
    "there-already": IrcRefusal(443),
    "text-too-long": IrcRefusal(417),
    "line-too-long": IrcRefusal(417),
    "wrong-use": IrcRefusal(461),
    "not-a-date": IrcRefusal(461),
    "unknown-command": IrcRefusal(421),
    "banned": IrcRefusal(465),
    "locked": IrcRefusal(465),
    "muted": IrcRefusal(None, "MUTED"),
    "not-text": IrcRefusal(None, "INVALID_UTF8"),
    "overloaded": _NOT_NOW,
    "not-stored": _NOT_NOW,
    "not-read": _NOT_NOW,
    "too-fast": _NOT_NOW,
}
"""By our code."""

OTHERWISE = IrcRefusal(None, "REFUSED")
"""What has no row."""

ENDINGS = frozenset(
    {"name-not-given", "never-stops", "too-many-connections", "connecting-too-often", "server-full", "banned", "locked"}
)
"""Refusals that the connection ends with."""
