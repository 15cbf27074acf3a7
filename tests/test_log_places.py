"""Which blocks of numbers a room has lines in: who reads a room finds what is there, whoever stored it, and no more."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logfiles import LogFiles

from twistchat.core.events import Event, Joined, Said
from twistchat.log.places import BLOCK_BITS, of
from twistchat.log.reader import LogReader
from twistchat.log.schema import connect
from twistchat.log.upkeep import Keep, Upkeep
from twistchat.log.writer import ROWS_AT_ONCE, Writer

BLOCK = 1 << BLOCK_BITS
ROOMS = ("lobby", "tea", "quiet")


def test_a_block_is_128_numbers_as_it_stands_in_files() -> None:
    assert of({"lobby"}, 1, 127) == {("lobby", 0)}
    assert of({"lobby", "tea"}, 127, 128) == {("lobby", 0), ("lobby", 1), ("tea", 0), ("tea", 1)}


class Life:
    """A log that is written by a server and by imports, and the numbers that each room has."""

    def __init__(self, folder: Path) -> None:
        self.files = LogFiles(folder)
        self.writer = Writer(self.files.log, lambda: 1.0, "NORMAL")
        self.numbers: dict[str, list[int]] = {room: [] for room in ROOMS}
        self.last = 0

    def says(self, room: str, count: int) -> None:
        """The server stores a batch, of lines and of a coming that is shown to nobody later."""
        events: list[Event] = [Joined(room, "ada"), *(Said(room, "ada", "hello") for _ in range(count))]
        entries = self.writer.commit(events)
        assert [entry.number for entry in entries] == [*range(self.last + 1, self.last + count + 2)]
        self.note(room, count, self.last + 1)

    def imports(self, room: str, count: int) -> None:
        """Another process stores lines."""
        self.files.take(*[b"ada: hello"] * count, room=room, now=1.0)
        self.note(room, count, self.last)

    def note(self, room: str, count: int, after: int) -> None:
        self.last = after + count
        self.numbers[room] += range(after + 1, self.last + 1)

    def compare(self) -> None:
        """What is read of each room is what was stored, from any place on."""
        with closing(LogReader(self.files.log)) as reader:
            for room, numbers in self.numbers.items():
                assert [entry.number for entry in reader.history(room, 10_000, None)] == numbers
                middle = self.last // 2
                older = [number for number in numbers if number < middle]
                assert [entry.number for entry in reader.history(room, 5, middle)] == older[-5:]


WHAT = st.tuples(st.sampled_from(["says", "imports", "release"]), st.sampled_from(ROOMS), st.integers(1, BLOCK + 20))


@given(st.lists(WHAT, max_size=8))
def test_a_room_has_what_was_stored_in_it_by_a_server_and_by_imports_in_turn(what: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder))
        with closing(life.writer):
            for act, room, count in what:
                life.writer.release() if act == "release" else getattr(life, act)(room, count)
            life.compare()


def places(files: LogFiles) -> list[tuple[str, int]]:
    with closing(connect(files.log)) as db:
        return [*db.execute("SELECT room, block FROM places ORDER BY block, room")]


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


def test_a_batch_that_ends_in_another_block_than_it_began_is_noted_in_both(life: Life) -> None:
    life.says("lobby", BLOCK - 10)
    life.says("tea", 20)
    assert places(life.files) == [("lobby", 0), ("tea", 0), ("tea", 1)]
    life.says("lobby", 3 * BLOCK)
    life.says("quiet", ROWS_AT_ONCE * 2)
    life.compare()
    life.writer.close()


def test_comings_and_goings_are_noted_nowhere(life: Life) -> None:
    """They are shown to nobody who comes later."""
    life.writer.commit([Joined("lobby", "ada")])
    assert places(life.files) == []
    life.writer.close()


def test_a_place_of_a_commit_that_failed_is_noted_by_the_next(life: Life) -> None:
    with pytest.raises(UnicodeEncodeError):
        life.writer.commit([Said("tea", "ada", "\ud800")])
    assert places(life.files) == []
    life.says("tea", 1)
    life.compare()
    life.writer.close()


def test_blocks_whose_lines_are_forgotten_are_forgotten(life: Life) -> None:
    life.says("tea", 10)
    life.says("lobby", 3 * BLOCK)
    keeper = Upkeep(life.files.log, life.files.index, Keep(lines=BLOCK), lambda: 1.0)
    while keeper.step(0):
        pass
    keeper.close()
    assert places(life.files) == [("lobby", 2), ("lobby", 3)]
    life.numbers = {"tea": [], "lobby": life.numbers["lobby"][-BLOCK:], "quiet": []}
    life.compare()
    life.writer.close()
