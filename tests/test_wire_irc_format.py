"""Events and replies as lines of IRC, by what the reader's client asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twistchat import errors
from twistchat.core.census import RoomRecord
from twistchat.core.events import (
    Acted,
    Announced,
    Aside,
    Away,
    Described,
    Entry,
    Event,
    Gone,
    Joined,
    Left,
    Noticed,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    Removed,
    Renamed,
    RenamedAlone,
    Said,
    Stored,
    Tagged,
    TopicSet,
    Whispered,
    WhisperedNotice,
)
from twistchat.core.names import EVERYWHERE
from twistchat.core.replies import Answer, Done, Goodbye, Here, Past, Refused, Welcome, notice
from twistchat.errors import ChatError, NameNotGiven, NameTaken, NotStored
from twistchat.wire.irc_format import GOODBYE, WELCOME, IrcFormat, msgid, stamp
from twistchat.wire.irc_numerics import OTHERWISE, REFUSALS

BARE = IrcFormat(server="irc.test", real_name=lambda name: f"{name} Lovelace")
TIME = 1772368440.1234
ADA = ":ada!~u@irc.test"


def having(*caps: str) -> IrcFormat:
    return replace(BARE, caps=frozenset(caps))


def lines(format: IrcFormat, event: Event, beside: str | None = None) -> list[str]:
    told = Entry(17, TIME, event, beside) if isinstance(event, Stored) else Aside(None, TIME, event, beside)
    piece = format.event(told).decode()
    assert not piece or piece.endswith("\r\n")
    return piece.split("\r\n")[:-1]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Said("tea", "ada", "hi"), f"{ADA} PRIVMSG #tea :hi"),
        (Acted("tea", "ada", "waves"), f"{ADA} PRIVMSG #tea :\x01ACTION waves\x01"),
        (Noticed("tea", "ada", "hm"), f"{ADA} NOTICE #tea :hm"),
        (Joined("tea", "ada"), f"{ADA} JOIN #tea"),
        (Left("tea", "ada", "bye"), f"{ADA} PART #tea :bye"),
        (Left("tea", "ada"), f"{ADA} PART #tea"),
        (Gone("tea", "ada", "bye"), f"{ADA} QUIT :bye"),
        (Removed("tea", "ada", "spam"), ":irc.test KICK #tea ada :spam"),
        (Removed("tea", "ada"), ":irc.test KICK #tea ada :ada"),
        (Renamed("tea", "ada", "eve"), f"{ADA} NICK eve"),
        (RenamedAlone("ada", "eve"), f"{ADA} NICK eve"),
        (TopicSet("tea", "ada", "leaves"), f"{ADA} TOPIC #tea :leaves"),
        (TopicSet("tea", None, ""), ":irc.test TOPIC #tea :"),
        (Announced("tea", "at six"), ":irc.test NOTICE #tea :at six"),
        (Announced(EVERYWHERE, "at six"), ":irc.test NOTICE \0 :at six"),
        (Whispered("ada", "bob", "psst"), f"{ADA} PRIVMSG bob :psst"),
        (Whispered("ada", "bob", "* ada waves"), f"{ADA} PRIVMSG bob :\x01ACTION waves\x01"),
        (WhisperedNotice("ada", "bob", "psst"), f"{ADA} NOTICE bob :psst"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Event) else "",
)
def test_an_event_is_a_line_with_a_source(event: Event, line: str) -> None:
    assert lines(BARE, event) == [line]


@pytest.mark.parametrize(
    ("event", "cap", "line"),
    [
        (Joined("tea", "ada"), "extended-join", f"{ADA} JOIN #tea * :ada Lovelace"),
        (Away("tea", "ada", "lunch"), "away-notify", f"{ADA} AWAY :lunch"),
        (Away("tea", "ada", ""), "away-notify", f"{ADA} AWAY"),
        (Described("tea", "ada", "Countess"), "setname", f"{ADA} SETNAME :Countess"),
    ],
)
def test_who_asked_for_more_is_told_more(event: Event, cap: str, line: str) -> None:
    assert lines(having(cap), event) == [line]
    assert lines(BARE, event) in ([], [f"{ADA} JOIN #tea"])


def test_times_and_ids_are_tags_for_who_asked_for_them() -> None:
    said = Said("tea", "ada", "hi")
    assert lines(having("server-time"), said) == [f"@time=2026-03-01T12:34:00.123Z {ADA} PRIVMSG #tea :hi"]
    assert lines(having("message-tags"), said, "+typing=done") == [f"@msgid=17;+typing=done {ADA} PRIVMSG #tea :hi"]
    whispered = Aside(None, TIME, Whispered("ada", "bob", "hi"))
    assert msgid(whispered) == "p1772368440123400"
    assert stamp(0.0) == "1970-01-01T00:00:00.000Z"


def test_tags_without_a_line_go_to_who_knows_of_tags() -> None:
    tags = having("message-tags")
    assert lines(tags, Tagged("tea", "ada", ""), "+a") == [f"@msgid=p1772368440123400;+a {ADA} TAGMSG #tea"]
    assert lines(tags, Tagged(None, "ada", "", "bob"), "+a") == [f"@msgid=p1772368440123400;+a {ADA} TAGMSG bob"]
    assert lines(BARE, Tagged("tea", "ada", "")) == []


def test_a_long_text_is_several_lines_of_512_bytes_the_first_of_which_has_the_id() -> None:
    told = lines(having("server-time", "message-tags"), Said("tea", "ada", "汉" * 1000))
    assert len(told) == 7
    assert [line.partition(" ")[0].count("msgid") for line in told] == [1, 0, 0, 0, 0, 0, 0]
    bare = [line.partition(" ")[2] for line in told]
    assert all(len(line.encode()) <= 510 and line.startswith(f"{ADA} PRIVMSG #tea :") for line in bare)
    assert "".join(line.partition(" :")[2] for line in bare) == "汉" * 1000


def test_a_long_action_is_several_actions() -> None:
    told = lines(BARE, Acted("tea", "ada", "x" * 1000))
    assert all(line.startswith(f"{ADA} PRIVMSG #tea :\x01ACTION ") and line.endswith("\x01") for line in told)
    assert all(len(line) <= 510 for line in told)
    assert len(told) == 3


def test_a_long_text_is_one_in_pieces_for_who_puts_it_together() -> None:
    first, *middle, last = lines(having("draft/multiline", "batch", "message-tags"), Said("tea", "ada", "ab " * 300))
    assert first == f"@msgid=17 {ADA} BATCH +m17 draft/multiline #tea"
    assert last == ":irc.test BATCH -m17"
    assert middle[0].startswith(f"@batch=m17 {ADA} PRIVMSG #tea :ab")
    assert middle[1].startswith(f"@batch=m17;draft/multiline-concat {ADA} PRIVMSG #tea :")
    assert "".join(line.partition(" :")[2].partition(" :")[2] for line in middle) == "ab " * 300


def test_a_long_announcement_leaves_room_for_the_readers_name() -> None:
    assert all(len(line) <= 510 - 160 for line in lines(BARE, Announced(EVERYWHERE, "x" * 1000)))


def test_what_fits_of_a_topic_is_shown() -> None:
    (line,) = lines(BARE, TopicSet("tea", "ada", "汉" * 300))
    assert line.endswith("汉…")
    assert len(line.encode()) <= 510


@pytest.mark.parametrize(
    "event", [Away("tea", "ada", "汉" * 300), Described("tea", "ada", "汉" * 300), Joined("tea", "ada")]
)
def test_what_somebody_says_of_themselves_is_shown_as_far_as_it_fits(event: Event) -> None:
    format = replace(having("away-notify", "setname", "extended-join"), real_name=lambda _: "汉" * 300)
    (line,) = lines(format, event)
    assert line.endswith("汉…")
    assert len(line.encode()) <= 510


def test_leaving_and_a_new_name_are_told_once_a_frame_however_many_rooms_tell_it() -> None:
    format = having("message-tags")
    gone = [format.event(Entry(number, TIME, Gone(room, "ada"))) for number, room in ((1, "tea"), (2, "den"))]
    said = format.event(Entry(3, TIME, Said("tea", "eve", "oh")))
    assert format.frame([*gone, said]) == gone[0] + said
    assert format.frame([said, said]) == said + said
    assert format.frame([gone[0]]) == gone[0]


def test_changes_of_modes_in_a_row_are_one_line_of_those_who_made_them() -> None:
    on = [PrivateSet("tea", "ada", "on"), OperatorGiven("tea", "ada", "bob"), OperatorTaken("tea", "ada", "eve")]
    others = [PrivateSet("den", "ada", "on"), PrivateSet("den", "eve", "on")]
    format = BARE
    said = b":irc.test NOTICE ada :x\r\n"
    pieces = [format.event(Entry(1, TIME, event)) for event in on]
    assert format.frame(pieces) == b":ada!~u@irc.test MODE #tea +io-o bob eve\r\n"
    frame = format.frame([*pieces, *(format.event(Entry(1, TIME, event)) for event in others), said, pieces[0]])
    assert [line.split(b" MODE ")[-1] for line in frame.split(b"\r\n")[1:]] == [
        *(b"#den +i", b"#den +i", said[:-2], b"#tea +i", b""),
    ]
    many = [format.event(Entry(1, TIME, OperatorGiven("tea", "ada", "x" * 160))) for _ in range(4)]
    assert [len(line) for line in format.frame(many).split(b"\r\n")] == [len(many[0]) + 160, len(many[0]) + 160, 0]


def record(*people: str, topic: Entry | None = None) -> RoomRecord:
    made = RoomRecord("tea", 20)
    for name in people:
        made.move(Entry(1, TIME, Joined("tea", name)))
    if topic is not None:
        made.note(topic)
    return made


def told(format: IrcFormat, reply: object) -> list[str]:
    return b"".join(format.reply(reply)).decode().split("\r\n")[:-1]  # type: ignore[arg-type]


def test_who_comes_is_shown_the_topic_and_the_people() -> None:
    room = record("ada", "eve", topic=Entry(3, TIME, TopicSet("tea", "eve", "leaves")))
    assert told(BARE, Here(room)) == [
        ":irc.test 332 \0 #tea :leaves",
        ":irc.test 333 \0 #tea eve!~u@irc.test 1772368440",
        ":irc.test 353 \0 = #tea :@ada eve",
        ":irc.test 366 \0 #tea :End of /NAMES list",
    ]
    room.topic_entry = None
    assert told(having("draft/read-marker"), Here(room))[:2] == [":irc.test 332 \0 #tea :leaves", "\0M#tea"]


def test_many_people_are_several_lines() -> None:
    names = told(having("userhost-in-names"), Here(record(*(f"guest{number}" for number in range(100)))))[:-1]
    assert len(names) > 5
    assert all(len(line) <= 510 for line in names)
    people = " ".join(line.partition(" :")[2].partition(" :")[2] or line.rpartition(" :")[2] for line in names).split()
    assert people == [f"{'@' * (not number)}guest{number}!~u@irc.test" for number in range(100)]


PAST = [
    Entry(1, TIME, Announced(EVERYWHERE, "open")),
    Entry(2, TIME, Said("tea", "ada", "one")),
    Entry(3, TIME, TopicSet("tea", "ada", "leaves")),
    Entry(4, TIME, Acted("tea", "ada", "waves")),
]
STAMP = "time=2026-03-01T12:34:00.123Z"


def test_the_past_bears_its_times_and_has_no_topics() -> None:
    assert told(having("server-time"), Past("tea", PAST)) == [
        f"@{STAMP} :irc.test NOTICE \0 :open",
        f"@{STAMP} {ADA} PRIVMSG #tea :one",
        f"@{STAMP} {ADA} PRIVMSG #tea :\x01ACTION waves\x01",
    ]
    assert told(having("server-time", "batch"), Past("tea", PAST[1:])) == [
        ":irc.test BATCH +h4 chathistory #tea",
        f"@batch=h4;{STAMP} {ADA} PRIVMSG #tea :one",
        f"@batch=h4;{STAMP} {ADA} PRIVMSG #tea :\x01ACTION waves\x01",
        ":irc.test BATCH -h4",
    ]


def test_nothing_of_the_past_goes_to_who_could_take_it_for_new_or_can_ask_for_it() -> None:
    (line,) = told(BARE, Past("tea", PAST[1:]))
    assert line.startswith(":irc.test NOTICE \0 :What was said here before is shown by /quote HISTORY")
    assert told(having("server-time", "draft/chathistory"), Past("tea", PAST[1:])) == []
    assert told(BARE, Past(None, PAST[:1])) == [":irc.test NOTICE \0 :open"]


def test_topics_of_the_past_are_told_to_who_asked_for_events() -> None:
    playback = having("draft/event-playback", "server-time")
    assert [*playback.history("tea", PAST[2:3], "h")] == [f"@{STAMP} {ADA} TOPIC #tea :leaves\r\n".encode()]
    assert [*having("batch").history("tea", PAST[2:3], "h")] == [
        b":irc.test BATCH +h chathistory #tea\r\n",
        b":irc.test BATCH -h\r\n",
    ]
    assert b"@batch=h " in [*having("batch", "draft/event-playback").history("tea", PAST[2:3], "h")][1]


def test_lines_that_were_asked_for_come_as_notices_so_that_no_bot_takes_them_for_new() -> None:
    (line,) = told(BARE, Past("tea", PAST[1:2], numbered=True))
    assert line.startswith(":irc.test NOTICE \0 :#2 [2026-03-01 12:34] ada: one")


def test_replies_of_the_core_are_lines_for_the_reader_alone() -> None:
    assert BARE.reply(Welcome("ada")) == [WELCOME]
    assert BARE.reply(Goodbye()) == [GOODBYE]
    assert BARE.reply(Done("1")) == []
    assert told(BARE, Answer(notice("pong", "pong"), "1")) == [":irc.test NOTICE \0 :pong"]
    assert told(BARE, notice("left", "You left {room}.", room="tea")) == []


def test_refusals_are_standard_replies_where_they_are_known_and_notices_elsewhere() -> None:
    sentence = "That could not be stored (the disk is full), so nobody has seen it. Send it again later."
    refused = Refused(NotStored("the disk is full"))
    assert told(BARE, refused) == [f":irc.test NOTICE \0 :{sentence}"]
    assert told(having("standard-replies"), refused) == [f":irc.test FAIL * TRY_AGAIN :{sentence}"]
    assert told(having("standard-replies"), Refused(NameTaken("ada")))[0].startswith(":irc.test FAIL * REFUSED :")
    assert told(BARE, Refused(NameNotGiven(60))) == [
        "ERROR :Closing Link: No name came within 60 seconds. Connect again and type a name."
    ]


def test_people_of_the_same_capabilities_share_frames_whoever_tells_their_names() -> None:
    assert having("batch") == replace(having("batch"), real_name=str)
    assert having("batch") != BARE
    assert BARE.labelled(True) is BARE
    assert BARE.stamped(True) is BARE
    assert not BARE.folds_presence


def test_an_event_without_a_text_has_none_to_be_told() -> None:
    with pytest.raises(TypeError):
        BARE.told(Entry(1, TIME, Joined("tea", "ada")))


def test_a_topic_may_be_as_long_as_a_line_has_bytes_and_is_cut_behind_that() -> None:
    room = len("\r\n") + len(f"{ADA} TOPIC #tea :")
    full = "x" * (512 - room)
    assert lines(BARE, TopicSet("tea", "ada", full)) == [f"{ADA} TOPIC #tea :{full}"]
    (cut,) = lines(BARE, TopicSet("tea", "ada", f"{full}x"))
    assert cut == f"{ADA} TOPIC #tea :{full[:-3]}…"
    assert len(f"{cut}\r\n".encode()) == 512


def test_each_refusal_of_a_name_is_one_that_has_clients_ask_for_another() -> None:
    """432 and 433; by any other way a client waits at its registration until it is let go."""
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ChatError)]
    codes = {kind.code for kind in classes if kind.__name__.startswith("Name")}
    codes -= {"name-not-given", "name-held"}  # answers to no NICK
    assert len(codes) > 8
    assert {code for code in codes if REFUSALS.get(code, OTHERWISE).number not in (432, 433)} == set()
