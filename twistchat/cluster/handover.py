"""One server of several, handed from one process to another: to all others it is the same one, and is not gone.

Rule 1: the old one prolongs its lease before it stands still, so that nobody buries it meanwhile.
Rule 2: the new one has the same id, and counts on with the numbers of its batches; so Redis takes it for the same.
Rule 3: nothing is asked of Redis before the new one serves. What was said meanwhile is in the stream, which is read on
    behind the copy's last number; what was asked of this server waits on the connection, which goes along. Where that
    is one that cannot (by TLS), a new one is made, and who asked asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twistchat.cluster.cluster import Cluster
from twistchat.cluster.post import Post
from twistchat.cluster.resp import RedisProtocol
from twistchat.core.portrait import Portrait, Values
from twistchat.errors import CannotStart

HELD_SECONDS = 30.0
"""For how long the lease is prolonged at least: the new process has to connect, too."""


@dataclass(frozen=True)
class ClusterPortrait(Portrait):
    """What another process needs to be that server."""

    where: str
    """What `--cluster` names."""
    server: str
    last_batch: int
    run: str | None
    """Which process Redis was."""
    held: Sequence[str] = ()
    """The keys of names that this server has."""
    leaving: Sequence[str] = ()
    """Those of them that it gives up."""
    people: Sequence[str] = ()
    """Who is in which room at which server."""
    answered: Sequence[Sequence[Any]] = ()
    """The ids of questions that were answered lately, with the answers."""


class ClusterHandOver:
    """What is done with a server's part in a cluster as one process hands over to another."""

    def __init__(self, cluster: Cluster, post: Post, where: str) -> None:
        """Do nothing yet.

        Args:
            cluster: The connections, the common log and the names.
            post: What is asked of other servers, and by them.
            where: What `--cluster` names.
        """
        self._cluster = cluster
        self._post = post
        self._where = where

    # --- the old process

    @property
    def trouble(self) -> str | None:
        """Why nothing is stored at present."""
        return self._cluster.log.trouble

    @property
    def transport(self) -> Any:
        """What the connection goes by that the other process can go on with."""
        return self._cluster.link.transport

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is on its way to other servers or from them that was begun."""
        cluster = self._cluster
        return cluster.is_open and cluster.is_idle and self._post.is_idle

    def hold(self, seconds: float) -> None:
        """Have the others wait for this server while it stands still.

        Args:
            seconds: For which it may.
        """
        self._cluster.prolong(max(self._cluster.lease, seconds, HELD_SECONDS))

    def release(self) -> None:
        """Go on here after all."""
        self._cluster.prolong(self._cluster.lease)

    def portrait(self) -> Values:
        """What another process needs; all is at rest."""
        cluster = self._cluster
        held, leaving = cluster.names.portrait()
        return ClusterPortrait(
            self._where,
            cluster.server,
            cluster.own.settled,
            cluster.own.run,
            held,
            leaving,
            cluster.attendance.lines(),
            self._post.answered(),
        ).written()

    # --- the new one

    def take(self, written: Values, connect: Callable[[RedisProtocol], object] | None) -> None:
        """Be the server that another process was; the log that keeps the copy is open, and nothing is done yet.

        Args:
            written: Its portrait.
            connect: Gives a protocol the connection that the other had; None where that cannot be.

        Raises:
            CannotStart: The copy cannot be read.
        """
        portrait = ClusterPortrait.read(written)
        cluster = self._cluster
        if connect is not None:
            cluster.link.go_on_with(connect)
        cluster.own.count_on(portrait.last_batch)
        cluster.names.revive(portrait.held, portrait.leaving)
        cluster.attendance.begin(portrait.people)
        self._post.revive(portrait.answered)
        cluster.take_over(portrait.run)

    def go_on(self) -> None:
        """Connect, as this process is the server now."""
        self._cluster.go_on()


def server_of(written: Values | None, where: str) -> str | None:
    """The id of the server whose place is taken; None where this one begins anew.

    Args:
        written: The portrait, where a process hands over.
        where: What `--cluster` names now.

    Raises:
        CannotStart: It is of another cluster.
    """
    if written is None:
        return None
    portrait = ClusterPortrait.read(written)
    if portrait.where != where:
        raise CannotStart(f"--cluster names {where} now, and {portrait.where} before. Stop this server, and start it.")
    return portrait.server
