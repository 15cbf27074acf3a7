"""Taking the end off a log, where that is not what the common log has: it is set aside as a log of its own."""

from __future__ import annotations

from contextlib import closing
from itertools import count
from pathlib import Path

from twistchat.log import origins, places
from twistchat.log.schema import BUSY_SECONDS, connect, prepare

_COPY = "INSERT INTO apart.entries SELECT * FROM main.entries WHERE number > ?"
_CUT = (
    "DELETE FROM entries WHERE number > ?",
    f"DELETE FROM places WHERE block > ? >> {places.BLOCK_BITS}",
    origins.CUT,
    "UPDATE marks SET number = min(number, ?) WHERE name = 'presence'",
)


def free_name(path: Path) -> Path:
    """A name beside a file for what is set aside of it, that nothing has."""
    names = (path.with_name(f"{path.name}.apart-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def cut(path: Path, aside: Path, after: int) -> int:
    """Move a log's entries behind a number into a log of their own, where they keep their numbers and times.

    Args:
        path: The log, into which nobody writes meanwhile.
        aside: The other, which is not there yet.
        after: The number.

    Returns:
        How many entries were moved.

    Raises:
        sqlite3.Error, CannotStart: It could not be done; nothing is lost.
    """
    origins.prepared(path)
    prepare(aside)
    with closing(connect(path, BUSY_SECONDS)) as db:
        db.execute("ATTACH ? AS apart", (f"{aside.absolute().as_uri()}?mode=rw",))
        moved = db.execute(_COPY, (after,)).rowcount  # it is there before it is gone here
        with closing(connect(aside)) as other:
            places.note(other, after)
        db.execute("BEGIN IMMEDIATE")
        for statement in _CUT:
            db.execute(statement, (after,))
        db.execute("COMMIT")
    return moved
