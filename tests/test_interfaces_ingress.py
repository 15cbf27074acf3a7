"""The talking side of a connection, row by row of its table, with a dialect whose lines are a list."""

from __future__ import annotations

import pytest
from support.chat import FORMAT, Chat
from support.client import FakeClient

from twistchat.errors import ChatError
from twistchat.interfaces.ingress import (
    FREE,
    FULL_SECONDS,
    HELD,
    LINES_A_TURN,
    MOST_FOR_NEXT_TURN,
    MOST_WAITING,
    NEXT_TURN,
    OVER,
    Ingress,
)
from twistchat.wire.json import JsonFormat
from twistchat.wire.language import ENGLISH, Language, Languages

JSON = JsonFormat(Languages([ENGLISH, Language("x_elf")])["en"])


class Reading:
    """A transport that can be told to read no more; it counts how often it was told anything."""

    def __init__(self) -> None:
        self.on = True
        self.times = 0

    def pauseProducing(self) -> None:
        self.on, self.times = False, self.times + 1

    def resumeProducing(self) -> None:
        self.on, self.times = True, self.times + 1


class Reader(FakeClient):
    """Somebody whose lines are given as they are; each counts for so many bytes."""

    def __init__(self, chat: Chat) -> None:
        super().__init__(FORMAT)
        self.chat = chat
        self.transport = Reading()
        self.ingress = Ingress(chat.hub, self, self.transport, JSON)
        self.lines_waiting: list[str] = []
        self.seen: list[str] = []
        """What was looked at while it could not be dealt with."""
        self.dealt: list[str] = []
        self.shares = 0
        self.size = 1
        self.hung_up = False

    @property
    def waiting(self) -> int:
        return self.size * len(self.lines_waiting)

    def take_next(self) -> bool:
        if not self.lines_waiting:
            return False
        line = self.lines_waiting.pop(0)
        self.dealt.append(line)
        if line.startswith("hold"):
            self.ingress.hold(float(line[4:]))
        elif line == "long":
            self.chat.use_up_turn()
        elif line == "stop":
            self.ingress.stop()
        return True

    def look_ahead(self) -> bool:
        unseen = self.lines_waiting[len(self.seen) :]
        self.seen += unseen[:1]
        return bool(unseen)

    def share_done(self) -> None:
        self.shares += 1

    def hang_up(self) -> None:
        self.hung_up = True

    def reads(self, *lines: str) -> None:
        """Lines come."""
        self.lines_waiting += lines
        self.ingress.go_on()


@pytest.fixture
def reader(chat: Chat) -> Reader:
    return Reader(chat)


# --- free


def test_free_lines_are_dealt_with_as_they_come(reader: Reader) -> None:
    reader.reads("a", "b")
    assert reader.dealt == ["a", "b"]
    assert (reader.ingress.state, reader.shares, reader.transport.times) == (FREE, 1, 0)


# --- next turn


def test_after_a_turns_share_the_others_come_first_and_nothing_more_is_read(reader: Reader) -> None:
    reader.size = MOST_FOR_NEXT_TURN // LINES_A_TURN
    reader.reads(*map(str, range(2 * LINES_A_TURN + 5)))
    assert len(reader.dealt) == LINES_A_TURN
    assert (reader.ingress.state, reader.transport.on) == (NEXT_TURN, False)
    assert reader.ingress.go_on() is False
    assert len(reader.dealt) == LINES_A_TURN
    reader.chat.turn()  # and those that follow it
    assert reader.dealt == [str(number) for number in range(2 * LINES_A_TURN + 5)]
    assert (reader.ingress.state, reader.transport.on, reader.shares) == (FREE, True, 3)
    assert reader.transport.times == 2


def test_where_a_turns_time_is_up_lines_wait_for_the_next_behind_those_that_waited_before(chat: Chat) -> None:
    ada, bob = Reader(chat), Reader(chat)
    order: list[Reader] = []
    chat.use_up_turn()
    for reader in (ada, bob):
        reader.size = MOST_FOR_NEXT_TURN // 2
        reader.reads("a", "b")
        chat.hub.turn.wait(lambda reader=reader: order.append(reader))  # type: ignore[misc]
        assert (reader.dealt, reader.ingress.state, reader.transport.on) == ([], NEXT_TURN, False)
    chat.turn()
    assert (ada.dealt, bob.dealt) == (["a", "b"], ["a", "b"])
    assert (ada.ingress.state, ada.transport.on) == (FREE, True)


def test_who_waits_for_a_turn_with_little_is_read_on(reader: Reader) -> None:
    """As most have one line: reading no more, and again, would cost as much as that."""
    reader.chat.use_up_turn()
    reader.reads("a")
    reader.reads("b")
    assert (reader.dealt, reader.ingress.state, reader.transport.times) == ([], NEXT_TURN, 0)
    reader.chat.turn()
    assert (reader.dealt, reader.ingress.state) == (["a", "b"], FREE)


def test_a_line_that_takes_the_rest_of_a_turns_time_is_the_last_of_it(reader: Reader) -> None:
    reader.reads("a", "long", "b")
    assert (reader.dealt, reader.ingress.state) == (["a", "long"], NEXT_TURN)
    reader.chat.turn()
    assert (reader.dealt, reader.ingress.state) == (["a", "long", "b"], FREE)


# --- held


def test_who_is_held_back_is_dealt_with_no_further_until_the_time_is_up(reader: Reader) -> None:
    reader.reads("a", "hold2", "b", "c")
    assert reader.dealt == ["a", "hold2"]
    assert (reader.ingress.state, reader.transport.on) == (HELD, True)
    reader.chat.clock.advance(1.9)
    assert len(reader.dealt) == 2
    reader.chat.clock.advance(0.2)
    assert reader.dealt == ["a", "hold2", "b", "c"]
    assert (reader.ingress.state, reader.shares) == (FREE, 2)


def test_of_two_holds_the_later_end_counts(reader: Reader) -> None:
    reader.ingress.hold(1)
    reader.ingress.hold(3)
    reader.ingress.hold(2)
    reader.reads("a")
    reader.chat.clock.advance(2.9)
    assert reader.dealt == []
    reader.chat.clock.advance(0.2)
    assert reader.dealt == ["a"]


def test_what_comes_meanwhile_is_looked_at_a_share_a_turn(reader: Reader) -> None:
    reader.ingress.hold(1)
    reader.reads(*map(str, range(LINES_A_TURN + 3)))
    assert (len(reader.seen), reader.dealt, reader.ingress.state) == (LINES_A_TURN, [], HELD)
    reader.chat.turn()
    assert len(reader.seen) == LINES_A_TURN + 3
    assert reader.dealt == []


def test_a_time_that_is_up_before_the_turn_has_come_waits_for_it(reader: Reader) -> None:
    reader.ingress.hold(0)
    reader.reads(*map(str, range(LINES_A_TURN)))
    reader.chat.turn()
    assert len(reader.dealt) == LINES_A_TURN
    reader.chat.turn()
    assert reader.ingress.state is FREE


def test_who_is_held_in_the_last_line_of_a_share_is_held(reader: Reader) -> None:
    reader.reads(*["x"] * (LINES_A_TURN - 1), "hold5", "y")
    assert reader.ingress.state is HELD
    reader.chat.turn()
    assert (reader.ingress.state, reader.dealt[-1]) == (HELD, "hold5")
    reader.chat.clock.advance(5)
    assert reader.dealt[-1] == "y"


def test_reading_goes_on_while_somebody_is_held_back_but_only_so_far(reader: Reader) -> None:
    reader.size = MOST_WAITING // 4
    reader.ingress.hold(10)
    reader.reads("a", "b", "c")
    assert reader.transport.on
    reader.reads("d")
    assert not reader.transport.on
    reader.chat.clock.advance(10)
    assert (reader.dealt, reader.transport.on) == (["a", "b", "c", "d"], True)


def test_a_half_line_that_fills_it_does_not_stop_the_reading_of_its_rest(reader: Reader) -> None:
    reader.ingress.hold(10)
    reader.lines_waiting.append("half")
    reader.size = MOST_WAITING
    reader.ingress.go_on()
    assert not reader.transport.on
    reader.take_next = lambda: False  # type: ignore[method-assign]
    reader.chat.clock.advance(10)
    assert reader.transport.on


# --- who never stops


def keeps_it_full(reader: Reader, seconds: float, lines: int = 4) -> None:
    """Let time pass in which one line a second is dealt with and another comes."""
    reader.size = MOST_WAITING // 4
    reader.ingress.hold(1)
    reader.reads(*["hold1"] * lines)
    for _ in range(round(seconds)):
        reader.chat.clock.advance(1)
        reader.reads("hold1")


def test_who_keeps_it_full_for_a_minute_is_let_go_with_a_sentence_and_a_note(reader: Reader, logged: list[str]) -> None:
    session = reader.ingress.come_in()
    assert session is not None
    session.receive("ada")
    keeps_it_full(reader, FULL_SECONDS - 1)
    assert not reader.hung_up
    keeps_it_full(reader, 1, lines=0)
    assert reader.hung_up
    assert reader.lines[-1] == "refused never-stops seconds=60.0"
    assert "fake: 'ada' let go: sent too fast for 60 s" in logged
    assert not reader.chat.hub.everyone


def test_who_lets_half_of_it_be_dealt_with_may_begin_anew(reader: Reader) -> None:
    keeps_it_full(reader, FULL_SECONDS / 2)
    reader.chat.clock.pump([1] * 4)
    assert reader.waiting < MOST_WAITING // 2
    keeps_it_full(reader, FULL_SECONDS - 1)
    assert not reader.hung_up


# --- over


def test_nothing_is_dealt_with_after_the_end_and_no_call_is_left(reader: Reader) -> None:
    reader.reads("a", "stop", "b")
    assert (reader.dealt, reader.ingress.state, reader.shares) == (["a", "stop"], OVER, 0)
    reader.ingress.hold(1)
    reader.reads("c")
    assert reader.dealt == ["a", "stop"]
    reader.chat.turn()
    assert reader.chat.clock.getDelayedCalls() == []


def test_stopping_takes_back_all_that_was_to_come(reader: Reader) -> None:
    reader.size = MOST_WAITING
    reader.ingress.hold(1)
    reader.reads(*["x"] * LINES_A_TURN)
    assert len(reader.chat.clock.getDelayedCalls()) == 3
    reader.ingress.stop()
    reader.chat.turn()
    assert reader.seen == ["x"] * LINES_A_TURN
    assert reader.chat.clock.getDelayedCalls() == []


# --- the session


def test_the_log_calls_somebody_by_the_name_or_by_the_address(reader: Reader, logged: list[str]) -> None:
    reader.ingress.overflowed(99)
    session = reader.ingress.come_in()
    assert session is not None
    session.receive("ada")
    reader.ingress.overflowed(99)
    assert [note for note in logged if "let go" in note] == [
        "fake: '127.0.0.1' let go: 99 bytes waited for it to read",
        "fake: 'ada' let go: 99 bytes waited for it to read",
    ]


def test_who_may_not_come_in_is_told_why(chat: Chat) -> None:
    for _ in range(16):
        chat.connects(address="203.0.113.7")
    late = Reader(chat)
    late.address = "203.0.113.7"
    assert late.ingress.come_in() is None
    assert late.lines == ["refused too-many-connections limit=16 option=--per-address"]
    with pytest.raises(ChatError):
        late.ingress.connect()


def test_a_hello_makes_it_a_programs_for_good_and_anything_else_is_a_persons(reader: Reader) -> None:
    session = reader.ingress.come_in()
    assert session is not None
    assert reader.ingress.hear("ada") is False
    assert reader.ingress.hear('{"v":2,"name":"ada"}') is True
    assert not reader.ingress.is_program
    assert reader.ingress.hear('{"name":"管理员","lang":"x_elf"}') is True
    assert reader.ingress.is_program
    assert reader.format == JSON.spoken("x_elf")
    assert reader.ingress.hear("no request") is True
    assert reader.ingress.hear('{"name":"ada","lang":"xx"}') is True
    assert session.name == "ada"
    assert reader.ingress.hear('{"line":"hi"}') is True
    reader.chat.turn()
    assert [line.partition('"kind":"')[2].partition('"')[0] for line in reader.lines[1:]] == [
        "refused",
        "refused",
        "welcome",
        "joined",
        "said",
    ]
