"""What a program sends to a hook, as lines: plain text, a form, or JSON of whatever kind. Pure functions, no I/O.

Most tools that call a URL send JSON of one of a few shapes: a text, a title with a message, attachments, alerts. Those
are read by `hook_shapes.py`, whoever sends them; the tools whose JSON has no words of its own are in `hook_tools.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from email.message import Message
from urllib.parse import parse_qsl

from twistchat.errors import NothingReadable, NotText
from twistchat.wire.hook_shapes import BodyReading
from twistchat.wire.hook_text import MOST_LINES, as_lines, without_markup
from twistchat.wire.hook_tools import said_by
from twistchat.wire.text import Encoding

MOST_FIELDS = 100
"""Of a form."""

_FORM = "application/x-www-form-urlencoded"
_OF_FORM = frozenset({"payload", "data", "text", "title", "message", "msg", "body", "content", "description"})
"""Names of a form's fields that say that it is one: `curl -d` calls any text a form."""

_JSON_OF_FORM = ("payload", "data")
"""Those of them that may have JSON: Slack's old way, and Uptime Kuma's form."""

MOST_NAME_CHARS = 3 * 40
"""Of a form's name, each character of which may be written as three."""

MOST_BROKEN = 1000
"""Percent signs of a form's text that no character follows, as whoever types `text=97% full` leaves them."""

_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
_NAME = re.compile(rb'\bname="([A-Za-z_.-]{1,40})"')


def lines_of(
    body: bytes, headers: Mapping[str, str], most_chars: int, most_lines: int = MOST_LINES, query: str = ""
) -> list[str]:
    """What is to be said for a body.

    Args:
        body: As it came, 64 KiB at most.
        headers: The request's, by names in lower case.
        most_chars: Of a line.
        most_lines: Of the body.
        query: The request's.

    Returns:
        At least one line.

    Raises:
        NothingReadable: There is nothing in it that could be said.
    """
    said = as_lines(map(without_markup, _texts(body, headers, query)), most_chars, most_lines)
    if not said:
        raise NothingReadable
    return said


def _texts(body: bytes, headers: Mapping[str, str], query: str) -> Iterator[str]:
    asked = _of_query(query)
    # As ntfy's clients send it beside a plain text, its app in the query, where a picture's text is, too.
    title = asked.get("title") or headers.get("x-title") or headers.get("title")
    if title:
        yield title.encode("latin-1", "replace").decode("utf-8", "replace")
    if "message" in asked:
        yield asked["message"].encode("latin-1", "replace").decode("utf-8", "replace").replace("\\n", "\n")
        return
    kind = Message()
    kind["Content-Type"] = headers.get("content-type", "")
    if kind.get_content_type() == "multipart/form-data":
        yield from _of_form(_parts(body, kind.get_boundary() or ""), headers)
        return
    text = decoded(body)
    form = _form(text) if kind.get_content_type() == _FORM else {}
    yield from _of_form(form, headers) if form else _of_text(text, headers)


def _of_query(query: str) -> dict[str, str]:
    """What a query says of the text, in latin-1 as header fields have it."""
    try:
        fields = parse_qsl(query, encoding="latin-1", max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return {name: value for name, value in fields if name in ("title", "message")}


def decoded(body: bytes) -> str:
    """A body as text, in UTF-8 or GB18030.

    Raises:
        NothingReadable: It is none.
    """
    try:
        text = Encoding().decode(body).removeprefix("\ufeff")
    except NotText:
        raise NothingReadable from None
    if "\0" in text:
        raise NothingReadable
    return text


def _form(text: str) -> dict[str, str]:
    """A form's fields, of each name the first that is not empty; none where it is a plain text."""
    found: dict[str, str] = {}
    if text.count("&") >= MOST_FIELDS:
        return found
    for field in text.split("&"):
        name, _, value = field.partition("=")
        name = _unquoted(name) if len(name) <= MOST_NAME_CHARS else ""
        if value and name in _OF_FORM:
            found.setdefault(name, _unquoted(value))
    return found


def _unquoted(text: str) -> str:
    """A form's text, as its characters; where very much of it is not written as forms are, as it came.

    Python's own `unquote` takes 17 ms for 64 KiB of percent signs; here no step is a character's.
    """
    whole, count = _BROKEN.subn("%25", text.replace("+", " "), count=MOST_BROKEN)
    if count == MOST_BROKEN:
        return text
    escaped = whole.encode().replace(b"\\", b"\\\\").replace(b"%", b"\\x")
    return escaped.decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")


def _parts(body: bytes, boundary: str) -> dict[str, str]:
    """The fields of a form in parts (RFC 7578), files left out."""
    fields: dict[str, str] = {}
    if not boundary:
        return fields
    for part in body.split(b"--" + boundary.encode("latin-1", "replace"), MOST_FIELDS)[1:]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is not None and b"filename" not in head and name[1].decode() in _OF_FORM:
            fields[name[1].decode()] = decoded(value.removesuffix(b"\r\n"))
    return fields


def _of_form(form: Mapping[str, str], headers: Mapping[str, str]) -> Iterator[str]:
    packed = next((form[name] for name in _JSON_OF_FORM if name in form), None)
    yield from BodyReading().texts(form) if packed is None else _of_text(packed, headers)


def _of_text(text: str, headers: Mapping[str, str]) -> Iterator[str]:
    """What stands in a text: JSON's words where it is that, else the text itself."""
    if text.lstrip()[:1] not in ("{", "["):
        yield text
        return
    try:
        value = json.loads(text)
    except RecursionError:
        raise NothingReadable from None
    except ValueError:
        yield text
        return
    reading = BodyReading()
    for each in (value if isinstance(value, list) else [value])[:MOST_FIELDS]:
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            said = said_by(each, headers)
            yield from reading.texts(each) if said is None else said
