"""A call's way through the log: at least once, in order, and the same one again after a failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.chat import Chat
from support.journal import ListJournal
from support.results import at_once
from support.worker import SameThread
from twisted.internet.defer import Deferred, fail, succeed

from twistchat.calls.places import OwnPlace
from twistchat.calls.positions import FilePositions, Position
from twistchat.calls.queue import APART_SECONDS, MOST_BEHIND, RETRY_SECONDS, Answered, CallQueue
from twistchat.calls.service import CallService, listed_networks
from twistchat.core import making
from twistchat.core.bans import CALL, Act
from twistchat.core.calling import CallOptions
from twistchat.core.events import Hooked, Relayed
from twistchat.core.moderation import Moderation
from twistchat.errors import CannotStart, NotRead

SECRET = "whsec_" + "A" * 32
URL = "http://db1.example/secret"
OK, DOWN, WRONG = Answered(200), Answered(None, "nothing listens there"), Answered(500)


class Sent(NamedTuple):
    url: str
    fields: dict[str, str]
    value: dict[str, Any]

    @property
    def texts(self) -> list[str]:
        return [line["text"] for line in self.value["lines"]]


class Receiver:
    """The far end of calls."""

    def __init__(self) -> None:
        self.got: list[Sent] = []
        self.answer = OK
        self.slow: Deferred[Answered] | None = None

    async def __call__(self, url: str, fields: dict[str, str], body: bytes) -> Answered:
        self.got.append(Sent(url, fields, json.loads(body)))
        if self.slow is not None:
            return await self.slow
        return self.answer

    @property
    def texts(self) -> list[str]:
        return [text for sent in self.got for text in sent.texts]


class MemoryPositions:
    def __init__(self) -> None:
        self.known: dict[int, Position] = {}
        self.are_shared = False
        self.is_ours = True

    def get(self, call: int) -> Position | None:
        return self.known.get(call)

    def put(self, call: int, position: Position) -> Deferred[bool]:
        if self.is_ours:
            self.known[call] = position
        return succeed(self.is_ours)

    def forget_others(self, calls: set[int]) -> None:
        raise NotImplementedError


class Stage:
    """A chat with one call, and somebody who talks."""

    def __init__(self, chat: Chat, **options: Any) -> None:
        self.chat = chat
        self.receiver = Receiver()
        self.positions = MemoryPositions()
        self.ada = chat.enters("ada")
        room = options.pop("room", "")
        self.act: Act = at_once(making.make_call(chat.hub, "op", "phone", URL, room, CallOptions(**options)))
        self.begins()

    def begins(self) -> None:
        """Do the call, as after a restart."""
        self.queue = CallQueue(self.chat.hub, self.act, self.receiver, self.positions, SECRET)
        self.chat.hub.pipeline.watch(lambda _: self.queue.wake())
        self.queue.begin()
        self.passes(0)

    def says(self, *texts: str) -> None:
        self.ada.sends(*texts)

    def passes(self, seconds: float) -> None:
        self.chat.clock.pump([0] * 3 + [0.25] * int(seconds * 4) + [0] * 3)


@pytest.fixture
def stage(chat: Chat, mod: Moderation) -> Stage:
    return Stage(chat)


def test_what_is_said_is_told_at_once_and_then_once_a_second(stage: Stage) -> None:
    stage.says("one")
    stage.passes(0)
    assert stage.receiver.texts == ["one"]
    stage.says("two", "three")
    stage.passes(0)
    assert stage.receiver.texts == ["one"]
    stage.says("four")
    stage.passes(APART_SECONDS)
    assert [sent.texts for sent in stage.receiver.got] == [["one"], ["two", "three", "four"]]
    assert stage.receiver.got[0].url == URL
    assert (stage.queue.state.sent, stage.queue.state.behind, stage.queue.state.status) == (4, 0, "HTTP 200")


def test_who_does_not_take_it_is_told_the_same_again_later_and_later(stage: Stage, logged: list[str]) -> None:
    stage.receiver.answer = DOWN
    stage.says("one")
    stage.passes(0)
    stage.says("two")
    for count, wait in enumerate((*RETRY_SECONDS, RETRY_SECONDS[-1]), 1):
        assert len(stage.receiver.got) == count
        stage.chat.clock.advance(wait - 0.1)
        stage.passes(0)
        assert len(stage.receiver.got) == count
        stage.chat.clock.advance(0.1)
        stage.passes(0)
    assert {sent.fields["webhook-id"] for sent in stage.receiver.got} == {stage.receiver.got[0].fields["webhook-id"]}
    assert {tuple(sent.texts) for sent in stage.receiver.got} == {("one",)}
    state = stage.queue.state
    assert (state.status, state.failures, state.behind) == ("nothing listens there", 8, 2)
    stage.receiver.answer = OK
    stage.chat.clock.advance(RETRY_SECONDS[-1])
    stage.passes(2)
    assert stage.receiver.got[-1].texts == ["two"]
    assert (state.failing_since, state.behind) == (None, 0)
    told = [line for line in logged if line.startswith("call phone: http://db1.example/…")]
    assert len(told) == 2, "once that it fails, once that it does no more"
    assert "secret" not in "".join(logged)


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(7.0, 7.0), (0.0, 1.0), (0.2, 1.0), (1800.0, 1800.0), (86400.0, 1800.0), (None, RETRY_SECONDS[0])],
)
def test_a_receiver_that_says_when_to_come_again_is_asked_then_and_within_half_an_hour(
    stage: Stage, asked: float | None, wait: float
) -> None:
    stage.receiver.answer = Answered(429, again=asked)
    stage.says("one")
    stage.passes(0)
    stage.says("two")
    assert len(stage.receiver.got) == 1, "what else is said does not make it sooner"
    stage.chat.clock.advance(wait - 0.1)
    stage.passes(0)
    assert len(stage.receiver.got) == 1
    stage.receiver.answer = OK
    stage.chat.clock.advance(0.1)
    stage.passes(2)
    assert stage.receiver.texts == ["one", "one", "two"]


def test_after_an_hour_without_its_receiver_over_a_restart_it_tells_all_in_order(stage: Stage) -> None:
    stage.says("before")
    stage.passes(1)
    stage.receiver.answer = DOWN
    said = [f"line {number}" for number in range(360)]
    for number, text in enumerate(said):
        stage.says(text)
        stage.passes(10)
        if number == 200:
            stage.queue.end()
            stage.begins()
    tries = len(stage.receiver.got)
    assert tries < 20
    stage.receiver.answer = OK
    stage.passes(1800)
    taken = [text for sent in stage.receiver.got[tries:] for text in sent.texts]
    assert taken == said
    bodies = {sent.fields["webhook-id"]: sent.texts for sent in stage.receiver.got}
    assert all(bodies[sent.fields["webhook-id"]] == sent.texts for sent in stage.receiver.got)
    assert [sent.value["skipped"] for sent in stage.receiver.got] == [0] * len(stage.receiver.got)


def test_where_another_server_has_dealt_with_more_than_this_copy_has_that_is_waited_for(stage: Stage) -> None:
    stage.queue.end()
    stage.says("one", "two", "three")
    newest = stage.chat.log.entries[-1].number
    stage.positions.are_shared = True
    stage.positions.known[stage.act.number] = Position(newest - 1, newest + 1)
    stage.begins()
    stage.passes(5)
    assert stage.receiver.got == []
    stage.says("four")
    stage.passes(5)
    assert [sent.texts for sent in stage.receiver.got] == [["three", "four"]]


def test_nothing_is_sent_where_it_is_another_servers_turn(stage: Stage) -> None:
    stage.positions.is_ours = False
    stage.says("one")
    stage.passes(2)
    assert stage.receiver.got == []
    stage.positions.is_ours = True
    stage.passes(RETRY_SECONDS[1])
    assert stage.receiver.texts == ["one"]


def test_what_is_broken_off_is_kept_where_it_was(stage: Stage, logged: list[str]) -> None:
    stage.receiver.slow = Deferred()
    stage.says("one")
    stage.passes(1)
    stage.queue.break_off()
    stage.queue.break_off()
    assert stage.receiver.slow.called
    stage.receiver.slow = None
    stage.passes(60)
    assert stage.receiver.texts == ["one"]
    stage.begins()
    stage.passes(1)
    assert stage.receiver.texts == ["one", "one"]
    assert logged == []


def test_after_a_restart_it_goes_on_with_the_very_call_that_was_tried(stage: Stage) -> None:
    stage.says("zero")
    stage.passes(1)
    stage.receiver.answer = WRONG
    stage.says("one")
    stage.passes(0)
    stage.queue.end()
    stage.says("two")
    stage.passes(3600)
    stage.receiver.answer = OK
    stage.begins()
    stage.passes(2)
    assert [sent.texts for sent in stage.receiver.got] == [["zero"], ["one"], ["one"], ["two"]]
    ids = [sent.fields["webhook-id"] for sent in stage.receiver.got]
    assert ids[1] == ids[2]
    assert len({*ids}) == 3


def test_a_call_that_was_answered_is_not_made_again_after_a_restart(stage: Stage) -> None:
    stage.says("one")
    stage.passes(1)
    stage.queue.end()
    stage.begins()
    stage.passes(5)
    assert stage.receiver.texts == ["one"]


def test_it_begins_with_what_is_said_once_it_is_made(chat: Chat, mod: Moderation) -> None:
    chat.enters("bob").sends("before")
    chat.clock.advance(1)
    stage = Stage(chat)
    stage.says("after")
    stage.passes(2)
    assert stage.receiver.texts == ["after"]


def test_one_request_at_a_time(stage: Stage) -> None:
    stage.receiver.slow = Deferred()
    stage.says("one")
    stage.passes(0)
    stage.says("two")
    stage.passes(9)
    assert len(stage.receiver.got) == 1
    slow, stage.receiver.slow = stage.receiver.slow, None
    slow.callback(OK)
    stage.passes(1)
    assert stage.receiver.texts == ["one", "two"]


def test_fifty_lines_at_once_and_the_rest_after_a_second(stage: Stage) -> None:
    stage.says("zero")
    stage.passes(0)
    stage.says(*(f"line {number}" for number in range(70)))
    stage.passes(3)
    assert [len(sent.texts) for sent in stage.receiver.got] == [1, 50, 20]


def test_only_what_it_is_about_is_told(chat: Chat, mod: Moderation) -> None:
    stage = Stage(chat, room="tea", words="disk", all_events=True)
    stage.says("disk in the lobby", "/join tea", "disk in tea", "nothing of it", "/topic disk full")
    stage.passes(3)
    assert stage.receiver.texts == ["disk in tea"]
    assert stage.queue.state.behind == 0


def test_coming_and_going_is_told_to_who_wants_all(chat: Chat, mod: Moderation) -> None:
    stage = Stage(chat, all_events=True)
    bob = chat.enters("bob")
    bob.sends("/nick bobby", "/topic tea")
    bob.vanishes()
    stage.passes(3)
    kinds = [line["kind"] for sent in stage.receiver.got for line in sent.value["lines"]]
    assert kinds[-4:] == ["joined", "renamed", "topicset", "left"]


def test_much_that_is_not_wanted_is_gone_through_in_steps(chat: Chat, mod: Moderation) -> None:
    stage = Stage(chat, words="needle")
    stage.queue.end()
    for _ in range(25):
        stage.says(*(["hay"] * 100))
    stage.says("needle")
    stage.begins()
    stage.passes(2)
    assert stage.receiver.texts == ["needle"]


def test_what_is_said_in_a_private_room_does_not_leave(stage: Stage) -> None:
    stage.says("/join tea", "/private on", "closed")
    stage.passes(2)
    assert stage.receiver.got == []


def test_what_a_hook_of_its_own_name_said_is_not_told_and_anothers_is_told_once_more(stage: Stage) -> None:
    for event in (Hooked("lobby", "phone", "own"), Hooked("lobby", "x", "tool"), Relayed("lobby", "x", "chat")):
        stage.chat.hub.pipeline.proclaim(event)
    stage.passes(3)
    assert [(sent.texts, sent.fields["Twistchat-Hops"]) for sent in stage.receiver.got] == [
        (["tool"], "1"),
        (["chat"], "2"),
    ]


def test_too_far_behind_it_goes_on_later_and_says_how_much_was_left_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.receiver.answer = DOWN
    stage.says("one")
    stage.passes(0)
    monkeypatch.setattr("twistchat.calls.queue.MOST_BEHIND", 3)
    stage.says(*"abcdef")
    stage.receiver.answer = OK
    stage.passes(2)
    assert stage.receiver.texts == ["one", "d", "e", "f"]
    assert [sent.value["skipped"] for sent in stage.receiver.got] == [0, 4]
    assert MOST_BEHIND == 10_000


def test_what_is_older_than_a_day_is_left_out(stage: Stage) -> None:
    stage.queue.end()
    stage.says("old")
    stage.chat.clock.advance(86_401)
    stage.says("new")
    stage.begins()
    stage.passes(2)
    assert stage.receiver.texts == ["new"]
    assert stage.receiver.got[0].value["skipped"] > 0


def test_another_log_is_begun_at_its_end(stage: Stage) -> None:
    stage.positions.known[stage.act.number] = Position(1000, 1001)
    stage.queue.end()
    stage.begins()
    stage.says("new")
    stage.passes(2)
    assert stage.receiver.texts == ["new"]


def test_what_was_tried_and_is_not_to_be_told_any_more_is_passed_over(stage: Stage) -> None:
    stage.queue.end()
    stage.says("one", "two")
    stage.positions.known[stage.act.number] = Position(0, 1)
    stage.begins()
    stage.passes(2)
    assert stage.receiver.texts == ["one", "two"]


def test_while_the_log_cannot_be_read_it_waits(stage: Stage) -> None:
    stage.chat.log.unreadable = NotRead("the disk is broken")
    stage.says("one")
    stage.passes(1)
    assert stage.receiver.got == []
    stage.chat.log.unreadable = None
    stage.passes(6)
    assert stage.receiver.texts == ["one"]


def test_a_receiver_that_is_gone_for_good_ends_the_call_and_that_is_recorded(
    stage: Stage, journal: ListJournal
) -> None:
    stage.receiver.answer = Answered(410)
    stage.says("one")
    stage.passes(0)
    assert stage.chat.hub.programs.all(CALL) == []
    assert (journal.kept[-1].verb, journal.kept[-1].text) == ("uncall", "HTTP 410")
    stage.says("two")
    stage.passes(60)
    assert stage.receiver.texts == ["one"]


def test_that_it_is_gone_may_not_be_recorded(stage: Stage, journal: ListJournal, logged: list[str]) -> None:
    journal.is_full = True
    stage.receiver.answer = Answered(410)
    stage.says("one")
    stage.passes(60)
    assert stage.receiver.texts == ["one"]
    assert any("could not be recorded" in line for line in logged)


def test_a_call_that_is_ended_tells_nothing_more(stage: Stage) -> None:
    at_once(making.end(stage.chat.hub, CALL, "op", "phone"))
    stage.says("one")
    stage.passes(5)
    assert stage.receiver.got == []
    stage.queue.end()
    stage.queue.end()


def test_what_fails_in_a_way_that_it_should_not_is_logged_and_tried_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, flush_errors: Callable[..., list[BaseException]]
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("twistchat.calls.queue.called_out", lambda *_: 1 / 0)
        stage.says("one")
        stage.passes(0)
    assert flush_errors(ZeroDivisionError)
    stage.passes(RETRY_SECONDS[-1])
    assert stage.receiver.texts == ["one"]


# --- positions in a file


class SlowDisk:
    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], None], Deferred[None]]] = []

    def __call__(self, write: Callable[[], None]) -> Deferred[None]:
        ended: Deferred[None] = Deferred()
        self.waiting.append((write, ended))
        return ended

    def goes_on(self) -> None:
        write, ended = self.waiting.pop(0)
        write()
        ended.callback(None)


def test_positions_are_kept_over_a_restart_and_written_one_at_a_time(tmp_path: Path) -> None:
    disk = SlowDisk()
    positions = FilePositions(tmp_path, disk)
    kept = [positions.put(3, Position(1)), positions.put(3, Position(2, 5)), positions.put(4, Position(9, None, 7))]
    assert len(disk.waiting) == 1
    disk.goes_on()
    assert [each.called for each in kept] == [True, False, False]
    assert not positions.are_written, "another process must not go on with the file yet"
    disk.goes_on()
    assert all(each.called for each in kept) and positions.are_written
    again = FilePositions(tmp_path, disk)
    assert (again.get(3), again.get(4), again.get(5)) == (Position(2, 5), Position(9, None, 7), None)
    assert (tmp_path / "calls.json").stat().st_mode & 0o777 == 0o600
    again.forget_others({4})
    assert (again.get(3), again.get(4)) == (None, Position(9, None, 7))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": {}}', '{"3": {"at": 1, "new": 2}}', '{"3": 4}'])
def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path, text: str, logged: list[str]) -> None:
    (tmp_path / "calls.json").write_text(text)
    assert FilePositions(tmp_path, SlowDisk()).get(3) is None
    assert any("cannot be read" in line for line in logged)


def test_where_the_disk_takes_nothing_calls_go_on(tmp_path: Path, logged: list[str]) -> None:
    positions = FilePositions(tmp_path, lambda write: fail(OSError("no space left")))
    assert positions.put(3, Position(1)).called
    assert any("no space left" in line for line in logged)


# --- the service


def service(chat: Chat, folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> CallService:
    made = CallService(chat.hub, chat.clock, OwnPlace(folder, SameThread))  # type: ignore[arg-type]
    monkeypatch.setattr(made, "_send", receiver)
    return made


def test_the_service_does_the_calls_that_are_in_force(
    chat: Chat, mod: Moderation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, ada = Receiver(), chat.enters("ada")
    doing = service(chat, tmp_path, receiver, monkeypatch)
    doing.startService()
    act = at_once(making.make_call(chat.hub, "op", "phone", URL))
    chat.clock.pump([1, 0, 0])
    ada.sends("one")
    chat.clock.pump([0, 0, 0])
    assert receiver.texts == ["one"]
    secret = doing.secret(act)
    ended = at_once(making.end(chat.hub, CALL, "op", "phone"))
    chat.clock.pump([1, 0])
    ada.sends("two")
    at_once(mod.undo("op", ended.number))
    chat.clock.pump([1, 0, 0, 1, 0, 0])
    assert receiver.texts == ["one", "two"], "it goes on where it was"
    assert doing.stopService() is not None
    ada.sends("three")
    chat.clock.pump([1, 0, 0, 1, 0, 0])
    again = service(chat, tmp_path, receiver, monkeypatch)
    assert again.secret(act) == secret
    again.startService()
    chat.clock.pump([0, 0, 0, 1, 0, 0])
    assert receiver.texts == ["one", "two", "three"]
    again.stopService()
    assert not chat.is_watched
    CallService(chat.hub, chat.clock, OwnPlace(tmp_path, SameThread)).stopService()  # type: ignore[arg-type]


def test_without_its_key_no_call_is_made(
    chat: Chat, mod: Moderation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    receiver = Receiver()
    at_once(making.make_call(chat.hub, "op", "phone", URL))
    doing = service(chat, tmp_path / "nowhere", receiver, monkeypatch)
    doing.startService()
    assert any("cannot be had" in line for line in logged)
    doing.stopService()


def test_what_may_be_called_beside_is_read_or_refused() -> None:
    assert listed_networks(None) == ()
    with pytest.raises(CannotStart):
        listed_networks("127.0.0.1 localhost")
