"""Numbers of IRC's answers, against the names that Twisted's own table, RFC 2812 and modern.ircdocs.horse give them."""

from __future__ import annotations

import pytest
from twisted.words.protocols.irc import symbolic_to_numeric

from twistchat.errors import ChatError
from twistchat.wire.irc_numerics import ENDINGS, OTHERWISE, REFUSALS, TEXTS

NUMBERS = {name: int(number) for name, number in symbolic_to_numeric.items()} | {
    # Since RFC 2812: https://modern.ircdocs.horse/#numerics and IRCv3.
    "RPL_ENDOFINVITELIST": 337,  # of those who were invited; 347 ends the masks of +I
    "ERR_INVALIDCAPCMD": 410,
    "ERR_INPUTTOOLONG": 417,
    "ERR_INVALIDKEY": 525,
    "ERR_HELPNOTFOUND": 524,
    "ERR_INVALIDMODEPARAM": 696,
    "ERR_MONLISTFULL": 734,
    "RPL_LOGGEDIN": 900,
    "RPL_LOGGEDOUT": 901,
    "RPL_SASLSUCCESS": 903,
    "ERR_SASLTOOLONG": 905,
    "ERR_SASLABORTED": 906,
    "ERR_SASLALREADY": 907,
    "RPL_SASLMECHS": 908,
}

SAID = {
    "RPL_UNAWAY": "no longer",
    "RPL_NOWAWAY": "have been marked",
    "RPL_ENDOFWHO": "End of /WHO list",
    "RPL_ENDOFWHOIS": "End of /WHOIS",
    "RPL_LISTSTART": "Users",
    "RPL_LISTEND": "End of /LIST",
    "RPL_NOTOPIC": "No topic",
    "RPL_ENDOFINVITELIST": "End of /INVITE",
    "RPL_ENDOFLINKS": "End of /LINKS",
    "RPL_ENDOFNAMES": "End of /NAMES",
    "RPL_ENDOFBANLIST": "End of channel ban",
    "RPL_ENDOFWHOWAS": "End of WHOWAS",
    "RPL_ENDOFINFO": "End of /INFO",
    "ERR_NOSUCHNICK": "Nobody",
    "ERR_NOSUCHCHANNEL": "no such channel",
    "ERR_CANNOTSENDTOCHAN": "Cannot send",
    "ERR_TOOMANYCHANNELS": "too many channels",
    "ERR_WASNOSUCHNICK": "was nobody",
    "ERR_TOOMANYTARGETS": "Too many targets",
    "ERR_NOORIGIN": "No origin",
    "ERR_INVALIDCAPCMD": "CAP",
    "ERR_NORECIPIENT": "No recipient",
    "ERR_NOTEXTTOSEND": "No text",
    "ERR_INPUTTOOLONG": "too long",
    "ERR_UNKNOWNCOMMAND": "Unknown command",
    "ERR_NOMOTD": "message of the day",
    "ERR_NOADMININFO": "administrative",
    "ERR_NONICKNAMEGIVEN": "No nickname",
    "ERR_USERNOTINCHANNEL": "They are not in",
    "ERR_NOTONCHANNEL": "You are not in",
    "ERR_USERONCHANNEL": "already in",
    "ERR_NOTREGISTERED": "have not registered",
    "ERR_NEEDMOREPARAMS": "parameters",
    "ERR_ALREADYREGISTRED": "registered already",
    "ERR_UNKNOWNMODE": "no mode",
    "ERR_NOPRIVILEGES": "Permission denied",
    "ERR_CHANOPRIVSNEEDED": "no operator of that channel",
    "ERR_NOOPERHOST": "no operators here",
    "ERR_UMODEUNKNOWNFLAG": "such mode of yours",
    "ERR_USERSDONTMATCH": "other people's modes",
    "ERR_HELPNOTFOUND": "no help",
    "ERR_MONLISTFULL": "full",
    "RPL_LOGGEDIN": "now logged in",
    "RPL_LOGGEDOUT": "now logged out",
    "RPL_SASLSUCCESS": "successful",
    "ERR_SASLTOOLONG": "too long",
    "ERR_SASLABORTED": "aborted",
    "ERR_SASLALREADY": "already",
    "RPL_SASLMECHS": "mechanisms",
}
"""Words in what each answer says, by its name."""

MEANT = {
    "ERR_NICKNAMEINUSE": "name-taken name-claimed wrong-name-code",
    "ERR_ERRONEUSNICKNAME": (
        "name-empty name-too-long name-has-space name-like-code name-like-address "
        "name-not-allowed name-mixes-scripts name-reserved"
    ),
    "ERR_NOSUCHNICK": "nobody-called",
    "ERR_NOSUCHCHANNEL": "no-such-room room-name-not-allowed",
    "ERR_NOTONCHANNEL": "not-in-room not-in-any-room",
    "ERR_TOOMANYCHANNELS": "in-too-many-rooms too-many-rooms",
    "ERR_INVITEONLYCHAN": "room-private",
    "ERR_BADCHANNELKEY": "room-has-key wrong-room-key",
    "ERR_CHANNELISFULL": "room-is-full",
    "ERR_BANNEDFROMCHAN": "kept-out",
    "ERR_CANNOTSENDTOCHAN": "no-voice",
    "ERR_BANLISTFULL": "too-many-masks",
    "ERR_INVALIDMODEPARAM": "not-a-limit not-a-mask",
    "ERR_INVALIDKEY": "not-a-room-key",
    "ERR_CHANOPRIVSNEEDED": ("not-operator not-moderator nobodys-room topic-is-locked topic-held"),
    "ERR_USERNOTINCHANNEL": "not-there not-here",
    "ERR_USERONCHANNEL": "there-already",
    "ERR_INPUTTOOLONG": "text-too-long line-too-long",
    "ERR_NEEDMOREPARAMS": "wrong-use not-a-date",
    "ERR_UNKNOWNCOMMAND": "unknown-command",
    "ERR_YOUREBANNEDCREEP": "banned locked",
}
"""Which refusals each number says."""

STANDARD_REPLIES = {
    "MUTED": "muted",
    "INVALID_UTF8": "not-text",
    "TRY_AGAIN": "overloaded not-stored not-read too-fast",
}


@pytest.mark.parametrize("name", SAID)
def test_an_answer_says_what_its_number_stands_for(name: str) -> None:
    assert SAID[name] in TEXTS[NUMBERS[name]]
    assert TEXTS[NUMBERS[name]].isprintable()


def test_every_answer_that_has_a_text_of_its_own_is_looked_at() -> None:
    assert sorted(TEXTS) == sorted(NUMBERS[name] for name in SAID)


@pytest.mark.parametrize("name", MEANT)
def test_a_refusal_has_the_number_by_which_clients_know_it(name: str) -> None:
    for code in MEANT[name].split():
        assert (REFUSALS[code].number, REFUSALS[code].code) == (NUMBERS[name], "")


@pytest.mark.parametrize("word", STANDARD_REPLIES)
def test_what_no_number_says_is_a_standard_reply(word: str) -> None:
    for code in STANDARD_REPLIES[word].split():
        assert (REFUSALS[code].number, REFUSALS[code].code) == (None, word)


def test_every_refusal_of_the_table_is_looked_at_and_is_one_of_ours() -> None:
    looked_at = " ".join([*MEANT.values(), *STANDARD_REPLIES.values()]).split()
    assert sorted(REFUSALS) == sorted(looked_at)
    assert {*REFUSALS} | ENDINGS <= _codes(ChatError)
    assert (OTHERWISE.number, OTHERWISE.code) == (None, "REFUSED")


def _codes(kind: type) -> set[str]:
    """The codes of all kinds of a refusal."""
    found = {getattr(kind, "code", "")}
    return found.union(*map(_codes, kind.__subclasses__()))


def test_a_connection_ends_where_nobody_may_come_in_by_it() -> None:
    """Whoever was refused by these has no session that could go on."""
    assert sorted(ENDINGS) == [
        "banned",
        "connecting-too-often",
        "locked",
        "name-not-given",
        "never-stops",
        "server-full",
        "too-many-connections",
    ]
