"""Whatever three servers, their connections and Redis do: what each person hears is one order without a gap."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from support.chat import Person
from support.cluster import LEASE, Node, Servers
from support.redis import Redis

NAMES = ("one", "two", "three")

which = st.sampled_from(NAMES)


class Chats(RuleBasedStateMachine):
    """Three servers, one person at each, who says numbered lines."""

    redis: Redis
    monkeypatch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        self.redis.call("FLUSHALL")
        self.folder = Path(tempfile.mkdtemp(prefix="tcs"))
        self.servers = Servers(self.redis, self.folder, self.monkeypatch)
        self.nodes: dict[str, Node] = {}
        self.people: dict[str, Person] = {}
        self.heard: dict[str, list[str]] = {}
        self.refused: dict[str, int] = {}
        self.said = self.fresh = 0
        for name in NAMES:
            self._start(name)

    def _start(self, name: str) -> None:
        self.nodes[name] = self.servers.starts(name)
        self.servers.run(2 * LEASE)
        self.people[name] = self.nodes[name].enters(f"p-{name}-{self.said}")
        self.heard[name] = []

    def _listen(self) -> None:
        for name, person in self.people.items():
            for told in person.hears():
                if told.startswith("apart "):  # what was heard before is as much as there was
                    self.heard[name] = []
                elif ": line " in told:
                    self.heard[name].append(told)

    @rule(name=which)
    def say(self, name: str) -> None:
        if name in self.nodes:
            self.said += 1
            self.people[name].types(f"line {self.said}")
            self.servers.run()

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0, LEASE, 2 * LEASE]))
    def wait(self, seconds: float) -> None:
        self.servers.run(seconds)

    @rule(name=which)
    def cut(self, name: str) -> None:
        if name in self.nodes:
            self.nodes[name].road.close()
            self.servers.run()

    @rule(name=which)
    def swallow(self, name: str) -> None:
        if name in self.nodes:
            self.nodes[name].road.swallow()

    @rule(name=which)
    def mend(self, name: str) -> None:
        if name in self.nodes:
            self.nodes[name].road.is_closed = False
            self.servers.run(1)

    @precondition(lambda self: len(self.nodes) > 1)
    @rule(name=which)
    def kill(self, name: str) -> None:
        if name in self.nodes and len(self.nodes) > 1:
            self._listen()
            self.nodes.pop(name).kill()
            self.people.pop(name)

    @rule(name=which)
    def start(self, name: str) -> None:
        if name not in self.nodes:
            self._mend_all()
            self._start(name)

    @rule(name=which)
    def deafen(self, name: str) -> None:
        """What is sent arrives, what is answered does not."""
        if name in self.nodes:
            self.nodes[name].road.deafen()

    @rule(name=which)
    def restart_at_once(self, name: str) -> None:
        """It is killed and started again on its copy, whatever else is the matter; nobody comes in."""
        if name in self.nodes and len(self.nodes) > 1:
            self._listen()
            self.nodes.pop(name).kill()
            self.people.pop(name)
            node = self.servers.starts(name)
            self.servers.run(0.5)
            node.kill()

    @rule()
    def lose_redis_and_start_afresh(self) -> None:
        """Redis dies, and the first who comes to it is a server in an empty folder; nobody comes in by that."""
        roads = [node.road for node in self.nodes.values()]
        were_closed = [road.is_closed for road in roads]
        for road in roads:
            road.close()
        self.servers.restart_redis()
        self.fresh += 1
        node = self.servers.starts(f"fresh-{self.fresh}")
        for road, is_closed in zip(roads, were_closed, strict=True):
            road.is_closed = is_closed
        self.servers.run(0.5)
        node.kill()

    @rule(name=which, seconds=st.sampled_from([0.1, 1.0, 2 * LEASE]))
    def lose_redis_while_away(self, name: str, seconds: float) -> None:
        """A server is away while Redis dies and the others go on, which has it come back to another Redis yet."""
        if name in self.nodes:
            self.nodes[name].road.close()
            self.servers.restart_redis()
            self.servers.run(seconds)

    @rule()
    def keep_redis(self) -> None:
        """Redis will lose what comes from now on."""
        self.servers.keep_redis()

    @rule()
    def lose_redis(self) -> None:
        """Redis dies, and has kept nothing, or what it had at some time."""
        self.servers.restart_redis()
        self.servers.run()

    def _mend_all(self) -> None:
        for node in self.nodes.values():
            node.road.is_closed = False
            node.road.swallow(False)
        self.servers.run(4 * LEASE)

    @invariant()
    def nobody_hears_anything_twice(self) -> None:
        self._listen()
        for heard in self.heard.values():
            assert len(heard) == len(set(heard))

    def teardown(self) -> None:
        try:
            self._mend_all()
            self._listen()
            assert not any(node.chat.log.trouble for node in self.nodes.values())
            copies = [node.kept() for node in self.nodes.values()]
            assert all(copy == copies[0] for copy in copies)
            order = [f"{row[4]}: {row[5]}" for row in copies[0] if row[3] == "said"]
            assert len(order) == len(set(order)), "something is stored twice"
            for name in self.nodes:
                heard = self.heard[name]
                if heard and not self.people[name].session.is_gone:
                    first = order.index(heard[0])
                    assert heard == order[first : first + len(heard)], "there is a gap"
                    assert order[-1] == heard[-1]
            lists = [self.nodes[n].says(self.people[n], "/who")[-1:] for n in self.nodes if self.people[n].rooms]
            assert all(told == lists[0] for told in lists)
        finally:
            self.servers.close()
            shutil.rmtree(self.folder)


@contextmanager
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield monkeypatch


@pytest.mark.hypothesis
@pytest.mark.timeout(300)
def test_what_each_person_hears_is_one_order_without_a_gap(redis: Redis) -> None:
    with patched() as monkeypatch:
        Chats.redis, Chats.monkeypatch = redis, monkeypatch
        run_state_machine_as_test(
            Chats,
            settings=settings(
                max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=[*HealthCheck]
            ),
        )
