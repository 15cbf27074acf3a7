"""How a frame that several share is sent to all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from twistchat.core.ports import Client

SendAll = Callable[[Iterable[Any], Any], None]
"""Sends a frame to each of some clients, as its own `send` would."""


def one_by_one(clients: Iterable[Client[Any]], frame: Any) -> None:
    """Send a frame to each of some clients."""
    for client in clients:
        client.send(frame)


def together(client: Client[Any]) -> SendAll:
    """How a client, and those that answer the same, are sent what they share.

    A client may have a `send_all` where its interface has a shorter way to many than to each; it stays what it is for
    as long as the client has the same format.
    """
    send_all: SendAll = getattr(client, "send_all", one_by_one)
    return send_all
