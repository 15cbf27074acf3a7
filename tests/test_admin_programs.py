"""The verbs about programs: hooks, feeds and calls, what they show once, and what they never show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.chat import Chat
from support.irc import SERVER, IrcDoor
from support.operator import an_operator
from support.results import at_once, done
from support.worker import SameThread

from twistchat.admin.binding import bind_words, read_words
from twistchat.admin.operator import Operator
from twistchat.admin.verbs import VERBS
from twistchat.calls.places import OwnPlace
from twistchat.calls.service import CallService
from twistchat.core.bans import CALL, FEED, HOOK
from twistchat.core.hooks import say_by_hook
from twistchat.errors import NoCallsHere, NotADuration, NotAUrl, NotMade, NotRecorded, WrongUse

URL = "https://hooks.slack.com/services/T0/B0/verysecret"


@pytest.fixture
def op(chat: Chat, tmp_path: Path) -> Operator:
    operator = an_operator(chat, tmp_path)
    page = "http://192.168.1.7:7980/chat/"
    return replace(operator, administration=replace(operator.administration, page=lambda: page))


def run(op: Operator, *words: str) -> Any:
    row, rest = read_words(VERBS, words)
    return at_once(op.run(row, bind_words(row, rest)))


def audit(folder: Path) -> str:
    return (folder / "audit.jsonl").read_text()


def test_a_hooks_address_is_shown_once(chat: Chat, op: Operator, tmp_path: Path) -> None:
    outcome = run(op, "hook", "grafana", "ops", "--once", "10m")
    facts = outcome.data()
    assert facts["url"] == f"http://192.168.1.7:7980/hooks/{facts['token']}"
    text = outcome.text()
    assert f"curl -d 'hello from grafana' {facts['url']}" in text
    assert text.endswith("undo 1 takes it back.")
    for shown in (run(op, "hooks"), run(op, "audit"), run(op, "why", "1")):
        assert facts["token"] not in shown.text()
        assert "grafana" in shown.text()
    assert facts["token"] not in audit(tmp_path)
    assert chat.hub.programs.find(HOOK, facts["token"]) is not None
    (row,) = run(op, "hooks").data()
    assert (row["name"], row["room"], row["times"], row["used"], row["note"]) == (
        "grafana",
        "ops",
        0,
        None,
        "--once 10m",
    )
    for time in ("forever", "soon"):
        with pytest.raises(NotADuration):
            run(op, "hook", "other", "--once", time)


def test_a_feeds_address_is_shown_once(chat: Chat, op: Operator, tmp_path: Path) -> None:
    facts = run(op, "feed", "reader", "ops").data()
    assert chat.hub.programs.find(FEED, facts["token"]) is not None
    assert facts["token"] not in audit(tmp_path) + run(op, "feeds").text()
    assert run(op, "feeds").data()[0]["room"] == "ops"
    assert "no feed any more" in run(op, "unfeed", "reader").text()
    assert run(op, "feeds").text() == "There is no feed. `feed NAME ROOM` makes one."


def test_without_a_page_the_host_is_to_be_filled_in(op: Operator) -> None:
    plain = replace(op, administration=replace(op.administration, page=str))
    assert run(plain, "hook", "grafana").data()["url"].startswith("http://HOST:7980/hooks/")


def test_a_hook_is_ended_and_taken_back_and_explained(chat: Chat, op: Operator) -> None:
    run(op, "hook", "grafana")
    ended = run(op, "unhook", "Grafana")
    assert ended.text() == "grafana is no hook any more. undo 2 takes it back."
    assert run(op, "hooks").text() == "There is no hook. `hook NAME ROOM` makes one."
    assert "in force: no, since unhook 2" in run(op, "why", "1").text()
    run(op, "undo", "2")
    assert len(run(op, "hooks").data()) == 1
    with pytest.raises(NotMade):
        run(op, "unhook", "nobody")


def test_a_calls_secret_is_shown_once_and_its_url_never(chat: Chat, op: Operator, tmp_path: Path) -> None:
    with pytest.raises(NoCallsHere):
        run(op, "call", "phone", URL)
    service = CallService(chat.hub, chat.clock, OwnPlace(tmp_path, SameThread))  # type: ignore[arg-type]
    words = ("call", "phone", URL, "--room", "ops", "--match", "disk full", "--as", "slack", "--events", "all")
    outcome = run(op, *words)
    act = chat.hub.programs.all(CALL)[0]
    assert outcome.data()["secret"] == service.secret(act)
    assert act.also == ("as slack", "match disk full", "events all")
    for shown in (outcome, run(op, "calls"), run(op, "audit"), run(op, "why", str(act.number))):
        assert "verysecret" not in shown.text() + str(shown.data())
        assert "https://hooks.slack.com/…" in shown.text() or shown is outcome
    row = run(op, "calls").data()[0]
    assert (row["name"], row["room"], row["lines"], row["answer"]) == ("phone", "ops", 0, None)
    op.note("exec", f"call phone {URL} --json")
    assert "verysecret" not in run(op, "audit").text()
    assert "is no call any more" in run(op, "uncall", "phone").text()
    assert service.secret(act) == outcome.data()["secret"]


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://127.0.0.1:8080/x", "--calls-to 127.0.0.1"),
        ("http://localhost/x", "--calls-to 127.0.0.1"),
        ("http://[::1]/x", "--calls-to ::1"),
        ("http://10.0.0.7/x", None),
        ("http://db1.example/x", None),
    ],
)
def test_whoever_calls_this_machine_is_told_at_once_what_that_takes(
    chat: Chat, op: Operator, tmp_path: Path, url: str, advice: str | None
) -> None:
    CallService(chat.hub, chat.clock, OwnPlace(tmp_path, SameThread))  # type: ignore[arg-type]
    said = run(op, "call", "phone", url).text()
    assert ("is not called as this server runs" in said) is (advice is not None)
    assert advice is None or f"start it with {advice}" in said


def test_a_call_whose_secret_nobody_could_be_shown_is_not_made(chat: Chat, op: Operator, tmp_path: Path) -> None:
    CallService(chat.hub, chat.clock, OwnPlace(tmp_path / "nowhere", SameThread))  # type: ignore[arg-type]
    with pytest.raises(NotRecorded, match=r"calls\.key cannot be had: No such file"):
        run(op, "call", "phone", URL)
    assert chat.hub.programs.all(CALL) == []


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("call", "x", "ftp://example.com/"), NotAUrl),
        (("call", "x", URL, "--as", "xml"), WrongUse),
        (("call", "x", URL, "--events", "some"), WrongUse),
        (("call", "x"), WrongUse),
        (("feed", "x"), WrongUse),
        (("uncall", "x"), NotMade),
    ],
)
def test_what_cannot_be_is_refused(
    chat: Chat, op: Operator, tmp_path: Path, words: tuple[str, ...], error: type[Exception]
) -> None:
    CallService(chat.hub, chat.clock, OwnPlace(tmp_path, SameThread))  # type: ignore[arg-type]
    with pytest.raises(error):
        run(op, *words)


def test_what_a_hook_says_is_heard_by_irc_as_by_all(chat: Chat, op: Operator) -> None:
    run(op, "hook", "grafana")
    bob = IrcDoor(chat).registers("bob")
    bob.says_line("JOIN #lobby")
    done(chat, say_by_hook(chat.hub, chat.hub.programs.all(HOOK)[0], ["disk full"], False))
    assert bob.lines() == [f":grafana!~u@{SERVER} PRIVMSG #lobby :disk full"]
    assert "433" in bob.says_line("NICK grafana")[0]
