"""What the log's file is asked for, and what of it comes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from support.logfiles import LogFiles

from twistchat.core.events import Joined, Left, Said, TopicSet
from twistchat.core.queries import Seen
from twistchat.log.reader import LogReader
from twistchat.log.writer import Writer

TOPIC = TopicSet("lobby", "ada", "tea")


@pytest.fixture
def reader(files: LogFiles) -> Iterator[LogReader]:
    with closing(Writer(files.log, lambda: 1.0, "NORMAL")) as writer:
        writer.commit([TOPIC, *(Said("lobby", "ada", str(number)) for number in range(2, 5))])
    with closing(LogReader(files.log)) as reader:
        yield reader


def test_a_topic_comes_before_the_latest_where_it_is_older_and_once_where_it_is_among_them(reader: LogReader) -> None:
    assert [entry.number for entry in reader.latest("lobby", 2)] == [1, 3, 4]
    assert [entry.number for entry in reader.latest("lobby", 4)] == [1, 2, 3, 4]
    assert reader.latest("tea", 4) == []


def test_history_begins_with_the_very_first_line_and_ends_below_the_number_that_is_named(reader: LogReader) -> None:
    assert [entry.number for entry in reader.history("lobby", 100, None)] == [1, 2, 3, 4]
    assert [entry.number for entry in reader.history("lobby", 100, 3)] == [1, 2]
    assert [entry.number for entry in reader.history("lobby", 1, 10**30)] == [4]
    assert reader.history("lobby", 100, 1) == []


def test_the_first_entry_from_a_time_on_is_found_whatever_is_missing_in_between(files: LogFiles) -> None:
    times = [10.0, 10.0, 20.0, 30.0, 30.0, 40.0]
    with closing(Writer(files.log, iter(times).__next__, "NORMAL")) as writer:
        for number in range(len(times)):
            writer.commit([Said("lobby", "ada", str(number))])
    with closing(sqlite3.connect(files.log)) as db, db:
        db.execute("DELETE FROM entries WHERE number IN (1, 3)")
    with closing(LogReader(files.log)) as reader:
        wanted = {5.0: [2, 4, 5, 6], 10.0: [2, 4, 5, 6], 10.5: [4, 5, 6], 30.0: [4, 5, 6], 40.0: [6], 41.0: []}
        for time, numbers in wanted.items():
            first = reader.first_since(time)
            assert [each.number for each in reader.history("lobby", 9, None) if each.number >= first] == numbers


def test_an_empty_log_has_a_number_above_all(files: LogFiles) -> None:
    with closing(Writer(files.log, lambda: 1.0, "NORMAL")):
        pass
    with closing(LogReader(files.log)) as reader:
        assert reader.first_since(0.0) == 1


def test_a_file_that_was_put_back_is_read_again_after_a_failure(files: LogFiles, reader: LogReader) -> None:
    reader.history("lobby", 1, None)
    whole = files.log.read_bytes()
    files.log.write_bytes(b"\0" * len(whole))
    with pytest.raises(sqlite3.Error):
        reader.latest("lobby", 100)
    files.log.unlink()
    files.log.write_bytes(whole)
    assert [entry.number for entry in reader.history("lobby", 100, None)] == [1, 2, 3, 4]


def test_who_came_and_went_is_found_a_part_at_a_time_with_the_latest_time_of_each(files: LogFiles) -> None:
    times = iter(range(10, 100, 10))
    with closing(Writer(files.log, lambda: float(next(times)), "NORMAL")) as writer:
        for event in (
            Joined("lobby", "ada"),
            Said("lobby", "bob", "hi"),
            Joined("tea", "Ada"),
            Left("lobby", "ada", ""),
        ):
            writer.commit([event])
    with closing(LogReader(files.log)) as reader:
        assert reader.seen(0, 2) == Seen({"ada": 10.0}, 2)
        assert reader.seen(2, 50) == Seen({"Ada": 30.0, "ada": 40.0}, 4)
        assert reader.seen(4, 50) == Seen({}, 4)


def test_what_somebody_missed_is_counted_where_not_all_of_it_is_told(files: LogFiles) -> None:
    events = [Left("lobby", "bob"), *(Said("lobby", "ada", str(number)) for number in range(5)), Joined("lobby", "bob")]
    with closing(Writer(files.log, lambda: 1.0, "NORMAL")) as writer:
        writer.commit(events)
    with closing(LogReader(files.log)) as reader:
        told = {count: reader.missed("lobby", "bob", count, started=0) for count in (2, 5, 9)}
        after = reader.missed("lobby", "bob", 9, started=0, after=4)
    numbers = {count: [each.number for each in found.entries] for count, found in told.items() if found}
    assert numbers == {2: [5, 6], 5: [2, 3, 4, 5, 6], 9: [2, 3, 4, 5, 6]}
    assert [found.older for found in told.values() if found] == [3, 0, 0]
    assert after is not None and [each.number for each in after.entries] == [5, 6]
