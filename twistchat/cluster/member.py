"""A server that is one of several, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred

from twistchat import __version__
from twistchat.admin.administration import AUDIT, Administration, open_administration
from twistchat.admin.servers import answers
from twistchat.calls.places import OwnPlace
from twistchat.cluster.callsplace import SharedPlace
from twistchat.cluster.chat import WHO_DECIDES, ChatHere, who_decides
from twistchat.cluster.cluster import Cluster
from twistchat.cluster.figures import figures_of
from twistchat.cluster.handover import ClusterHandOver
from twistchat.cluster.journal import ClusterJournal
from twistchat.cluster.post import Post
from twistchat.core.commands.looking import WHO_IS_AWAY, facts_about, who_is_away
from twistchat.core.desk import SUBJECT, subject_from_afar
from twistchat.core.hub import Hub
from twistchat.core.ports import Log, Names


class ClusterMember:
    """What the server's wiring needs of a cluster."""

    def __init__(self, cluster: Cluster, reactor: Any, where: str = "") -> None:
        """Put it together; nothing is connected yet.

        Args:
            cluster: The connections, the common log and the names.
            reactor: Time for intervals.
            where: What `--cluster` names.
        """
        self.cluster = cluster
        self._clock = reactor
        self.post = Post(cluster, reactor)
        self.hand_over = ClusterHandOver(cluster, self.post, where)

    def shared_calls(self, own: OwnPlace) -> SharedPlace:
        """What calls need, of all servers.

        Args:
            own: The state folder's.
        """
        cluster = self.cluster
        cluster.calls = SharedPlace(cluster.scripts, cluster.copy, self._clock, cluster.server, cluster.lease, own)
        return cluster.calls

    @property
    def log(self) -> Log:
        """The common log."""
        return self.cluster.log

    @property
    def names(self) -> Names:
        """Where names are reserved."""
        return self.cluster.names

    def administration(self, hub: Hub, state_dir: Path, page: Callable[[], str]) -> Administration:
        """What administrators work with, whose acts are everybody's.

        Args:
            hub: The chat here.
            state_dir: Where the audit is.
            page: Tells the address of the page.

        Raises:
            CannotStart: The audit in the state folder cannot be used.
        """
        journal = ClusterJournal(state_dir / AUDIT, hub.wall, self.cluster.append)
        administration = open_administration(hub, state_dir, page, journal)
        asked_of_hub: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
            "whois": lambda asked: facts_about(hub, asked["name"]),
            WHO_IS_AWAY: lambda asked: who_is_away(hub, asked["names"]),
            SUBJECT: lambda asked: subject_from_afar(hub, str(asked["name"]), str(asked["room"])),
            WHO_DECIDES: lambda asked: {"rooms": who_decides(hub)},
        }
        self.post.join(hub, {**asked_of_hub, **answers(administration)})
        hub.figures.more = partial(figures_of, self.cluster)
        self.cluster.about = lambda: {"version": __version__, "people": len(hub.roster)}
        self.cluster.join(ChatHere(hub, administration.moderation, journal, self.post.heard))
        return administration

    def start(self) -> None:
        """Connect, once the log that keeps the copy is open."""
        self.cluster.start()

    def stop(self) -> Deferred[None]:
        """End, and have nobody wait for the lease; idempotent."""
        return self.cluster.stop()
