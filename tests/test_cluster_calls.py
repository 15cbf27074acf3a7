"""Calls of several servers: one of them calls at a time, another takes over, and hooks and calls are known at all."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import pytest
from support.cluster import LEASE, Node, Servers
from support.worker import SameThread
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twistchat.admin.operator import Operator
from twistchat.admin.verbs import VERBS
from twistchat.calls.places import KEY, OwnPlace
from twistchat.calls.positions import Position
from twistchat.calls.queue import Answered
from twistchat.calls.service import CallService
from twistchat.core import making
from twistchat.core.bans import CALL, HOOK, Act
from twistchat.core.hooks import say_by_hook
from twistchat.core.programs import token_of
from twistchat.errors import ChatError, NameHeld, NameTaken
from twistchat.interfaces.hooks.posts import post
from twistchat.wire.http import Head

OK, DOWN = Answered(200), Answered(None, "no answer within 10 seconds")
HANGING_SECONDS = 10
BEAT = LEASE / 5
HOOK_ACT = Act(HOOK, "op", "tool", room="lobby")
TOKEN = token_of(bytes(range(17)))
URL = "http://db1.example/secret"


class Posted(NamedTuple):
    by: str
    at: float
    ident: str
    texts: tuple[str, ...]


class Stage:
    """Servers that call, and who is called."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.posted: list[Posted] = []
        self.answers: Callable[[str], Answered | Deferred[Answered]] = lambda by: OK
        self.services: dict[str, CallService] = {}
        servers.joins = self._joins
        self.one, self.two = servers.starts("one"), servers.starts("two")

    def _joins(self, node: Node) -> None:
        name = node.cluster.name
        place = node.member.shared_calls(OwnPlace(node.folder, SameThread))  # type: ignore[arg-type]
        service = self.services[name] = CallService(node.chat.hub, self.servers.clock, place)

        async def send(url: str, fields: dict[str, str], body: bytes) -> Answered:
            texts = tuple(line["text"] for line in json.loads(body)["lines"])
            self.posted.append(Posted(name, self.servers.clock.seconds(), fields["webhook-id"], texts))
            answer = self.answers(name)
            return await answer if isinstance(answer, Deferred) else answer

        service._send = send  # type: ignore[method-assign]
        service.startService()
        node.ends.append(service.stopService)

    def makes(self, node: Node) -> Act:
        made: Act = self.does(making.make_call(node.chat.hub, "op", "phone", URL))
        return made

    def does(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """What comes of what is done, once all have heard of it."""
        results: list[Any] = []
        Deferred.fromCoroutine(doing).addBoth(results.append)
        for _ in range(3):
            if not results or not isinstance(results[0], Failure):
                self.servers.run(0.8)
        if isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0]

    def says(self, node: Node, *texts: str) -> None:
        for text in texts:
            saying = Deferred.fromCoroutine(say_by_hook(node.chat.hub, HOOK_ACT, [text], False))
            saying.addErrback(lambda failure: failure.trap(ChatError))
        self.servers.run(1.2)

    def hangs(self) -> Deferred[Answered]:
        """No answer, for as long as one is waited for."""
        answer: Deferred[Answered] = Deferred()
        answer.addTimeout(HANGING_SECONDS, self.servers.clock, lambda *_: DOWN)
        return answer

    def mends(self) -> None:
        """Every road is open; what was on a swallowed one is gone with its connection."""
        for node in self.servers.nodes:
            if node.road.is_closed or any(wire.is_cut for wire in node.road.wires):
                node.road.close()
            node.road.is_closed = False

    @property
    def callers(self) -> list[str]:
        """Whose turn it is, as each knows."""
        return [node.cluster.name for node in self.servers.nodes if self._place(node).is_ours]

    def _place(self, node: Node) -> object:
        assert node.cluster.calls is not None
        return node.cluster.calls

    @property
    def texts(self) -> list[str]:
        """What was told, in the order in which each came first."""
        return [*dict.fromkeys(text for posted in self.posted for text in posted.texts)]

    @property
    def caller(self) -> Node:
        return next(node for node in self.servers.nodes if [node.cluster.name] == self.callers)

    @property
    def other(self) -> Node:
        return next(node for node in self.servers.nodes if [node.cluster.name] != self.callers)


@pytest.fixture
def stage(servers: Servers) -> Stage:
    return Stage(servers)


def test_one_server_calls_what_is_said_at_any(stage: Stage) -> None:
    act = stage.makes(stage.two)
    stage.says(stage.one, "at one")
    stage.says(stage.two, "at two")
    assert stage.texts == ["at one", "at two"]
    assert len({posted.by for posted in stage.posted}) == 1
    assert stage.callers == [stage.posted[0].by]
    assert stage.services["one"].secret(act) == stage.services["two"].secret(act)


def test_the_key_is_in_no_entry_no_act_and_no_line_of_the_log(stage: Stage, logged: list[str]) -> None:
    stage.makes(stage.one)
    keys = [(node.folder / KEY).read_bytes() for node in (stage.one, stage.two)]
    assert keys[0] == keys[1]
    assert (stage.one.folder / KEY).stat().st_mode & 0o777 == 0o600
    for node in (stage.one, stage.two):
        kept = repr(node.kept()).encode() + (node.folder / "audit.jsonl").read_bytes()
        assert keys[0].hex().encode() not in kept and keys[0] not in kept
    assert repr(keys[0]) not in "".join(logged)


def test_a_server_that_comes_to_others_has_their_key_and_not_its_own(stage: Stage, logged: list[str]) -> None:
    (stage.servers.folder / "three").mkdir()
    (stage.servers.folder / "three" / KEY).write_bytes(b"x" * 32)
    act = stage.makes(stage.one)
    stage.servers.starts("three")
    assert stage.services["three"].secret(act) == stage.services["one"].secret(act)
    assert any("have new secrets now" in line for line in logged)


def test_a_key_that_cannot_be_read_or_kept_is_said_and_calls_go_on(
    stage: Stage, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    act = stage.makes(stage.one)
    with monkeypatch.context() as patched:
        patched.setattr(OwnPlace, "key", failing)
        stage.servers.starts("three")
    assert any("their key cannot be had: " in line for line in logged)
    (stage.servers.folder / "four").mkdir()
    (stage.servers.folder / "four" / KEY).write_bytes(b"x" * 32)
    with monkeypatch.context() as patched:
        patched.setattr("twistchat.calls.places.put_in_place", failing)
        stage.servers.starts("four")
    assert any("the key of all servers cannot be kept here: " in line for line in logged)
    assert stage.services["four"].secret(act) == stage.services["one"].secret(act)


def failing(*_: object, **__: object) -> None:
    raise OSError("no space left")


def test_a_key_of_redis_that_is_none_makes_way_for_a_servers(servers: Servers) -> None:
    servers.redis.call("HSET", "{tc}:state", "callkey", "short")
    stage = Stage(servers)
    act = stage.makes(stage.one)
    assert stage.services["one"].secret(act) == stage.services["two"].secret(act)


def test_a_position_behind_the_end_of_the_common_log_is_that_of_another_and_begins_at_its_end(stage: Stage) -> None:
    act = stage.makes(stage.one)
    for node in (stage.one, stage.two):
        own = node.cluster.calls
        assert own is not None
        own._own.positions.put(act.number, Position(1000, 1001))
    stage.says(stage.one, "one")
    other = stage.other
    stage.caller.kill()
    stage.servers.run(LEASE + BEAT)
    stage.says(other, "two")
    assert stage.texts == ["one", "two"]


def test_a_server_that_does_no_calls_takes_no_turn(servers: Servers) -> None:
    node = servers.starts("one")
    node.member.shared_calls(OwnPlace(node.folder, SameThread))  # type: ignore[arg-type]
    node.road.close()
    node.road.is_closed = False
    servers.run(2 * LEASE)
    assert servers.redis.call("HGET", "{tc}:state", "caller") is None


def test_where_the_caller_dies_another_takes_over_where_it_was(stage: Stage) -> None:
    stage.makes(stage.one)
    stage.says(stage.one, "one")
    dead, other = stage.caller, stage.other
    died = stage.servers.clock.seconds()
    dead.kill()
    stage.says(other, "two")
    stage.servers.run(LEASE + BEAT)
    assert stage.callers == [other.cluster.name]
    assert stage.texts == ["one", "two"]
    assert [text for posted in stage.posted for text in posted.texts] == ["one", "two"], "each once"
    assert stage.posted[-1].at - died <= LEASE + BEAT


def test_what_had_no_answer_when_the_caller_died_is_sent_again_with_the_same_id(stage: Stage) -> None:
    stage.makes(stage.one)
    stage.answers = lambda by: Deferred()
    stage.says(stage.one, "one")
    stage.answers = lambda by: OK
    stage.says(stage.one, "two")
    stage.caller.kill()
    stage.servers.run(LEASE + 2 * BEAT + 1)
    first, again, *rest = stage.posted
    assert (first.texts, again.texts, first.ident) == (("one",), ("one",), again.ident)
    assert first.by != again.by
    assert [posted.texts for posted in rest] == [("two",)]


def test_a_caller_that_hears_nothing_of_redis_ends_before_another_begins(stage: Stage, logged: list[str]) -> None:
    stage.makes(stage.one)
    waiting: Deferred[Answered] = Deferred()
    stage.answers = lambda by: waiting
    stage.says(stage.one, "one")
    former, other = stage.caller, stage.other
    stage.answers = lambda by: OK
    former.road.swallow()
    former.road.is_closed = True
    for _ in range(int(10 * (LEASE + BEAT))):
        stage.servers.run(0.1)
        assert len(stage.callers) <= 1
        if stage.callers == [other.cluster.name]:
            assert waiting.called, "what it waited for is broken off"
    assert stage.callers == [other.cluster.name]
    assert [posted.by for posted in stage.posted] == [former.cluster.name, other.cluster.name]
    stage.mends()
    stage.servers.run(2 * LEASE)
    stage.says(former, "two")
    stage.servers.run(BEAT)
    assert stage.callers == [other.cluster.name]
    assert stage.texts == ["one", "two"]
    assert not [line for line in logged if "a call cannot go on" in line]


def test_a_caller_that_stops_in_order_is_followed_with_the_next_beat(stage: Stage) -> None:
    stage.makes(stage.one)
    other = stage.other
    stage.caller.stop()
    stage.servers.run(BEAT + 0.1)
    assert stage.callers == [other.cluster.name]


def test_a_redis_that_has_lost_all_is_given_back_key_and_positions(stage: Stage) -> None:
    act = stage.makes(stage.one)
    stage.says(stage.one, "one")
    stage.says(stage.two, "two")
    secret = stage.services["one"].secret(act)
    stage.servers.restart_redis()
    stage.servers.run(2 * LEASE)
    assert len(stage.callers) == 1
    stage.says(stage.one, "three")
    assert [text for posted in stage.posted for text in posted.texts] == ["one", "two", "three"]
    assert stage.services["two"].secret(act) == secret
    stage.servers.starts("four")
    assert stage.services["four"].secret(act) == secret


def test_all_servers_and_redis_may_die_together(stage: Stage, servers: Servers) -> None:
    stage.makes(stage.one)
    stage.says(stage.one, "one")
    servers.run(2 * BEAT)
    for node in (stage.one, stage.two):
        node.kill()
    servers.restart_redis()
    stage.one = servers.starts("one")
    servers.run(LEASE)
    stage.says(stage.one, "two")
    assert [text for posted in stage.posted for text in posted.texts] == ["one", "two"]


def test_a_call_that_is_ended_at_one_server_is_done_by_none_and_forgotten(stage: Stage) -> None:
    act = stage.makes(stage.one)
    stage.says(stage.one, "one")
    stage.does(making.end(stage.other.chat.hub, CALL, "op", "phone"))
    stage.says(stage.one, "two")
    assert stage.texts == ["one"]
    stage.makes(stage.two)
    stage.servers.run(1.5)
    assert str(act.number) not in stage.servers.redis.call("HGETALL", "{tc}:called")


def test_a_receiver_that_wants_no_more_ends_the_call_at_all_servers(stage: Stage) -> None:
    stage.makes(stage.one)
    stage.answers = lambda by: Answered(410)
    stage.says(stage.one, "one")
    stage.servers.run(1)
    assert [node.chat.hub.programs.all(CALL) for node in (stage.one, stage.two)] == [[], []]


def test_a_caller_whose_turn_went_to_another_without_its_knowledge_sends_nothing(
    stage: Stage, logged: list[str]
) -> None:
    stage.makes(stage.one)
    former = stage.caller
    stage.servers.redis.call("HSET", "{tc}:state", "caller", stage.other.cluster.server)
    saying = Deferred.fromCoroutine(say_by_hook(former.chat.hub, HOOK_ACT, ["one"], False))
    stage.servers.run(0.3)
    assert saying.called
    assert [posted.by for posted in stage.posted if posted.by == former.cluster.name] == []
    stage.servers.run(BEAT + 1)
    assert [posted.by for posted in stage.posted] == [stage.callers[0]] != [former.cluster.name]
    assert stage.texts == ["one"]
    assert not [line for line in logged if "a call cannot go on" in line]


def test_with_the_connection_it_loses_its_turn_at_once(stage: Stage) -> None:
    stage.makes(stage.one)
    former = stage.caller
    former.road.close()
    stage.servers.run()
    assert former.cluster.name not in stage.callers
    stage.mends()
    stage.servers.run(BEAT)
    assert len(stage.callers) == 1


def test_where_nothing_tells_that_the_connection_is_dead_the_turn_ends_with_the_lease(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twistchat.cluster.link.ANSWER_SECONDS", 1000.0)
    stage.makes(stage.one)
    waiting: Deferred[Answered] = Deferred()
    stage.answers = lambda by: waiting
    stage.says(stage.one, "one")
    stage.answers = lambda by: OK
    former = stage.caller
    former.road.swallow()
    for _ in range(int(10 * (LEASE + BEAT))):
        stage.servers.run(0.1)
        assert len(stage.callers) <= 1
        assert waiting.called or former.cluster.name in stage.callers, "it is broken off with the turn"
    assert stage.callers and stage.callers != [former.cluster.name]
    assert [posted.texts for posted in stage.posted] == [("one",), ("one",)]


def test_a_server_whose_copy_is_behind_takes_over_and_waits_for_what_the_former_had_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twistchat.cluster.link.ANSWER_SECONDS", 1000.0)
    stage.makes(stage.one)
    stage.says(stage.one, "one")
    former, other = stage.caller, stage.other
    protocol = other.cluster._reading._protocol
    assert protocol is not None
    wire: Any = protocol.transport
    wire.is_cut = True
    stage.says(former, "two", "three")
    former.kill()
    stage.servers.run(LEASE + BEAT + 2)
    assert stage.callers == [other.cluster.name]
    wire.abortConnection()
    stage.servers.run(2)
    stage.says(other, "four")
    assert [text for posted in stage.posted for text in posted.texts] == ["one", "two", "three", "four"]


def test_a_redis_that_has_positions_of_long_ago_sends_nobody_back(stage: Stage) -> None:
    act = stage.makes(stage.one)
    stage.says(stage.one, "one")
    stage.servers.run(2 * BEAT)
    stage.servers.redis.call("HSET", "{tc}:called", act.number, "0 0 0")
    stage.servers.run(2 * BEAT)
    stage.caller.kill()
    stage.servers.run(LEASE + BEAT + 2)
    stage.says(stage.servers.nodes[0], "two")
    assert [text for posted in stage.posted for text in posted.texts] == ["one", "two"]


def test_the_position_of_a_call_that_is_not_known_here_yet_is_not_forgotten(stage: Stage) -> None:
    act = stage.makes(stage.one)
    place = stage.one.cluster.calls
    assert place is not None
    for number in (act.number, 1000):
        place._own.positions.put(number, Position(0))
    place.forget_others(set())
    assert place._own.positions.numbers == {1000}


def test_where_redis_does_not_take_a_position_nothing_is_sent(stage: Stage) -> None:
    stage.makes(stage.one)
    stage.servers.redis.call("DEL", "{tc}:called")
    stage.servers.redis.call("SET", "{tc}:called", "no hash")
    stage.says(stage.one, "one")
    assert stage.posted == []
    stage.servers.redis.call("DEL", "{tc}:called")
    stage.servers.run(10)
    assert stage.texts == ["one"]


# --- hooks


def test_a_hook_talks_and_is_ended_and_taken_back_at_every_server(stage: Stage) -> None:
    one, two = stage.one, stage.two
    act = stage.does(making.make_hook(one.chat.hub, "op", "tool", "ops", TOKEN))
    found = [node.chat.hub.programs.find(HOOK, TOKEN) for node in (one, two)]
    assert [hook.number for hook in found if hook] == [act.number] * 2
    ended = stage.does(making.end(two.chat.hub, HOOK, "op", "tool"))
    assert [node.chat.hub.programs.find(HOOK, TOKEN) for node in (one, two)] == [None, None]
    stage.does(one.administration.moderation.undo("op", ended.number))
    assert two.chat.hub.programs.find(HOOK, TOKEN) is not None
    three = stage.servers.starts("three")
    assert three.chat.hub.programs.find(HOOK, TOKEN) is not None


def test_whoever_has_a_name_at_another_server_keeps_it(stage: Stage) -> None:
    stage.two.enters("tool")
    with pytest.raises(NameTaken):
        stage.does(making.make_hook(stage.one.chat.hub, "op", "tool", "ops", TOKEN))
    with pytest.raises(NameHeld):
        stage.does(say_by_hook(stage.one.chat.hub, HOOK_ACT, ["one"], False))


def test_nobody_at_any_server_can_have_a_hooks_name(stage: Stage) -> None:
    stage.does(making.make_hook(stage.one.chat.hub, "op", "tool", "ops", TOKEN))
    person = stage.two.chat.connects()
    assert stage.two.says(person, "tool")[-1].startswith("refused")
    assert not person.rooms


def test_what_a_hook_says_once_it_says_once_at_all_servers(stage: Stage) -> None:
    stage.does(making.make_hook(stage.one.chat.hub, "op", "tool", "lobby", TOKEN, "10m"))
    for node in (stage.one, stage.two, stage.two, stage.one):
        hook = node.chat.hub.programs.find(HOOK, TOKEN)
        assert hook is not None
        stage.does(post(node.chat.hub, hook, Head("POST", f"/hooks/{TOKEN}", {}, True), b"disk full"))
    assert [row[5] for row in stage.one.kept() if row[3] == "hooked"] == ["disk full"]


def test_hooks_and_calls_are_listed_at_every_server_with_what_all_have_counted(stage: Stage) -> None:
    stage.does(making.make_hook(stage.one.chat.hub, "op", "tool", "lobby", TOKEN))
    stage.makes(stage.one)
    for node in (stage.one, stage.two, stage.two):
        use = node.chat.hub.programs.use(node.chat.hub.programs.all(HOOK)[0])
        use.done(node.chat.hub.wall())
    stage.two.chat.hub.programs.use(stage.two.chat.hub.programs.all(HOOK)[0]).refusal = "overloaded"
    stage.says(stage.two, "one", "two")
    for node in (stage.one, stage.two):
        (hook,) = stage.does(Operator(node.administration, "op", VERBS).run(VERBS.find("hooks"), {})).data()
        assert (hook["name"], hook["times"], hook["refused"]) == ("tool", 3, "overloaded")
        assert hook["used"] is not None
        (call,) = stage.does(Operator(node.administration, "op", VERBS).run(VERBS.find("calls"), {})).data()
        assert (call["name"], call["lines"], call["answer"], call["by"]) == ("phone", 2, "HTTP 200", stage.callers[0])
    stage.caller.kill()
    left = stage.servers.nodes[0]
    (call,) = stage.does(Operator(left.administration, "op", VERBS).run(VERBS.find("calls"), {})).data()
    assert (call["name"], call["by"]) == ("phone", "nobody now")


@pytest.mark.parametrize("seed", range(6))
def test_whatever_servers_and_redis_do_each_line_is_told_in_order_and_by_one_at_a_time(
    stage: Stage, servers: Servers, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = random.Random(seed)
    stage.makes(stage.one)
    number = 0
    monkeypatch.setattr("twistchat.calls.queue.RETRY_SECONDS", (1.0, 2.0))
    stage.answers = lambda by: choose.choice((OK, OK, OK, Answered(503), stage.hangs()))
    for _ in range(25):
        node = choose.choice(servers.nodes)
        match choose.randrange(8):
            case 0:
                node.road.close()
            case 1:
                node.road.swallow()
            case 2 | 3:
                stage.mends()
            case 4 if len(servers.nodes) > 1:
                name = node.cluster.name
                node.kill()
                stage.mends()
                servers.run(choose.random() * 2 * LEASE)
                servers.starts(name)
            case _:
                number += 1
                stage.says(node, f"line {number}")
        for _ in range(choose.randrange(20)):
            servers.run(0.1)
            assert len(stage.callers) <= 1
    stage.mends()
    stage.answers = lambda by: OK
    servers.run(4 * LEASE)
    servers.run(3 * HANGING_SECONDS)
    kept = [row[5] for row in stage.caller.kept() if row[3] == "hooked"]
    assert stage.texts == kept
    assert all(len({posted.texts for posted in stage.posted if posted.ident == one.ident}) == 1 for one in stage.posted)
