"""What programs send to hooks, as lines."""

from __future__ import annotations

import json
import sys
import time
from itertools import islice
from typing import Any

import pytest
from hookbodies import Check, bodies
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.recorded import SAID
from support.recorded_requests import SAID as SAID_BY_REQUEST
from support.recorded_requests import Recorded, recorded

from twistchat.core.text import clean
from twistchat.errors import NothingReadable
from twistchat.wire.hook_bodies import lines_of
from twistchat.wire.hook_text import MOST_LINES

MOST_CHARS = 1000
MOST_SECONDS = 0.005
"""That one body may take; here in the processor's time of this thread."""

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def said(body: object, **headers: str) -> list[str]:
    """The lines of a body, which is JSON unless it is text or bytes."""
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    return lines_of(data, {name.replace("_", "-"): value for name, value in headers.items()}, MOST_CHARS)


@pytest.mark.parametrize(("body", "headers", "lines"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_every_tool_is_understood(body: dict[str, Any], headers: dict[str, str], lines: list[str]) -> None:
    assert lines_of(json.dumps(body).encode(), {**JSON, **headers}, MOST_CHARS) == lines


@pytest.mark.parametrize("request_", recorded(), ids=lambda each: each.name)
def test_what_tools_own_code_has_sent_is_understood(request_: Recorded) -> None:
    assert lines_of(request_.body, request_.headers, MOST_CHARS) == SAID_BY_REQUEST[request_.name]


def test_every_request_that_was_recorded_has_its_lines() -> None:
    assert {each.name for each in recorded()} == {*SAID_BY_REQUEST}


@pytest.mark.parametrize("row", SAID, ids=lambda row: row[0])
def test_every_tool_is_understood_by_a_form_and_in_parts_as_well(row: Any) -> None:
    from urllib.parse import urlencode

    _, body, headers, lines = row
    packed = json.dumps(body)
    assert lines_of(urlencode({"payload": packed}).encode(), {**FORM, **headers}, MOST_CHARS) == lines
    parts = f'--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n{packed}\r\n--b--\r\n'
    kind = {"content-type": 'multipart/form-data; boundary="b"'}
    assert lines_of(parts.encode(), {**kind, **headers}, MOST_CHARS) == lines


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("disk full on db1", ["disk full on db1"]),
        ("one\r\n\r\n  two  \nthree", ["one", "two", "three"]),
        ("a=b", ["a=b"]),
        ("message=disk+full&priority=5", ["disk full"]),
        ("title=Disk&message=full", ["Disk", "full"]),
        ("text=%E4%BD%A0%E5%A5%BD", ["你好"]),
        ("{no json", ["{no json"]),
        ("&".join(["a=b"] * 101), ["&".join(["a=b"] * 101)]),
        ("text=&text=100%+sure%2&text=no", ["100% sure%2"]),
        ("text=" + "97% " * 1000, [*(["97% " * 249 + "97%"] * 4)]),
        ("text=%5Cx41%5C\\x41\\n%0A你", ["\\x41\\\\x41\\n", "你"]),
        ("%74e%78t=%E4%BD%A0%e5%a5%bd+%FF", ["你好 \ufffd"]),
    ],
)
def test_a_text_is_its_lines_and_a_form_its_texts_as_curl_calls_both_forms(body: str, lines: list[str]) -> None:
    assert lines_of(body.encode(), FORM, MOST_CHARS) == lines


def test_a_forms_parts_may_have_texts_and_files_which_are_left_out() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="message"\r\n\r\ndisk full\r\n'
        b'--b\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\nnot this\r\n'
        b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\nnor this\r\n--b--\r\n'
    )
    assert said(body, content_type="multipart/form-data; boundary=b") == ["disk full"]
    with pytest.raises(NothingReadable):
        said(body, content_type="multipart/form-data")


def test_a_title_may_stand_in_a_header_field_as_ntfys_programs_send_it() -> None:
    assert said("full", title="Disk") == ["Disk", "full"]
    assert said("full", x_title="Größe".encode().decode("latin-1")) == ["Größe", "full"]


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("title=Disk%20of%20db1&priority=4&tags=warning", ["Disk of db1", "full"]),
        ("title=%E7%A3%81%E7%9B%98", ["磁盘", "full"]),
        ("filename=a.jpg&message=a+picture%5Cnof+it", ["a picture", "of it"]),
        ("message=&title=", ["full"]),
        ("title=%FF%", ["\N{REPLACEMENT CHARACTER}%", "full"]),
        ("title=no&" + "x=1&" * 200, ["full"]),
    ],
)
def test_ntfys_app_has_the_title_in_the_query_and_beside_a_picture_its_text(query: str, lines: list[str]) -> None:
    assert lines_of(b"full", {}, 400, query=query) == lines


def test_what_no_latin_letter_says_in_a_header_field_is_a_question_mark() -> None:
    assert lines_of(b"full", {"title": "\u4f60"}, 400) == ["?", "full"]


@pytest.mark.parametrize("word", ["text", "content", "message", "msg", "body", "description", "activityText"])
def test_a_text_is_known_by_any_of_its_names(word: str) -> None:
    assert said({word: "disk full"}) == ["disk full"]


@pytest.mark.parametrize("word", ["title", "activityTitle", "subject", "summary"])
def test_a_title_is_known_by_any_of_its_names_and_stands_before_the_text(word: str) -> None:
    assert said({"text": "full", word: "Disk"}) == ["Disk", "full"]


@pytest.mark.parametrize("word", ["title_link", "titleLink", "url", "link"])
def test_a_link_stands_behind_its_title_and_only_there(word: str) -> None:
    assert said({"title": "Disk", word: "http://a.example"}) == ["Disk (http://a.example)"]
    with pytest.raises(NothingReadable):
        said({word: "http://a.example"})


@pytest.mark.parametrize(
    "word", ["attachments", "embeds", "sections", "blocks", "elements", "body", "items", "columns"]
)
def test_parts_are_known_by_any_of_their_names(word: str) -> None:
    assert said({word: [{"text": "one"}, {"title": "two"}]}) == ["one", "two"]


@pytest.mark.parametrize(("fields", "name"), [("fields", "title"), ("facts", "name"), ("fields", "name")])
def test_fields_are_named_values(fields: str, name: str) -> None:
    assert said({fields: [{name: "Host", "value": "db1"}, {name: "Up", "text": 3}]}) == ["Host: db1", "Up: 3"]


@pytest.mark.parametrize(
    "word", ["payload", "data", "text", "title", "message", "msg", "body", "content", "description"]
)
def test_a_form_is_known_by_any_of_its_fields(word: str) -> None:
    assert lines_of(f"{word}=disk+full&x=y".encode(), FORM, MOST_CHARS) == ["disk full"]


def test_a_name_of_a_form_may_be_written_in_escapes_of_three_characters_each() -> None:
    name = "".join(f"%{ord(letter):02x}" for letter in "description")
    assert lines_of(f"{name}=full".encode(), FORM, MOST_CHARS) == ["full"]


@pytest.mark.parametrize(("broken", "is_read"), [(999, True), (1000, False)])
def test_a_form_with_very_many_percent_signs_alone_is_read_as_it_came(broken: int, is_read: bool) -> None:
    body = "text=a+b" + "%" * broken
    (first, *_) = lines_of(body.encode(), FORM, MOST_CHARS)
    assert first.startswith("a b" if is_read else "a+b")


def test_a_list_is_each_of_its_texts_and_objects() -> None:
    assert said(["one", {"text": "two"}, 3, None]) == ["one", "two"]


def test_text_is_read_in_utf_8_or_gb18030() -> None:
    assert said("你好".encode()) == ["你好"]
    assert said("你好".encode("gb18030")) == ["你好"]
    assert said("\ufeff你好".encode()) == ["你好"]


def test_numbers_are_texts_and_all_else_is_none() -> None:
    assert said({"title": 404, "text": True, "message": ["x"], "body": {"y": "z"}}) == ["404"]


def test_links_of_slack_are_written_out_and_other_angles_stay() -> None:
    assert said("a <b> <http://x|y> <mailto:a@b> 1 < 2 &amp;lt;") == ["a <b> y (http://x) mailto:a@b 1 < 2 &lt;"]


def test_times_of_discord_are_written_out() -> None:
    assert said("at <t:1795795333:F>, <t:0> and <t:99999999999>") == [
        "at 2026-11-27 16:02 UTC, 1970-01-01 00:00 UTC and 5138-11-16 09:46 UTC"
    ]
    assert said("<t:>, <t:-1>, <t:1:x>, <t:999999999999>") == ["<t:>, <t:-1>, <t:1:x>, <t:999999999999>"]


def test_alerts_of_grafana_are_said_in_a_line_each_unless_somebody_wrote_a_text_of_them() -> None:
    alerts = [{"status": "firing", "labels": {"alertname": "Down"}, "annotations": {"summary": "db1"}}]
    default = "**Firing**\n\nValue: B=1\nLabels:\n"
    assert said({"title": "T", "message": default, "alerts": alerts}) == ["T", "[FIRING] Down db1"]
    assert said({"title": "T", "message": default, "alerts": []}) == ["T", "**Firing**", "Value: B=1", "Labels:"]
    assert said({"title": "T", "message": "Go and look.", "alerts": alerts}) == ["T", "Go and look."]


def test_pushes_of_gitlab_that_say_no_commits_are_pushes() -> None:
    assert said({"object_kind": "push", "ref": "refs/heads/main"}) == ["pushed to main"]


def test_more_than_ten_lines_are_counted() -> None:
    ten = "\n".join(map(str, range(10)))
    assert len(said(ten)) == 10
    assert said(f"{ten}\nmore\n\nand more")[8:] == ["8", "... and 3 more lines"]
    assert said("\n".join(["x"] * 5000))[-1] == "... and 4991 more lines"
    assert said({"attachments": [{"text": "x"}] * 1000})[-1] == "... and 90 more lines", "a hundred parts are read"


def test_a_long_text_is_folded_at_spaces() -> None:
    lines = lines_of(b"word " * 400, {}, 100)
    assert len(lines) == 10
    assert all(line == "word " * 19 + "word" for line in lines[:9])
    assert lines[-1].endswith("more lines")
    assert [len(line) for line in lines_of(b"x" * 250, {}, 100)] == [100, 100, 50]
    assert lines_of(b"x" * 65536, {}, 1000)[-1] == "... and 57 more lines"


def test_what_a_terminal_would_act_on_is_taken_out() -> None:
    assert said({"text": "\x1b[2Jcalm\ud800 \udfff\u202eness\x07"}) == ["calm ness"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n\r\n\t",
        b"{}",
        b"[]",
        b'{"text": ""}',
        b'{"labels": {"a": "b"}}',
        b'{"alerts": [{}, 3, {"labels": 4, "annotations": []}]}',
        b'{"alerts": {"status": "firing"}}',
        b'{"build": 3, "attachments": "x", "embeds": [[]], "blocks": {"text": {}}}',
        b"\x1f\x8b\x08\x00\x00\x00",
        b"\x00",
        b"\xff\xfe\xff",
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"text": "\\ud800\\u200b"}',
        "\u200b".encode() * 21_000,
    ],
)
def test_where_nothing_can_be_read_that_is_said(body: bytes) -> None:
    with pytest.raises(NothingReadable):
        lines_of(body, JSON, MOST_CHARS)


def test_of_all_that_lies_beside_each_other_in_a_body_a_hundred_parts_are_read() -> None:
    assert said([{"text": "x"}] * 99)[-1] == "... and 90 more lines"
    assert said([{"attachments": [{"text": "x"}] * 60}] * 60)[-1] == "... and 89 more lines"
    alerts = [{"status": "firing", "labels": {"alertname": "Down"}}] * 60
    assert said([{"alerts": alerts}] * 60)[-1] == "... and 90 more lines"
    assert said({"alerts": alerts[:1] * 100})[-1] == "... and 91 more lines"
    fields = [{"name": "size", "value": 3}] * 60
    assert said([{"fields": fields}] * 60)[-1] == "... and 291 more lines", "three hundred fields"


def test_attachments_within_attachments_end_somewhere() -> None:
    value: dict[str, Any] = {"text": "deepest"}
    for depth in range(50):
        value = {"text": f"{depth}", "attachments": [value]}
    assert said(value) == ["49", "48", "47", "46", "45", "44"]


_KEYS = """
    text title attachments embeds fields name value alerts labels alertname status blocks body content object_kind
    object_attributes commits message build phase url project user iid push_data repository data event eventType
    series fallback ref
"""
WORDS = st.sampled_from(_KEYS.split())
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | WORDS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=8) | st.dictionaries(WORDS, inner, max_size=8), max_leaves=60
)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "title", "x-title", "x-github-event", "sentry-hook-resource"]),
    st.sampled_from(
        ["application/json", FORM["content-type"], "multipart/form-data; boundary=b", "push", "é", "", ";="]
    ),
)


def check_said(body: bytes, headers: dict[str, str]) -> None:
    """Hold what every body must keep to."""
    lines = lines_or_none(body, headers)
    assert len(lines) <= MOST_LINES
    assert all(line and line == clean(line) and len(line) <= MOST_CHARS for line in lines)
    "\n".join(lines).encode()
    check_time(body, headers)


def lines_or_none(body: bytes, headers: dict[str, str]) -> list[str]:
    try:
        return lines_of(body, headers, MOST_CHARS)
    except NothingReadable:
        return []


def check_time(body: bytes, headers: dict[str, str]) -> None:
    """Hold the time that a body takes, by the best of some tries, and without whatever counts lines for coverage."""
    tracer = sys.gettrace()
    took = MOST_SECONDS + 1
    for _ in range(5):
        sys.settrace(None)
        began = time.thread_time()
        lines_or_none(body, headers)
        took = min(took, time.thread_time() - began)
        sys.settrace(tracer)
        if took <= MOST_SECONDS:
            return
    raise AssertionError(f"{took * 1000:.1f} ms for {body[:100]!r}")


@given(VALUES, HEADERS)
@examples(100)
def test_whatever_json_comes_it_is_ten_lines_at_most_and_takes_five_milliseconds(
    value: object, headers: dict[str, str]
) -> None:
    check_said(json.dumps(value).encode(), headers)


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")), HEADERS)
@examples(100)
def test_whatever_bytes_come_it_is_ten_lines_at_most(body: bytes, headers: dict[str, str]) -> None:
    check_said(body, headers)


@pytest.mark.parametrize(
    "body",
    [
        b"x\n" * 32_000,
        b"<" * 65_000,
        b"<a|" * 21_000,
        b"a&lt;" * 13_000,
        b"a=1;&text=b" * 5_900,
        b"&" * 65_000,
        b'{"attachments":[' + b"{}," * 20_000 + b"{}]}",
        b'{"attachments":[' + b'{"fields":[{}]},' * 4_000 + b"{}]}",
        b"[" + b'"x",' * 16_000 + b'"x"]',
        b"\x1b[" * 32_000,
        "\u200b".encode() * 21_000,
        "é\u0301".encode() * 16_000,
        b"\x80" * 65_000,
        "你".encode("gb18030") * 32_000,
        b'{"title":' + b"9" * 4_000 + b"}",
        b'{"title":' + b"9" * 65_000 + b"}",
        b"--b" * 21_000,
        b"x=" + b"%" * 65_000,
        b"text=" + b"%41" * 21_000,
        b"text=" + b"%0A%" * 16_000,
        b"[" + b",".join([b'{"fields":[{"name":1}]}'] * 2_700) + b"]",
        b'{"attachments":[' + b",".join([b'{"fields":[' + b",".join([b'{"name":1}'] * 100) + b"]}"] * 55) + b"]}",
        b"[" + b",".join([b'{"alerts":[' + b",".join([b'{"status":1}'] * 100) + b"]}"] * 45) + b"]",
        b"[" + b",".join([b'{"attachments":[' + b",".join([b'{"text":1}'] * 100) + b"]}"] * 55) + b"]",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_64_kib_of_anything_take_five_milliseconds(body: bytes) -> None:
    for headers in (JSON, FORM, {"content-type": "multipart/form-data; boundary=b"}):
        check_said(body, headers)


def test_bodies_that_nobody_would_send_are_ten_lines_at_most_in_five_milliseconds() -> None:
    """A million of them are `python tests/hookbodies.py --count 1000000`."""
    tracer = sys.gettrace()
    sys.settrace(None)  # counting lines for coverage takes longer than what is timed
    try:
        check = Check()
        for body, headers in islice(bodies(20261127), 400):
            check(body, headers)
    finally:
        sys.settrace(tracer)
    assert 0 < check.refused < check.count == 400
