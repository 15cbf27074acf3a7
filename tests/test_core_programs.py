"""Programs that are let in: who may talk under which name, by which token, and what may leave."""

from __future__ import annotations

from typing import Any

import pytest
from support.chat import Chat, shorten_queue
from support.journal import ListJournal
from support.results import at_once, done
from twisted.internet.defer import Deferred

from twistchat.core import making
from twistchat.core.bans import CALL, FEED, HOOK, Act
from twistchat.core.calling import CallOptions, checked_url, options_of, shown_url, wants
from twistchat.core.events import Announced, Entry, Hooked, Joined, Relayed, Said, TopicSet
from twistchat.core.hooks import say_by_hook
from twistchat.core.leaving import leaving
from twistchat.core.moderation import Moderation
from twistchat.core.names import EVERYWHERE
from twistchat.core.programs import MOST, MOST_HOUSEHOLDS, MOST_REMEMBERED, RATES, WRONG, digest_of_token, token_of
from twistchat.errors import (
    MadeAlready,
    Muted,
    NameHeld,
    NameReserved,
    NameTaken,
    NotAUrl,
    NotMade,
    NotStored,
    Overloaded,
    RoomNameNotAllowed,
    TextTooLong,
    TooFast,
    TooManyMade,
    TooManyRooms,
)

TOKEN = token_of(bytes(range(17)))


def hook(chat: Chat, name: str = "grafana", room: str = "", token: str = TOKEN, once: str = "") -> Act:
    act: Act = at_once(making.make_hook(chat.hub, "op", name, room, token, once))
    return act


def say(chat: Chat, act: Act, *lines: str, is_relayed: bool = False) -> Any:
    return done(chat, say_by_hook(chat.hub, act, lines, is_relayed))


@pytest.fixture(autouse=True)
def recorded(mod: Moderation) -> Moderation:
    """Acts are kept, so that there can be some."""
    return mod


# --- tokens


def test_a_token_has_130_bits_and_the_audit_its_digest() -> None:
    assert token_of(bytes(17)) == "a" * 26
    assert token_of(b"\xff" * 17) == "7" * 26
    assert len({token_of(bytes([each]) * 17) for each in range(256)}) == 256
    assert TOKEN not in digest_of_token(TOKEN)
    assert digest_of_token("\ud800") == digest_of_token("?")


def test_a_hook_is_found_by_its_token_alone(chat: Chat, journal: ListJournal) -> None:
    act = hook(chat)
    assert chat.hub.programs.find(HOOK, TOKEN) == act
    assert chat.hub.programs.find(FEED, TOKEN) is None
    assert chat.hub.programs.find(HOOK, TOKEN[:-1]) is None
    assert all(TOKEN not in str(act) for act in journal.kept)


# --- names


def test_nobody_can_have_a_hooks_name_or_one_that_looks_like_it(chat: Chat) -> None:
    hook(chat, "grafana")
    for name in ("grafana", "Grafana", "ｇrafana", "grafаna"):
        eve = chat.connects()
        eve.sends(name)
        assert not eve.rooms
    ada = chat.enters("ada")
    ada.sends("/nick grafana")
    assert ada.name == "ada"
    ada.sends("/nick grafana2")
    assert ada.name == "grafana2"


def test_the_name_is_free_when_the_hook_has_ended_and_set_aside_again_when_that_is_undone(
    chat: Chat, mod: Moderation
) -> None:
    hook(chat)
    ended = at_once(making.end(chat.hub, HOOK, "op", "GRAFANA"))
    assert chat.hub.programs.find(HOOK, TOKEN) is None
    chat.enters("grafana").vanishes()
    chat.turn()
    at_once(mod.undo("op", ended.number))
    assert chat.hub.programs.find(HOOK, TOKEN) is not None
    eve = chat.connects()
    eve.sends("grafana")
    assert not eve.rooms


def test_whoever_has_the_name_keeps_it_and_the_hook_is_silent(chat: Chat, mod: Moderation) -> None:
    act = hook(chat)
    ended = at_once(making.end(chat.hub, HOOK, "op", "grafana"))
    chat.enters("grafana")
    with pytest.raises(NameTaken):
        hook(chat)
    at_once(mod.undo("op", ended.number))
    with pytest.raises(NameHeld):
        say(chat, act, "hello")


def test_a_restart_has_the_hooks_that_were_made(chat: Chat, journal: ListJournal) -> None:
    act = hook(chat)
    again = Chat()
    Moderation(again.hub, journal)
    assert again.hub.programs.find(HOOK, TOKEN) == act
    assert again.hub.programs.has_name("GRAFANA")


@pytest.mark.parametrize(
    ("name", "room", "error"),
    [("admin", "", NameReserved), ("grafana", "no room", RoomNameNotAllowed), ("ada", "", NameTaken)],
)
def test_what_cannot_be_a_hook_is_refused(chat: Chat, name: str, room: str, error: type[Exception]) -> None:
    chat.enters("ada")
    with pytest.raises(error):
        hook(chat, name, room)
    assert chat.hub.programs.all(HOOK) == []


def test_there_is_one_of_a_name_and_a_hundred_of_a_kind(chat: Chat) -> None:
    hook(chat)
    with pytest.raises(MadeAlready):
        hook(chat, "GRAFANA")
    for count in range(MOST[HOOK] - 1):
        hook(chat, f"hook{count}", token=str(count))
    with pytest.raises(TooManyMade):
        hook(chat, "more")
    with pytest.raises(NotMade):
        at_once(making.end(chat.hub, HOOK, "op", "more"))
    with pytest.raises(NotMade):
        at_once(making.end(chat.hub, FEED, "op", "grafana"))


# --- talking


def test_what_a_hook_says_is_stored_and_heard_in_its_order(chat: Chat) -> None:
    act = hook(chat, room="lobby")
    ada = chat.enters("ada")
    entries = say(chat, act, "one", "two")
    assert [entry.event for entry in entries] == [Hooked("lobby", "grafana", text) for text in ("one", "two")]
    assert [entry.event for entry in chat.log.entries][-2:] == [entry.event for entry in entries]
    assert len(ada.hears()) == 2


def test_it_talks_where_nobody_is_and_the_room_is_closed_again(chat: Chat) -> None:
    (entry,) = say(chat, hook(chat, room="ops"), "hello", is_relayed=True)
    assert entry.event == Relayed("ops", "grafana", "hello")
    assert "ops" not in chat.open_rooms


def test_who_ignores_it_does_not_hear_it(chat: Chat) -> None:
    act, ada = hook(chat), chat.enters("ada")
    assert "grafana" in ada.asks("/ignore Grafana")[0]
    say(chat, act, "hello")
    assert ada.hears() == []


def test_it_says_nothing_while_it_is_muted(chat: Chat, mod: Moderation) -> None:
    act = hook(chat)
    at_once(mod.mute("op", "grafana", None))
    with pytest.raises(Muted):
        say(chat, act, "hello")


def test_what_cannot_be_stored_is_told(chat: Chat) -> None:
    act = hook(chat, room="ops")
    chat.log.failing = NotStored("the disk is full")
    with pytest.raises(NotStored):
        say(chat, act, "one", "two")
    assert "ops" not in chat.open_rooms
    chat.log.failing = None
    chat.enters("ada")
    chat.limit(rooms=1)
    with pytest.raises(TooManyRooms):
        say(chat, act, "one")


def test_it_waits_its_turn_where_the_log_is_far_behind(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_queue(monkeypatch, 1)
    with pytest.raises(Overloaded):
        say(chat, hook(chat), "one", "two")


# --- what is counted


def test_a_hook_may_be_used_twenty_times_at_once_and_then_once_a_second(chat: Chat) -> None:
    use = chat.hub.programs.use(hook(chat))
    for _ in range(20):
        use.check_rate(RATES[HOOK], 0.0)
    with pytest.raises(TooFast) as refused:
        use.check_rate(RATES[HOOK], 0.0)
    assert refused.value.seconds == 1.0
    use.check_rate(RATES[HOOK], 1.0)


def test_wrong_tokens_of_a_household_are_counted_and_of_a_thousand_households_at_most(chat: Chat) -> None:
    programs = chat.hub.programs
    for _ in range(WRONG.at_once):
        programs.check_wrong("2001:db8::1")
    with pytest.raises(TooFast):
        programs.check_wrong("2001:db8::2")
    for count in range(MOST_HOUSEHOLDS):
        programs.check_wrong(f"10.0.{count // 250}.{count % 250}")
    programs.check_wrong("2001:db8::1")


def test_what_a_hook_said_lately_is_known_again_for_a_while(chat: Chat) -> None:
    use = chat.hub.programs.use(hook(chat, once="10m"))

    def is_new(digest: str) -> bool:
        return at_once(use.is_new(digest, 600.0, chat.clock))

    use.remember("one", 0.0)
    chat.clock.advance(599)
    assert not is_new("one")
    assert is_new("two")
    chat.clock.advance(1)
    assert is_new("one")
    use.remember("one", 600.0)
    for count in range(MOST_REMEMBERED):
        use.remember(f"{count}", 600.0)
    assert is_new("one"), "of a hundred it is known"


def test_whoever_says_the_same_at_the_same_time_waits_for_what_comes_of_it(chat: Chat) -> None:
    use = chat.hub.programs.use(hook(chat, once="10m"))
    asked: list[Deferred[bool]] = []
    with use.saying("one"):
        asked += [Deferred.fromCoroutine(use.is_new("one", 600.0, chat.clock)) for _ in range(2)]
        assert not any(each.called for each in asked)
        use.remember("one", 0.0)
    assert [each.result for each in asked] == [False, False]


def test_what_another_server_said_once_is_known_of_hooks_that_there_are(chat: Chat) -> None:
    act = hook(chat, once="10m")
    chat.hub.programs.said_elsewhere(act.number, "one")
    chat.hub.programs.said_elsewhere(act.number + 1, "two")
    assert not at_once(chat.hub.programs.use(act).is_new("one", 600.0, chat.clock))
    assert at_once(chat.hub.programs.use(act).is_new("two", 600.0, chat.clock))


def test_what_is_counted_of_one_that_has_ended_is_forgotten(chat: Chat) -> None:
    first = chat.hub.programs.use(hook(chat))
    first.done(7.0)
    ended = at_once(making.end(chat.hub, HOOK, "op", "grafana"))
    other = chat.hub.programs.use(hook(chat, "other", token="x"))
    assert (other.count, other.latest) == (0, None)
    assert ended.lifts == (1,)
    assert chat.hub.programs.use(chat.hub.programs.all(HOOK)[0]) is other


def test_a_claimed_name_is_no_hooks(chat: Chat) -> None:
    chat.hub.rules.take(Act("claim", "ada", "grafana", digest="x", number=7))
    with pytest.raises(NameTaken):
        hook(chat)


# --- calls


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/x?y=1",
        "http://10.0.0.7:8080/",
        "http://[fd00::1]:80/x",
        "http://db1",
        "https://example.com/x#y",
    ],
)
def test_what_can_be_called(url: str) -> None:
    assert checked_url(f" {url} ") == url.partition("#")[0]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://user:word@example.com/",
        "http://user@example.com/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://[fd00::1/",
        "http://exämple.com/",
        "http://example.com/a b",
        "http://example.com/\r\nX: y",
        "http://exa mple.com/",
        "http://example.com/" + "x" * 2000,
    ],
)
def test_what_cannot_be_called(url: str) -> None:
    with pytest.raises(NotAUrl):
        checked_url(url)


def test_a_call_keeps_its_url_and_shows_no_more_than_the_host(chat: Chat) -> None:
    url = "https://hooks.slack.com:443/services/T0/B0/secret"
    options = CallOptions("slack", "disk full", True)
    act = at_once(making.make_call(chat.hub, "op", "phone", url, "", options))
    assert (act.before, act.text, act.room) == (url, "https://hooks.slack.com:443/…", "")
    assert shown_url(url) == act.text
    assert options_of(act) == options
    assert options_of(at_once(making.make_call(chat.hub, "op", "other", url))) == CallOptions()
    with pytest.raises(MadeAlready):
        at_once(making.make_call(chat.hub, "op", "Phone", url))
    with pytest.raises(TextTooLong):
        at_once(making.make_call(chat.hub, "op", "third", url, options=CallOptions(words="x" * 201)))


def call(name: str = "phone", room: str = "", *also: str) -> Act:
    return Act(CALL, "op", name, room=room, also=also)


@pytest.mark.parametrize(
    ("event", "act", "is_wanted"),
    [
        (Said("lobby", "ada", "hello"), call(), True),
        (Said("lobby", "ada", "hello"), call("phone", "ops"), False),
        (Said("ops", "ada", "hello"), call("phone", "ops"), True),
        (Announced(EVERYWHERE, "hello"), call("phone", "ops"), True),
        (Joined("lobby", "ada"), call(), False),
        (Joined("lobby", "ada"), call("phone", "", "events all"), True),
        (TopicSet("lobby", None, "tea"), call("phone", "", "events all"), True),
        (Said("lobby", "ada", "The DISK is quite full"), call("phone", "", "match disk Full"), True),
        (Said("lobby", "ada", "The disk"), call("phone", "", "match disk full"), False),
        (Said("lobby", "grafana", "hello"), call("phone", "", "match grafana"), True),
        (Hooked("lobby", "grafana", "hello"), call(), True),
        (Hooked("lobby", "Phone", "hello"), call(), False),
        (Relayed("lobby", "grafana", "hello"), call(), True),
    ],
)
def test_what_a_call_is_about(event: Any, act: Act, is_wanted: bool) -> None:
    assert wants(act, options_of(act), Entry(1, 0.0, event)) is is_wanted


# --- what may leave


def left(chat: Chat, act: Act) -> list[str]:
    found = at_once(leaving(chat.hub, act, chat.log.entries))
    return [entry.event.text for entry in found if isinstance(entry.event, Said | Announced)]


def test_what_is_said_in_a_closed_room_leaves_by_nothing_that_was_not_made_for_it(chat: Chat) -> None:
    before = at_once(making.make_feed(chat.hub, "op", "before", "tea", "a"))
    ada = chat.enters("ada")
    ada.sends("/join tea", "open")
    of_all = at_once(making.make_call(chat.hub, "op", "everything", "http://x/"))
    assert left(chat, before) == ["open"]
    ada.sends("/private on", "closed")
    made = at_once(making.make_feed(chat.hub, "op", "made", "tea", "b"))
    assert left(chat, before) == []
    assert left(chat, of_all) == []
    assert left(chat, made) == ["open", "closed"]
    ada.sends("/private off", "open again")
    chat.turn()
    for act in (before, of_all, made):
        assert left(chat, act) == ["open again"], "the past was sealed"


def test_a_room_that_nobody_is_in_is_as_closed_as_it_was(chat: Chat) -> None:
    feed = at_once(making.make_feed(chat.hub, "op", "feed", "tea", "a"))
    ada = chat.enters("ada")
    ada.sends("/join tea", "/key sesame", "closed", "/leave")
    assert "tea" not in chat.open_rooms
    assert left(chat, feed) == []
    made = at_once(making.make_feed(chat.hub, "op", "made", "tea", "b"))
    assert left(chat, made) == ["closed"]


def test_what_is_announced_to_everyone_leaves(chat: Chat, mod: Moderation) -> None:
    act = at_once(making.make_call(chat.hub, "op", "everything", "http://x/"))
    done(chat, mod.announce("op", "Back at six"))
    assert left(chat, act) == ["Back at six"]
