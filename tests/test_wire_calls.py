"""What a program is told that is called, and how it can be sure from whom."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from twistchat.core.events import Acted, Announced, Entry, Joined, Relayed, Said, Stored
from twistchat.core.names import EVERYWHERE
from twistchat.core.outreach import may_be_called
from twistchat.service import calls as calls_service
from twistchat.wire.calls import DIALECTS, MOST_LINES, asked_wait, called_out, fields_of, fitting, secret_of
from twistchat.wire.hook_bodies import lines_of

SECRET = secret_of(bytes(32), 7)


def entries(*events: Stored) -> list[Entry]:
    return [Entry(number, 1772368440.5, event) for number, event in enumerate(events, 16)]


LINES = entries(Said("ops", "ada", "hello <b>"), Acted("ops", "bob", "waves"), Announced(EVERYWHERE, "Back at six"))


def test_json_has_a_text_that_chats_take_and_the_lines_as_programs_have_them() -> None:
    kind, body = called_out(LINES, "json", True, 0)
    value = json.loads(body)
    assert kind == "application/json"
    assert value["text"] == "[ops] ada: hello <b>\n[ops] * bob waves\nAdministrator: Back at six"
    assert [line["number"] for line in value["lines"]] == [16, 17, 18]
    assert value["lines"][0]["kind"] == "said"
    assert value["skipped"] == 0


def test_other_chats_have_their_own_keys_and_nobody_is_called_there() -> None:
    assert json.loads(called_out(LINES[:1], "slack", False, 0)[1]) == {"text": "ada: hello &lt;b&gt;"}
    discord = json.loads(called_out(LINES[:1], "discord", False, 0)[1])
    assert discord == {"content": "ada: hello <b>", "allowed_mentions": {"parse": []}}
    assert called_out(LINES[:1], "text", False, 0) == ("text/plain; charset=utf-8", b"ada: hello <b>")


def test_what_was_left_out_is_told() -> None:
    _, body = called_out(LINES[:1], "json", False, 812)
    assert json.loads(body)["skipped"] == 812
    assert json.loads(body)["text"] == "... 812 entries were left out ...\nada: hello <b>"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_more_is_told_at_once_than_the_receiver_takes(dialect: str) -> None:
    many = entries(*(Said("ops", "ada", "x" * 90) for _ in range(200)))
    some = fitting(many, dialect, True)
    assert some == many[: len(some)]
    assert 10 <= len(some) <= MOST_LINES
    long = entries(Said("ops", "ada", "你" * 1000), Said("ops", "ada", "你" * 1000))
    (_, body) = called_out(fitting(long, dialect, True), dialect, True, 812)
    assert len(body) < 64 * 1024
    if dialect == "discord":
        assert len(json.loads(body)["content"]) <= 2000
    if dialect == "text":
        assert len(body) <= 4096


def test_what_another_chat_said_is_told_apart() -> None:
    mixed = entries(Said("ops", "ada", "1"), Relayed("ops", "b", "2"), Relayed("ops", "b", "3"), Joined("ops", "eve"))
    assert [len(fitting(mixed[begin:], "json", True)) for begin in (0, 1, 3)] == [1, 2, 1]
    assert fitting([], "json", True) == []


def test_our_own_hooks_say_each_line_of_a_call() -> None:
    many = entries(*(Said("ops", "ada", f"line {number}") for number in range(60)))
    kind, body = called_out(fitting(many, "json", False), "json", False, 0)
    said = lines_of(body, {"content-type": kind}, 1000, MOST_LINES)
    assert said == [f"ada: line {number}" for number in range(50)]


def test_a_call_is_signed_as_standard_webhooks_and_as_github_have_it() -> None:
    body = '{"text":"你好"}'.encode()
    fields = fields_of(SECRET, 18, body, "application/json", datetime.now(UTC).timestamp(), 1)
    lower = {name.lower(): value for name, value in fields.items()}
    Webhook(SECRET).verify(body, lower)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", lower)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(bytes(32), 8)).verify(body, lower)
    digest = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    assert fields["X-Hub-Signature-256"] == f"sha256={digest}"
    assert fields["Twistchat-Hops"] == "1"


def test_the_same_call_has_the_same_id_and_another_another() -> None:
    ids = [fields_of(SECRET, last, b"", "", now, 1)["webhook-id"] for last, now in ((18, 1.0), (18, 9.0), (19, 1.0))]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0] != fields_of(secret_of(bytes(32), 8), 18, b"", "", 1.0, 1)["webhook-id"]
    assert base64.b64encode(bytes(24)).decode() not in SECRET


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("93.184.216.34", True),
        ("10.0.0.7", True),
        ("192.168.1.7", True),
        ("fd00::7", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),
        ("0.1.2.3", False),
        ("169.254.169.254", False),
        ("100.100.100.200", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("ff02::1", False),
        ("fd00:ec2::254", False),
        ("fd00:ec2::23", False),
        ("fd20:ce::254", False),
        ("168.63.129.16", False),
        ("64:ff9b:1::7f00:1", False),
        ("64:ff9b:1::808:808", True),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.7", True),
        ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::1", False),
        ("2002:808:808::1", True),
        ("", False),
        ("db1", False),
    ],
)
def test_which_addresses_may_be_called(address: str, is_allowed: bool) -> None:
    assert may_be_called(address, ()) is is_allowed


def test_what_the_operator_lists_may_be_called_and_nothing_else_of_it() -> None:
    listed = calls_service.listed_networks("127.0.0.1, 169.254.7.0/24")
    for address in ("127.0.0.1", "169.254.7.9", "::ffff:127.0.0.1", "64:ff9b::7f00:1"):
        assert may_be_called(address, listed)
    for address in ("127.0.0.2", "::1", "169.254.169.254"):
        assert not may_be_called(address, listed)


@pytest.mark.parametrize(
    ("status", "field", "seconds"),
    [
        (429, "7", 7.0),
        (503, " 120 ", 120.0),
        (503, "0", 0.0),
        (429, "9" * 40, 999999999.0),
        (503, "Thu, 01 Jan 1970 00:02:00 GMT", 60.0),
        (503, "Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        (503, "Thu, 01 Jan 1970 00:02:00 -0000", 60.0),
        (200, "7", None),
        (500, "7", None),
        (302, "7", None),
        (429, "", None),
        (429, "-1", None),
        (429, "1.5", None),
        (429, "٧", None),
        (429, "soon", None),
        (429, "Thu, 99 Jan 1970 00:02:00 GMT", None),
        (429, "Thu, 01 Jan 99999 00:00:00 GMT", None),
        (429, "1" + "0" * 5000, 100000000.0),
    ],
)
def test_a_receiver_may_say_when_to_come_again(status: int, field: str, seconds: float | None) -> None:
    assert asked_wait(status, field, 60.0) == seconds
