"""Telnet's commands are taken out of what people type, wherever the reads are cut."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.wire.telnet import MOST_COMMANDS, MOST_SUBNEGOTIATION, TelnetFilter

IAC, DONT, DO, WONT, WILL, SB, SE = (bytes([n]) for n in (255, 254, 253, 252, 251, 250, 240))
ECHO, SGA, TTYPE, NAWS, TSPEED, TIMING_MARK, NEW_ENVIRON = (bytes([n]) for n in (1, 3, 24, 31, 32, 6, 39))

# As captured: what the program sends first when it is pointed at a port that is not telnet's.
PUTTY = (
    b"".join(IAC + WILL + option for option in (NAWS, TSPEED, TTYPE, NEW_ENVIRON)) + IAC + DO + ECHO + IAC + WILL + SGA
)
DEBIAN_AT_PORT_23 = (
    IAC + DO + SGA + b"".join(IAC + WILL + option for option in (TTYPE, NAWS, TSPEED, b"\x21", b"\x22", NEW_ENVIRON))
)
NAWS_SENT = IAC + SB + NAWS + b"\x00\x50\x00\x18" + IAC + SE


def feed(*reads: bytes) -> tuple[bytes, bytes]:
    telnet = TelnetFilter()
    separated = [telnet.feed(read) for read in reads]
    return b"".join(text for text, _ in separated), b"".join(answers for _, answers in separated)


def refusals(opening: bytes) -> bytes:
    """Every request in an opening, answered with a no."""
    no = {DO: WONT, WILL: DONT}
    requests = [opening[n : n + 3] for n in range(0, len(opening), 3)]
    return b"".join(IAC + no[request[1:2]] + request[2:] for request in requests)


@pytest.mark.parametrize("opening", [PUTTY, DEBIAN_AT_PORT_23])
def test_every_option_is_refused_and_the_text_behind_is_whole(opening: bytes) -> None:
    assert feed(opening + b"ada\r\n") == (b"ada\r\n", refusals(opening))


@pytest.mark.parametrize("stream", [PUTTY + b"ada\r\n", b"a" + DEBIAN_AT_PORT_23 + NAWS_SENT + b"da\r\n"])
def test_it_does_not_matter_where_reads_are_cut(stream: bytes) -> None:
    whole = feed(stream)
    for cut in range(len(stream) + 1):
        assert feed(stream[:cut], stream[cut:]) == whole
    assert feed(*(bytes([byte]) for byte in stream)) == whole


def test_a_doubled_iac_is_a_byte_of_text() -> None:
    assert feed(b"a" + IAC + IAC + b"b") == (b"a\xffb", b"")
    telnet = TelnetFilter()
    telnet.feed(IAC + IAC)
    assert not telnet.seen, "any client may send that byte twice"


def test_a_subnegotiation_is_skipped_with_doubled_iacs_in_it() -> None:
    assert feed(b"a" + IAC + SB + TTYPE + b"\x00x" + IAC + IAC + b"term" + IAC + SE + b"b") == (b"ab", b"")


def test_a_subnegotiation_that_never_ends_becomes_text_again() -> None:
    text, answers = feed(IAC + SB + NAWS + b"x" * MOST_SUBNEGOTIATION + b"\r\nhello\r\n")
    assert text.endswith(b"hello\r\n")
    assert len(text) <= len(b"x\r\nhello\r\n")
    assert answers == b""


def test_a_subnegotiation_of_nothing_but_iacs_ends_too() -> None:
    text, _ = feed(IAC + SB + (IAC + b"x") * MOST_SUBNEGOTIATION + b"hello")
    assert text.endswith(b"hello")


def test_a_timing_mark_is_refused_at_once_as_telnet_shows_nothing_until_then() -> None:
    ctrl_c = IAC + b"\xf4" + IAC + DO + TIMING_MARK
    assert feed(b"abc" + ctrl_c + b"def\r\n") == (b"abcdef\r\n", IAC + WONT + TIMING_MARK)


def test_what_the_peer_refuses_or_ends_needs_no_answer() -> None:
    assert feed(IAC + DONT + ECHO + IAC + WONT + SGA + IAC + SE + IAC + b"\xf1") == (b"", b"")


def test_a_command_cut_off_by_the_end_is_no_text() -> None:
    assert feed(b"a" + IAC) == (b"a", b"")
    assert feed(b"a" + IAC + DO) == (b"a", b"")


def test_only_a_telnet_is_taken_for_one() -> None:
    telnet = TelnetFilter()
    telnet.feed(b"ada: hello")
    assert not telnet.seen
    telnet.feed(IAC + DO + ECHO)
    assert telnet.seen


words = st.sampled_from([IAC, DO, DONT, WILL, WONT, SB, SE, b"\r", b"\0", b"\n", PUTTY, NAWS_SENT])
bytes_of_telnet = st.lists(st.one_of(st.binary(max_size=6), words), max_size=12).map(b"".join)


@given(bytes_of_telnet, st.lists(st.integers(0, 100), max_size=8))
def test_any_stream_cut_anywhere_gives_the_same_text_and_answers(stream: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    assert feed(*(stream[a:b] for a, b in pairwise(places))) == feed(stream)


@given(st.binary().filter(lambda text: b"\xff" not in text and b"\r\0" not in text))
def test_text_without_commands_passes_unchanged(text: bytes) -> None:
    assert feed(text) == (text, b"")


@given(bytes_of_telnet)
def test_answers_are_never_longer_than_what_came(stream: bytes) -> None:
    assert len(feed(stream)[1]) <= len(stream)


BINARY = b"\0"


def test_binary_is_offered_once_to_a_client_that_has_not_negotiated() -> None:
    telnet = TelnetFilter()
    assert telnet.offer_binary() == IAC + DO + BINARY
    assert telnet.offer_binary() == b""


def test_binary_is_not_offered_to_a_client_that_negotiates_by_itself() -> None:
    telnet = TelnetFilter()
    telnet.feed(IAC + WILL + NAWS)
    assert telnet.offer_binary() == b""


def test_a_timing_mark_is_no_negotiation() -> None:
    telnet = TelnetFilter()
    telnet.feed(IAC + DO + TIMING_MARK)
    assert telnet.offer_binary() == IAC + DO + BINARY


def test_binary_is_agreed_to_both_ways_each_once() -> None:
    telnet = TelnetFilter()
    assert telnet.feed(IAC + DO + BINARY + IAC + WILL + BINARY)[1] == IAC + WILL + BINARY + IAC + DO + BINARY
    assert telnet.feed(IAC + DO + BINARY + IAC + WILL + BINARY)[1] == b"", "an answer to an answer goes round for ever"


def test_what_agrees_to_our_offer_is_not_answered() -> None:
    telnet = TelnetFilter()
    telnet.offer_binary()
    assert telnet.feed(IAC + WILL + BINARY)[1] == b""


@pytest.mark.parametrize("key", [236, 237, 238, 243, 244, 245, 247, 248])
def test_a_control_key_is_noted_as_it_may_have_been_part_of_a_character(key: int) -> None:
    telnet = TelnetFilter()
    telnet.feed(b"a" + IAC + bytes([key]) + b"b")
    assert telnet.keys


@pytest.mark.parametrize("command", [IAC + b"\xf1", IAC + b"\xf6", IAC + b"\xf9", IAC + WILL + NAWS, IAC + IAC])
def test_other_commands_are_no_keys(command: bytes) -> None:
    telnet = TelnetFilter()
    telnet.feed(command)
    assert not telnet.keys


def test_a_read_of_more_commands_than_any_client_sends_is_no_telnet() -> None:
    assert feed((IAC + WILL + SGA) * MOST_COMMANDS) == (b"", (IAC + DONT + SGA) * MOST_COMMANDS)
    telnet = TelnetFilter()
    assert telnet.feed((IAC + WILL + SGA) * (MOST_COMMANDS + 1)) == ((WILL + SGA) * (MOST_COMMANDS + 1), b"")
    assert not telnet.seen


def test_the_longest_subnegotiation_is_skipped_whole() -> None:
    assert feed(IAC + SB + b"x" * (MOST_SUBNEGOTIATION - 1) + IAC + SE + b"a") == (b"a", b"")
    assert feed(IAC + SB + b"x" * (MOST_SUBNEGOTIATION + 1)) == (b"x", b"")


def test_a_doubled_iac_counts_as_two_bytes_of_a_subnegotiation() -> None:
    pairs = [IAC + IAC] * (MOST_SUBNEGOTIATION // 2)
    assert feed(IAC + SB, *pairs, b"x") == (b"x", b"")
    assert feed(IAC + SB, *pairs[1:], b"x" + IAC + SE + b"a") == (b"a", b"")


def test_it_is_between_commands_unless_one_has_begun() -> None:
    telnet = TelnetFilter()
    for read, between in ((b"a", True), (IAC, False), (IAC, True), (IAC + SB, False), (b"x" + IAC, False), (SE, True)):
        telnet.feed(read)
        assert telnet.is_between_commands is between, read


def test_enter_of_a_terminal_that_sends_each_key_is_one_newline_however_it_is_read() -> None:
    assert feed(b"a\r\0b\r\0") == (b"a\r\nb\r\n", b"")
    assert feed(b"a\r", b"\0b") == (b"a\r\nb", b"")
    assert feed(b"a\r", IAC + b"\xf1", b"\0b") == (b"a\r\nb", b""), "what is no text comes between no two bytes of it"
    assert feed(b"a", b"\0b") == (b"a\0b", b"")


@given(
    st.lists(
        st.sampled_from([IAC, DO, WILL, WONT, SB, SE, ECHO, NAWS, b"\r", b"\n", b"\0", b"a", b"\x03"]), max_size=30
    ),
    st.integers(0, 30),
)
def test_another_process_goes_on_wherever_a_read_ended(sent: list[bytes], cut: int) -> None:
    before, after = b"".join(sent[:cut]), b"".join(sent[cut:])
    whole, first = TelnetFilter(), TelnetFilter()
    whole.feed(before)
    first.feed(before)
    second = TelnetFilter.revived(json.loads(json.dumps(first.state())))
    assert second.feed(after) == whole.feed(after)
    assert (second.seen, second.keys, second.is_between_commands) == (whole.seen, whole.keys, whole.is_between_commands)
    assert second.state() == whole.state()
