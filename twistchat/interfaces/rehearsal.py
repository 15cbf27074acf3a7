"""Whether a place to listen can be had, seen by taking it for a moment, before anything is made.

A server that cannot have its ports says so before it leaves a folder behind, while somebody sees its standard error.
Twisted's own port cannot be tried: a daemon forks after this, and the reactor must not know of any socket by then.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from twistchat.interfaces.descriptions import words_of
from twistchat.interfaces.sharing import share


def try_to_listen(description: str, is_shared: bool = False) -> None:
    """Take the place of an endpoint description, and let go of it. Kinds that hand over a socket always pass.

    Args:
        description: One that Twisted could read.
        is_shared: Whether other servers may have its port, too, as long as they share it.

    Raises:
        Exception: It cannot be had; of what kind is the socket's to choose.
    """
    kind, words = words_of(description.removeprefix("haproxy:"))
    named = dict(word.split("=", 1) for word in words if "=" in word)
    bare = [word for word in words if "=" not in word]
    if kind == "unix":
        _check_folder(Path(named.get("address", [*bare, ""][0])).absolute().parent)
    elif kind in ("tcp", "tcp6", "ssl"):
        port = named.get("port", [*bare, "0"][0])
        try_to_bind(int(port), named.get("interface", "::" if kind == "tcp6" else ""), socket.SOCK_STREAM, is_shared)


def try_to_bind(port: int, interface: str, kind: socket.SocketKind, is_shared: bool = False) -> None:
    """Bind a port, and let go of it.

    Args:
        port: Its number; 0 for any.
        interface: The address; empty for all of IPv4, as Twisted has it.
        kind: Of the socket.
        is_shared: Whether other servers may have it, too, as long as they share it.

    Raises:
        OSError: It cannot be had.
    """
    family = socket.AF_INET6 if ":" in interface else socket.AF_INET
    with socket.socket(family, kind) as tried:
        if kind is socket.SOCK_STREAM:  # as Twisted does: one that was closed a moment ago is no obstacle
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            share(tried)
        tried.bind((interface, port))  # no more: who connects to one that listens would be reset a moment later


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise FileNotFoundError(2, os.strerror(2))
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
        raise PermissionError(13, os.strerror(13))
