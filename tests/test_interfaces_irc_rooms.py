"""Rooms over IRC: what their operators decide, who may come in, and what those outside a closed room see of it."""

from __future__ import annotations

import re

import pytest
from support.chat import Chat
from support.irc import SERVER, IrcDoor, IrcPeer, numbers

ADA, EVE = f":ada!~u@{SERVER}", f":eve!~u@{SERVER}"


@pytest.fixture
def door(chat: Chat) -> IrcDoor:
    return IrcDoor(chat)


@pytest.fixture
def ada(chat: Chat, door: IrcDoor) -> IrcPeer:
    """She opened the room tea."""
    chat.clock.advance(1)
    ada = door.registers("ada")
    ada.says_line("JOIN #tea")
    return ada


@pytest.fixture
def eve(door: IrcDoor, ada: IrcPeer) -> IrcPeer:
    eve = door.registers("eve")
    ada.lines()
    return eve


@pytest.fixture
def bob(door: IrcDoor, ada: IrcPeer) -> IrcPeer:
    """He is in the room, and decides nothing."""
    bob = door.registers("bob")
    bob.says_line("JOIN #tea")
    ada.lines()
    return bob


# --- who is operator


def test_who_opens_a_room_is_shown_as_its_operator(ada: IrcPeer, bob: IrcPeer, eve: IrcPeer) -> None:
    assert f":{SERVER} 353 eve = #tea :@ada bob" in eve.says_line("NAMES #tea")
    who = eve.says_line("WHO #tea")
    assert [line.split()[7:9] for line in who[:-1]] == [["ada", "H@"], ["bob", "H"]]
    assert f":{SERVER} 319 eve ada :#lobby @#tea" in eve.says_line("WHOIS ada")
    assert f":{SERVER} 353 bob = #tea :@ada!~u@{SERVER} bob!~u@{SERVER}" in (
        bob.says_line("CAP REQ :userhost-in-names", "NAMES #tea")
    )


def test_operators_are_made_and_unmade(ada: IrcPeer, bob: IrcPeer) -> None:
    assert ada.says_line("MODE #tea +o bob") == [f"{ADA} MODE #tea +o bob"]
    assert bob.lines() == [f"{ADA} MODE #tea +o bob"]
    assert bob.says_line("MODE #tea -o ada") == [f":bob!~u@{SERVER} MODE #tea -o ada"]
    assert numbers(ada.says_line("MODE #tea +o ada")) == ["482"]
    assert bob.says_line("MODE #tea +o bob") == []


# --- what they decide


def test_the_modes_of_a_room_are_set_shown_and_taken_back(ada: IrcPeer, bob: IrcPeer) -> None:
    set_so = [f"{ADA} MODE #tea +itk *"]
    assert ada.says_line("MODE #tea +itk word") == set_so
    assert bob.lines() == set_so
    assert bob.says_line("MODE #tea")[0] == f":{SERVER} 324 bob #tea +iknt *"
    assert ada.says_line("MODE #tea -ik+n-t") == [f"{ADA} MODE #tea -ikt *"]
    assert ada.says_line("MODE #tea -i-k-t") == []
    assert bob.says_line("MODE #tea", "MODE #tea :")[-2] == f":{SERVER} 324 bob #tea +n"


def test_a_client_is_told_since_when_a_room_is_there(ada: IrcPeer) -> None:
    assert re.fullmatch(rf":{SERVER} 329 ada #tea \d+", ada.says_line("MODE #tea")[1])


def test_four_changes_are_taken_of_a_line(ada: IrcPeer) -> None:
    assert ada.says_line("MODE #tea +i-i+i-i+i") == [f"{ADA} MODE #tea +i-i+i-i"]
    assert ada.says_line("MODE #tea")[0] == f":{SERVER} 324 ada #tea +n"


def test_what_is_refused_of_a_line_does_not_keep_the_rest_from_being_done(ada: IrcPeer, bob: IrcPeer) -> None:
    lines = ada.says_line("MODE #tea +lovs 0 nobody bob")
    assert numbers(lines) == ["696", "401", "MODE"]
    assert lines[-1] == f"{ADA} MODE #tea +vs bob"


def test_a_room_with_a_limit_is_full_for_all_but_who_is_invited(ada: IrcPeer, eve: IrcPeer) -> None:
    assert ada.says_line("MODE #tea +l 1") == [f"{ADA} MODE #tea +l 1"]
    assert ada.says_line("MODE #tea")[0] == f":{SERVER} 324 ada #tea +ln 1"
    assert eve.says_line("JOIN #tea")[0].startswith(f":{SERVER} 471 eve #tea :")
    ada.says_line("INVITE eve #tea")
    eve.lines()
    assert numbers(eve.says_line("JOIN #tea"))[0] == "JOIN"
    assert ada.says_line("MODE #tea -l")[-1] == f"{ADA} MODE #tea -l"


def test_a_name_is_kept_out_and_is_in_the_list_of_those(ada: IrcPeer, eve: IrcPeer) -> None:
    assert ada.says_line("MODE #tea +b EVE!*@*") == [f"{ADA} MODE #tea +b EVE!*@*"]
    assert eve.says_line("JOIN #tea")[0].startswith(f":{SERVER} 474 eve #tea :")
    assert [line.partition(" :")[0] for line in eve.says_line("MODE #tea b")] == [
        f":{SERVER} 367 eve #tea EVE!*@*",
        f":{SERVER} 368 eve #tea",
    ]
    assert ada.says_line("MODE #tea -b eve!*@*") == [f"{ADA} MODE #tea -b EVE!*@*"]
    assert numbers(eve.says_line("JOIN #tea"))[0] == "JOIN"


def test_in_a_moderated_room_those_with_a_voice_talk(ada: IrcPeer, bob: IrcPeer) -> None:
    assert ada.says_line("MODE #tea +m") == [f"{ADA} MODE #tea +m"]
    bob.lines()
    assert bob.says_line("PRIVMSG #tea :hi")[0].startswith(f":{SERVER} 404 bob #tea :")
    assert bob.says_line("NOTICE #tea :hi") == []
    assert bob.says_line("TOPIC #tea :mine")[0].startswith(f":{SERVER} 404 bob #tea :")
    assert ada.lines() == []
    ada.says_line("MODE #tea +v bob")
    assert bob.lines() == [f"{ADA} MODE #tea +v bob"]
    assert bob.says_line("PRIVMSG #tea :hi") == []
    assert ada.lines() == [":bob!~u@irc.test PRIVMSG #tea :hi"]
    assert "+bob" in ada.says_line("NAMES #tea")[0]
    assert " H+ " in "".join(ada.says_line("WHO #tea"))


def test_who_may_not_talk_leaves_without_a_word(ada: IrcPeer, bob: IrcPeer) -> None:
    ada.says_line("MODE #tea +m")
    bob.says_line("PART #tea :buy this")
    assert ada.lines() == [":bob!~u@irc.test PART #tea"]


def test_who_asked_for_it_is_shown_all_that_somebody_is(ada: IrcPeer) -> None:
    ada.says_line("MODE #tea +v ada")
    assert ada.says_line("NAMES #tea")[0].endswith(":@ada")
    ada.says_line("CAP REQ multi-prefix")
    assert ada.says_line("NAMES #tea")[0].endswith(":@+ada")
    assert " H@+ " in ada.says_line("WHO #tea")[0]


def test_a_secret_room_is_in_no_list_and_who_knows_its_name_comes_in(ada: IrcPeer, eve: IrcPeer) -> None:
    ada.says_line("MODE #tea +s")
    assert not any("#tea" in line for line in eve.says_line("LIST", "WHOIS ada"))
    assert numbers(eve.says_line("NAMES #tea", "WHO #tea")) == ["366", "315"]
    assert numbers(eve.says_line("MODE #tea")) == ["403"]
    assert any("353 eve @ #tea :" in line for line in eve.says_line("JOIN #tea"))


def test_those_outside_talk_in_a_room_that_hears_them(ada: IrcPeer, eve: IrcPeer) -> None:
    assert eve.says_line("PRIVMSG #tea :hi")[0].startswith(f":{SERVER} 404 eve #tea :")
    assert ada.says_line("MODE #tea -n") == [f"{ADA} MODE #tea -n"]
    assert eve.says_line("PRIVMSG #tea :hi", "NOTICE #tea :ho") == []
    assert ada.lines() == [":eve!~u@irc.test PRIVMSG #tea :hi", ":eve!~u@irc.test NOTICE #tea :ho"]
    eve.says_line("CAP REQ echo-message")
    assert eve.says_line("PRIVMSG #tea :again") == [":eve!~u@irc.test PRIVMSG #tea :again"]
    ada.says_line("MODE #tea +i")
    assert numbers(eve.says_line("PRIVMSG #tea :hi")) == ["403"], "a private room hears nobody"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MODE #tea +o", "461 ada MODE"),
        ("MODE #tea +k", "461 ada MODE"),
        ("MODE #tea +o nobody", "401 ada nobody"),
        ("MODE #tea +o :no body", "401 ada *"),
        ("MODE #tea -o eve", "441 ada eve #tea"),
        ("MODE #tea +k :two words", "525 ada #tea"),
        ("MODE #tea +k :", "525 ada #tea"),
        ("MODE #tea +z", "472 ada z"),
        ("MODE #tea +b *!*@*", "696 ada #tea b *!*@*"),
        ("MODE #tea +b *!~u@irc.test", "696 ada #tea b *!~u@irc.test"),
        ("MODE #tea +l 0", "696 ada #tea l 0"),
        ("MODE #tea +l -1", "696 ada #tea l -1"),
        ("MODE #tea +l :", "696 ada #tea l *"),
        ("MODE #tea +l", "461 ada MODE"),
        ("MODE #tea +v eve", "441 ada eve #tea"),
        ("MODE #tea +b-", "368 ada #tea"),
        ("MODE #lobby +i", "482 ada #lobby"),
        ("MODE #lobby +m", "482 ada #lobby"),
        ("KICK #tea nobody", "401 ada nobody"),
        ("KICK #tea :no body", "401 ada *"),
        ("KICK #tea eve", "441 ada eve #tea"),
        ("KICK #lobby eve", "482 ada #lobby"),
    ],
)
def test_what_cannot_be_decided_is_refused_by_its_number(ada: IrcPeer, eve: IrcPeer, line: str, answer: str) -> None:
    lines = ada.says_line(line)
    assert [each.partition(" :")[0] for each in lines] == [f":{SERVER} {answer}"]
    assert eve.lines() == []


def test_who_is_no_operator_decides_nothing(ada: IrcPeer, bob: IrcPeer, eve: IrcPeer) -> None:
    wishes = ("MODE #tea +i", "MODE #tea +k x", "MODE #tea +o bob", "MODE #tea +m", "KICK #tea ada :x")
    lines = bob.says_line(*wishes)
    assert [line.split()[1:4] for line in lines] == [["482", "bob", "#tea"]] * len(wishes)
    assert numbers(eve.says_line("MODE #tea +i", "KICK #tea ada")) == ["442", "442"]
    assert ada.lines() == []


def test_a_locked_topic_is_set_by_operators_alone(ada: IrcPeer, bob: IrcPeer) -> None:
    ada.says_line("MODE #tea +t")
    bob.lines()
    assert [line.split()[1:4] for line in bob.says_line("TOPIC #tea :mine")] == [["482", "bob", "#tea"]]
    assert ada.says_line("TOPIC #tea :hers") == [f"{ADA} TOPIC #tea :hers"]


def test_who_is_put_out_is_told_by_whom_and_why_and_may_come_again(ada: IrcPeer, bob: IrcPeer) -> None:
    assert ada.says_line("KICK #tea bob :loud") == [f"{ADA} KICK #tea bob :loud"]
    assert bob.lines() == [f"{ADA} KICK #tea bob :loud"]
    assert numbers(bob.says_line("JOIN #tea")) == ["JOIN", "353", "366"]
    ada.lines()
    assert ada.says_line("KICK #tea bob") == [f"{ADA} KICK #tea bob :ada"]


def test_several_people_are_put_out_by_one_line_and_named_by_one(ada: IrcPeer, bob: IrcPeer, eve: IrcPeer) -> None:
    eve.says_line("JOIN #tea")
    asked = ada.says_line("NAMES #Tea,#lobby,#nowhere")
    assert numbers(asked) == ["353", "353", "366"]
    assert asked[-1].startswith(f":{SERVER} 366 ada #tea,#lobby,#nowhere :")
    lines = ada.says_line("KICK #tea,#nowhere,#tea bob,x,eve :all of you")
    assert lines[0] == f"{ADA} KICK #tea bob :all of you"
    assert lines[1].startswith(f":{SERVER} 403 ada #nowhere :")
    assert lines[2] == f"{ADA} KICK #tea eve :all of you"


def test_a_private_room_is_named_as_a_secret_one(ada: IrcPeer) -> None:
    assert ada.says_line("MODE #tea +i", "NAMES #tea")[1] == f":{SERVER} 353 ada @ #tea :@ada"


def test_who_has_the_key_of_a_room_comes_in(ada: IrcPeer, eve: IrcPeer) -> None:
    ada.says_line("MODE #tea +k leaf")
    assert [line.split()[1:4] for line in eve.says_line("JOIN #tea", "JOIN #tea leav")] == [["475", "eve", "#tea"]] * 2
    assert numbers(eve.says_line("JOIN #den,#tea :,leaf")) == ["JOIN", "353", "366"] * 2


def test_an_invitation_opens_a_private_room_and_those_who_asked_for_it_are_told(
    door: IrcDoor, ada: IrcPeer, bob: IrcPeer, eve: IrcPeer
) -> None:
    fay = door.registers("fay", "invite-notify server-time")
    fay.says_line("JOIN #tea")
    ada.says_line("MODE #tea +i")
    for peer in (bob, eve, fay):
        peer.lines()
    assert [line.split()[1:4] for line in bob.says_line("INVITE eve #tea")] == [["482", "bob", "#tea"]]
    assert ada.says_line("INVITE eve #tea") == [f":{SERVER} 341 ada eve #tea"]
    assert eve.lines() == [f"{ADA} INVITE eve #tea"]
    (line,) = fay.lines()
    assert line.startswith("@time=1970-")
    assert line.endswith(f" {ADA} INVITE eve #tea")
    assert bob.lines() == []
    assert numbers(eve.says_line("JOIN #tea"))[0] == "JOIN"
    assert ada.says_line("INVITE eve #tea")[-1].startswith(f":{SERVER} 443 ada eve #tea :")


def test_the_answer_to_a_labelled_invitation_bears_its_label(chat: Chat, ada: IrcPeer, eve: IrcPeer) -> None:
    ada.says_line("CAP REQ :labeled-response batch")
    assert ada.says_line("@label=1 INVITE eve #tea") == [f"@label=1 :{SERVER} 341 ada eve #tea"]
    assert ada.says_line("@label=2 MODE #tea +i") == [f"@label=2 {ADA} MODE #tea +i"]
    assert ada.says_line("@label=3 MODE #tea +i") == [f"@label=3 :{SERVER} ACK"]


def test_what_people_decide_who_came_otherwise_is_seen_by_irc(chat: Chat, ada: IrcPeer) -> None:
    gil = chat.enters("gil")
    gil.sends("/join den")
    ada.says_line("JOIN #den")
    for line, seen in {"/private on": "+i", "/key x": "+k *", "/topiclock on": "+t", "/op ada": "+o ada"}.items():
        gil.sends(line)
        assert ada.lines() == [f":gil!~u@{SERVER} MODE #den {seen}"]
    gil.sends("/kick ada enough")
    assert ada.lines()[-1] == f":gil!~u@{SERVER} KICK #den ada :enough"


# --- what those outside see


@pytest.fixture
def closed(ada: IrcPeer, bob: IrcPeer, eve: IrcPeer) -> IrcPeer:
    """Somebody outside the room, which is private; something was said and decided there."""
    ada.says_line("TOPIC #tea :secret", "PRIVMSG #tea :secret", "MODE #tea +i", "MODE #tea +k word")
    eve.lines()
    return eve


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("LIST", ["321", "322", "323"]),
        ("LIST #tea", ["321", "323"]),
        ("NAMES #tea", ["366"]),
        ("WHO #tea", ["315"]),
        ("MODE #tea", ["403"]),
        ("MODE #tea b", ["403"]),
        ("MODE #tea +i", ["403"]),
        ("TOPIC #tea", ["403"]),
        ("TOPIC #tea :x", ["403"]),
        ("PRIVMSG #tea :x", ["403"]),
        ("NOTICE #tea :x", []),
        ("PART #tea", ["403"]),
        ("KICK #tea ada", ["403"]),
        ("INVITE eve #tea", ["403"]),
        ("JOIN #tea", ["473"]),
        ("JOIN #tea wrong", ["475"]),
        ("CHATHISTORY LATEST #tea * 10", ["FAIL"]),
        ("CHATHISTORY BETWEEN #tea msgid=1 msgid=99 10", ["FAIL"]),
        ("MARKREAD #tea", ["MARKREAD"]),
    ],
)
def test_who_is_outside_a_private_room_sees_nothing_of_it(closed: IrcPeer, line: str, answer: list[str]) -> None:
    lines = closed.says_line(line)
    assert numbers(lines) == answer
    assert "secret" not in "".join(lines)


def test_nothing_that_happens_in_a_private_room_is_told_outside(ada: IrcPeer, bob: IrcPeer, closed: IrcPeer) -> None:
    bob.writes("PRIVMSG #tea :more", "PART #tea")
    ada.writes("TOPIC #tea :other", "AWAY :lunch", "MODE #tea +t")
    assert closed.lines() == []


def test_who_is_asked_for_is_shown_without_their_private_rooms(closed: IrcPeer) -> None:
    lines = closed.says_line("WHOIS ada", "WHO ada", "WHO *", "LUSERS")
    assert not [line for line in lines if "#tea" in line or "@" in line.partition(" H")[2][:2]]
    assert f":{SERVER} 319 eve ada :#lobby" in lines
    assert f":{SERVER} 254 eve 1 :channels formed" in lines


def test_the_rooms_of_chathistory_are_those_that_one_is_in(closed: IrcPeer) -> None:
    targets = "CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 10"
    assert "#tea" not in "".join(closed.says_line(targets))


@pytest.mark.parametrize(
    "asked",
    [
        "LATEST #tea * 50",
        "LATEST #tea msgid=1 50",
        "BEFORE #tea msgid=9999 50",
        "AFTER #tea msgid=1 50",
        "AROUND #tea msgid=9 50",
        "BETWEEN #tea msgid=1 msgid=9999 50",
        "BETWEEN #tea msgid=9999 msgid=1 50",
        "BETWEEN #tea timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 50",
        "TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 50",
    ],
)
def test_what_was_said_while_a_room_was_closed_is_shown_to_nobody_once_it_is_open(
    ada: IrcPeer, closed: IrcPeer, asked: str
) -> None:
    ada.says_line("MODE #tea -ik")
    lines = closed.says_line("CAP REQ :draft/event-playback", "JOIN #tea", f"CHATHISTORY {asked}")
    assert "JOIN" in numbers(lines)
    assert "secret" not in "".join(lines)
    assert not [line for line in lines if " TARGETS #tea" in line]
    ada.says_line("PRIVMSG #tea :open again")
    (found,) = closed.says_line(f"CHATHISTORY {asked}")
    assert "open again" in found or " TARGETS #tea" in found
