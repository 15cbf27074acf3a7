"""The audit on disk: what was written is there at the next start, whatever happened in between."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.standin import stand_in

from twistchat.admin import journal as module
from twistchat.admin.journal import FileJournal, read, written
from twistchat.core.bans import Act
from twistchat.errors import CannotStart, NoSuchAct, NotRecorded

BAN = Act("ban", "op", "bob", "spam", until=3600.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.jsonl"


def opened(path, now=lambda: 100.0) -> FileJournal:
    return FileJournal(path, now)


def test_acts_are_numbered_timed_and_found_again_at_the_next_start(path):
    first = opened(path)
    ban = first.keep(BAN)
    undo = first.keep(Act("undo", "op", "bob", lifts=(1,)))
    assert (ban.number, ban.time, undo.number) == (1, 100.0, 2)
    first.close()
    second = opened(path)
    assert [*second.acts()] == [ban, undo]
    assert second.find(2) == undo
    assert second.keep(BAN).number == 3
    for number in (0, 4):
        with pytest.raises(NoSuchAct):
            second.find(number)


def test_what_else_an_act_covers_is_found_again_and_older_lines_have_none(path):
    kept = opened(path).keep(replace(BAN, also=("10.1.2.3/32", "key:0123")))
    assert opened(path).find(1) == kept
    assert b'"also":["10.1.2.3/32","key:0123"]' in path.read_bytes()
    old = b'{"number":1,"time":100.0,"verb":"ban","who":"op","subject":"bob","text":"spam","until":3600.0}'
    assert read(old) == replace(BAN, number=1, time=100.0)
    assert written(replace(BAN, number=1, time=100.0)) == old + b"\n"


def test_only_its_owner_can_read_it(path):
    path.touch(mode=0o644)
    opened(path).open()
    assert path.stat().st_mode & 0o777 == 0o600


def test_each_line_is_json_in_ascii(path):
    journal = opened(path)
    journal.keep(Act("announce", "op", "", "今晚\x1b[2J", entry=7))
    [line] = path.read_bytes().splitlines()
    assert line.isascii() and b"\x1b" not in line
    assert json.loads(line) == {
        "number": 1,
        "time": 100.0,
        "verb": "announce",
        "who": "op",
        "text": "今晚\x1b[2J",
        "entry": 7,
    }


@given(
    st.builds(
        Act,
        verb=st.text(),
        who=st.text(),
        subject=st.text(),
        text=st.text(),
        before=st.text(),
        until=st.none() | st.floats(0, 1e12),
        lifts=st.lists(st.integers(1)).map(tuple),
        entry=st.integers(0),
        number=st.integers(1),
        time=st.integers(0, 10**10).map(float),
    )
)
def test_any_act_is_read_as_it_was_written(act):
    line = written(act)
    assert line.count(b"\n") == 1
    assert read(line) == act


@given(st.binary() | st.from_regex(rb'\{"number":.*\}', fullmatch=True))
def test_any_other_line_is_refused_not_stumbled_over(line):
    try:
        act = read(line)
    except ValueError:
        return
    assert act.number > 0


@pytest.mark.parametrize("junk", [b'{"number":3,"ti', b"[]\n", b"\xff\xff\n", b'{"number":0,"verb":"x","who":""}\n'])
def test_a_line_cut_short_by_a_crash_costs_that_line_alone(path, junk):
    first = opened(path)
    first.keep(BAN)
    first.close()
    with path.open("ab") as file:
        file.write(junk)
    second = opened(path)
    second.keep(replace(BAN, subject="eve"))
    assert [act.subject for act in opened(path).acts()] == ["bob", "eve"]


def test_what_a_newer_version_wrote_beside_is_left_out():
    assert read(b'{"number":1,"time":2,"verb":"ban","who":"op","colour":"red"}').verb == "ban"
    with pytest.raises(ValueError, match="missing"):
        read(b'{"number":1}')


def test_a_full_disk_is_said_and_costs_no_number(path, monkeypatch):
    journal = opened(path)

    def no_space(_descriptor: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        stand_in(patch, module, "os", write=no_space)
        with pytest.raises(NotRecorded, match="No space left"):
            journal.keep(BAN)
        journal.note(BAN)  # a login, say: it has happened
    with monkeypatch.context() as patch:
        stand_in(patch, module, "os", write=lambda _descriptor, _data: 3)
        with pytest.raises(NotRecorded, match="only a part"):
            journal.keep(BAN)
    assert journal.keep(BAN).number == 1
    assert len([*opened(path).acts()]) == 1


def test_what_is_recorded_is_told_by_a_deferred(path, monkeypatch):
    journal = opened(path)
    results = []
    journal.record(BAN).addCallback(results.append)
    assert [act.number for act in results] == [1]
    stand_in(monkeypatch, module, "os", write=lambda _descriptor, _data: 3)
    journal.record(BAN).addErrback(results.append)
    assert results[1].check(NotRecorded)


def test_older_acts_than_are_kept_in_memory_are_found_in_the_file(path, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 3)
    journal = opened(path)
    for number in range(6):
        journal.keep(replace(BAN, subject=f"n{number}"))
    assert len(journal.recent) == 3
    assert journal.find(1).subject == "n0"
    assert journal.find(6).subject == "n5"


def test_a_place_where_it_cannot_be_is_a_sentence(tmp_path):
    with pytest.raises(CannotStart, match=r"The audit .* cannot be used"):
        opened(tmp_path / "nowhere" / "audit.jsonl").open()


def test_no_file_is_made_before_somebody_acts_or_the_server_can_start(path):
    journal = opened(path)
    assert [*journal.acts()] == []
    assert not path.exists()
    journal.open()
    assert path.read_bytes() == b""
    journal.close()
    journal.close()
    assert journal.keep(BAN).number == 1


def test_a_place_that_cannot_be_read_is_a_sentence(path):
    path.mkdir()
    with pytest.raises(CannotStart, match=r"The audit .* cannot be used"):
        opened(path)
