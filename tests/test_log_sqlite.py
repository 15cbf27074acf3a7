"""The log on disk: what it has answered is there after a restart, and what fails is said once, in plain words."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.chat import Chat
from support.worker import SameThread
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from twistchat.core.events import Acted, Announced, Entry, Event, Joined, Left, Removed, Renamed, Said, TopicSet
from twistchat.core.names import EVERYWHERE
from twistchat.core.queries import Query
from twistchat.errors import CannotStart, ChatError, NotRead, NotStored
from twistchat.log import index, reader, schema, upkeep, writer
from twistchat.log.schema import connect
from twistchat.log.sqlite import DAMAGED_SECONDS, LOCKED_SECONDS, SqliteLog

Stored = Callable[..., list[Entry]]


class Stage:
    """A log in a folder, on a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "log.db"
        self.clock = Clock()
        self.clock.advance(1_000_000)
        self.workers: dict[str, SameThread] = {}
        self.brought: list[Entry] = []
        """What was committed."""
        self.log = self.opened()

    def opened(self, **options: Any) -> SqliteLog:
        """The log, after a start."""

        def worker(name: str, most: int) -> SameThread:
            self.workers[name] = SameThread(name, most)
            return self.workers[name]

        self.log = SqliteLog(self.folder, self.clock, self.clock.seconds, worker=worker, **options)
        self.log.follow(lambda parts: self.brought.extend(entry for part in parts for entry in part.entries))
        self.log.open()
        return self.log

    def store(self, events: Sequence[Event]) -> list[Entry]:
        """Store events; returns what they were committed as."""
        before = len(self.brought)
        result(self.log.append(events))
        return self.brought[before:]

    def say(self, *texts: str) -> list[Entry]:
        """Store what ada says in the lobby."""
        return self.store([Said("lobby", "ada", text) for text in texts])

    def texts(self, room: str = "lobby") -> list[str]:
        """What is stored of a room."""
        entries: Sequence[Entry] = result(self.log.history(room, 1000))
        return [entry.event.text for entry in entries if isinstance(entry.event, Said)]


def result(deferred: Deferred[Any]) -> Any:
    """What a Deferred that must have fired has."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "it has not fired"
    if hasattr(results[0], "value"):
        raise results[0].value
    return results[0]


def refusal(deferred: Deferred[Any]) -> str:
    """The sentence of a Deferred that failed with a refusal."""
    with pytest.raises(ChatError) as caught:
        result(deferred)
    return str(caught.value)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.log.close()


# --- storing


def test_what_was_stored_is_there_after_a_restart(stage: Stage) -> None:
    stage.say("one", "two")
    stage.log.close()
    stage.opened()
    assert stage.texts() == ["one", "two"]
    assert [entry.number for entry in stage.say("three")] == [3]


EVERY_KIND: list[Event] = [
    Joined("lobby", "ada"),
    Said("lobby", "ada", "hello"),
    Acted("lobby", "ada", "waves"),
    TopicSet("lobby", "ada", ""),
    Renamed("lobby", "ada", "eva"),
    Announced(EVERYWHERE, "back at six"),
    TopicSet("lobby", None, "oolong"),
    Announced("lobby", "tea is ready"),
    Removed("lobby", "eva", "spam"),
    Left("lobby", "bob", "bye"),
    Said("lobby", "小明", 'it\'s 100% \\ "quoted" \N{GRINNING FACE}'),
]


def test_every_kind_of_event_comes_back_as_it_was(stage: Stage) -> None:
    stored = stage.store(EVERY_KIND)
    assert [entry.event for entry in stored] == EVERY_KIND
    past = {entry for entry in stored if entry.event.past}
    found = [*result(stage.log.history("lobby", 99)), *result(stage.log.history(EVERYWHERE, 99))]
    assert set(found) == past
    with closing(connect(stage.file)) as db:
        kinds = [kind for (kind,) in db.execute("SELECT kind FROM entries ORDER BY number")]
    assert kinds == [
        "joined",
        "said",
        "acted",
        "topicset",
        "renamed",
        "announced",
        "topicset",
        "announced",
        "removed",
        "left",
        "said",
    ]


def test_in_the_file_everywhere_and_the_administrator_have_empty_names(stage: Stage) -> None:
    stage.store([Announced(EVERYWHERE, "back at six"), TopicSet("lobby", None, "tea"), Announced("tea", "no")])
    with closing(connect(stage.file)) as db:
        rows = db.execute("SELECT room, kind, name, text FROM entries ORDER BY number").fetchall()
        places = db.execute("SELECT room FROM places ORDER BY room").fetchall()
    assert rows == [
        ("", "announced", "", "back at six"),
        ("lobby", "topicset", "", "tea"),
        ("tea", "announced", "", "no"),
    ]
    assert places == [("",), ("lobby",), ("tea",)]


def test_the_kinds_in_the_file_never_change_their_names() -> None:
    """They are in people's files."""
    from twistchat.log.rows import KIND_NAMES

    rulings = {"private", "keyset", "keygone", "topiclock", "opgiven", "optaken", "invited", "admitted", "expelled"}
    rulings |= {"secret", "moderated", "outside", "limit", "voicegiven", "voicetaken", "barred", "unbarred", "masks"}
    talk = {
        "said",
        "acted",
        "noticed",
        "gone",
        "joined",
        "left",
        "removed",
        "putout",
        "renamed",
        "topicset",
        "announced",
    }
    assert talk | rulings | {"sealed", "hooked", "relayed"} == KIND_NAMES


def test_kinds_that_a_newer_version_stored_are_left_out(stage: Stage) -> None:
    stage.say("one")
    with closing(connect(stage.file)) as db:
        db.execute("INSERT INTO entries VALUES (2, 0, 'lobby', 'sneezed', 'ada', '', 1)")
    assert stage.texts() == ["one"]


def test_only_the_owner_can_read_the_files(stage: Stage) -> None:
    stage.say("one")
    stage.clock.advance(1)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in stage.folder.iterdir()}
    assert {"log.db", "log.db-wal", "search.db"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_numbers_go_on_after_what_another_process_imported(stage: Stage) -> None:
    stage.say("one")
    with closing(connect(stage.file)) as db:
        db.execute("INSERT INTO entries VALUES (7, 0, 'lobby', 'said', 'bob', 'imported', 1)")
    assert [entry.number for entry in stage.say("two")] == [8]


def test_what_cannot_be_stored_at_all_fails_and_the_next_is_stored(stage: Stage) -> None:
    """Half a surrogate pair cannot be written as UTF-8; the core takes them out, but the log must not hang on one."""
    with pytest.raises(UnicodeEncodeError):
        result(stage.log.append([Said("lobby", "ada", "\ud800")]))
    assert [entry.number for entry in stage.say("one")] == [1]


@pytest.mark.parametrize("count", [1, writer.ROWS_AT_ONCE, writer.ROWS_AT_ONCE + 1, 3 * writer.ROWS_AT_ONCE])
def test_a_batch_of_any_size_is_stored_in_its_order(stage: Stage, count: int) -> None:
    events = [Said("lobby", "ada", str(number)) for number in range(count)]
    entries = stage.store(events)
    assert [(entry.number, entry.event) for entry in entries] == list(enumerate(events, 1))
    assert result(stage.log.history("lobby", count)) == entries


def test_of_a_batch_that_cannot_be_stored_to_its_end_nothing_is(stage: Stage) -> None:
    events = [Said("lobby", "ada", "hello")] * writer.ROWS_AT_ONCE
    with pytest.raises(UnicodeEncodeError):
        result(stage.log.append([*events, Said("lobby", "ada", "\ud800")]))
    assert result(stage.log.history("lobby", 100)) == []


def test_a_log_that_was_checked_before_the_process_forked_is_not_checked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SqliteLog(tmp_path, Clock(), Clock().seconds, worker=SameThread)
    log.check()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "CHECKED_BYTES", "never compared")
        log.open()
    log.close()


# --- durability


def test_a_log_that_cannot_be_read_at_the_start_is_a_sentence(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path, Clock(), lambda: 1.0, worker=SameThread)
    log.check()
    (tmp_path / "log.db").unlink()
    with pytest.raises(CannotStart, match=r"The log .*log\.db cannot be used: the file cannot be opened\."):
        log.open()


def test_at_normal_durability_a_commit_answers_at_once(stage: Stage) -> None:
    stage.workers["commits"].slow = True
    assert stage.say("one")
    with closing(connect(stage.file)) as db:
        assert db.execute("SELECT text FROM entries").fetchall() == [("one",)]


def test_after_a_second_at_most_a_checkpoint_can_have_all_that_was_stored(stage: Stage) -> None:
    """The writer reads on between commits, and a checkpoint goes no further than the oldest reader."""
    stage.clock.advance(0)
    stage.say("one")
    stage.say("two")
    with closing(connect(stage.file)) as db:
        _, frames, done = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        assert done < frames
        stage.clock.advance(1)
        _, frames, done = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        assert done == frames


def test_at_power_durability_nothing_is_read_between_commits(tmp_path: Path) -> None:
    """They are made in a thread that does not know of checkpoints."""
    stage = Stage(tmp_path)
    stage.opened(durability="power")
    stage.say("one")
    stage.say("two")
    with closing(connect(stage.file)) as db:
        _, frames, done = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        assert done == frames


def test_at_power_durability_a_commit_is_made_in_its_thread(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    log = stage.opened(durability="power")
    stage.workers["commits"].slow = True
    stored = log.append([Said("lobby", "ada", "one")])
    assert not stored.called and not stage.brought
    stage.workers["commits"].go_on()
    assert result(stored) is None
    assert [entry.number for entry in stage.brought] == [1]


@pytest.mark.parametrize(("durability", "synchronous"), [("normal", 1), ("power", 2)])
def test_each_durability_has_sqlites_own_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durability: str, synchronous: int
) -> None:
    opened: list[sqlite3.Connection] = []

    def connect(path: Path) -> sqlite3.Connection:
        opened.append(schema.connect(path))
        return opened[-1]

    monkeypatch.setattr(writer, "connect", connect)
    log = Stage(tmp_path).opened(durability=durability)
    assert opened[-1].execute("PRAGMA synchronous").fetchone() == (synchronous,)
    assert opened[-1].execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    assert opened[-1].execute("PRAGMA busy_timeout").fetchone() == (0,)  # it holds up nobody
    log.close()


# --- when storing fails


class Ailing:
    """Opens the log's file in a way that fails, for as long as the test wants it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pragma: str, *modules: Any) -> None:
        self.is_ill = True
        self._pragma = pragma
        for module in modules or (writer,):
            monkeypatch.setattr(module, "connect", self._connect)

    def _connect(self, path: Path, wait: float = 0.0) -> sqlite3.Connection:
        db = schema.connect(path, wait)
        if self.is_ill:
            db.execute(f"PRAGMA {self._pragma}")
        return db


@pytest.mark.parametrize(
    ("pragma", "why"),
    [("max_page_count = 1", "the disk is full"), ("query_only = 1", "the disk or the file is read-only")],
)
def test_a_line_that_is_not_stored_is_seen_by_nobody_and_its_author_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str], pragma: str, why: str
) -> None:
    ailing = Ailing(monkeypatch, pragma)
    ailing.is_ill = False
    stage = Stage(tmp_path)
    chat = Chat(stage.log, stage.clock)
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears()
    ailing.is_ill = True
    restart_writer(stage)
    answers = [line for _ in range(10) for line in ada.asks("x" * 1000)]  # a disk has room left in pages begun
    told = [line for line in answers if not line.startswith("ada: ")]
    assert len(told) >= 5
    assert set(told) == {f"refused not-stored reason={why}"}
    assert bob.hears() == [line for line in answers if line not in told]
    assert bob.asks("/who") == ["who room=lobby count=2 people=ada,bob"]
    assert bob.asks("/msg ada psst") == ["bob > ada: psst"]
    assert len([line for line in logged if why in line]) == 1
    ailing.is_ill = False
    ada.hears()
    assert ada.asks("back again") == ["ada: back again"]
    assert [line for line in logged if "again" in line] == ["log: lines can be stored again."]
    assert bob.hears() == ["ada: back again"]


def restart_writer(stage: Stage) -> None:
    """Have the next commit open the file anew, as it does after any failure."""
    stage.log._writer.close()


def test_somebody_who_comes_while_nothing_can_be_stored_is_told_why_and_may_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ailing = Ailing(monkeypatch, "query_only = 1")
    ailing.is_ill = False
    stage = Stage(tmp_path)
    chat = Chat(stage.log, stage.clock)
    ailing.is_ill = True
    restart_writer(stage)
    ada = chat.connects()
    assert "read-only" in ada.asks("ada")[0]
    ailing.is_ill = False
    assert "welcome ada" in ada.asks("ada")


def test_a_batch_waits_for_a_program_that_holds_the_file_for_a_moment(stage: Stage) -> None:
    with closing(connect(stage.file)) as other:
        other.execute("BEGIN IMMEDIATE")
        stored = stage.log.append([Said("lobby", "ada", "one")])
        stage.clock.pump([0.01] * 100)
        assert not stored.called
        other.execute("COMMIT")
    stage.clock.pump([0.01] * 2)
    assert result(stored) is None
    assert [entry.number for entry in stage.brought] == [1]


@pytest.mark.parametrize("durability", ["normal", "power"])
def test_a_file_that_stays_locked_is_said_and_waited_for_once(
    tmp_path: Path, logged: list[str], durability: str
) -> None:
    stage = Stage(tmp_path)
    log = stage.opened(durability=durability)
    with closing(connect(stage.file)) as other:
        other.execute("BEGIN IMMEDIATE")
        first = log.append([Said("lobby", "ada", "one")])
        stage.clock.pump([0.1] * int(LOCKED_SECONDS * 10 + 2))
        assert "another program holds the file" in refusal(first)
        assert "another program holds the file" in refusal(log.append([Said("lobby", "ada", "two")]))
        other.execute("COMMIT")
    assert stage.say("three")
    assert len([line for line in logged if "nothing can be stored" in line]) == 1


def test_a_log_that_is_closed_while_a_batch_waits_refuses_it(stage: Stage) -> None:
    with closing(connect(stage.file)) as other:
        other.execute("BEGIN IMMEDIATE")
        stored = stage.log.append([Said("lobby", "ada", "one")])
        stage.log.close()
        stage.clock.advance(1)
    assert "the server is stopping" in refusal(stored)


def test_a_file_that_is_damaged_later_is_said_in_plain_words(stage: Stage, logged: list[str]) -> None:
    stage.say(*("x" * 500 for _ in range(100)))
    stage.clock.advance(1)  # the writer reads no longer, so that all goes into the file
    whole = damage(stage.file)
    assert "the file is damaged" in refusal(stage.log.append([Said("lobby", "ada", "y" * 500)]))
    assert "the file is damaged" in refusal(stage.log.history("lobby", 1000))
    assert "the file is damaged" in refusal(stage.log.history("lobby", 1000))
    stage.clock.advance(1)
    assert len([line for line in logged if "it cannot be read: the file is damaged" in line]) == 1
    assert len([line for line in logged if "nothing can be stored: the file is damaged" in line]) == 1
    stage.file.write_bytes(whole)
    stage.clock.advance(DAMAGED_SECONDS)
    assert stage.say("mended")
    assert stage.texts()[-1] == "mended"
    assert "log: it can be read again." in logged
    assert "log: lines can be stored again." in logged


def test_lines_that_a_damaged_write_ahead_log_cost_are_told_at_the_start(stage: Stage, logged: list[str]) -> None:
    stage.say(*map(str, range(30)))
    wal = stage.file.with_name("log.db-wal")
    content = bytearray(wal.read_bytes())
    content[32 + 24 + 300] ^= 1
    folder = stage.folder / "after"
    folder.mkdir()
    (folder / "log.db").write_bytes(stage.file.read_bytes())
    (folder / "log.db-wal").write_bytes(content)
    SqliteLog(folder, stage.clock, stage.clock.seconds, worker=SameThread).check()
    assert any(line.startswith("log: a part of ") and line.endswith("log.db-wal.damaged.") for line in logged)


def test_damage_that_a_reader_meets_stops_storing_until_the_whole_file_is_found_sound(
    stage: Stage, logged: list[str]
) -> None:
    """What is stored behind it could be stored, and at the next start nobody could read any of it."""
    stage.say(*("x" * 500 for _ in range(100)))
    stage.clock.advance(1)
    whole = damage(stage.file, 8, 12)
    assert stage.say("not met yet")
    assert "the file is damaged" in refusal(stage.log.history("lobby", 1000))
    for _ in range(3):
        assert "the file is damaged" in refusal(stage.log.append([Said("lobby", "ada", "one")]))
        assert stage.log.trouble == "the file is damaged"
        stage.log.latest("lobby", 1).addErrback(lambda _: None)  # a sound part
        stage.clock.advance(DAMAGED_SECONDS)
    stage.file.write_bytes(whole)
    stage.clock.advance(DAMAGED_SECONDS)
    assert stage.log.trouble is None
    assert stage.say("two")
    assert len([line for line in logged if "damaged" in line]) == 2, "that it cannot be read, and not stored"


def damage(file: Path, first: int = 1, last: int | None = None) -> bytes:
    """Overwrite pages, all but the first unless told, behind the back of who uses the file; returns what it was."""
    with closing(connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("UPDATE marks SET number = number")  # so that nobody trusts the pages they remember
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = file.read_bytes()
    begin, end = 4096 * first, len(whole) if last is None else 4096 * last
    file.write_bytes(whole[:begin] + b"\xff" * (end - begin) + whole[end:])
    return whole


def test_a_file_that_is_gone_is_said_in_plain_words(stage: Stage) -> None:
    restart_writer(stage)
    stage.file.rename(stage.folder / "elsewhere.db")
    assert "the file cannot be opened" in refusal(stage.log.append([Said("lobby", "ada", "one")]))
    assert "the file cannot be opened" in refusal(stage.log.latest("lobby", 20))


def test_a_file_that_is_taken_away_under_the_server_is_noticed_within_a_second(stage: Stage) -> None:
    """SQLite would go on writing to the open file, and nobody would find it again at the next start."""
    stage.say("one")
    stage.file.rename(stage.folder / "elsewhere.db")
    stage.clock.advance(1)
    for _ in range(2):
        assert "the file was taken away" in refusal(stage.log.append([Said("lobby", "ada", "two")]))
    (stage.folder / "elsewhere.db").rename(stage.file)
    stage.clock.advance(1)
    assert stage.say("three")
    assert stage.texts() == ["one", "three"]


def test_a_file_that_is_replaced_under_the_server_is_noticed_too(stage: Stage) -> None:
    stage.say("one")
    stage.file.rename(stage.folder / "elsewhere.db")
    stage.file.write_bytes((stage.folder / "elsewhere.db").read_bytes())
    stage.clock.advance(1)
    assert "the file was taken away" in refusal(stage.log.append([Said("lobby", "ada", "two")]))


def test_an_error_of_our_own_in_reading_is_no_refusal(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "entries", lambda _rows: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        result(stage.log.latest("lobby", 20))


# --- upkeep


def test_upkeep_that_fails_is_said_once_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    ailing = Ailing(monkeypatch, "query_only = 1", upkeep)
    stage = Stage(tmp_path)
    stage.opened(keep=upkeep.Keep(lines=1))
    stage.say("one", "two", "three", "four")
    stage.clock.pump([1.0] * 5)
    told = [line for line in logged if "upkeep" in line]
    assert told == ["log: its upkeep has to wait: the disk or the file is read-only."]
    ailing.is_ill = False
    stage.clock.pump([1.0] * 5)
    assert "log: its upkeep works again." in logged
    assert stage.texts() == ["four"]


def test_upkeep_that_meets_a_lock_says_nothing(stage: Stage, logged: list[str]) -> None:
    stage.opened(keep=upkeep.Keep(lines=1))
    stage.say("one", "two", "three")
    with closing(connect(stage.file)) as other:
        other.execute("BEGIN IMMEDIATE")
        stage.clock.pump([1.0] * 3)
    assert not [line for line in logged if "upkeep" in line]


def test_an_error_of_our_own_in_the_upkeep_is_logged_and_it_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, flush_errors: Any
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(upkeep.Upkeep, "step", lambda *_: 1 // 0)
        stage.clock.advance(1)
    assert len(flush_errors(ZeroDivisionError)) == 1
    stage.say("one")
    stage.clock.advance(1)
    assert result(stage.log.search(Query(("one",), ("lobby",)))).entries


def test_many_commits_do_not_wait_a_second_for_their_checkpoint(stage: Stage) -> None:
    stage.clock.advance(0)
    for number in range(upkeep.CHECKPOINT_COMMITS):
        stage.say(str(number))
    with closing(connect(stage.file)) as db:
        _, frames, done = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert frames == done
    assert stage.file.stat().st_size > 8 * 4096


def test_many_commits_while_a_checkpoint_is_being_made_ask_for_no_second_one(stage: Stage) -> None:
    stage.workers["upkeep"].slow = True
    stage.clock.advance(0)
    for number in range(3 * upkeep.CHECKPOINT_COMMITS):
        stage.say(str(number))
    stage.workers["upkeep"].go_on()
    with pytest.raises(IndexError):
        stage.workers["upkeep"].go_on()


# --- the end


def test_nothing_is_stored_or_read_after_the_end(stage: Stage) -> None:
    stage.log.close()
    stage.log.close()
    assert all(worker.stopped for worker in stage.workers.values())
    with pytest.raises(NotStored):
        result(stage.log.append([Said("lobby", "ada", "one")]))
    with pytest.raises(NotRead):
        result(stage.log.latest("lobby", 20))
    assert not stage.clock.getDelayedCalls()


def test_a_step_that_is_under_way_at_the_end_is_the_last(stage: Stage) -> None:
    stage.workers["upkeep"].slow = True
    stage.clock.advance(0)
    closed = stage.log.close()
    stage.workers["upkeep"].go_on()
    stage.workers["upkeep"].go_on()
    result(closed)
    assert not stage.clock.getDelayedCalls()


# --- who was here when the server died


def test_somebody_who_was_here_when_the_server_died_missed_what_came_after(stage: Stage) -> None:
    ada_is_here: list[Event] = [Joined("lobby", "ada"), Said("lobby", "bob", "ada saw this")]
    result(stage.log.append(ada_is_here))
    stage.opened()
    result(stage.log.append([Said("lobby", "bob", "after the crash"), Joined("lobby", "ada")]))
    assert result(stage.log.seen(0, 1000)).upto > 0
    missed = result(stage.log.missed("lobby", "ada", 20))
    assert [entry.event.text for entry in missed.entries] == ["after the crash"]


def test_upkeep_that_is_hurried_goes_on_as_one_and_does_not_come_twice(stage: Stage) -> None:
    for _ in range(2 * upkeep.CHECKPOINT_COMMITS):
        stage.say("a line")
    assert len(stage.clock.getDelayedCalls()) == 1
    for _ in range(10):
        stage.clock.advance(1.0)
        assert len(stage.clock.getDelayedCalls()) == 1


def test_upkeep_goes_on_soon_while_there_is_more_to_do_and_rests_a_second_once_there_is_not(stage: Stage) -> None:
    def next_in() -> float:
        (call,) = stage.clock.getDelayedCalls()
        return float(call.getTime() - stage.clock.seconds())

    stage.clock.advance(1.0)
    assert next_in() == pytest.approx(1.0)
    stage.say("something to index")
    stage.clock.advance(1.0)
    assert next_in() == pytest.approx(0.02)
    stage.clock.advance(0.02)
    assert next_in() == pytest.approx(1.0)


def test_a_log_that_is_closed_holds_no_file_open(stage: Stage) -> None:
    stage.say("hello")
    stage.texts()
    stage.clock.advance(1.0)
    result(stage.log.close())
    assert stage.log._writer._db is stage.log._reader._db is stage.log._upkeep._db is None


def test_what_is_between_two_numbers_is_found_from_either_end(stage: Stage) -> None:
    for number in range(1, 301):
        stage.clock.advance(1)
        stage.store([Said("tea" if number == 3 else "lobby", "ada", str(number))])

    def found(*asked: Any) -> list[int]:
        return [entry.number for entry in result(stage.log.between("lobby", *asked))]

    assert found(-5, 2**70, 3, True) == [298, 299, 300]
    assert found(0, 2**63, 3, False) == [1, 2, 4]
    assert found(1, 6, 2, True) == [4, 5]
    assert found(126, 140, 4, False) == [127, 128, 129, 130]
    assert found(5, 6, 9, True) == []


def test_a_page_behind_a_number_has_all_places_and_kinds_in_the_logs_order(stage: Stage) -> None:
    stage.store([Said("lobby", "ada", "1"), Joined("tea", "ada"), Announced(EVERYWHERE, "3"), Said("tea", "ada", "4")])

    def found(*asked: int) -> list[int]:
        return [entry.number for entry in result(stage.log.after(*asked))]

    assert found(0, 9) == [1, 2, 3, 4]
    assert found(1, 2) == [2, 3]
    assert found(4, 9) == []
    stage.log._writer._db.execute("UPDATE entries SET kind = 'newer' WHERE number < 4")
    assert found(0, 2) == [4], "pages of kinds that a newer version stored are passed over"


def test_the_number_of_a_time_is_that_of_the_first_entry_then_or_later(stage: Stage) -> None:
    assert result(stage.log.first_since(0)) == 1
    start = stage.clock.seconds()
    for _ in range(50):
        stage.clock.advance(10)
        stage.store([Said("lobby", "ada", "one"), Said("lobby", "ada", "two")])
    asked = (0, 10, 10.5, 20, 500, 500.5)
    assert [result(stage.log.first_since(start + time)) for time in asked] == [1, 1, 3, 3, 99, 101]


def test_a_log_goes_on_where_a_newer_version_did_not_take_over(stage: Stage, flush_errors: Any) -> None:
    newer = (*schema.STEPS, ("ALTER TABLE entries RENAME COLUMN text TO words",))
    stage.say("one")
    stage.log.pause()
    stage.log.resume()
    stage.say("two")
    stage.log.pause()
    schema.prepare(stage.file, newer)
    stage.log.resume()
    stage.say("three")
    assert [entry.event.text for entry in result(stage.log.history("lobby", 10, None))] == ["one", "two", "three"]
    stage.log.pause()
    schema.prepare(stage.file, newer)
    stage.file.with_name(f"log.db.version-{len(schema.STEPS)}").unlink()
    stage.log.resume()
    assert [str(error) for error in flush_errors(sqlite3.OperationalError)] == ["unable to open database file"]


def test_an_sqlite_without_trigrams_is_said_and_its_log_is_searched_and_forgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr(index, "_LINES", "CREATE VIRTUAL TABLE lines USING fts5 (text, tokenize = 'absent')")
    stage = Stage(tmp_path)
    assert [line for line in logged if "cannot index parts of words" in line]
    stage.log.close()
    stage.opened(keep=upkeep.Keep(lines=2))
    stage.say("one", "two", "three", "four")
    stage.clock.advance(1)
    assert stage.texts() == ["three", "four"]
    assert [entry.event.text for entry in result(stage.log.search(Query(("our",), ("lobby",)))).entries] == ["four"]
    assert not [line for line in logged if "has to wait" in line]
    stage.log.close()
