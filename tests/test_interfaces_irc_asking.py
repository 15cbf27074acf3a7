"""What IRC clients ask: of rooms, of people, of the server."""

from __future__ import annotations

import pytest
from support.chat import Chat
from support.irc import SERVER, IrcDoor, IrcPeer, numbers


@pytest.fixture
def door(chat: Chat) -> IrcDoor:
    return IrcDoor(chat)


@pytest.fixture
def ada(door: IrcDoor) -> IrcPeer:
    return door.registers("ada")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("LUSERS", ["251", "252", "253", "254", "255", "265", "266"]),
        ("MOTD", ["422"]),
        ("VERSION", ["351", "005", "005"]),
        ("TIME", ["391"]),
        ("INFO", ["371", "371", "374"]),
        ("ADMIN", ["423"]),
        ("LINKS", ["365"]),
        ("HELP", ["704", "705", "706"]),
        ("HELPOP RULES", ["704", "705", "706"]),
        ("HELP privmsg", ["704", "706"]),
        ("HELP nonsense", ["524"]),
        ("KILL ada :x", ["481"]),
        ("WALLOPS :x", ["481"]),
        ("WHO #lobby", ["352", "315"]),
        ("WHO #nowhere", ["315"]),
        ("WHO #a,b", ["315"]),
        ("WHO *", ["352", "315"]),
        ("WHO nobody", ["315"]),
        ("WHOIS", ["431"]),
        ("WHOIS nobody", ["401", "318"]),
        ("WHOIS ada", ["311", "319", "312", "317", "318"]),
        ("WHOWAS", ["431"]),
        ("WHOWAS nobody", ["406", "369"]),
        ("USERHOST ada nobody", ["302"]),
        ("ISON ada nobody", ["303"]),
        ("NAMES", ["366"]),
        ("NAMES #lobby", ["353", "366"]),
        ("NAMES #nowhere", ["366"]),
        ("LIST", ["321", "322", "323"]),
        ("LIST #l*,!#x*,>0,<9", ["321", "322", "323"]),
        ("LIST !#lobby", ["321", "323"]),
        ("LIST <1", ["321", "323"]),
        ("LIST #x", ["321", "323"]),
        ("MODE #lobby", ["324", "329"]),
        ("MODE #lobby b", ["368"]),
        ("MODE #lobby +b", ["368"]),
        ("MODE ada", ["221"]),
        ("MODE ada +i-w", ["MODE"]),
        ("MODE ada -i", []),
        ("TOPIC #lobby", ["331"]),
        ("INVITE", ["337"]),
        ("INVITE eve", ["461"]),
        ("INVITE nobody #lobby", ["401"]),
        ("INVITE ada #nowhere", ["403"]),
        ("INVITE ada #lobby", ["443"]),
        ("MONITOR S", []),
        ("MONITOR L", ["733"]),
        ("PART #lobby :bye", ["PART"]),
        ("JOIN #lobby", []),
        ("KICK #nowhere ada", ["403"]),
    ],
)
def test_a_question_is_answered_by_numbers(ada: IrcPeer, line: str, answer: list[str]) -> None:
    lines = ada.says_line(line)
    assert numbers(lines) == answer
    assert all(len(each.encode()) <= 510 and "\0" not in each for each in lines)


def test_fields_of_who_are_told_in_their_order(ada: IrcPeer) -> None:
    assert ada.says_line("WHO ada %rnuft,42")[0] == f":{SERVER} 354 ada 42 ~u ada H :Somebody"
    assert ada.says_line("WHO ada %n")[0] == f":{SERVER} 354 ada ada"


def test_who_hides_is_found_by_name_and_in_rooms_that_both_are_in(door: IrcDoor, ada: IrcPeer) -> None:
    eve = door.registers("eve")
    eve.writes("MODE eve +i")
    assert numbers(ada.says_line("WHO e*")) == ["352", "315"]
    eve.writes("PART #lobby")
    ada.lines()
    assert numbers(ada.says_line("WHO e*")) == ["315"]
    assert numbers(ada.says_line("WHO eve")) == ["352", "315"]


def test_who_came_otherwise_is_shown_by_what(chat: Chat, ada: IrcPeer) -> None:
    chat.enters("eve")
    ada.lines()
    assert f":{SERVER} 311 ada eve ~u {SERVER} * :by fake" in ada.says_line("WHOIS eve")


def test_who_went_is_remembered(chat: Chat, door: IrcDoor, ada: IrcPeer) -> None:
    for _ in range(2):
        door.registers("eve").hangs_up()
    ada.lines()
    assert numbers(ada.says_line("WHOWAS eve")) == ["314", "312", "314", "312", "369"]
    assert numbers(ada.says_line("WHOWAS eve 1")) == ["314", "312", "369"]


def test_a_topic_is_set_shown_and_cleared(ada: IrcPeer) -> None:
    assert ada.says_line("TOPIC #lobby :leaves") == [f":ada!~u@{SERVER} TOPIC #lobby :leaves"]
    assert numbers(ada.says_line("TOPIC #lobby")) == ["332", "333"]
    assert ada.says_line("LIST")[1] == f":{SERVER} 322 ada #lobby 1 :leaves"
    assert ada.says_line("TOPIC #lobby :") == [f":ada!~u@{SERVER} TOPIC #lobby :"]
    assert numbers(ada.says_line("TOPIC #lobby")) == ["331"]


def test_who_is_watched_for_is_told_of_by_whatever_they_come(chat: Chat, door: IrcDoor, ada: IrcPeer) -> None:
    assert ada.says_line("MONITOR + eve,ada,eve") == [
        f":{SERVER} 730 ada :ada!~u@{SERVER}",
        f":{SERVER} 731 ada :eve",
    ]
    eve = chat.enters("Eve")
    assert f":{SERVER} 730 ada :Eve!~u@{SERVER}" in ada.lines()
    eve.sends("/nick eva")
    assert f":{SERVER} 731 ada :Eve" in ada.lines()
    assert numbers(ada.says_line("MONITOR L", "MONITOR S")) == ["732", "733", "730", "731"]
    assert ada.says_line("MONITOR - eve", "MONITOR S") == [f":{SERVER} 730 ada :ada!~u@{SERVER}"]
    assert ada.says_line("MONITOR C", "MONITOR S") == []
    full = numbers(ada.says_line(*(f"MONITOR + {','.join(f'n{n}x{m}' for m in range(30))}" for n in range(4))))
    assert full.count("734") == 1
    ada.hangs_up()
    assert not door.network._followers


def test_who_watches_from_afar_sees_signals_once(chat: Chat, door: IrcDoor, ada: IrcPeer) -> None:
    eve = door.registers("eve", "extended-monitor away-notify")
    eve.writes("MONITOR + ada", "PART #lobby")
    eve.lines()
    ada.writes("AWAY :lunch")
    assert eve.lines() == [f":ada!~u@{SERVER} AWAY :lunch"]
    eve.writes("JOIN #lobby")
    eve.lines()
    ada.writes("AWAY")
    assert eve.lines() == [f":ada!~u@{SERVER} AWAY"]


def test_who_is_invited_is_told_and_asks_for_it_later(chat: Chat, door: IrcDoor, ada: IrcPeer) -> None:
    eve, bob = door.registers("eve"), chat.enters("bob")
    ada.writes("JOIN #tea")
    ada.lines()
    assert numbers(ada.says_line("INVITE eve #tea", "INVITE bob #tea")) == ["341", "341"]
    assert f":ada!~u@{SERVER} INVITE eve #tea" in eve.lines()
    assert bob.hears()[-1] == "invited tea: ada bob"
    assert numbers(eve.says_line("INVITE")) == ["336", "337"]
    for number in range(21):
        ada.writes(f"JOIN #r{number}", f"INVITE eve #r{number}", f"PART #r{number}")
    eve.lines()
    assert numbers(eve.says_line("INVITE")).count("336") == 20


def test_who_is_muted_is_told_so_by_the_number_of_the_target(chat: Chat, door: IrcDoor, ada: IrcPeer) -> None:
    from twistchat.core.bans import Act

    chat.enters("eve")
    chat.hub.rules.take(Act("mute", "op", subject="ada", number=1))
    ada.lines()
    assert numbers(ada.says_line("PRIVMSG #lobby :x", "PRIVMSG eve :x", "NOTICE eve :x")) == ["404", "531"]
    assert numbers(ada.says_line("NICK ada2")) == ["FAIL", "NOTICE"]
    assert ada.says_line("QUIT :insults")[-1] == "ERROR :Closing Link: Goodbye."
