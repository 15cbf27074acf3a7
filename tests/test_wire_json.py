"""The dialect of programs: objects in and out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.core import events
from twistchat.core.command_table import CommandTable
from twistchat.core.commands import rows
from twistchat.core.events import Aside, Entry, Event, Left, Said, Signal, Stored, Told
from twistchat.core.names import EVERYWHERE
from twistchat.core.replies import Answer, Done, Goodbye, Past, Refused, Reply, Welcome, notice
from twistchat.errors import NameTaken, NotARequest
from twistchat.wire import flat
from twistchat.wire.json import Hello, JsonFormat, Request, dumps, loads, parse_hello, parse_request, told_of

JSON = JsonFormat()
COMMANDS: CommandTable[Any] = CommandTable(rows.COMMANDS, {})
SAID = Entry(17, 1772368440.1234, Said("lobby", "ada", "你好"))

EVENTS = [
    Said("lobby", "ada", "hi"),
    events.Acted("lobby", "ada", "waves"),
    events.Joined("lobby", "ada"),
    Left("lobby", "ada", "tired"),
    events.Removed("lobby", "ada", "spam"),
    events.Renamed("lobby", "ada", "eve"),
    events.TopicSet("lobby", "ada", "tea"),
    events.Announced(EVERYWHERE, "Back at six"),
    events.Whispered("ada", "bob", "psst"),
    events.TopicSet("lobby", None, "tea"),
    events.Announced("lobby", "Back at six"),
    events.RenamedAlone("ada", "eve"),
    events.PrivateSet("tea", "ada", "on"),
    events.KeyGone("tea", None),
    events.TopicLocked("tea", "ada", "off"),
    events.OperatorGiven("tea", None, "bob"),
    events.OperatorTaken("tea", "ada", "bob"),
    events.Invited("tea", "ada", "bob"),
    events.PutOut("tea", "bob", "loud", "ada"),
    events.Sealed("tea", None),
]


def told(event: Event, time: float = 5.0) -> Told:
    return Entry(3, time, event) if isinstance(event, Stored) else Aside(None, time, event)


def classes_below(base: type[Event]) -> Iterator[type[Event]]:
    for each in base.__subclasses__():
        yield each
        yield from classes_below(each)


def test_no_kind_of_event_is_left_out_of_what_files_and_programs_have() -> None:
    named = {each.__name__ for each in classes_below(Event) if "kind" in vars(each) and not issubclass(each, Signal)}
    assert named == {each.__name__ for each in flat.EVENTS}
    assert {each.__name__ for each in classes_below(Stored) if "kind" in vars(each)} == {
        each.__name__ for each in flat.STORED
    }


def test_an_event_is_one_line_with_all_that_a_program_needs() -> None:
    assert JSON.event(SAID).decode() == (
        '{"v":1,"kind":"said","number":17,"time":1772368440.123,"room":"lobby","name":"ada","text":"你好"}\n'
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_kind_of_event_comes_back_as_it_was(event: Event) -> None:
    value = loads(JSON.event(told(event)).decode())
    assert value is not None
    assert told_of(value) == told(event)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            events.Announced(EVERYWHERE, "hi"),
            '"kind":"announced","number":3,"time":5.0,"room":"","name":"","text":"hi"',
        ),
        (
            events.TopicSet("tea", None, "x"),
            '"kind":"topicset","number":3,"time":5.0,"room":"tea","name":"","text":"x"',
        ),
        (
            events.RenamedAlone("ada", "eve"),
            '"kind":"renamed","number":0,"time":5.0,"room":"","name":"ada","text":"eve"',
        ),
        (
            events.Whispered("ada", "bob", "hi"),
            '"kind":"whispered","number":0,"time":5.0,"room":"","name":"ada","to":"bob","text":"hi"',
        ),
        (
            events.Turnover("tea", 3, 1),
            '"kind":"turnover","number":0,"time":5.0,"room":"tea","name":"","joined":3,"left":1',
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_room_no_name_or_no_number_has_empty_ones_for_programs(event: Event, expected: str) -> None:
    live, past = JSON.event(told(event)), JSON.reply(Past(None, [told(event)]))
    assert (live.decode(), past[0].decode()) == (f'{{"v":1,{expected}}}\n', f'{{"v":1,{expected},"past":true}}\n')


@pytest.mark.parametrize("kind", [events.Hooked, events.Relayed])
def test_what_a_hook_said_is_said_to_programs_and_marked(kind: type[Said]) -> None:
    value = loads(JSON.event(told(kind("ops", "grafana", "disk full"))).decode())
    assert value is not None
    assert (value["kind"], value["name"], value["text"], value["hook"]) == ("said", "grafana", "disk full", True)
    assert told_of(value) == told(Said("ops", "grafana", "disk full"))
    (past,) = JSON.reply(Past("ops", [told(kind("ops", "grafana", "disk full"))]))
    assert loads(past.decode()) == {**value, "past": True}
    assert "hook" not in (loads(JSON.event(SAID).decode()) or {})


def test_a_private_message_is_no_entry_of_the_log_whatever_number_it_bears() -> None:
    value = {"kind": "whispered", "number": 7, "time": 2, "room": "", "name": "ada", "to": "bob", "text": "psst"}
    assert told_of(value) == Aside(None, 2.0, events.Whispered("ada", "bob", "psst"))


def test_an_announcement_of_which_the_log_has_no_number_is_no_entry_of_it() -> None:
    value = {"kind": "announced", "number": 0, "time": 2, "room": "", "name": "", "text": "hi"}
    assert told_of(value) == Aside(None, 2.0, events.Announced(EVERYWHERE, "hi"))


def test_what_an_event_says_is_its_text_whatever_it_is_called_inside() -> None:
    texts = {type(e).__name__: (loads(JSON.event(told(e)).decode()) or {}).get("text") for e in EVENTS}
    assert texts["Left"] == "tired" and texts["Renamed"] == "eve" and texts["TopicSet"] == "tea"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Welcome("ada"), {"v": 1, "kind": "welcome", "name": "ada"}),
        (Goodbye(), {"v": 1, "kind": "goodbye"}),
        (
            Refused(NameTaken("ada"), "5"),
            {
                "v": 1,
                "kind": "refused",
                "code": "name-taken",
                "id": "5",
                "text": "ada is taken, or looks like a name that is. Choose another name.",
                "data": {"name": "ada"},
            },
        ),
        (
            notice("x", "{who}, {idle}", who=["a", "b"], idle=timedelta(seconds=90)),
            {
                "v": 1,
                "kind": "notice",
                "code": "x",
                "text": "a, b, 1 min 30 s",
                "data": {"who": ["a", "b"], "idle": 90.0},
            },
        ),
    ],
)
def test_replies_have_a_code_for_programs_and_a_sentence_for_people(reply: Reply, expected: dict[str, Any]) -> None:
    assert [json.loads(piece) for piece in JSON.reply(reply)] == [expected]


def test_what_answers_a_request_bears_its_id_and_what_answers_none_has_no_id() -> None:
    def ids(reply: Reply) -> list[object]:
        return [json.loads(piece).get("id", "none") for piece in JSON.reply(reply)]

    assert ids(Answer(Past("lobby", [SAID, SAID]), "7")) == ["7", "7"]
    assert ids(Answer(notice("x", "X"), "7")) == ["7"]
    assert ids(Refused(NameTaken("ada"))) == ids(notice("x", "X")) == ids(Past("lobby", [SAID])) == ["none"]


def test_what_was_done_is_told_by_the_number_that_the_log_gave_it() -> None:
    (done,) = JSON.reply(Done("7", 12))
    assert json.loads(done) == {"v": 1, "kind": "done", "id": "7", "number": 12}


def test_a_welcome_brings_the_commands_by_all_their_names() -> None:
    (welcome,) = JSON.reply(Welcome("ada", COMMANDS))
    value = json.loads(welcome)
    assert (value["kind"], value["name"]) == ("welcome", "ada")
    assert {command["name"] for command in value["commands"]} == {row.name for row in COMMANDS}
    (quit,) = [command for command in value["commands"] if command["name"] == "quit"]
    assert set(quit) == {"name", "aliases", "words", "trace"}
    assert quit["trace"] == "goodbye" and "bye" in quit["aliases"]


def test_a_welcome_tells_which_commands_only_a_moderator_is_to_be_offered() -> None:
    (welcome,) = JSON.reply(Welcome("ada", COMMANDS))
    told = {each["name"]: each["moderators"] for each in json.loads(welcome)["commands"] if "moderators" in each}
    assert told == {row.name: True for row in COMMANDS if row.is_for_moderators}
    assert told


def test_a_time_is_written_as_it_is_whatever_the_same_time_was_before() -> None:
    def written(time: float) -> str:
        return JSON.event(Entry(1, time, SAID.event)).decode().partition('"time":')[2].partition(",")[0]

    assert [written(5), written(5.0), written(5)] == ["5", "5.0", "5"]


def test_the_past_is_marked_as_past() -> None:
    assert [json.loads(p)["past"] for p in JSON.reply(Past("lobby", [SAID, SAID]))] == [True, True]


@given(st.sampled_from(EVENTS), st.floats(0, 1e11), st.text())
def test_an_event_reads_the_same_when_it_is_past(event: Event, time: float, text: str) -> None:
    of_text = told(event if event.name is None else replace(event, name=text), time)
    (past,) = JSON.reply(Past("lobby", [of_text]))
    assert past == JSON.event(of_text).removesuffix(b"}\n") + b',"past":true}\n'


def test_people_share_frames_in_whatever_room_and_with_or_without_times() -> None:
    assert JSON.labelled(True) == JSON.stamped(True) == JSON


def test_programs_are_told_of_each_one_who_comes_and_goes() -> None:
    assert not JSON.folds_presence


def test_a_reply_that_is_none_of_the_known_ones_is_an_error() -> None:
    with pytest.raises(TypeError):
        JSON.reply(Reply())


@given(st.text())
def test_nothing_that_a_terminal_would_act_on_is_in_a_line(text: str) -> None:
    line = dumps({"text": text})
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066\u200b\u2028" for c in line)
    assert json.loads(line) == {"text": text}


@pytest.mark.parametrize(
    "line", ["", "ada", "{ada}", '["a"]', "{", "[" * 4000, "{" * 4000, '{"a":' * 2000, '"name"', "{}"]
)
def test_what_a_person_types_is_no_hello(line: str) -> None:
    assert parse_hello(line) is None


def test_a_hello_says_who_it_is() -> None:
    assert parse_hello('{"v": 1, "name": "ada", "key": "k", "lang": "xx", "new": [1]}') == Hello("ada", "k", "xx")
    assert parse_hello(' {"name": "ada"}') == Hello("ada")
    assert parse_hello('{"name": "ada", "past": 0}') == Hello("ada", past=0)
    assert parse_hello('{"name": "ada", "past": null}') == Hello("ada", past=None)


@pytest.mark.parametrize(
    "line",
    [
        *(f'{{"name": "a", "past": {past}}}' for past in ("-1", "1.0", "true", '"5"', "[]")),
        '{"v": 2, "name": "ada"}',
        '{"name": 1}',
        '{"name": "a", "key": 5}',
        '{"name": "a", "key": "%s"}' % ("x" * 65),
    ],
)
def test_a_hello_that_is_wrong_is_refused(line: str) -> None:
    with pytest.raises(NotARequest, match="Send a JSON object a line"):
        parse_hello(line)


def test_a_request_is_a_line_and_what_the_program_calls_it() -> None:
    assert parse_request('{"line": "/who", "id": "4"}') == Request("/who", "4")
    assert parse_request('{"line": ""}') == Request("")


@pytest.mark.parametrize(
    "line", ["hi", "{}", '{"line": null}', '{"line": "x", "id": 4}', '{"line": "x", "id": "%s"}' % ("x" * 65)]
)
def test_anything_else_is_no_request(line: str) -> None:
    with pytest.raises(NotARequest):
        parse_request(line)


def test_a_key_and_an_id_may_have_64_characters() -> None:
    assert parse_hello('{"name": "a", "key": "%s"}' % ("x" * 64)) == Hello("a", "x" * 64)
    assert parse_request('{"line": "x", "id": "%s"}' % ("x" * 64)) == Request("x", "x" * 64)


def test_an_object_is_the_whole_line_but_for_blanks() -> None:
    assert loads(' \t{"a":1}\r\n') == {"a": 1}
    assert loads('{"a":1} x') is None
    assert loads('{"a":1}{"b":2}') is None
    assert loads('\ufeff{"a":1}') is None


def test_an_empty_id_is_none() -> None:
    assert parse_request('{"line": "x", "id": ""}') == Request("x", None)


def test_half_a_surrogate_pair_never_gets_in() -> None:
    assert parse_request(r'{"line": "a\ud800b"}').line == "a?b"


@given(st.text(), st.binary())
def test_whatever_comes_is_read_or_refused(text: str, data: bytes) -> None:
    for line in (text, data.decode("utf-8", "replace"), '{"line":' + text + "}"):
        for parse in (parse_hello, parse_request):
            try:
                parse(line)
            except NotARequest:
                continue


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"kind": "said"},
        {"kind": "new", "number": 1, "time": 1.0},
        {"kind": "said", "number": 1, "time": 1, "text": 5},
        {"kind": "said", "number": "1", "time": 1},
        {"kind": "said", "number": 1, "time": "1"},
        {"kind": "said", "number": 1},
        {"kind": "said", "time": 1},
    ],
)
def test_an_object_that_holds_no_event_of_ours_is_told_apart(value: dict[str, Any]) -> None:
    assert told_of(value) is None


def test_an_event_of_another_version_may_lack_texts() -> None:
    assert told_of({"kind": "left", "number": 1, "time": 2, "room": "lobby"}) == Entry(1, 2.0, Left("lobby", "", ""))


def test_programs_have_no_colours() -> None:
    assert JsonFormat().coloured(True) == JsonFormat()


def test_what_a_terminal_would_act_on_is_written_by_its_number() -> None:
    assert dumps({"text": "\x9b你"}) == r'{"text":"\u009b你"}'
    line = dumps({"text": "a\x1b\x7f\x85\u202e好"})
    assert line == r'{"text":"a\u001b\u007f\u0085\u202e好"}'
    assert loads(line) == {"text": "a\x1b\x7f\x85\u202e好"}
