"""Heads of requests, answers, and which page is whose."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.wire.http import END_OF_HEAD, Head, host_of, may_be_request, parse_head, response, same_origin


def test_a_head_is_a_method_a_target_and_fields() -> None:
    head = parse_head(b"GET /chat?x=1 HTTP/1.1\r\nHost: a.example\r\nX-One:  1 \r\nx-one: 2")
    assert head is not None
    assert (head.method, head.target, head.path) == ("GET", "/chat?x=1", "/chat")
    assert head.headers == {"host": "a.example", "x-one": "1, 2"}
    assert head.lasts
    assert not head.has_body


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET / HTTP/1.1",
        b"GET / HTTP/2.0\r\nHost: a",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nhOST: b",
        b"GET / HTTP/1.0\r\nHost: a\r\nHost: b",
        b"GET http://a/ HTTP/1.1\r\nHost: a",
        b"get / HTTP/1.1\r\nHost: a",
        b"GET  / HTTP/1.1\r\nHost: a",
        b"GET / HTTP/1.1\r\nHost : a",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded",
        b"GET / HTTP/1.1\r\nHost: a\nb: c",
        b"GET / HTTP/1.1\r\nHost: a\0",
        b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a",
    ],
)
def test_what_is_no_head_is_none(head: bytes) -> None:
    assert parse_head(head) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_a_head_or_none(head: bytes) -> None:
    parsed = parse_head(head)
    assert parsed is None or parsed.target.startswith("/")


@given(st.from_regex(r"[A-Z]{1,20} /[!-~]{0,40} HTTP/1\.[01]\r\nHost: a\r\n", fullmatch=True), st.data())
def test_whatever_has_come_of_a_request_may_become_one(head: str, data: st.DataObject) -> None:
    assert may_be_request(head[: data.draw(st.integers(0, len(head)))].encode())


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_what_can_be_no_request_is_none_whatever_follows(begun: bytes, more: bytes) -> None:
    assert may_be_request(begun) or parse_head((begun + more).partition(END_OF_HEAD)[0]) is None


@pytest.mark.parametrize(
    "begun", [b"\x16\x03\x01\x02", b"SSH-2.0-x\r\n", b"GET / HTTP/1.1\n", b"get", b"GET /\r\n", b"\n"]
)
def test_who_speaks_something_else_is_seen_before_there_is_an_empty_line(begun: bytes) -> None:
    assert not may_be_request(begun)


@pytest.mark.parametrize(("line", "lasts"), [("1.1\r\nHost: a", True), ("1.0", False)])
def test_only_http_1_1_goes_on_by_itself(line: str, lasts: bool) -> None:
    head = parse_head(f"GET / HTTP/{line}".encode())
    assert head is not None and head.lasts is lasts


@pytest.mark.parametrize("field", [b"Content-Length: 3", b"Transfer-Encoding: chunked", b"Content-Length: x"])
def test_a_body_is_seen(field: bytes) -> None:
    head = parse_head(b"GET / HTTP/1.1\r\nHost: a\r\n" + field)
    assert head is not None and head.has_body


def fields_of(answer: bytes) -> dict[str, str]:
    """The header fields of an answer by their names."""
    head = answer.partition(b"\r\n\r\n")[0].decode()
    return dict(line.split(": ", 1) for line in head.split("\r\n")[1:])


def test_every_answer_forbids_what_a_page_of_ours_never_does() -> None:
    answer = response(HTTPStatus.OK, b"hi", now=0.0)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nhi")
    fields = fields_of(answer)
    policy = fields.pop("Content-Security-Policy")
    assert fields == {
        "Date": "Thu, 01 Jan 1970 00:00:00 GMT",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-cache",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": "2",
        "Connection": "close",
    }
    assert dict(directive.split(" ", 1) for directive in policy.split("; ")) == {
        **dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors", "trusted-types"), "'none'"),
        **dict.fromkeys(("script-src", "style-src", "img-src", "connect-src"), "'self'"),
        "require-trusted-types-for": "'script'",
    }


def test_an_answer_bears_its_own_fields_beside_those_of_all() -> None:
    fields = fields_of(response(HTTPStatus.OK, now=0.0, kind="text/html", more={"ETag": '"1"'}))
    assert (fields["ETag"], fields["Content-Type"], fields["Referrer-Policy"]) == ('"1"', "text/html", "no-referrer")


@pytest.mark.parametrize(
    ("upgrade", "wanted"), [("websocket", True), ("WebSocket", True), ("h2c, websocket", True), ("h2c", False)]
)
def test_a_websocket_is_asked_for_by_its_name_in_any_case(upgrade: str, wanted: bool) -> None:
    head = parse_head(f"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: {upgrade}".encode())
    assert head is not None and head.wants_websocket is wanted


def test_whoever_asks_for_nothing_else_wants_no_websocket_and_has_no_body() -> None:
    head = parse_head(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0")
    assert head is not None and not head.wants_websocket and not head.has_body


@pytest.mark.parametrize(("connection", "lasts"), [("close", False), ("Close", False), ("keep-alive", True)])
def test_a_connection_ends_where_the_request_says_so(connection: str, lasts: bool) -> None:
    head = parse_head(f"GET / HTTP/1.1\r\nHost: a\r\nConnection: {connection}".encode())
    assert head is not None and head.lasts is lasts


def test_only_a_query_comes_off_a_path() -> None:
    head = parse_head(b"GET /a?b?c HTTP/1.0")
    assert head is not None and head.path == "/a"


@pytest.mark.parametrize("name", [b"x" * 20, b"X" * 21])
def test_a_method_is_at_most_20_capitals(name: bytes) -> None:
    assert parse_head(name + b" / HTTP/1.0") is None
    assert parse_head(b"X" * 20 + b" / HTTP/1.0") is not None


def test_an_answer_to_head_has_no_body_and_says_how_long_it_would_be() -> None:
    answer = response(HTTPStatus.OK, b"hi", now=0.0, bare=True, lasts=True)
    assert answer.endswith(b"Content-Length: 2\r\nConnection: keep-alive\r\n\r\n")


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://a.example", "a.example", True),
        ("https://a.example", "a.example", True),
        ("https://a.example", "a.example:443", True),
        ("http://a.example", "a.example:80", True),
        ("http://a.example:80", "a.example", True),
        ("https://a.example:443", "a.example", True),
        ("https://a.example", "a.example:80", False),
        ("http://a.example", "a.example:443", False),
        ("http://a.example", "a.example:79", False),
        ("ftp://a.example", "a.example", False),
        ("http://a.example:7980", "a.example:7980", True),
        ("http://[::1]:7980", "[::1]:7980", True),
        ("http://a.example:7981", "a.example:7980", False),
        ("http://b.example", "a.example", False),
        ("http://a.example.b", "a.example", False),
        ("null", "a.example", False),
        ("", "", False),
        ("http://", "", False),
        ("http://[", "[", False),
        ("http://a:x", "a:x", False),
        ("file://a.example", "a.example", False),
    ],
)
def test_a_page_is_of_the_same_origin_if_host_and_port_are_the_same(origin: str, host: str, same: bool) -> None:
    assert same_origin(origin, host) is same


@pytest.mark.parametrize(
    ("authority", "host"),
    [("A.example:80", "a.example"), ("[::1]:7980", "::1"), ("127.0.0.1", "127.0.0.1"), ("[", ""), ("", "")],
)
def test_a_host_stands_before_its_port(authority: str, host: str) -> None:
    assert host_of(authority) == host


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("Chat.Example", "chat.example"),
        ("chat.example:7980", "chat.example"),
        ("chat.example:", "chat.example"),
        ("[::1]:7980", "::1"),
        ("[FD00::A]", "fd00::a"),
        ("localhost@evil.example", ""),
        ("evil.example/localhost", ""),
        ("evil.example#@localhost", ""),
        ("localhost:80:80", ""),
        ("localhost, evil.example", ""),
        ("::1", ""),
        ("[::1", ""),
        ("[localhost]", ""),
        ("", ""),
    ],
)
def test_of_a_host_and_port_the_host_is_read_and_of_anything_else_nothing(authority: str, host: str) -> None:
    assert host_of(authority) == host


def head_with(*fields: str, target: str = "/") -> Head:
    """A head of a request with these fields beside the host."""
    head = parse_head("\r\n".join([f"GET {target} HTTP/1.1", "Host: a", *fields]).encode())
    assert head is not None
    return head


def test_a_query_is_what_stands_behind_the_first_question_mark() -> None:
    assert [head_with(target=target).query for target in ("/a?b?c=1", "/a?", "/a")] == ["b?c=1", "", ""]


@pytest.mark.parametrize(
    ("fields", "length"),
    [
        ((), 0),
        (("Content-Length: 0",), 0),
        (("Content-Length: 65536",), 65536),
        (("Content-Length: 9999999999",), 9_999_999_999),
        (("Content-Length: 10000000000",), None),
        (("Content-Length: 3", "Content-Length: 3"), None),
        (("Content-Length: +3",), None),
        (("Content-Length: ٣".encode().decode("latin-1"),), None),
        (("Content-Length:",), None),
    ],
)
def test_a_length_is_ten_digits_said_once(fields: tuple[str, ...], length: int | None) -> None:
    assert head_with(*fields).length == length


def test_a_body_in_chunks_and_one_that_waits_for_a_word_are_told_from_others() -> None:
    chunked, waiting, plain = head_with("Transfer-Encoding: chunked"), head_with("Expect: 100-Continue"), head_with()
    assert [head.is_chunked for head in (chunked, waiting, plain)] == [True, False, False]
    assert [head.waits for head in (chunked, waiting, plain)] == [False, True, False]


def test_a_connection_of_http_1_0_goes_on_by_no_word_and_needs_no_host() -> None:
    head = parse_head(b"GET / HTTP/1.0\r\nConnection: keep-alive")
    assert head is not None and not head.lasts


def test_an_answer_that_nothing_has_changed_has_no_kind_and_no_length() -> None:
    answer = response(HTTPStatus.NOT_MODIFIED, now=0.0)
    assert b"Content-Length" not in answer
    fields = fields_of(answer)
    assert not {"Content-Type", "Content-Length"} & {*fields}
    assert fields["Cache-Control"] == "no-cache"
