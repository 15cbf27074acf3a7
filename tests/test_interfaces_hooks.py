"""Programs at the web port, without a network: what they post, what they are answered, what they read."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from support.chat import Chat
from support.results import at_once
from support.web import WebDoor, WebVisitor

from twistchat.core import making
from twistchat.core.moderation import Moderation
from twistchat.core.programs import token_of
from twistchat.errors import NotRead, NotStored
from twistchat.interfaces.web import connection
from twistchat.interfaces.web.visit import origin_policy

TOKEN = token_of(bytes(range(17)))
READING = token_of(bytes(range(17, 34)))
PUBLIC = "203.0.113.9"


@pytest.fixture(autouse=True)
def hooks(chat: Chat, mod: Moderation) -> None:
    """One into the lobby, and a feed of it."""
    at_once(making.make_hook(chat.hub, "op", "grafana", "lobby", TOKEN))
    at_once(making.make_feed(chat.hub, "op", "reader", "lobby", READING))


@pytest.fixture
def door(chat: Chat) -> WebDoor:
    return WebDoor(chat)


class Answer:
    """What a program is answered."""

    def __init__(self, answer: bytes) -> None:
        head, _, self.body = answer.partition(b"\r\n\r\n")
        first, *fields = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1]) if first else 0
        self.fields = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}

    @property
    def text(self) -> str:
        return self.body.decode()


def request(body: bytes, path: str = f"/hooks/{TOKEN}", method: str = "POST", **headers: str) -> bytes:
    fields = {"Host": "127.0.0.1:7980", "Content_Length": str(len(body)), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode("latin-1") + body


def posts(door: WebDoor, body: bytes | str | dict[str, Any], address: str = "127.0.0.1", **more: str) -> Answer:
    data = json.dumps(body) if isinstance(body, dict) else body
    visitor = door.opens(address)
    visitor.sends(request(data.encode() if isinstance(data, str) else data, **more))
    return Answer(visitor.gets())


def gets(door: WebDoor, path: str = f"/feed/{READING}", address: str = "127.0.0.1", **headers: str) -> Answer:
    visitor = door.opens(address)
    visitor.sends(request(b"", path, "GET", Content_Length="", **headers))
    return Answer(visitor.gets())


# --- posting


@pytest.mark.parametrize(
    "path",
    [f"/hooks/{TOKEN}", f"/hooks/{TOKEN}/", f"/hooks/{TOKEN}/slack", f"/hooks/{TOKEN}/x/y?z=1", f"/hooks/{TOKEN}?x=/"],
)
def test_what_is_posted_is_said_and_answered_ok_whatever_stands_behind_the_token(
    chat: Chat, door: WebDoor, path: str
) -> None:
    ada = chat.enters("ada")
    answer = posts(door, "disk full on db1", path=path)
    assert (answer.status, answer.body, answer.fields["content-type"]) == (200, b"ok", "text/plain")
    assert ada.hears() == ["grafana: disk full on db1"]


def test_below_another_path_of_the_page_it_is_the_same(chat: Chat) -> None:
    door = WebDoor(chat, "/chat/")
    assert posts(door, "one", path=f"/chat/hooks/{TOKEN}").status == 200
    assert posts(door, "two", path=f"/hooks/{TOKEN}").status == 200
    assert gets(door, f"/chat/feed/{READING}").status == 200


def test_ok_is_answered_once_it_is_stored(chat: Chat, door: WebDoor) -> None:
    chat.log.slow = True
    visitor = door.opens()
    visitor.sends(request(b"one"))
    chat.log.hurry()
    chat.turn()
    assert Answer(visitor.gets()).status == 200
    chat.log.slow = True
    visitor.sends(request(b"two"))
    while chat.log.waiting and chat.log.appended[-1:] == [[]]:
        chat.log.go_on()
    assert visitor.gets() == b""
    chat.log.hurry()
    chat.turn()
    assert Answer(visitor.gets()).status == 200
    assert [entry.event.text for entry in chat.log.entries] == ["one", "two"]


def test_several_requests_at_once_are_answered_in_their_order(chat: Chat, door: WebDoor) -> None:
    visitor = door.opens()
    visitor.sends(request(b"one") + request(b"", "/nothing", "GET") + request(b"{}") + request(b"two"))
    answers = visitor.gets().split(b"HTTP/1.1 ")[1:]
    assert [int(answer[:3]) for answer in answers] == [200, 404, 422, 200]
    assert [entry.event.text for entry in chat.log.entries] == ["one", "two"]


def test_hundreds_of_requests_at_once_are_no_deep_stack(door: WebDoor) -> None:
    visitor = door.opens()
    visitor.sends(request(b"", path="/hooks/x") * 60)
    assert len(visitor.gets().split(b"HTTP/1.1 ")) == 61


def test_a_body_may_come_byte_by_byte_and_no_slower_than_in_ten_seconds(chat: Chat, door: WebDoor) -> None:
    visitor = door.opens()
    for each in request(b"disk full"):
        visitor.sends(bytes([each]))
    assert Answer(visitor.gets()).status == 200
    slow = door.opens()
    slow.sends(request(b"x" * 100)[:-100])
    for _ in range(10):
        slow.sends(b"x")
        assert not slow.is_closed
        chat.clock.advance(1)
    answer = Answer(slow.gets())
    assert (answer.status, slow.is_closed) == (408, True)


def test_of_a_body_that_is_longer_than_it_says_the_rest_is_no_part_and_one_that_is_shorter_is_waited_for(
    chat: Chat, door: WebDoor
) -> None:
    longer = door.opens()
    longer.sends(request(b"disk full", Content_Length="4"))
    assert longer.gets().startswith(b"HTTP/1.1 200")
    chat.clock.advance(60)
    assert longer.is_closed
    shorter = door.opens()
    shorter.sends(request(b"disk full", Content_Length="10"))
    assert shorter.gets() == b""
    shorter.hangs_up()
    chat.clock.advance(60)
    assert [entry.event.text for entry in chat.log.entries] == ["disk"]


def test_who_waits_to_be_told_to_go_on_is(door: WebDoor) -> None:
    whole = request(b"disk full", Expect="100-continue")
    visitor = door.opens()
    visitor.sends(whole[: -len(b"disk full")])
    assert visitor.gets() == b"HTTP/1.1 100 Continue\r\n\r\n"
    visitor.sends(b"disk full")
    assert Answer(visitor.gets()).status == 200
    visitor.sends(whole)
    assert Answer(visitor.gets()).status == 200
    refused = door.opens()
    refused.sends(request(b"", f"/hooks/{TOKEN}x", Expect="100-continue", Content_Length="9"))
    assert Answer(refused.gets()).status == 404


def test_ntfys_programs_post_to_the_server_and_have_the_token_as_topic(chat: Chat, door: WebDoor) -> None:
    for path in ("/", "/hooks", "/hooks/"):
        assert posts(door, {"topic": TOKEN, "title": "Disk", "message": "full"}, path=path).status == 200
        assert posts(door, {"topic": "another", "message": "full"}, path=path).status == 404
    for body in ("[]", "{", "[" * 10_000, '{"topic": 3}', " "):
        assert posts(door, body, path="/").status == 404
    assert posts(WebDoor(chat, "/chat/"), {"topic": TOKEN, "message": "x"}, path="/chat/").status == 200
    assert posts(door, "", path="/").status == 405
    assert posts(door, b" " * 20_000, path="/").status == 413
    assert posts(door, {"topic": TOKEN, "message": "x"}, method="PUT", path="/").status == 200


def test_ntfys_app_puts_to_the_token_as_a_topic_and_asks_for_it_first(chat: Chat, door: WebDoor) -> None:
    assert posts(door, "full", path=f"/{TOKEN}?title=Disk&priority=4", method="PUT").status == 200
    assert posts(door, "x", path=f"/{TOKEN}/more").status == 200
    assert [entry.event.text for entry in chat.log.entries] == ["Disk", "full", "x"]
    assert posts(WebDoor(chat, "/chat/"), "x", path=f"/chat/{TOKEN}").status == 200
    assert posts(door, "", path=f"/{TOKEN}/auth", method="GET").status == 404, "which it takes for leave to go on"
    wrong = TOKEN[1:] + TOKEN[0]
    assert posts(door, "x", path=f"/{wrong}").status == 404
    assert posts(door, "x", path=f"/{TOKEN.upper()}").status == 400
    assert posts(door, "x", path=f"/{READING}").status == 404


@pytest.mark.parametrize(
    ("status", "body", "more"),
    [
        (404, "hi", {"path": f"/hooks/{TOKEN}x"}),
        (404, "hi", {"path": f"/hooks/{TOKEN[:-1]}"}),
        (404, "hi", {"path": f"/hooks/{TOKEN.upper()}"}),
        (404, "hi", {"path": f"/hooks/{READING}"}),
        (404, "hi", {"path": "/hooks/%00"}),
        (405, "", {"method": "GET"}),
        (405, "", {"method": "DELETE"}),
        (405, "hi", {"path": f"/feed/{READING}"}),
        (413, "x" * 65_537, {}),
        (413, "", {"Content_Length": "9999999999"}),
        (411, "2\r\nhi\r\n0\r\n\r\n", {"Transfer_Encoding": "chunked", "Content_Length": ""}),
        (411, "0\r\n\r\n", {"Transfer_Encoding": "chunked"}),
        (411, "temp=21.5 C", {"Content_Length": ""}),
        (415, "\x1f\x8b", {"Content_Encoding": "gzip"}),
        (415, "x", {"Content_Type": "image/png"}),
        (422, "", {}),
        (422, "{}", {}),
        (422, "[" * 10_000, {}),
        (422, "\x00", {}),
        (400, "hi", {"Content_Length": "-1"}),
        (400, "hi", {"Content_Length": "+2"}),
        (400, "hi", {"Content_Length": "2, 2"}),
        (400, "hi", {"Content_Length": "0x2"}),
        (400, "hi", {"Content_Length": "99999999999"}),
        (403, "hi", {"Origin": "http://evil.example"}),
        (403, "hi", {"Origin": "null"}),
    ],
)
def test_what_cannot_be_said_is_refused_in_a_sentence(
    chat: Chat, door: WebDoor, status: int, body: str, more: dict[str, str]
) -> None:
    answer = posts(door, body, **more)
    assert answer.status == status
    assert answer.text.strip().count("\n") == 0
    assert answer.text[:1].isupper()
    assert chat.log.entries == []


def test_every_wrong_token_is_answered_alike(door: WebDoor) -> None:
    wrong = [posts(door, "hi", path=path) for path in (f"/hooks/{TOKEN}x", "/hooks/a", f"/hooks/{READING}/x")]
    assert len({(answer.status, answer.body, tuple(answer.fields)) for answer in wrong}) == 1


def test_after_ten_wrong_tokens_further_ones_are_too_many_and_right_ones_are_heard(door: WebDoor) -> None:
    for _ in range(10):
        assert posts(door, "hi", path="/hooks/a").status == 404
    answer = posts(door, "hi", path="/hooks/a")
    assert (answer.status, answer.fields["retry-after"]) == (429, "60")
    assert posts(door, "hi", path="/", address="127.0.0.1").status == 429
    assert posts(door, "hi").status == 200
    assert posts(door, "hi", path="/hooks/a", address="10.0.0.7").status == 404


def test_over_its_rate_a_hook_says_when_to_come_again(chat: Chat, door: WebDoor) -> None:
    for _ in range(20):
        assert posts(door, "hi").status == 200
    answer = posts(door, "hi")
    assert (answer.status, answer.fields["retry-after"]) == (429, "1")
    chat.clock.advance(1)
    assert posts(door, "hi").status == 200


def test_where_nothing_can_be_stored_a_program_is_told_to_come_again(chat: Chat, door: WebDoor) -> None:
    chat.log.failing = NotStored("the disk is full")
    answer = posts(door, "hi")
    assert (answer.status, answer.fields["retry-after"]) == (503, "10")
    assert "the disk is full" in answer.text


def test_a_muted_hook_is_told_so(chat: Chat, door: WebDoor, mod: Moderation) -> None:
    at_once(mod.mute("op", "grafana", None, "noise"))
    answer = posts(door, "hi")
    assert (answer.status, "noise" in answer.text) == (403, True)


def test_what_fails_in_a_way_that_it_should_not_is_logged_and_answered(
    door: WebDoor, monkeypatch: pytest.MonkeyPatch, flush_errors: Any
) -> None:
    monkeypatch.setattr("twistchat.interfaces.hooks.posts.lines_of", lambda *_: 1 / 0)
    assert posts(door, "hi").status == 500
    assert flush_errors(ZeroDivisionError)


def test_who_is_turned_away_has_a_moment_to_send_the_rest_and_see_why(chat: Chat, door: WebDoor) -> None:
    visitor = door.opens()
    visitor.sends(request(b"x" * 70_000))
    assert Answer(visitor.gets()).status == 413
    assert not visitor.is_closed
    visitor.sends(request(b"more"))
    assert visitor.gets() == b""
    chat.clock.advance(connection.LINGER_SECONDS)
    assert visitor.is_closed
    assert chat.log.entries == []


def test_who_sends_on_while_the_answer_takes_its_time_is_let_go(chat: Chat, door: WebDoor) -> None:
    chat.log.slow = True
    visitor = door.opens()
    visitor.sends(request(b"one"), b"x" * 9_000)
    assert visitor.is_closed
    chat.log.hurry()
    chat.turn()
    assert visitor.gets() == b""


def test_who_is_gone_before_the_answer_is_answered_nothing(chat: Chat, door: WebDoor) -> None:
    chat.log.slow = True
    visitor = door.opens()
    visitor.sends(request(b"one"))
    visitor.hangs_up()
    chat.log.hurry()
    chat.turn()
    assert visitor.gets() == b""
    assert [entry.event.text for entry in chat.log.entries] == ["one"]


# --- once, and round


def test_a_hook_that_says_the_same_once_says_it_again_after_its_time(chat: Chat, door: WebDoor) -> None:
    token = token_of(bytes(17))
    at_once(making.make_hook(chat.hub, "op", "calm", "lobby", token, "10m"))
    path = f"/hooks/{token}"
    for body in ("one", "one", "two", "one"):
        assert posts(door, body, path=path).status == 200
    chat.clock.advance(600)
    assert posts(door, "one", path=path).status == 200
    assert [entry.event.text for entry in chat.log.entries] == ["one", "two", "one"]


def test_two_that_send_the_same_at_once_say_it_once_and_both_know_that_it_is_stored(chat: Chat, door: WebDoor) -> None:
    token = token_of(bytes(17))
    at_once(making.make_hook(chat.hub, "op", "calm", "lobby", token, "10m"))
    chat.log.slow = True
    first, second = door.opens(), door.opens()
    for visitor in (first, second):
        visitor.sends(request(b"one", f"/hooks/{token}"))
    assert (first.gets(), second.gets()) == (b"", b"")
    chat.log.hurry()
    chat.turn()
    assert [Answer(visitor.gets()).status for visitor in (first, second)] == [200, 200]
    assert [entry.event.text for entry in chat.log.entries] == ["one"]


def test_what_was_not_stored_is_not_taken_for_said(chat: Chat, door: WebDoor) -> None:
    token = token_of(bytes(17))
    at_once(making.make_hook(chat.hub, "op", "calm", "lobby", token, "10m"))
    chat.log.failing = NotStored("the disk is full")
    assert posts(door, "one", path=f"/hooks/{token}").status == 503
    chat.log.failing = None
    assert posts(door, "one", path=f"/hooks/{token}").status == 200
    assert len(chat.log.entries) == 1


def test_what_another_chat_called_out_is_relayed_and_what_a_third_did_is_dropped(chat: Chat, door: WebDoor) -> None:
    assert posts(door, "own").status == 200
    assert posts(door, "relayed", Twistchat_Hops="1").status == 200
    assert posts(door, "round", Twistchat_Hops="2").status == 200
    assert posts(door, "round", Twistchat_Hops="x").status == 200
    assert [(entry.event.kind, entry.event.text) for entry in chat.log.entries] == [
        ("hooked", "own"),
        ("relayed", "relayed"),
    ]


# --- who


@pytest.mark.parametrize(
    ("whom", "address", "more", "status"),
    [
        ("near", "127.0.0.1", {}, 200),
        ("near", "10.0.0.7", {}, 200),
        ("near", PUBLIC, {}, 403),
        ("near", "127.0.0.1", {"X_Forwarded_For": PUBLIC}, 403),
        ("near", "127.0.0.1", {"X_Forwarded_For": "10.0.0.7"}, 403),
        ("everyone", PUBLIC, {}, 200),
        ("off", "127.0.0.1", {}, 404),
    ],
)
def test_who_is_heard(chat: Chat, whom: str, address: str, more: dict[str, str], status: int) -> None:
    assert posts(WebDoor(chat, hooks=whom), "hi", address, **more).status == status


def test_a_proxy_that_is_listed_tells_who_is_near(chat: Chat) -> None:
    door = WebDoor(chat, policy=origin_policy("127.0.0.1", None))
    assert posts(door, "hi", X_Forwarded_For="10.0.0.7").status == 200
    assert posts(door, "hi", X_Forwarded_For=PUBLIC).status == 403


def test_where_only_who_is_near_may_come_programs_may_not_either(chat: Chat) -> None:
    door = WebDoor(
        chat, policy=origin_policy(None, None, admits=lambda address: address == "10.0.0.7"), hooks="everyone"
    )
    assert posts(door, "hi", "10.0.0.7").status == 200
    assert posts(door, "hi", "10.0.0.8").status == 403


def test_no_token_stands_in_the_log(door: WebDoor, logged: list[str]) -> None:
    assert posts(door, "hi", Origin="http://evil.example").status == 403
    assert posts(door, "hi", path=f"/hooks/{TOKEN}x").status == 404
    assert any("'/hooks/...'" in line for line in logged)
    assert posts(door, "hi", path=f"/{TOKEN}/x", Origin="http://evil.example").status == 403
    assert gets(door, f"/{TOKEN}/auth", Host="elsewhere.example").status == 421
    assert TOKEN not in "".join(logged)
    assert posts(door, {"topic": TOKEN}, path="/", Origin="http://evil.example").status == 403


def test_programs_in_containers_may_call_this_machine_by_any_name(door: WebDoor) -> None:
    assert posts(door, "hi", Host="host.docker.internal:7980").status == 200
    assert gets(door, "/", Host="host.docker.internal:7980").status == 421


def test_the_page_takes_no_bodies_otherwise(door: WebDoor) -> None:
    assert posts(door, "hi", path="/page.css").status == 400
    assert gets(door, "/", Host="127.0.0.1:7980").status == 200


# --- feeds


def test_a_feed_has_what_was_said_the_newest_first(chat: Chat, door: WebDoor) -> None:
    chat.enters("ada").sends("one", "/me <waves> & goes", "/topic tea")
    posts(door, "disk full")
    answer = gets(door)
    assert answer.fields["content-type"].startswith("application/feed+json")
    feed = json.loads(answer.body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == "reader: lobby"
    texts = ["grafana: disk full", "* ada <waves> & goes", "ada: one"]
    assert [item["content_text"] for item in feed["items"]] == texts
    assert feed["items"][0]["authors"] == [{"name": "grafana"}]
    assert feed["items"][0]["date_published"].endswith("Z")
    atom = ElementTree.fromstring(gets(door, f"/feed/{READING}.atom").body)
    name = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{name}content") for entry in atom.iter(f"{name}entry")] == texts
    assert READING not in ElementTree.tostring(atom).decode()


def test_a_feed_that_has_not_changed_is_not_sent_again(door: WebDoor) -> None:
    assert gets(door).fields["etag"] == '"0"'
    posts(door, "x" * 100)
    tag = gets(door).fields["etag"]
    answer = gets(door, If_None_Match=f'"7", {tag}')
    assert (answer.status, answer.body) == (304, b"")
    atom = gets(door, f"/feed/{READING}.xml")
    assert b"xxx\xe2\x80\xa6</title>" in atom.body


def test_a_script_reads_on_behind_a_number(door: WebDoor) -> None:
    for text in ("one", "two", "three"):
        posts(door, text)
    first = json.loads(gets(door).body)["items"][-1]["id"]
    behind = json.loads(gets(door, f"/feed/{READING}.json?after={first}").body)
    assert [item["content_text"] for item in behind["items"]] == ["grafana: three", "grafana: two"]
    assert len(json.loads(gets(door, f"/feed/{READING}?x=1&after=x").body)["items"]) == 3


def test_an_empty_feed_is_one_too(door: WebDoor) -> None:
    assert json.loads(gets(door).body)["items"] == []
    assert b"<updated>1970-01-01T00:00:00.000Z</updated>" in gets(door, f"/feed/{READING}.atom").body


def test_a_feed_is_read_ten_times_at_once_by_its_token_and_while_the_log_can_be_read(chat: Chat, door: WebDoor) -> None:
    assert gets(door, f"/feed/{TOKEN}").status == 404
    assert gets(door, "/feed/").status == 404
    assert gets(door, "/feed").status == 404
    chat.log.unreadable = NotRead("the disk is broken")
    assert gets(door).status == 503
    chat.log.unreadable = None
    assert [gets(door).status for _ in range(10)] == [200] * 9 + [429]
    assert posts(door, "x", path=f"/feed/{READING}", method="GET").status == 413


def test_a_head_is_answered_without_the_feed(door: WebDoor) -> None:
    visitor: WebVisitor = door.opens()
    visitor.sends(request(b"", f"/feed/{READING}", "HEAD", Content_Length=""))
    answer = Answer(visitor.gets())
    assert (answer.status, answer.body) == (200, b"")
