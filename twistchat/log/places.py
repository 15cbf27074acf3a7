"""Where the lines of a room are: which blocks of numbers it has some in, in place of an index with a row for each line.

An index of every line was a third of what storing cost: a second page to write for each commit, and a place in it to
find for each line. A block is noted once for each room, in the commit of its first line there; who reads a room goes
through its blocks, newest first.

Rule 1: whoever adds lines notes their blocks in the same transaction: the writer by `of`, all others by `note`.
Rule 2: a block may be noted without a line of that room in it, never the other way round.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

BLOCK_BITS = 7
"""128 numbers are a block. It stands in files, so it never changes.

A quiet room among many busy ones costs a block for each of its 20 latest lines: 2,560 rows, half a millisecond. Blocks
of a quarter of that would be noted four times as often.
"""

IN_ROOM = f"""
    FROM places AS p CROSS JOIN entries AS e
    ON e.number BETWEEN p.block << {BLOCK_BITS} AND (p.block << {BLOCK_BITS}) + {(1 << BLOCK_BITS) - 1}
    WHERE p.room = ?1 AND p.block <= ?2 >> {BLOCK_BITS} AND p.block >= ?3 >> {BLOCK_BITS}
    AND e.room = ?1 AND e.past AND e.number < ?2 AND e.number > ?3
"""
"""Of a SELECT: the entries `e` of a room, below a number and above another, that people who come later are shown."""

NEWEST_FIRST = "ORDER BY p.block DESC, e.number DESC"
"""The order of `IN_ROOM` that needs no sorting."""

OLDEST_FIRST = "ORDER BY p.block, e.number"
"""The other one."""

FORGET = f"DELETE FROM places WHERE block < ? >> {BLOCK_BITS}"
"""For when all entries up to a number are gone."""

INSERT = "INSERT OR IGNORE INTO places VALUES (?, ?)"
"""Notes a place."""

_NOTE = f"""
    INSERT OR IGNORE INTO places SELECT DISTINCT room, number >> {BLOCK_BITS} FROM entries WHERE past AND number > ?
"""

Place = tuple[str, int]
"""A room and a block."""


def of(rooms: Iterable[str], first: int, last: int) -> set[Place]:
    """The places of a batch.

    Args:
        rooms: The rooms of its lines.
        first: The number of its first entry.
        last: That of its last.
    """
    blocks = range(first >> BLOCK_BITS, (last >> BLOCK_BITS) + 1)
    return {(room, block) for room in rooms for block in blocks}


def in_newest_block(places: Iterable[Place], last: int) -> set[Place]:
    """Those of them that lines behind a number may belong to."""
    return {place for place in places if place[1] == last >> BLOCK_BITS}


def note(db: sqlite3.Connection, after: int) -> None:
    """Note the places of all entries behind a number, in the transaction that is open.

    Raises:
        sqlite3.Error: They are not noted.
    """
    db.execute(_NOTE, (after,))
