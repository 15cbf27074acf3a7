"""IRC at its connection: coming in, capabilities, bad input, own lines, labels."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.chat import Chat
from support.fuzzed import check_harmless
from support.irc import SERVER, IrcDoor, IrcPeer, IrcSocketDoor
from websockets.frames import Opcode

from twistchat.core.bans import Act
from twistchat.wire.irc_lines import parse

FORMATTING = str.maketrans("", "", "\x01\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f")
"""What IRC has for acts and colours, which its clients read."""


@pytest.fixture
def door(chat: Chat) -> IrcDoor:
    return IrcDoor(chat)


def bare(lines: list[str]) -> list[str]:
    """Lines without their tags."""
    return [line.partition(" ")[2] if line.startswith("@") else line for line in lines]


def commands(lines: list[str]) -> list[str]:
    """The commands of lines."""
    return [line.command for line in map(parse, lines) if line is not None]


# --- coming in


def test_a_client_is_greeted_and_put_into_the_lobby(door: IrcDoor) -> None:
    peer = door.connects()
    lines = peer.says_line("NICK ada", "USER ada 0 * :Ada")
    numbers = commands(lines)
    assert numbers[:4] == ["001", "002", "003", "004"]
    assert numbers[-4:] == ["422", "JOIN", "353", "366"]
    assert all(line.startswith(f":{SERVER} ") or line.startswith(f":ada!~u@{SERVER} ") for line in lines)
    assert all(len(line.encode()) <= 510 for line in lines)


def test_who_comes_for_bots_may_be_nowhere(chat: Chat) -> None:
    peer = IrcDoor(chat, joins_lobby=False).connects()
    assert "JOIN" not in commands(peer.says_line("NICK ada", "USER ada 0 * :Ada"))
    assert commands(peer.says_line("JOIN #tea,#den"))[::3] == ["JOIN", "JOIN"]
    assert commands(peer.says_line("JOIN 0")) == ["PART", "PART"]
    assert commands(peer.says_line("NICK ada2")) == ["NICK"]


def test_before_registration_only_what_it_takes_is_taken(door: IrcDoor) -> None:
    peer = door.connects()
    assert peer.says_line("CAP LS 302", "JOIN :")[-1] == f":{SERVER} 451 * JOIN :You have not registered"
    assert commands(peer.says_line("NICK", "NICK :", "USER a", "PASS", "WHO x")) == ["431", "431", "461", "461", "451"]
    assert peer.says_line("PING x") == [f":{SERVER} PONG {SERVER} :x"]
    assert commands(peer.says_line("NICK ada", "USER a 0 * :A")) == []
    assert commands(peer.says_line("CAP END"))[0] == "001"
    assert commands(peer.says_line("USER a 0 * :A", "PASS x")) == ["462", "462"]


def test_a_secret_takes_the_place_of_the_connection_before(door: IrcDoor, chat: Chat) -> None:
    first = door.connects()
    first.writes("PASS s3cret", "NICK ada", "USER a 0 * :A")
    first.lines()
    stranger = door.connects()
    assert commands(stranger.says_line("NICK ada"))[-1] == "433"
    assert commands(stranger.says_line("PASS other", "NICK ada", "USER a 0 * :A"))[-1] == "433"
    second = door.connects()
    assert "001" in commands(second.says_line("PASS s3cret", "NICK ada", "USER a 0 * :A"))
    assert first.is_closed
    assert chat.people_in("lobby") == ["ada"]


def test_who_is_banned_is_told_so_and_let_go(door: IrcDoor, chat: Chat) -> None:
    chat.hub.rules.take(Act("ban", "op", subject="ada", number=1))
    peer = door.connects()
    lines = peer.says_line("NICK ada", "USER a 0 * :A")
    assert commands(lines) == ["465", "ERROR"]
    assert peer.is_closed


def test_who_gives_no_name_in_a_minute_is_let_go(door: IrcDoor, chat: Chat) -> None:
    peer = door.connects()
    chat.clock.pump([10] * 6)
    assert commands(peer.lines())[-1] == "ERROR"
    assert peer.is_closed


@pytest.mark.parametrize("name", ["a!b", "a@b", ":a", "a,b", "#a", "a*b", "a b", "10.1.2.3"])
def test_names_that_could_be_taken_for_something_else_are_refused(door: IrcDoor, chat: Chat, name: str) -> None:
    peer = door.connects()
    peer.writes("USER a 0 * :A")
    assert commands(peer.says_line(f"NICK :{name}")) == ["432"]
    assert chat.people_in("lobby") == []


# --- capabilities


def test_capabilities_are_all_or_nothing(door: IrcDoor) -> None:
    peer = door.registers("ada")
    assert peer.says_line("CAP REQ :batch nonsense setname") == [f":{SERVER} CAP ada NAK :batch nonsense setname"]
    assert peer.says_line("CAP REQ :batch setname", "CAP LIST", "CAP REQ :-batch", "CAP LIST") == [
        f":{SERVER} CAP ada ACK :batch setname",
        f":{SERVER} CAP ada LIST :batch setname",
        f":{SERVER} CAP ada ACK :-batch",
        f":{SERVER} CAP ada LIST :setname",
    ]
    assert commands(peer.says_line("CAP", "CAP NONSENSE")) == ["410", "410"]


def test_the_list_of_capabilities_has_values_for_who_knows_them(door: IrcDoor) -> None:
    peer = door.connects()
    (line,) = peer.says_line("CAP LS")
    assert "draft/multiline " in line
    lines = peer.says_line("CAP LS 302")
    assert "draft/multiline=max-bytes=4096,max-lines=24" in " ".join(lines)
    assert all(len(each) <= 510 for each in lines)


# --- own lines


@pytest.mark.parametrize(("caps", "count"), [("", 0), ("echo-message", 1)])
def test_own_lines_come_once_or_not_at_all_in_three_rooms(chat: Chat, caps: str, count: int) -> None:
    door = IrcDoor(chat)
    ada, eve = door.registers("ada", caps), door.registers("eve")
    for peer in (ada, eve):
        peer.writes("JOIN #tea,#den")
    ada.lines(), eve.lines()
    ada.writes(*(f"PRIVMSG #{room} :in {room}" for room in ("lobby", "tea", "den")), "PRIVMSG eve :psst")
    assert len([line for line in ada.lines() if "PRIVMSG" in line]) == 4 * count
    assert len([line for line in eve.lines() if "PRIVMSG" in line]) == 4
    ada.writes("PRIVMSG ada :to myself")
    assert len([line for line in ada.lines() if "PRIVMSG" in line]) == 1 + count


def test_who_shares_three_rooms_is_told_of_an_end_and_a_new_name_once(chat: Chat) -> None:
    door = IrcDoor(chat)
    ada, eve = door.registers("ada"), door.registers("eve", "server-time message-tags")
    for peer in (ada, eve):
        peer.writes("JOIN #tea,#den")
    eve.lines()
    ada.writes("NICK ada2")
    assert commands(eve.lines()) == ["NICK"]
    ada.hangs_up()
    assert commands(eve.lines()) == ["QUIT"]


# --- labels


LABELS = "batch echo-message labeled-response"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PONG x", [f"@label=7 :{SERVER} ACK"]),
        ("PING x", [f"@label=7 :{SERVER} PONG {SERVER} :x"]),
        ("PRIVMSG #lobby :hi", [f"@label=7 :ada!~u@{SERVER} PRIVMSG #lobby :hi"]),
        ("NICK ada2", [f"@label=7 :ada!~u@{SERVER} NICK ada2"]),
        (
            "PRIVMSG nobody :hi",
            [f"@label=7 :{SERVER} 401 ada nobody :Nobody called nobody is here. /who lists the people."],
        ),
        (
            "MODE #lobby b",
            [f"@label=7 :{SERVER} 368 ada #lobby :End of channel ban list"],
        ),
        (
            "PRIVMSG ada :me",
            [f"@label=7 :ada!~u@{SERVER} PRIVMSG ada :me", f":ada!~u@{SERVER} PRIVMSG ada :me"],
        ),
    ],
)
def test_the_answer_to_a_labelled_line_bears_the_label(door: IrcDoor, line: str, answer: list[str]) -> None:
    ada = door.registers("ada", LABELS)
    assert sorted(ada.says_line(f"@label=7 {line}")) == sorted(answer)


def test_several_lines_of_an_answer_are_a_batch_and_what_others_say_is_not_in_it(door: IrcDoor, chat: Chat) -> None:
    eve, ada = chat.enters("eve"), door.registers("ada", LABELS)
    ada.protocol.dataReceived(b"@label=7 JOIN #tea\r\n")
    eve.sends("meanwhile")
    lines = ada.lines()
    assert f":eve!~u@{SERVER} PRIVMSG #lobby :meanwhile" in lines
    batch = [line for line in lines if "eve!" not in line]
    assert batch[0] == f"@label=7 :{SERVER} BATCH +l1 labeled-response"
    assert batch[-1] == f":{SERVER} BATCH -l1"
    assert all(line.startswith("@batch=l1 ") for line in batch[1:-1])
    assert commands(batch[1:-1]) == ["JOIN", "353", "366"]


def test_a_labelled_end_is_answered_before_the_connection_ends(door: IrcDoor) -> None:
    ada = door.registers("ada", LABELS)
    assert commands(ada.says_line("@label=7 QUIT :bye"))[-1] == "ERROR"


# --- long texts, history, marks


def test_a_batch_of_pieces_is_one_text_and_lines_beside_are_others(door: IrcDoor, chat: Chat) -> None:
    eve, ada = chat.enters("eve"), door.registers("ada", f"{LABELS} draft/multiline")
    eve.hears()
    lines = ada.says_line(
        "@label=7 BATCH +x draft/multiline #lobby",
        "@batch=x PRIVMSG #lobby :one ",
        "@batch=x;draft/multiline-concat PRIVMSG #lobby :two",
        "@batch=x PRIVMSG #lobby :  three",
        "BATCH -x",
    )
    assert eve.hears() == ["ada: one two", "ada:   three"]
    assert lines[0] == f"@label=7 :{SERVER} BATCH +l1 labeled-response"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["@batch=x PRIVMSG #tea :x"], "MULTILINE_INVALID_TARGET"),
        (["@batch=x PRIVMSG #lobby :x", "@batch=x NOTICE #lobby :x"], "MULTILINE_INVALID_TARGET"),
        ([f"@batch=x PRIVMSG #lobby :{number}" for number in range(25)], "MULTILINE_MAX_LINES"),
        (["@batch=x;draft/multiline-concat PRIVMSG #lobby :" + "x" * 400] * 12, "MULTILINE_MAX_BYTES"),
        (["@batch=x;draft/multiline-concat PRIVMSG #lobby :" + "x" * 400] * 3, "MULTILINE_INVALID"),
        (["BATCH +y draft/multiline #lobby"], "MULTILINE_INVALID"),
        (["@batch=x PRIVMSG #lobby :x", "@batch=x;draft/multiline-concat PRIVMSG #lobby :"], "MULTILINE_INVALID"),
        (["@batch=y PRIVMSG #lobby :x"], "MULTILINE_INVALID"),
        ([], "MULTILINE_INVALID"),
    ],
)
def test_a_batch_that_is_wrong_is_refused_once_and_nothing_of_it_is_said(
    door: IrcDoor, chat: Chat, lines: list[str], code: str
) -> None:
    eve, ada = chat.enters("eve"), door.registers("ada", "batch draft/multiline")
    eve.hears()
    (told,) = ada.says_line("BATCH +x draft/multiline #lobby", *lines, "BATCH -x")
    assert f"FAIL BATCH {code} " in told
    assert eve.hears() == []


def test_history_is_asked_for_by_lines_and_by_times(door: IrcDoor, chat: Chat) -> None:
    eve = chat.enters("eve")
    for number in range(5):
        chat.clock.advance(1)
        eve.sends(f"line {number}")
    ada = door.registers("ada", "batch server-time draft/chathistory message-tags")
    ids = [line.split("msgid=")[1].split(" ")[0] for line in ada.says_line("CHATHISTORY LATEST #lobby * 9")[1:-1]]
    assert len(ids) == 5

    def texts(question: str) -> list[str]:
        return [line.rpartition(" ")[2] for line in ada.says_line(f"CHATHISTORY {question}")[1:-1]]

    at = "timestamp=1970-01-01T00:00:03.000Z"
    assert texts("LATEST #lobby * 2") == ["3", "4"]
    assert texts(f"LATEST #lobby msgid={ids[2]} 9") == ["3", "4"]
    assert texts(f"BEFORE #lobby msgid={ids[2]} 9") == texts(f"BEFORE #lobby {at} 9") == ["0", "1"]
    assert texts(f"AFTER #lobby msgid={ids[2]} 1") == texts(f"AFTER #lobby {at} 1") == ["3"]
    assert texts(f"AROUND #lobby msgid={ids[2]} 3") == ["1", "2", "3"]
    assert texts(f"BETWEEN #lobby msgid={ids[0]} msgid={ids[4]} 2") == ["1", "2"]
    assert texts(f"BETWEEN #lobby msgid={ids[4]} msgid={ids[0]} 2") == ["2", "3"]
    times = "timestamp=1970-01-01T00:00:00.000Z timestamp=1971-01-01T00:00:00.000Z"
    (target,) = ada.says_line(f"CHATHISTORY TARGETS {times} 5")[1:-1]
    assert target.endswith(f":{SERVER} CHATHISTORY TARGETS #lobby 1970-01-01T00:00:05.000Z")


def test_history_that_cannot_be_read_is_said_so(door: IrcDoor, chat: Chat) -> None:
    from twistchat.errors import NotRead

    ada = door.registers("ada", "batch draft/chathistory")
    chat.log.unreadable = NotRead("the disk is gone")
    (line,) = ada.says_line("CHATHISTORY LATEST #lobby * 5")
    assert "FAIL CHATHISTORY MESSAGE_ERROR LATEST :" in line


def test_a_mark_is_kept_and_never_goes_back(door: IrcDoor) -> None:
    ada = door.registers("ada", "draft/read-marker")
    later, earlier = "timestamp=2026-03-01T12:00:00.000Z", "timestamp=2026-02-01T12:00:00.000Z"
    assert ada.says_line("MARKREAD #lobby") == [f":{SERVER} MARKREAD #lobby *"]
    assert (
        ada.says_line(f"MARKREAD #lobby {later}", f"MARKREAD #LOBBY {earlier}")
        == [f":{SERVER} MARKREAD #lobby {later}"] * 2
    )
    for number in range(120):
        ada.writes(f"MARKREAD n{number} {later}")
    assert commands(ada.lines()).count("MARKREAD") == 99


# --- by WebSocket


def test_the_first_subprotocol_that_a_client_offers_is_spoken(chat: Chat) -> None:
    door = IrcSocketDoor(chat)
    assert door.enters("ada").kinds == {Opcode.BINARY}
    door.offered = ("text.ircv3.net", "binary.ircv3.net")
    assert door.enters("eve").kinds == {Opcode.TEXT}
    door.offered, door.path = ("text.ircv3.net",), "/"
    assert door.enters("bob").kinds == {Opcode.TEXT}
    door.offered, door.path = (), "/irc"
    peer = door.enters("eva")
    assert peer.kinds == {Opcode.TEXT}
    peer.socket.send_binary(b"PRIVMSG #lobby :caf\xe9")
    assert commands(peer.lines()) == ["FAIL"]


def peers(chat: Chat) -> tuple[IrcPeer, IrcPeer]:
    door = IrcDoor(chat)
    return door.registers("ada", "away-notify setname message-tags"), door.registers("eve", "message-tags")


def test_what_one_client_signals_another_sees(chat: Chat) -> None:
    ada, eve = peers(chat)
    ada.lines()
    assert commands(eve.says_line("AWAY :lunch")) == ["306"]
    assert bare(ada.lines()) == [f":eve!~u@{SERVER} AWAY :lunch"]
    assert bare(ada.says_line("PRIVMSG eve :psst")) == [f":{SERVER} 301 ada eve :lunch"]
    eve.lines()
    assert commands(eve.says_line("AWAY")) == ["305"]
    eve.writes("@+typing=active TAGMSG #lobby,ada", "@+draft/reply=1 PRIVMSG ada :re")
    lines = ada.lines()
    assert commands(lines) == ["AWAY", "TAGMSG", "TAGMSG", "PRIVMSG"]
    assert [line.partition(" ")[0].partition(";")[2] for line in lines[1:]] == [
        "+typing=active",
        "+typing=active",
        "+draft/reply=1",
    ]
    eve.writes("SETNAME :Eve of IRC")
    assert bare(ada.lines()) == [f":eve!~u@{SERVER} SETNAME :Eve of IRC"]


def test_actions_reach_people_and_rooms_as_actions(chat: Chat) -> None:
    bob = chat.enters("bob")
    ada, eve = peers(chat)
    bob.hears(), eve.lines()
    ada.writes("PRIVMSG #lobby :\x01ACTION waves\x01", "PRIVMSG eve :\x01ACTION nods\x01", "NOTICE #lobby :hm")
    assert bob.hears() == ["* ada waves", "-ada- hm"]
    assert bare(eve.lines())[1] == f":ada!~u@{SERVER} PRIVMSG eve :\x01ACTION nods\x01"


def test_our_own_commands_can_be_typed_and_answer_by_notices(chat: Chat) -> None:
    ada, _ = peers(chat)
    ada.writes("PRIVMSG #lobby :tea is ready")
    lines = ada.says_line("HISTORY 5", "IGNORE nobody", "LANG zh_CN")
    assert {parse(line).command for line in lines} == {"NOTICE"}  # type: ignore[union-attr]
    assert "ada: tea is ready" in lines[0]


def test_what_our_own_commands_pass_on_is_as_clean_as_what_is_said(chat: Chat) -> None:
    ada, eve = peers(chat)
    eve.lines()
    ada.writes("ME \x0304waves\x1b[2J \x18", "MSG eve \x9b2Jpsst\u202e")
    assert [line.params[1] for line in map(parse, eve.lines()) if line] == ["\x01ACTION waves\x01", "psst"]


MADE_UP = """
    {}; {} #lobby; JOIN {}; PART {}; NAMES {}; LIST {}; TOPIC {} :x; INVITE {} {}; KICK #lobby {}; MODE #lobby +{}
    MODE {} +i; WHO {}; WHO * %tn,{}; WHOIS {}; WHOWAS {}; ISON {}; USERHOST {}; MONITOR + {}; MONITOR + a,{},b
    MONITOR S {}; AWAY :{}; CAP {}; CAP REQ :{}; AUTHENTICATE {}; NICK {}; QUIT :{}; HELP {}
    PRIVMSG {} :x; PRIVMSG a,b,c,d,e,{} :x
    BATCH +{} {} {}; CHATHISTORY {} #lobby * 5; CHATHISTORY LATEST {} * 5; MARKREAD {}; REDACT {} {}
    PRIVMSG {} :\x01VERSION\x01
"""


@given(
    st.sampled_from(re.split(r"; |\n +", MADE_UP.strip())),
    st.text("a#:,@\x02\x07\x10\x18\x19\x1b\x7f\x80\x85\x9b\u200e\u202e\u2028\u2066明", min_size=1, max_size=8),
    st.booleans(),
)
@example("QUIT :{}", "\x85bye", False)
@example("CAP REQ :{}", "\x85echo-message", True)
@example("CAP {}", "E\x10D", False)
def test_of_what_a_client_made_up_nothing_comes_back_that_acts_on_a_terminal(line: str, word: str, is_in: bool) -> None:
    peer = IrcDoor(Chat()).connects()
    if is_in:
        peer.registers("ada")
    for answer in map(parse, peer.says_line(line.replace("{}", word))):
        assert answer is not None
        check_harmless(" ".join([answer.source or "", answer.command, *answer.params]).translate(FORMATTING))


@pytest.mark.parametrize("word", ["x" * 480, "明" * 160], ids=["ascii", "Chinese"])
@pytest.mark.parametrize("line", [*re.split(r"; |\n +", MADE_UP.strip()), "PING {}", "IGNORE {}", "HISTORY {}"])
def test_an_answer_has_512_bytes_at_most_however_long_the_words_are_that_are_in_it(
    chat: Chat, line: str, word: str
) -> None:
    ada = IrcDoor(chat).registers("ada", "standard-replies message-tags")
    size = 510 - len(line.replace("{}", "").encode())
    asked = line.replace("{}", word.encode()[: size // line.count("{}")].decode("utf-8", "ignore"))
    answers = bare(ada.says_line(asked))
    assert [*filter(lambda answer: len(answer.encode()) > 510, answers)] == []


def test_texts_and_tags_that_reach_nobody_are_answered_and_notices_are_not(chat: Chat) -> None:
    ada = IrcDoor(chat).registers("ada", "message-tags")
    chat.enters("eve").sends("/ignore ada")
    ada.lines()
    many = ",".join("abcde")
    answers = {
        "PRIVMSG": ["411"],
        "PRIVMSG eve": ["412"],
        "PRIVMSG , :x": ["411"],
        "NOTICE eve": [],
        f"PRIVMSG {many} :x": ["407"],
        f"NOTICE {many} :x": [],
        "PRIVMSG eve :x": ["531"],
        "NOTICE nobody :x": [],
        "PRIVMSG nobody :x": ["401"],
        "@+typing=active TAGMSG nobody": ["401"],
        "@+typing=active TAGMSG eve": ["531"],
        "@+typing=active TAGMSG #nowhere": ["404"],
        "@+typing=active TAGMSG #lobby": [],
    }
    for line, answer in answers.items():
        assert commands(ada.says_line(line)) == answer, line
    bare = IrcDoor(chat).registers("bob")
    assert commands(bare.says_line("TAGMSG #lobby")) == ["421"]


@pytest.mark.parametrize("is_cut", [False, True], ids=["in one read", "in two reads"])
def test_a_message_is_dealt_with_alike_by_the_short_way_and_by_the_long(chat: Chat, is_cut: bool) -> None:
    door = IrcDoor(chat)
    ada, bob = door.registers("ada"), door.registers("bob")
    ada.lines()
    for text in (b"hello", "你好".encode(), b"  ", b"x" * 400, b"y" * 470, b"z" * 480):
        line = b"PRIVMSG #lobby :" + text + b"\r\n"
        for part in (line[:9], line[9:]) if is_cut else (line,):
            ada.sends(part)
    assert commands(ada.lines()) == ["417"], "the last is too long as others would get it"
    said = [line.partition(" :")[2] for line in bob.lines()]
    assert said == ["hello", "你好", "x" * 400, "y" * 470]


def test_a_plain_message_that_cannot_be_said_is_refused_as_any_other(chat: Chat) -> None:
    door = IrcDoor(chat)
    ada = door.registers("ada")
    chat.hub.limits = replace(chat.hub.limits, text_chars=10)
    ada.lines()
    assert commands(ada.says_line("PRIVMSG #lobby :longer than ten characters")) == ["417"]
    assert commands(ada.says_line("PRIVMSG #nowhere :hello")) == ["403"]
    assert commands(ada.says_line("PRIVMSG #LOBBY :short")) == []
