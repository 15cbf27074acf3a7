"""What administrators and moderators decide at one server holds at all, at one place of the log, and for good."""

from __future__ import annotations

import json
import re
from collections.abc import Coroutine
from typing import Any

import pytest
from support.cluster import LEASE, Node, Servers
from support.web import WebDoor
from twisted.internet.defer import Deferred

from twistchat.admin.operator import Operator
from twistchat.admin.verbs import VERBS
from twistchat.core.codes import CODE_BYTES, code_of
from twistchat.errors import ChatError, NobodyThere, NotRecorded


class Pair:
    """Two servers, with somebody at each."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.one, self.two = servers.starts("one"), servers.starts("two")
        self.ada, self.bob = self.one.enters("ada"), self.two.enters("bob")
        self.ada.hears()

    def does(self, doing: Coroutine[Any, Any, Any]) -> Any:
        """What comes of what an administrator does, once all have heard of it."""
        results: list[Any] = []
        Deferred.fromCoroutine(doing).addBoth(results.append)
        self.servers.run()
        if not results:
            self.servers.run(2.5)
        assert results
        if hasattr(results[0], "value"):
            raise results[0].value
        return results[0]

    def console(self, node: Node, line: str, **values: object) -> Any:
        """What a verb answers at a server's console."""
        operator = Operator(node.administration, "op", VERBS)
        return self.does(operator.run(VERBS.find(line), values))

    def audit(self, node: Node) -> list[tuple[int, str, str]]:
        lines = (node.folder / "audit.jsonl").read_text().splitlines()
        return [(act["number"], act["verb"], act.get("subject", "")) for act in map(json.loads, lines)]


@pytest.fixture
def pair(servers: Servers) -> Pair:
    return Pair(servers)


def test_whoever_is_kicked_may_be_at_another_server(pair: Pair) -> None:
    pair.does(pair.one.administration.moderation.kick("op", "bob", "spam"))
    assert pair.bob.session.is_gone
    assert pair.ada.hears() == ["removed bob (spam)"]
    with pytest.raises(NobodyThere):
        pair.does(pair.one.administration.moderation.kick("op", "bob"))


def test_whoever_is_muted_at_another_server_is_told_and_may_not_talk(pair: Pair) -> None:
    act, _ = pair.does(pair.one.administration.moderation.mute("op", "bob", 60, "quiet"))
    assert pair.bob.hears()[-1].startswith("refused muted")
    assert pair.two.says(pair.bob, "but")[-1].startswith("refused muted")
    pair.does(pair.two.administration.moderation.undo("other", act.number))
    assert pair.two.says(pair.bob, "thanks") == ["bob: thanks"]


def test_a_lock_at_one_server_keeps_new_people_out_of_the_other(pair: Pair) -> None:
    pair.does(pair.one.administration.moderation.lock("op", 60))
    assert pair.two.says(pair.two.chat.connects(), "eve")[-1].startswith("refused locked")
    pair.does(pair.two.administration.moderation.lift("lock", "op"))
    pair.two.enters("eve")


def test_somebody_at_another_server_can_be_given_another_name(pair: Pair) -> None:
    pair.does(pair.one.administration.moderation.rename("op", "bob", "robert"))
    assert pair.ada.hears() == ["bob => robert"]
    assert pair.bob.name == "robert"


def test_a_rename_that_the_other_server_could_not_do_is_recorded_as_failed(pair: Pair) -> None:
    act = pair.does(pair.one.administration.moderation.rename("op", "bob", "ada"))
    assert pair.bob.name == "bob"
    for node in (pair.one, pair.two):
        assert node.chat.hub.rules.lifted_by(act.number).verb == "failed"


def test_a_room_is_closed_at_all_servers(pair: Pair) -> None:
    pair.one.says(pair.ada, "/join tea")
    pair.two.says(pair.bob, "/join tea")
    pair.does(pair.one.administration.moderation.close_room("op", "tea", "late"))
    assert pair.ada.rooms == pair.bob.rooms == {"lobby"}


def test_an_announcement_is_heard_everywhere_and_a_sticky_one_shown_to_who_comes_to_any_server(pair: Pair) -> None:
    pair.does(pair.one.administration.moderation.announce("op", "backup at six", 3600))
    assert pair.ada.hears() == pair.bob.hears() == ["!! backup at six"]
    person = pair.two.chat.connects()
    told = pair.two.says(person, "eve")
    assert sum("backup at six" in line for line in told) == 1


def test_the_audits_of_all_servers_are_the_same_with_the_numbers_of_the_log(pair: Pair) -> None:
    act, _ = pair.does(pair.one.administration.moderation.ban("op", "eve", 60, "spam"))
    pair.does(pair.two.administration.moderation.lift("ban", "op", "eve"))
    audits = [pair.audit(node) for node in (pair.one, pair.two)]
    assert audits[0] == audits[1]
    assert [(verb, subject) for _, verb, subject in audits[0]] == [("ban", "eve"), ("unban", "eve")]
    assert act.number in [row[0] for row in pair.one.kept()]


def test_an_act_is_in_force_from_its_place_in_the_log(pair: Pair) -> None:
    pair.two.says(pair.bob, "before")
    pair.does(pair.one.administration.moderation.mute("op", "bob", 60))
    kinds = [(row[3], row[5]) for row in pair.one.kept() if row[3] in ("said", "enacted")]
    assert [kind for kind, _ in kinds] == ["said", "enacted"]


def test_acts_are_shown_to_nobody(pair: Pair) -> None:
    pair.does(pair.one.administration.moderation.ban("op", "eve", 60, "for spam"))
    assert pair.ada.hears() == pair.bob.hears() == []
    assert "spam" not in " ".join(pair.one.says(pair.ada, "/history") + pair.one.says(pair.ada, "/search spam"))


def test_what_holds_is_known_to_a_server_that_starts_in_an_empty_folder(pair: Pair, servers: Servers) -> None:
    pair.does(pair.one.administration.moderation.ban("op", "eve", None))
    servers.redis.call("XTRIM", "{tc}:log", "MAXLEN", 0)
    three = servers.starts("three")
    assert three.says(three.chat.connects(), "eve")[-1].startswith("refused banned")


def test_what_a_single_server_had_decided_holds_for_the_others_too(servers: Servers) -> None:
    old = servers.folder / "one"
    old.mkdir()
    line = {"number": 1, "time": 1.0, "verb": "ban", "who": "op", "subject": "eve"}
    (old / "audit.jsonl").write_text(json.dumps(line) + "\n")
    servers.starts("one")
    two = servers.starts("two")
    assert two.says(two.chat.connects(), "eve")[-1].startswith("refused banned")


def test_a_redis_that_has_forgotten_what_holds_is_told_again(pair: Pair, servers: Servers) -> None:
    pair.does(pair.one.administration.moderation.ban("op", "eve", None))
    servers.restart_redis()
    servers.run(LEASE + 2)
    assert servers.redis.call("HLEN", "{tc}:acts") == 1


def test_what_cannot_be_put_into_the_log_is_not_done(pair: Pair) -> None:
    pair.one.road.close()
    pair.servers.run(3)
    with pytest.raises(NotRecorded):
        pair.servers.run(0)
        results: list[Any] = []
        doing = pair.one.administration.moderation.ban("op", "bob", None)
        Deferred.fromCoroutine(doing).addErrback(results.append)
        pair.servers.run(6)
        raise results[0].value
    assert not pair.bob.session.is_gone


def test_an_entry_that_is_no_act_is_passed_over(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    pair.one.cluster.append([["", "enacted", "", "[]"]])
    pair.servers.run()
    assert pair.one.says(pair.ada, "on") == ["ada: on"]
    assert pair.bob.hears() == ["ada: on"]


# --- consoles


def test_any_console_lists_the_people_of_all_servers(pair: Pair) -> None:
    table = pair.console(pair.one, "who")
    assert [(row[0], row[-1]) for row in table.rows] == [("ada", "one"), ("bob", "two")]
    assert [row[0] for row in pair.console(pair.two, "who", room="lobby").rows] == ["ada", "bob"]
    pair.two.says(pair.bob, "/join tea")
    assert [row[0] for row in pair.console(pair.one, "who", room="tea").rows] == ["bob"]
    with pytest.raises(ChatError):
        pair.console(pair.one, "who", room="nowhere")


def test_any_console_shows_the_rooms_and_figures_of_all_servers(pair: Pair) -> None:
    assert pair.console(pair.one, "rooms").rows == [("lobby", 2, "", [], ["one: 1", "two: 1"])]
    people = [row for row in pair.console(pair.two, "stats").rows if row[1] == "people"]
    assert sorted(people) == [("one", "people", 1), ("two", "people", 1)]


def test_servers_are_listed_with_how_far_they_are_behind(pair: Pair) -> None:
    rows = pair.console(pair.two, "servers").rows
    assert [row[0] for row in rows] == ["one", "two"]
    assert rows[1][-1] == "this one"
    assert all(row[3] <= 2 for row in rows)


def test_a_server_that_does_not_answer_is_shown_as_such(pair: Pair) -> None:
    pair.two.road.close()  # a connection that is cut is made anew meanwhile, and what was asked is asked again
    rows = pair.console(pair.one, "who").rows
    assert [(row[0], row[-2], row[-1]) for row in rows] == [("", "does not answer", "two"), ("ada", "", "one")]
    assert ("two", "", "does not answer") in pair.console(pair.one, "stats").rows


def test_a_console_that_cannot_ask_redis_shows_its_own_server(pair: Pair) -> None:
    pair.one.road.close()
    pair.servers.run()
    assert [row[0] for row in pair.console(pair.one, "servers").rows] == ["one"]
    assert [row[0] for row in pair.console(pair.one, "who").rows] == ["ada"]


class Class:
    """A lobby whose moderator is at one server, and her pupil at the other."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        code = code_of(b"7" * CODE_BYTES)
        pair.does(pair.one.administration.moderation.appoint("op", "Ms Li", "lobby", 3600.0, code))
        pair.one.says(pair.ada, f"/moderate {code}")
        self.code = code

    def orders(self, line: str) -> str:
        """What her pupil hears of what she orders."""
        self.pair.bob.hears()
        self.said = self.pair.one.says(self.pair.ada, line)
        return " | ".join(self.pair.bob.hears())


@pytest.fixture
def lesson(pair: Pair) -> Class:
    return Class(pair)


def test_a_moderator_mutes_and_puts_out_a_pupil_at_another_server(lesson: Class, servers: Servers) -> None:
    pair = lesson.pair
    assert lesson.orders("/mute bob 10m chatter").startswith("refused muted subject=bob")
    assert pair.two.says(pair.bob, "hi")[-1].startswith("refused muted")
    assert "voice" in lesson.orders("/unmute bob")
    assert "bob: hi" in pair.two.says(pair.bob, "hi")
    assert lesson.orders("/mute --all").startswith("refused muted")
    assert lesson.orders("/mute --all 5m").count("refused muted") == 1, "what is replaced is not said to end"
    assert "voice" in lesson.orders("/unmute --all")
    assert "put-out by=Ms Li" in lesson.orders("/kick bob loud")
    assert "lobby" not in pair.bob.rooms


def test_a_mute_by_key_holds_at_another_server_under_another_name(lesson: Class) -> None:
    pair = lesson.pair
    eve, neighbour = pair.two.chat.connects(address="203.0.113.5"), pair.one.chat.connects(address="203.0.113.5")
    eve.inside.key = "a key of eve's own"
    pair.two.says(eve, "eve")
    lesson.orders("/mute eve 10m")
    assert not any(line.startswith("name-alone") for line in lesson.said)
    pair.two.says(eve, "/quit")
    again = pair.one.chat.connects(address="198.51.100.7")
    again.inside.key = "a key of eve's own"
    pair.one.says(again, "carol")
    assert pair.one.says(again, "hi")[-1].startswith("refused muted")
    pair.one.says(neighbour, "neighbour")
    assert pair.one.says(neighbour, "hi")[-1].startswith("refused muted"), "nobody of that address was there"


def test_an_address_that_somebody_in_the_room_has_at_any_server_is_not_muted(lesson: Class) -> None:
    pair = lesson.pair
    neighbour = pair.one.chat.connects(address="203.0.113.5")
    pair.one.says(neighbour, "neighbour")
    eve = pair.two.chat.connects(address="203.0.113.5")
    pair.two.says(eve, "eve")
    lesson.orders("/mute eve 10m")
    assert any(line.startswith("name-alone") for line in lesson.said)
    assert "neighbour: hi" in pair.one.says(neighbour, "hi")


def test_a_moderator_is_told_what_another_does_at_another_server(lesson: Class) -> None:
    pair = lesson.pair
    mr = pair.two.enters("mr")
    pair.does(pair.two.administration.moderation.appoint("op", "Mr Wu", "lobby", 3600.0, code_of(b"8" * CODE_BYTES)))
    pair.two.says(mr, f"/moderate {code_of(b'8' * CODE_BYTES)}")
    lesson.orders("/lock")
    assert mr.hears()[-1].startswith("room-locked by=Ms Li room=lobby")
    pair.two.says(mr, "/unlock")
    assert any(line.startswith("room-unlocked by=Mr Wu") for line in pair.ada.hears())
    assert "moderates-too" in " ".join(pair.one.says(pair.ada, "/kick mr"))


class Page:
    """A moderator's page at a server: what the list of its desk is made of, as `desk.js` takes it."""

    def __init__(self, pair: Pair, node: Node, name: str, code: str) -> None:
        self._pair = pair
        self._peer = WebDoor(node.chat).connects()
        self.pressed: dict[tuple[str, str], bool] = {}
        self.has({"v": 1, "name": name})
        self.has({"line": f"/moderate {code}"})

    def has(self, *told: dict[str, Any]) -> list[str]:
        """What is pressed on it, after it has sent something."""
        came = self._peer.tells(*told)
        self._pair.servers.run()
        for value in [*came, *self._peer.objects()]:
            found = re.fullmatch(
                r"(?:room-)?(un)?(locked|all-muted|all-unmuted|muted|topic-held)", value.get("code", "")
            )
            if value["kind"] == "notice" and found and value["data"]["room"] == "lobby":
                kind = found[2].replace("all-unmuted", "all-muted")
                is_over = bool(found[1]) or found[2] == "all-unmuted"
                self.pressed[kind, value["data"].get("name", "")] = not is_over
        return sorted(f"{kind} {name}".strip() for (kind, name), is_on in self.pressed.items() if is_on)


def test_the_desk_of_a_page_at_any_server_shows_what_holds_by_whatever_server(lesson: Class) -> None:
    pair = lesson.pair
    code = code_of(b"8" * CODE_BYTES)
    pair.does(pair.two.administration.moderation.appoint("op", "Mr Wu", "lobby", 3600.0, code))
    pair.one.enters("eve")
    lesson.orders("/mute bob 10m")
    page = Page(pair, pair.two, "wu", code)
    assert page.has() == ["muted bob"], "who comes is told of what began before"
    lesson.orders("/lock")
    lesson.orders("/mute --all")
    assert page.has() == ["all-muted", "locked", "muted bob"]
    lesson.orders("/unmute bob")
    lesson.orders("/unlock")
    assert page.has() == ["all-muted"]
    assert page.has({"line": "/unmute --all"}, {"line": "/mute eve 5m"}) == ["muted eve"], "who is at the other server"
    other = Page(pair, pair.one, "wong", code)
    assert other.has() == ["muted eve"]
    pair.does(pair.one.administration.moderation.lift("mute", "op", "eve"))
    assert page.has() == other.has() == []


def test_a_moderator_of_nobody_and_of_somebody_in_another_room_is_told_so(lesson: Class, servers: Servers) -> None:
    pair = lesson.pair
    lesson.orders("/kick nobody")
    assert lesson.said[-1].startswith("refused nobody-called")
    pair.two.says(pair.bob, "/join tea", "/leave lobby")
    lesson.orders("/mute bob")
    assert lesson.said[-1].startswith("refused not-here")
    pair.two.road.swallow()
    pair.ada.types("/mute bob")
    servers.run(2.5)
    assert pair.ada.hears()[-1].startswith("refused not-known-whether")


def test_who_moderates_no_more_by_the_time_that_another_server_answers_does_nothing(
    lesson: Class, servers: Servers
) -> None:
    pair = lesson.pair
    pair.two.road.swallow()
    pair.ada.types("/mute bob")
    servers.run()
    pair.does(pair.one.administration.moderation.dismiss("op", "Ms Li"))
    pair.two.road.swallow(False)
    servers.run()
    assert pair.ada.hears()[-1].startswith("refused not-moderator")
    assert "bob: hi" in pair.two.says(pair.bob, "hi")
