"""Several servers are one chat: one order, one set of names, one history, whatever fails between them."""

from __future__ import annotations

import json
import string
from contextlib import closing

import pytest
from support.chat import Person
from support.cluster import LEASE, Node, Servers
from twisted.internet.defer import Deferred

from twistchat.log.schema import connect


@pytest.fixture
def one(servers: Servers) -> Node:
    return servers.starts("one")


@pytest.fixture
def two(one: Node, servers: Servers) -> Node:
    return servers.starts("two")


def same(*nodes: Node) -> None:
    """See that the copies are equal."""
    first, *others = [node.kept() for node in nodes]
    assert first
    assert all(other == first for other in others)


def test_what_is_said_at_one_server_is_heard_at_the_other_and_kept_by_both(one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    assert ada.hears() == ["+bob"]
    assert one.says(ada, "hello") == ["ada: hello"]
    assert bob.hears() == ["ada: hello"]
    assert two.says(bob, "hi", "/me waves") == ["bob: hi", "* bob waves"]
    assert ada.hears() == ["bob: hi", "* bob waves"]
    same(one, two)


def test_who_is_at_another_server_is_listed_and_counted(one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    two.says(bob, "/join tea")
    ada.hears()
    assert one.says(ada, "/who") == ["who room=lobby count=2 people=ada,bob"]
    assert one.says(ada, "/rooms") == ["room room=lobby count=2", "room room=tea count=1"]


def test_a_name_and_what_looks_like_it_is_had_once(servers: Servers, one: Node, two: Node) -> None:
    one.enters("ada")
    eve = two.chat.connects()
    assert two.says(eve, "ADA")[-1] == "refused name-taken name=ADA"
    assert two.says(eve, "\N{CYRILLIC SMALL LETTER A}d\N{CYRILLIC SMALL LETTER A}")[0].startswith("refused name-")
    assert "+eve" in two.says(eve, "eve")


def test_two_hundred_races_for_a_name_have_one_winner_each(servers: Servers, one: Node, two: Node) -> None:
    for race in range(200):
        racers = [one.chat.connects(), two.chat.connects()]
        for racer in racers if race % 2 else reversed(racers):
            racer.types(f"racer{race}")
        servers.run()
        assert sum(bool(racer.rooms) for racer in racers) == 1
        for racer in racers:
            racer.vanishes()
        servers.run()


def test_a_name_is_free_once_its_bearer_has_left_for_everybody(servers: Servers, one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.vanishes()
    servers.run()
    assert bob.hears() == ["-ada"]
    two.enters("ada")
    assert one.chat.connects() and not one.cluster.names.held


def test_a_new_name_frees_the_old_one_for_the_other_server(servers: Servers, one: Node, two: Node) -> None:
    ada = one.enters("ada")
    assert one.says(ada, "/nick eve") == ["ada => eve"]
    two.enters("ada")
    assert two.says(two.chat.connects(), "eve")[-1] == "refused name-taken name=eve"


def test_a_name_of_somebody_in_no_room_is_free_when_they_are_gone(servers: Servers, one: Node, two: Node) -> None:
    ada = one.enters("ada")
    one.says(ada, "/leave")
    ada.vanishes()
    servers.run()
    two.enters("ada")


def test_a_server_that_starts_later_knows_who_is_where_and_what_was_said(servers: Servers, one: Node) -> None:
    ada = one.enters("ada")
    one.says(ada, "early", "/join tea", "/topic oolong")
    two = servers.starts("two")
    bob = two.enters("bob")
    assert "early" in " ".join(two.says(bob, "/history"))
    assert two.says(bob, "/who") == ["who room=lobby count=2 people=ada,bob"]
    assert two.says(bob, "/rooms") == ["room room=lobby count=2", "room room=tea count=1 topic=oolong"]
    same(one, two)


def test_a_private_message_finds_its_recipient_and_is_kept_by_nobody(one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    assert one.says(ada, "/msg bob psst") == ["ada > bob: psst"]
    assert bob.hears() == ["ada > bob: psst"]
    assert two.says(bob, "/reply what") == ["bob > ada: what"]
    assert ada.hears() == ["bob > ada: what"]
    assert "psst" not in str(one.kept() + two.kept())
    assert one.says(ada, "/msg nobody psst") == ["refused nobody-called name=nobody"]


def test_who_is_ignored_is_so_at_every_server(one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    one.says(ada, "/ignore bob")
    two.says(bob, "noise")
    assert ada.hears() == []
    assert two.says(bob, "/msg ada psst") == ["refused ignores-you name=ada"]


def test_who_somebody_at_another_server_is_can_be_asked(one: Node, two: Node) -> None:
    ada, _ = one.enters("ada"), two.enters("bob")
    ada.hears()
    (told,) = one.says(ada, "/whois bob")
    assert told.startswith("whois name=bob interface=")
    assert one.says(ada, "/whois nobody") == ["refused nobody-called name=nobody"]


# --- what fails


def test_the_people_of_a_server_that_died_are_gone_after_its_lease_and_their_names_free(
    servers: Servers, one: Node, two: Node
) -> None:
    one.enters("ada")
    bob = two.enters("bob")
    one.kill()
    servers.run(LEASE - 1)
    assert bob.hears() == []
    servers.run(1 + LEASE / 5 + 0.2)
    assert bob.hears() == ["-ada (their server is gone)"]
    assert two.says(bob, "/who") == ["who room=lobby count=1 people=bob"]
    two.enters("ada")


def test_a_server_that_stops_in_order_is_waited_for_by_nobody(servers: Servers, one: Node, two: Node) -> None:
    one.enters("ada")
    bob = two.enters("bob")
    one.stop()
    assert bob.hears() == ["-ada"]
    servers.run(LEASE / 5)
    two.enters("ada")


def test_what_was_said_while_the_way_was_cut_for_less_than_a_lease_goes_out_then(
    servers: Servers, one: Node, two: Node
) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    one.road.close()
    assert one.says(ada, "waits") == []
    two.says(bob, "meanwhile")
    bob.hears()
    servers.run(1)
    one.road.is_closed = False
    servers.run(1)
    assert sorted(ada.hears()) == ["ada: waits", "bob: meanwhile"]
    assert bob.hears() == ["ada: waits"]
    same(one, two)


def test_nothing_is_taken_once_the_way_was_cut_for_a_while(servers: Servers, one: Node, two: Node) -> None:
    ada = one.enters("ada")
    one.road.close()
    servers.run(3)
    (told,) = one.says(ada, "lost")
    assert told.startswith("refused not-stored reason=the servers' common log cannot be reached")
    assert one.chat.log.trouble


def test_a_line_in_flight_whose_way_swallows_all_is_stored_once_or_its_author_is_told(
    servers: Servers, one: Node, two: Node
) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    one.road.swallow()
    assert one.says(ada, "where am I") == []
    servers.run(2)
    assert ada.hears() == []
    servers.run(1.5)
    assert one.chat.log.trouble, "whoever watches it is told before the connection counts as dead"
    servers.run(2.5)
    assert ada.hears() == ["ada: where am I"]
    assert one.chat.log.trouble is None
    assert bob.hears() == ["ada: where am I"]
    same(one, two)


def test_of_a_line_that_may_have_been_stored_just_that_is_said(servers: Servers, one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    one.road.is_closed = True
    one.road.deafen()
    one.says(ada, "sent")
    assert bob.hears() == ["ada: sent"]
    servers.run(6)
    assert ada.hears()[:1] == ["refused still-unknown"]
    one.road.is_closed = False
    servers.run(2)
    assert "ada: sent" in ada.hears()
    assert bob.hears().count("ada: sent") == 0
    same(one, two)


def test_who_was_taken_for_dead_and_lives_hears_all_and_is_there_again(servers: Servers, one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    one.road.close()
    servers.run(LEASE + LEASE / 5 + 0.5)
    assert bob.hears() == ["-ada (their server is gone)"]
    two.says(bob, "alone now")
    bob.hears()
    one.road.is_closed = False
    servers.run(2)
    assert ada.hears() == ["-ada (their server is gone)", "bob: alone now", "+ada"]
    assert bob.hears() == ["+ada"]
    one.says(ada, "back")
    assert bob.hears() == ["ada: back"]
    same(one, two)


def test_who_lost_their_name_meanwhile_is_told_so(servers: Servers, one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    one.road.close()
    servers.run(LEASE + LEASE / 5 + 0.5)
    other = two.enters("ada")
    bob.hears()
    one.road.is_closed = False
    servers.run(2)
    assert "refused name-taken name=ada" in ada.hears()
    assert bob.hears() == []
    assert two.says(other, "/who") == ["who room=lobby count=2 people=ada,bob"]


def test_a_redis_that_comes_back_with_nothing_is_given_all_again(servers: Servers, one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    one.says(ada, "before")
    servers.restart_redis()
    servers.run(LEASE + 2)
    assert two.says(bob, "after")[-1] == "bob: after"
    assert ada.hears()[-1] == "bob: after"
    same(one, two)
    assert two.says(two.chat.connects(), "ada")[-1] == "refused name-taken name=ada"
    three = servers.starts("three")
    same(one, two, three)


def test_a_server_that_died_with_redis_is_buried_by_those_who_knew_its_people(
    servers: Servers, one: Node, two: Node
) -> None:
    one.enters("ada")
    bob = two.enters("bob")
    one.kill()
    servers.restart_redis()
    servers.run(3 * LEASE)
    assert bob.hears() == ["-ada (their server is gone)"]
    two.enters("ada")


@pytest.mark.parametrize("keeps", ["nothing", "all but the last second"])
@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_line_in_flight_that_redis_was_given_back_is_not_stored_again(
    servers: Servers, is_restarted: bool, keeps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose batch it is, is known to who gives it back, also where that is a server that was started again since."""
    monkeypatch.setattr(
        "support.cluster.LEASE", 2.0
    )  # else who waits is told that it is not known before that is found
    one, two = servers.starts("one"), servers.starts("two")
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    if keeps != "nothing":
        servers.keep_redis()
    one.road.deafen()
    assert one.says(ada, "in flight") == []
    assert bob.hears() == ["ada: in flight"]
    one.road.close()
    if is_restarted:
        two.kill()
    servers.restart_redis()
    two = servers.starts("two") if is_restarted else two
    servers.run(0.2)
    one.road.is_closed = False
    servers.run(2 * LEASE)
    assert [row[5] for row in one.kept()].count("in flight") == 1
    assert [heard for heard in ada.hears() if "in flight" in heard or "refused" in heard] == ["ada: in flight"]
    same(one, two)


def test_a_redis_that_lost_all_is_given_what_a_copy_still_has_though_it_forgot_some(
    servers: Servers, one: Node, two: Node
) -> None:
    ada = one.enters("ada")
    one.says(ada, "first", "second", "third")
    two.kill()
    with closing(connect(one.folder / "log.db")) as db:
        db.execute("DELETE FROM entries WHERE text = 'second'")
    one.copy._writer.release()
    servers.restart_redis()
    servers.run(3 * LEASE)
    assert one.says(ada, "after")[-1] == "ada: after"
    three = servers.starts("three")
    assert [row[5] for row in three.kept() if row[3] == "said"] == ["first", "third", "after"]


def test_a_log_of_one_server_becomes_that_of_several(servers: Servers) -> None:
    one = servers.starts("one")
    one.says(one.enters("ada"), "old times")
    one.kill()
    servers.forget()
    one = servers.starts("one")
    servers.run(LEASE + 1)
    two = servers.starts("two")
    assert "old times" in " ".join(two.says(two.enters("bob"), "/history"))
    same(one, two)


def apart(servers: Servers, one: Node, two: Node) -> tuple[Person, Person]:
    """Have what ada hears at `one` lost by Redis, and the others go on without it; `one` is still away."""
    ada, bob = one.enters("ada"), two.enters("bob")
    one.says(ada, "everywhere")
    servers.keep_redis()
    two.road.close()
    assert one.says(ada, "only here", "nor this") == ["ada: only here", "ada: nor this"]
    one.road.close()
    servers.restart_redis()
    two.road.is_closed = False
    servers.run(3 * LEASE)
    two.says(bob, "instead of it", "and more", "and more")
    bob.hears()
    return ada, bob


def test_what_only_one_copy_has_is_set_aside_and_its_people_hear_what_the_others_said(
    servers: Servers, one: Node, two: Node
) -> None:
    ada, bob = apart(servers, one, two)
    ada.hears()
    one.road.is_closed = False
    servers.run(LEASE)
    told, *rest = ada.hears()
    assert told.startswith("apart after=")
    assert [each for each in rest if ": " in each] == ["bob: instead of it", "bob: and more", "bob: and more"]
    assert rest[-1] == "+ada"
    assert "+ada" in bob.hears()
    assert one.says(ada, "here again") == ["ada: here again"]
    assert bob.hears() == ["ada: here again"]
    assert one.says(ada, "/who") == two.says(bob, "/who") == ["who room=lobby count=2 people=ada,bob"]
    assert "only here" not in " ".join(one.says(ada, "/history"))
    assert one.chat.log.trouble is None
    same(one, two)
    with closing(connect(one.folder / "log.db.apart-1")) as db:
        found = [text for (text,) in db.execute("SELECT text FROM entries ORDER BY number")]
    assert found == ["only here", "nor this"]
    assert not {"only here", "nor this"} & set(one.says(ada, "/search here"))


def test_a_server_that_starts_on_such_a_copy_sets_it_aside_first(servers: Servers, one: Node, two: Node) -> None:
    apart(servers, one, two)
    one.kill()
    one = servers.starts("one")
    servers.run(LEASE)
    same(one, two)
    assert (one.folder / "log.db.apart-1").exists()
    eve = one.enters("eve")
    assert one.says(eve, "/who") == ["who room=lobby count=2 people=bob,eve"]


def test_where_the_others_have_nothing_of_a_copy_all_of_it_is_set_aside(servers: Servers, one: Node, two: Node) -> None:
    two.says(two.enters("bob"), "seen here")
    one.says(one.enters("ada"), "seen here, too", "and this", "and that")
    mark = servers.redis.call("HGET", "{tc}:state", "cluster")
    two.kill()
    one.kill()
    servers.forget()
    servers.redis.call("HSET", "{tc}:state", "cluster", mark)
    three = servers.starts("three")
    three.says(three.enters("eve"), "a new beginning")
    one = servers.starts("one")
    servers.run(LEASE)
    same(one, three)


def test_a_copy_of_another_cluster_is_kept_away(servers: Servers, one: Node, two: Node) -> None:
    one.says(one.enters("ada"), "seen here")
    two.kill()
    one.kill()
    servers.forget()
    three = servers.starts("three")
    three.says(three.enters("eve"), "a new beginning")
    one = servers.starts("one")
    assert "do not fit together" in (one.chat.log.trouble or "")
    kept = one.kept()
    servers.run(3 * LEASE)
    assert one.kept() == kept


def test_a_ban_that_the_others_never_had_is_set_aside_too(servers: Servers, one: Node, two: Node) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    servers.keep_redis()
    two.road.close()
    Deferred.fromCoroutine(one.administration.moderation.ban("op", "carol", None, "spam"))
    servers.run()
    assert one.says(one.chat.connects(), "carol")[-1].startswith("refused banned")
    one.road.close()
    servers.restart_redis()
    two.road.is_closed = False
    servers.run(3 * LEASE)
    two.says(bob, "meanwhile")
    one.road.is_closed = False
    servers.run(LEASE)
    assert "+carol" in one.says(one.chat.connects(), "carol")
    assert "bob: meanwhile" in ada.hears()
    assert (one.folder / "audit.jsonl.apart-1").exists()
    same(one, two)


def test_what_cannot_be_set_aside_is_tried_again_and_nothing_is_stored_meanwhile(
    servers: Servers, one: Node, two: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _ = apart(servers, one, two)
    with monkeypatch.context() as patched:
        patched.setattr("twistchat.cluster.copy.free_name", lambda path: path.parent / "nowhere" / "aside")
        one.road.is_closed = False
        servers.run(LEASE)
        (told,) = one.says(ada, "anybody")[-1:]
        assert told.startswith("refused not-stored reason=this server and the common log do not fit together")
    servers.run(2 * LEASE)
    ada.types("here again")
    servers.run(1)
    assert ada.hears()[-1] == "ada: here again"
    same(one, two)


def test_a_redis_that_is_full_refuses_in_a_sentence_and_goes_on_when_it_is_not(
    servers: Servers, one: Node, two: Node
) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    servers.redis.call("CONFIG", "SET", "maxmemory", 1)
    try:
        for _ in range(2):  # before its lease was to be prolonged, and behind that
            assert one.says(ada, "lost") == [
                "refused not-stored reason=the servers' common log stores nothing at present"
            ]
            servers.run(LEASE)
        for node in (one, two):
            assert node.chat.log.trouble == "the servers' common log stores nothing at present"
        assert one.says(ada, "/who") == ["who room=lobby count=2 people=ada,bob"]
        assert one.says(ada, "/msg bob psst") == ["ada > bob: psst"]
    finally:
        servers.redis.call("CONFIG", "SET", "maxmemory", 0)
    servers.run(LEASE)
    assert bob.hears() == ["ada > bob: psst"]
    assert one.says(ada, "kept") == ["ada: kept"]
    assert bob.hears() == ["ada: kept"]
    same(one, two)


def test_a_replica_is_not_written_to_and_not_taken_for_the_log(servers: Servers, one: Node, two: Node) -> None:
    ada = one.enters("ada")
    one.road.close()
    servers.redis.call("REPLICAOF", "127.0.0.1", 1)
    try:
        one.road.is_closed = False
        servers.run(LEASE)
        assert one.says(ada, "lost")[-1].startswith("refused not-stored")
    finally:
        servers.redis.call("REPLICAOF", "NO", "ONE")
    servers.run(LEASE)
    assert one.says(ada, "kept")[-1] == "ada: kept"
    same(one, two)


def test_nothing_is_read_of_a_redis_with_another_history_than_that_of_the_one_that_writes(
    servers: Servers, one: Node, two: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    with monkeypatch.context() as patched:
        patched.setattr("twistchat.cluster.reader.history_of", lambda info: "another")
        one.cluster._reading.abort()
        servers.run(1)
        two.says(bob, "not read")
        servers.run(1)
        assert ada.hears() == []
    servers.run(1)
    assert ada.hears() == ["bob: not read"]


# --- acts


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_ban_at_one_server_holds_at_both_also_after_a_restart(
    servers: Servers, one: Node, two: Node, is_restarted: bool
) -> None:
    bob = two.enters("bob")
    doing = one.administration.moderation.ban("op", "bob", None, "spam")
    acts = []
    Deferred.fromCoroutine(doing).addCallback(acts.append)
    servers.run()
    assert acts
    assert bob.session.is_gone
    if is_restarted:
        one.kill()
        two.kill()
        servers.run(LEASE * 2)
        one, two = servers.starts("one"), servers.starts("two")
    for node in (one, two):
        assert node.says(node.chat.connects(), "bob")[-1].startswith("refused banned")
    Deferred.fromCoroutine(two.administration.moderation.undo("op", acts[0][0].number)).addCallback(acts.append)
    servers.run()
    assert len(acts) == 2
    assert "+bob" in one.says(one.chat.connects(), "bob")


def test_entries_that_redis_was_given_back_in_other_pieces_are_taken_once(servers: Servers, one: Node) -> None:
    ada = one.enters("ada")
    ada.types("first", "second", "third")
    servers.run()
    two = servers.starts("two")
    number = len(two.kept())
    rows = json.dumps([["lobby", "said", "x", text] for text in ("known", "new")])
    fields = ("o", "", "q", "0", "t", "1700000000.000000", "e", rows)
    servers.redis.call("XADD", "{tc}:log", f"{number + 1}-0", *fields)
    servers.redis.call("HSET", "{tc}:state", "number", number + 1)
    servers.run()
    assert [row[5] for row in two.kept()][number:] == ["new"]
    same(one, two)


def test_a_question_about_nobody_waits_for_nothing_more(servers: Servers, one: Node, two: Node) -> None:
    ada = one.enters("ada")
    assert one.says(ada, "/msg nobody psst") == ["refused nobody-called name=nobody"]
    servers.run(2.5)  # what nobody waits for any more must not fail


def test_two_hundred_races_for_names_that_look_alike_have_one_winner_each(
    servers: Servers, one: Node, two: Node
) -> None:
    for race in range(200):
        name = f"r{chr(ord('a') + race % 26)}cer{race}"
        racers = [one.chat.connects(), two.chat.connects()]
        typed = [name, name.upper()] if race % 2 else [name.translate(_FULL_WIDTH), name]
        for racer, alike in [*zip(racers, typed, strict=True)][:: 1 if race % 4 < 2 else -1]:
            racer.types(alike)
        servers.run()
        assert sum(bool(racer.rooms) for racer in racers) == 1, typed
        [loser] = [racer for racer in racers if not racer.rooms]
        assert loser.hears()[-1].startswith("refused name-taken"), typed
        for racer in racers:
            racer.vanishes()
        servers.run()


_FULL_WIDTH = {ord(letter): ord(letter) + 0xFEE0 for letter in string.ascii_lowercase}
