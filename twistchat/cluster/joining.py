"""A cluster as the command line names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from socket import gethostname
from typing import Any

from twistchat.core.durations import parse_duration
from twistchat.errors import CannotStart, NotADuration, NotUnderstood
from twistchat.log.belonging import check_alone
from twistchat.log.memory import MemoryLog
from twistchat.log.sqlite import LOG_FILE, SqliteLog

SHORTEST_LEASE, LONGEST_LEASE = 1.0, 60.0
"""Seconds; the design was measured with 2 and 5."""

NO_HIREDIS = "--cluster takes Redis's own parser: `pip install hiredis` into the same place."

_NODE = re.compile(r"[\w-]{1,40}")


def checked_cluster(options: Mapping[str, Any]) -> None:
    """Make sure that the options about a cluster can be understood.

    Raises:
        CannotStart: They cannot; the sentence names one.
    """
    if options["cluster"] == "off":
        return
    _lease(options["lease"])
    node_name(options["node"])
    if options["log"] != "sqlite":
        raise CannotStart("--cluster keeps a copy of the common log: give --log sqlite with it, or nothing.")


def make_cluster(
    options: Mapping[str, Any],
    copy: SqliteLog | MemoryLog,
    folder: Path,
    reactor: Any,
    handed: dict[str, Any] | None = None,
) -> Any:
    """What the options name; None where this server is alone.

    Args:
        options: They.
        copy: What keeps this server's copy.
        folder: Where that is.
        reactor: Time for intervals, and what connects.
        handed: What the process was in the cluster whose place this one takes.

    Raises:
        CannotStart: The options, or what is in the folder, do not allow it.
    """
    where = options["cluster"]
    if where == "off":
        if handed is not None:
            raise CannotStart("--cluster is off now, and was not before. Stop this server, and start it.")
        check_alone(folder / LOG_FILE)
        return None
    checked_cluster(options)
    assert isinstance(copy, SqliteLog)
    try:
        from twistchat.cluster.cluster import Cluster  # hiredis is an extra
        from twistchat.cluster.endpoints import endpoint
        from twistchat.cluster.handover import server_of
        from twistchat.cluster.member import ClusterMember
    except ImportError:
        raise CannotStart(NO_HIREDIS) from None
    read = where if options["cluster-read"] == "off" else options["cluster-read"]
    to_write, to_read = endpoint(reactor, "cluster", where), endpoint(reactor, "cluster-read", read)
    login = login_of(options["cluster-secret"])
    name, lease = node_name(options["node"]), _lease(options["lease"])
    server = server_of(handed, where)
    return ClusterMember(Cluster(copy, folder, reactor, to_write, to_read, name, lease, login, server), reactor, where)


def _lease(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except NotADuration:
        seconds = None
    if seconds is None or not SHORTEST_LEASE <= seconds <= LONGEST_LEASE:
        raise NotUnderstood(f"--lease {text}: give {SHORTEST_LEASE:.0f}s to {LONGEST_LEASE:.0f}s.")
    return seconds


def node_name(text: str | None) -> str:
    """What a server is called among several.

    Args:
        text: What the operator calls it; the machine's name unless given.

    Raises:
        CannotStart: It cannot be called so.
    """
    name = text or re.sub(r"[^\w-]", "-", gethostname())[:40] or "server"
    if not _NODE.fullmatch(name):
        raise NotUnderstood(f"--node {text}: up to 40 letters, digits, - and _.")
    return name


def login_of(path: str | None) -> tuple[str, ...]:
    """A user and a password, from the first line of a file: `PASSWORD`, or `USER PASSWORD`.

    Raises:
        CannotStart: It cannot be read, or has neither.
    """
    if path is None:
        return ()
    try:
        words = Path(path).read_text("utf-8").split("\n")[0].split()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotStart(f"--cluster-secret {path}: it cannot be read: {error}.") from None
    if len(words) not in (1, 2):
        raise CannotStart(f"--cluster-secret {path}: its first line has to be PASSWORD, or USER PASSWORD.")
    return ("default", *words) if len(words) == 1 else tuple(words)
