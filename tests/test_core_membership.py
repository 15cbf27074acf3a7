"""One person's rooms: the table of transitions, walked at random beside a list of what was submitted."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from twistchat.core.membership import Membership
from twistchat.errors import NotInAnyRoom, NotInRoom

ROOMS = ("lobby", "tea")


class MembershipMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.membership = Membership()
        self.is_in = dict.fromkeys(ROOMS, False)
        self.submitted: list[tuple[str, bool]] = []

    def will_be_in(self, room: str) -> bool:
        """Where somebody is after all that was submitted, by walking through it."""
        return [self.is_in[room], *(coming for where, coming in self.submitted if where == room)][-1]

    @rule(room=st.sampled_from(ROOMS))
    def somebody_joins_or_leaves(self, room: str) -> None:
        coming = not self.will_be_in(room)
        (self.membership.coming if coming else self.membership.going)(room)
        self.submitted.append((room, coming))
        if coming:
            self.membership.turn_to(room)
        else:
            self.membership.turn_away(room)

    @precondition(lambda self: self.submitted)
    @rule()
    def the_first_move_is_committed(self) -> None:
        room, coming = self.submitted.pop(0)
        assert self.membership.expects(room) or not coming
        (self.membership.arrived if coming else self.membership.departed)(room)
        self.is_in[room] = coming

    @precondition(lambda self: self.submitted)
    @rule()
    def all_is_taken_back(self) -> None:
        while self.submitted:
            room, coming = self.submitted.pop()
            self.membership.taken_back(room)
            if coming:
                self.membership.turn_away(room)
            elif self.membership.current is None:
                self.membership.current = room

    @invariant()
    def rooms_are_those_whose_coming_is_committed(self) -> None:
        assert set(self.membership.rooms) == {room for room, is_in in self.is_in.items() if is_in}

    @invariant()
    def rooms_to_be_are_those_after_all_that_is_submitted(self) -> None:
        assert set(self.membership.rooms_to_be) == {room for room in ROOMS if self.will_be_in(room)}
        for room in ROOMS:
            assert self.membership.will_be_in(room) is self.will_be_in(room)
            assert self.membership.expects(room) is ((room, True) in self.submitted)

    @invariant()
    def nobody_talks_where_they_will_not_be(self) -> None:
        assert self.membership.current is None or self.will_be_in(self.membership.current)


@pytest.mark.hypothesis
def test_rooms_follow_what_is_submitted_committed_and_taken_back() -> None:
    run_state_machine_as_test(MembershipMachine, settings=settings(max_examples=100, stateful_step_count=30))


def test_who_is_in_no_room_talks_nowhere() -> None:
    with pytest.raises(NotInAnyRoom):
        _ = Membership().here


def test_who_is_gone_is_nowhere_and_on_the_way_to_nowhere() -> None:
    membership = Membership()
    membership.coming("lobby")
    membership.arrived("lobby")
    membership.coming("tea")
    membership.current = "tea"
    membership.clear()
    assert not membership.rooms_to_be
    assert not membership.expects("tea")
    assert membership.current is None


def test_somebody_talks_only_where_they_will_be_and_turning_there_again_changes_nothing() -> None:
    membership = Membership()
    with pytest.raises(NotInRoom):
        membership.turn_to("tea")
    membership.coming("tea")
    assert [membership.turn_to("tea"), membership.turn_to("tea")] == [True, False]
    assert membership.here == "tea"


def test_of_several_moves_that_wait_the_last_alone_is_taken_back() -> None:
    membership = Membership()
    membership.coming("tea")
    membership.going("tea")
    membership.taken_back("tea")
    assert membership.expects("tea")
    membership.taken_back("tea")
    assert not membership.expects("tea")
