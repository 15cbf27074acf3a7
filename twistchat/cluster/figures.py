"""What there is to be seen of one server's part in a cluster from outside."""

from __future__ import annotations

from twistchat.cluster.cluster import Cluster


def figures_of(cluster: Cluster) -> list[tuple[str, str, float]]:
    """Names, what they are, values."""
    return [
        ("cluster_open", "Whether this server can store", float(cluster.is_open)),
        ("cluster_last", "The number of the last entry of this server's copy", cluster.copy.last),
        ("cluster_in_flight", "Batches on their way into the common log", len(cluster.own)),
        ("cluster_recoveries", "How often Redis was another process than before", cluster.opening.recoveries),
        ("cluster_healed", "Entries that Redis was given back", cluster.opening.healed),
        ("cluster_lease_left_seconds", "How long others wait for this server, were it silent now", cluster.leased.left),
    ]
