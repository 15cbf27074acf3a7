"""What Redis does undivided for several servers: numbering, names, leases, burial, recovery. Against a real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.redis import Connection, Redis

from twistchat.cluster import scripts

CLOCK = "local time = {call('GET', PREFIX .. 'clock') or '1000', '0'}"
LEASE = 5


class Asked:
    """The scripts, at a time that the test sets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._keys = [scripts.PREFIX + key for key in scripts.KEYS]
        self.time: float = 1000
        self.run = "run-1"
        self.advance(0)

    def advance(self, seconds: float) -> None:
        self.time += seconds
        self._connection.call("SET", "{tc}:clock", self.time)

    def ask(self, name: str, *words: str | int) -> Any:
        text = scripts.source(name)
        assert "local time = call('TIME')" in text
        text = text.replace("local time = call('TIME')", CLOCK)
        answer = self._connection.call("EVAL", text, len(self._keys), *self._keys, *words)
        return str(answer) if isinstance(answer, Exception) else answer

    def call(self, *words: str | int) -> Any:
        return self._connection.call(*words)

    def open(
        self, server: str, last: int = 0, time: str = "0", settled: int = 0, mark: str = "m", epoch: str = "0"
    ) -> Any:
        return self.ask("open", server, self.run, last, time, LEASE, mark, settled, epoch)

    def comes(self, *servers: str) -> None:
        """Let servers come to a Redis that is open."""
        assert self.open(servers[0])[0] == 1
        self.advance(1)
        for server in servers:
            assert self.open(server)[0] == 0
            self.ask("register", server, LEASE, 0, 0)

    def append(self, server: str, seq: int, *ops: str, events: Any = (("lobby", "said", "ada", "hi"),)) -> Any:
        return self.ask("append", server, self.run, seq, len(events), 1000, json.dumps(events), *ops)

    def beat(self, *servers: str) -> list[Any]:
        return [self.ask("beat", server, self.run, LEASE, 1000, "{}") for server in servers]

    def stream(self) -> list[tuple[str, str, Any]]:
        items = self.call("XRANGE", "{tc}:log", "-", "+")
        return [(ident, fields[1], json.loads(fields[7])) for ident, fields in items]


@pytest.fixture
def asked(redis: Redis) -> Iterator[Asked]:
    with redis.connected() as connection:
        yield Asked(connection)


def test_a_batch_is_one_item_whose_id_is_the_number_of_its_last_entry(asked: Asked) -> None:
    asked.comes("a")
    two = [["lobby", "said", "ada", "one"], ["lobby", "said", "ada", "two"]]
    assert asked.append("a", 1, events=two) == 2
    assert asked.append("a", 2) == 3
    assert [(ident, server) for ident, server, _ in asked.stream()] == [("2-0", "a"), ("3-0", "a")]


def test_a_batch_that_is_sent_again_is_stored_once(asked: Asked) -> None:
    asked.comes("a")
    assert asked.append("a", 1) == 1
    assert asked.append("a", 1) == 0
    assert len(asked.stream()) == 1


def test_a_batch_that_was_given_up_does_not_come_later(asked: Asked) -> None:
    asked.comes("a")
    assert asked.open("a", settled=1)[0] == 0
    assert asked.append("a", 1) == 0
    assert asked.append("a", 2) == 1


def test_nobody_writes_without_a_lease_or_before_redis_is_open(asked: Asked) -> None:
    assert asked.append("a", 1).startswith("RECOVERING")
    asked.comes("a")
    assert asked.append("b", 1).startswith("FENCED")
    assert asked.ask("claim", "b", asked.run, "bob").startswith("FENCED")


def test_of_two_servers_that_want_a_name_one_gets_it_with_all_its_keys(asked: Asked) -> None:
    asked.comes("a", "b")
    assert asked.ask("claim", "a", asked.run, "ada", "\0ada") == 1
    assert asked.ask("claim", "b", asked.run, "eve", "\0ada") == 0
    assert asked.ask("claim", "b", asked.run, "eve", "\0eve") == 1
    assert asked.ask("claim", "a", asked.run, "ada") == 1


def test_a_name_is_free_from_the_place_in_the_log_where_it_was_given_up(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.ask("claim", "a", asked.run, "ada")
    asked.append("a", 1, "j", "lobby\nada")
    assert asked.ask("claim", "b", asked.run, "ada") == 0
    asked.append("a", 2, "l", "lobby\nada", "f", "ada")
    assert asked.ask("claim", "b", asked.run, "ada") == 1


def test_a_name_can_be_given_up_only_by_who_has_it(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.ask("claim", "a", asked.run, "ada")
    asked.ask("free", "b", "ada")
    assert asked.ask("claim", "b", asked.run, "ada") == 0
    asked.ask("free", "a", "ada")
    assert asked.ask("claim", "b", asked.run, "ada") == 1


def test_who_does_not_beat_for_a_lease_is_buried_and_its_names_are_free(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.ask("claim", "a", asked.run, "ada")
    asked.append("a", 1, "j", "lobby\nada", "j", "tea\nada")
    for _ in range(5):
        assert asked.beat("b") == [0]
        asked.advance(1)
    assert asked.beat("b") == [2]
    _, server, entries = asked.stream()[-1]
    assert server == "~a"
    assert sorted(entries) == [
        ["lobby", "gone", "ada", "their server is gone"],
        ["tea", "gone", "ada", "their server is gone"],
    ]
    assert asked.ask("claim", "b", asked.run, "ada") == 1
    assert asked.append("a", 2).startswith("FENCED")


def test_a_thousand_people_a_beat_are_buried(asked: Asked) -> None:
    asked.comes("a", "b")
    people = [f"lobby\np{n}" for n in range(1500)]
    asked.ask("register", "a", LEASE, 0, 0, *people)
    asked.ask("claim", "a", asked.run, "p0")
    for _ in range(5):
        asked.beat("b")
        asked.advance(1)
    assert asked.beat("b") == [1000]
    assert asked.ask("claim", "b", asked.run, "p0") == 0
    assert asked.beat("b") == [500]
    assert asked.ask("claim", "b", asked.run, "p0") == 1


def test_nobody_is_buried_because_redis_itself_slept(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.append("a", 1, "j", "lobby\nada")
    asked.beat("a", "b")
    asked.advance(60)
    assert asked.beat("b", "a") == [0, 0]


def test_who_starts_learns_who_is_where(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.append("a", 1, "j", "lobby\nada")
    asked.append("b", 1, "j", "tea\nbob")
    assert asked.ask("snapshot") == [2, "a\nlobby\nada", "b\ntea\nbob"]


def test_who_comes_back_is_told_which_of_its_names_are_others_now(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.ask("claim", "b", asked.run, "ada")
    assert asked.ask("register", "a", LEASE, 0, 2, "ada", "eve", "lobby\neve") == ["ada"]
    assert asked.ask("snapshot")[1:] == ["a\nlobby\neve"]


def test_after_a_restart_nobody_writes_until_all_have_said_what_they_have(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.append("a", 1)
    asked.run = "run-2"
    time = asked.call("XRANGE", "{tc}:log", "-", "+")[0][1][5]
    assert asked.open("a", 1, time)[0] == 1
    assert asked.append("a", 2).startswith("RECOVERING")
    assert asked.open("b", 1, time)[0] == 0
    assert asked.open("a", 1, time)[0] == 0
    assert asked.append("a", 2) == 2


def test_after_a_restart_a_server_that_stays_away_is_waited_for_a_lease(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.run = "run-2"
    assert asked.open("a")[0] == 1
    asked.advance(LEASE)
    assert asked.open("a")[0] == 0


def test_what_redis_lost_is_put_back_with_its_old_numbers(asked: Asked) -> None:
    asked.comes("a")
    asked.append("a", 1), asked.append("a", 2)
    items = asked.call("XRANGE", "{tc}:log", "-", "+")
    asked.call("FLUSHALL")
    asked.advance(0)
    asked.run = "run-2"
    assert asked.open("a", 2, items[1][1][5])[:2] == [2, 0]
    for ident, fields in items:
        last = int(ident.partition("-")[0])
        words = (last - 1, last, 1, fields[1], fields[3], fields[5], fields[7], 1000, "0")
        assert asked.ask("heal", asked.run, *words) == 1
        assert asked.ask("heal", asked.run, *words) == 0
    assert asked.call("XRANGE", "{tc}:log", "-", "+") == items
    assert asked.open("a", 2, items[1][1][5])[:3] == [1, 2, 2]  # others may have more: one lease
    asked.advance(LEASE)
    assert asked.open("a", 2, items[1][1][5])[0] == 0
    assert asked.ask("heal", asked.run, 2, 3, 1, "a", 3, "1", "[]", 1000, "0").startswith("TOOLATE")


def test_one_server_at_a_time_gives_back_and_another_where_that_one_stops(asked: Asked) -> None:
    words = (0, 1, 1, "a", 1, "1.0", '[["lobby","said","ada","hi"]]', 1000, "0")
    assert asked.open("a", 2, "2.0")[0] == 2
    assert asked.open("b", 2, "2.0")[0] == 1
    asked.advance(1)
    assert asked.ask("heal", asked.run, *words) == 1
    assert asked.open("b", 2, "2.0")[0] == 1
    assert asked.open("a", 2, "2.0")[0] == 2
    asked.advance(1)
    assert asked.open("b", 2, "2.0")[0] == 2
    assert asked.open("a", 2, "2.0")[0] == 1


def test_who_gives_nothing_back_has_no_longer_turn_by_asking_again(asked: Asked) -> None:
    assert asked.open("a", 2, "2.0")[0] == 2
    asked.advance(0.5)
    assert asked.open("a", 2, "2.0")[0] == 2
    asked.advance(0.5)
    assert asked.open("b", 2, "2.0")[0] == 2
    assert asked.open("a", 2, "2.0")[0] == 1


def test_who_has_nothing_waits_for_who_is_to_give_back_and_is_slow_about_it(asked: Asked) -> None:
    assert asked.open("a", 2, "2.0")[0] == 2
    assert asked.open("b")[0] == 1
    asked.advance(LEASE - 1)
    assert asked.open("b")[0] == 1, "nobody begins anew who was told that somebody has something"
    asked.advance(1)
    assert asked.open("b")[0] == 0, "nor waits for ever"


def test_who_has_what_nobody_else_has_is_told_so(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.append("a", 1)
    assert asked.open("b", 1, "999.000000")[0] == 3
    assert asked.open("b", 7, "999.000000")[0] == 3


def test_a_copy_of_another_cluster_is_refused_and_an_empty_one_is_not(asked: Asked) -> None:
    asked.comes("a")
    asked.append("a", 1)
    assert asked.open("b", 1, "1.0", mark="other")[0] == 4
    assert asked.open("b", 0, mark="other")[:5] == [0, 1, 0, 0, "m"]


def test_a_new_log_that_has_nothing_yet_gives_way_to_a_copy_that_has_something(asked: Asked) -> None:
    asked.comes("empty")
    assert asked.open("full", 1, "1.0", mark="old")[:5] == [2, 0, 0, 0, "old"]
    assert asked.append("empty", 1).startswith("RECOVERING")
    assert asked.open("third", 2, "2.0", mark="another")[0] == 4
    assert asked.ask("heal", asked.run, 0, 1, 1, "old.1", 1, "1.0", '[["lobby","said","ada","hi"]]', 1000, "0") == 1
    asked.advance(LEASE)
    assert asked.open("full", 1, "1.0", mark="old")[0] == 0
    assert asked.open("empty")[:5] == [0, 1, 0, 1, "old"]


def test_a_server_of_which_redis_has_forgotten_all_has_one_lease_to_come_back(asked: Asked) -> None:
    asked.comes("a")
    assert asked.ask("vouch", "lost", LEASE, "lobby\nada") == 1
    assert asked.ask("vouch", "lost", LEASE, "lobby\nbob") == 0
    assert "lost\nlobby\nada" in asked.ask("snapshot")
    for _ in range(5):
        asked.beat("a")
        asked.advance(1)
    assert asked.beat("a") == [1]


def test_a_private_message_is_for_a_server_that_listens_and_kept_nowhere(asked: Asked) -> None:
    asked.comes("a")
    asked.ask("claim", "a", asked.run, "ada")
    keys = sorted(asked.call("KEYS", "*"))
    assert asked.ask("whisper", "eve", "psst") is None
    assert asked.ask("whisper", "ada", "psst") is None
    assert sorted(asked.call("KEYS", "*")) == keys


# --- calls


def test_one_server_calls_as_long_as_its_lease_holds_and_then_whoever_asks(asked: Asked) -> None:
    asked.comes("a", "b")
    asked.beat("a", "b")
    assert asked.ask("caller", "a", asked.run) == ["a", 0]
    assert asked.ask("caller", "b", asked.run) == ["a", 0]
    assert asked.ask("called", "a", asked.run, 7, "3 0 0") == 1
    assert asked.ask("called", "b", asked.run, 7, "4 0 0") == 0
    assert asked.ask("caller", "b", asked.run) == ["a", 0, "7", "3 0 0"]
    for _ in range(LEASE - 1):
        asked.advance(1)
        asked.beat("b")
        assert asked.ask("caller", "b", asked.run)[0] == "a"
    asked.advance(1)
    assert asked.ask("called", "a", asked.run, 7, "5 0 0") == 0, "its lease is over, though nobody has asked yet"
    assert asked.ask("caller", "b", asked.run) == ["b", 0, "7", "3 0 0"]
    assert asked.ask("called", "a", asked.run, 7, "5 0 0") == 0


def test_a_server_that_leaves_in_order_leaves_its_turn(asked: Asked) -> None:
    asked.comes("a", "b")
    assert asked.ask("caller", "a", asked.run)[0] == "a"
    asked.ask("leave", "a", asked.run)
    assert asked.ask("caller", "b", asked.run)[0] == "b"


def test_nobody_calls_before_every_server_has_said_what_it_has(asked: Asked) -> None:
    asked.comes("a")
    assert asked.ask("caller", "a", "run-2").startswith("RECOVERING")
    assert asked.ask("called", "a", "run-2", 7, "1 0 0").startswith("RECOVERING")


def test_the_first_servers_key_is_everybodys(asked: Asked) -> None:
    assert asked.ask("callkey", "k" * 32) == "k" * 32
    assert asked.ask("callkey", "l" * 32) == "k" * 32
    asked.call("HSET", "{tc}:state", "callkey", "short")
    assert asked.ask("callkey", "l" * 32) == "l" * 32
