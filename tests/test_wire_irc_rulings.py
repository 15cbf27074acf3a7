"""What is decided on a room, as lines of IRC."""

from __future__ import annotations

import pytest

from twistchat.core.events import (
    Admitted,
    Entry,
    Expelled,
    Gone,
    Invited,
    KeyGone,
    KeySet,
    Left,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    PutOut,
    Ruling,
    Sealed,
    Stored,
    TopicLocked,
)
from twistchat.core.modes import (
    Barred,
    LimitSet,
    MasksSet,
    ModeratedSet,
    OutsideSet,
    SecretSet,
    Unbarred,
    VoiceGiven,
    VoiceTaken,
)
from twistchat.core.terms import Terms
from twistchat.wire.irc_format import IrcFormat
from twistchat.wire.irc_rulings import modes_of

FORMAT = IrcFormat(server="irc.test")
ADA = ":ada!~u@irc.test"


def line_of(event: Stored) -> str:
    return FORMAT.event(Entry(1, 0.0, event)).decode().removesuffix("\r\n")


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (PrivateSet("tea", "ada", "on"), f"{ADA} MODE #tea +i"),
        (PrivateSet("tea", "ada", "off"), f"{ADA} MODE #tea -i"),
        (PrivateSet("tea", None, "off"), ":irc.test MODE #tea -i"),
        (KeySet("tea", "ada", "mark"), f"{ADA} MODE #tea +k *"),
        (KeyGone("tea", None), ":irc.test MODE #tea -k *"),
        (TopicLocked("tea", "ada", "on"), f"{ADA} MODE #tea +t"),
        (TopicLocked("tea", "ada", "off"), f"{ADA} MODE #tea -t"),
        (OperatorGiven("tea", "ada", "eve"), f"{ADA} MODE #tea +o eve"),
        (OperatorGiven("tea", None, "eve"), ":irc.test MODE #tea +o eve"),
        (OperatorTaken("tea", "ada", "eve"), f"{ADA} MODE #tea -o eve"),
        (SecretSet("tea", "ada", "on"), f"{ADA} MODE #tea +s"),
        (ModeratedSet("tea", "ada", "off"), f"{ADA} MODE #tea -m"),
        (OutsideSet("tea", "ada", "on"), f"{ADA} MODE #tea -n"),
        (OutsideSet("tea", "ada", "off"), f"{ADA} MODE #tea +n"),
        (LimitSet("tea", "ada", "20"), f"{ADA} MODE #tea +l 20"),
        (LimitSet("tea", "ada", "off"), f"{ADA} MODE #tea -l"),
        (VoiceGiven("tea", "ada", "eve"), f"{ADA} MODE #tea +v eve"),
        (VoiceTaken("tea", "ada", "eve"), f"{ADA} MODE #tea -v eve"),
        (Barred("tea", "ada", "eve*"), f"{ADA} MODE #tea +b eve*!*@*"),
        (Unbarred("tea", "ada", "eve"), f"{ADA} MODE #tea -b eve!*@*"),
        (PutOut("tea", "eve", "loud", "ada"), f"{ADA} KICK #tea eve :loud"),
        (PutOut("tea", "eve", "", "ada"), f"{ADA} KICK #tea eve :ada"),
        (Invited("tea", "ada", "eve"), f"\0I{ADA} INVITE eve #tea"),
    ],
)
def test_a_ruling_is_a_line(event: Stored, line: str) -> None:
    assert line_of(event) == line


@pytest.mark.parametrize(
    "event", [Admitted("tea", "ada", "m"), Expelled("tea", "ada", "m"), Sealed("tea", None), MasksSet("tea", "ada")]
)
def test_what_nobody_is_told_of_is_no_line(event: Ruling) -> None:
    assert line_of(event) == ""


def test_a_long_reason_is_cut_where_a_line_ends() -> None:
    for event in (PutOut("tea", "eve", "x" * 900, "ada"), Left("tea", "eve", "x" * 900), Gone("tea", "eve", "x" * 900)):
        line = line_of(event)
        assert len(line.encode()) <= 510
        assert line.endswith("…")


def test_the_modes_of_a_room_are_its_terms() -> None:
    terms = Terms()
    assert modes_of(terms) == "+n"
    for number, event in enumerate(
        (PrivateSet("tea", "ada", "on"), KeySet("tea", "ada", "mark"), TopicLocked("tea", "ada", "on"))
    ):
        terms.take(Entry(number, 0.0, event))
    assert modes_of(terms) == "+iknt *"
    more = (SecretSet("tea", "ada", "on"), LimitSet("tea", "ada", "7"), OutsideSet("tea", "ada", "on"))
    for event in (*more, ModeratedSet("tea", "ada", "on")):
        terms.take(Entry(9, 0.0, event))
    assert modes_of(terms) == "+iklmst * 7"
