"""What a start would refuse beside options that cannot be read, in the same sentences; and whether Redis is there."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock

from twistchat.calls.service import listed_networks
from twistchat.cluster.joining import checked_cluster
from twistchat.doctor.finding import Finding, ok, wrong
from twistchat.errors import CannotStart

CONNECT_SECONDS = 3.0


def refusals(options: Mapping[str, Any]) -> Iterator[Finding]:
    """What starting would say of options whose values mean files, addresses and other servers.

    Args:
        options: Those of the server.
    """
    for check in (_calls, _keys, _cluster):
        try:
            check(options)
        except CannotStart as error:
            yield wrong(str(error), "twistchat serve --help")


def _calls(options: Mapping[str, Any]) -> None:
    listed_networks(options["calls-to"])
    if options["calls-ca"] is not None:
        from twistchat.calls.http import trusted

        trusted(options["calls-ca"])


def _keys(options: Mapping[str, Any]) -> None:
    given = options["admin-keys"]
    if given and options["admin"] != "off" and not Path(given).is_file():
        raise CannotStart(f"--admin-keys {given}: there is no such file. Give one as authorized_keys is.")


def _cluster(options: Mapping[str, Any]) -> None:
    checked_cluster(options)
    if options["cluster"] == "off":
        return
    try:
        from twistchat.cluster.endpoints import endpoint
    except ImportError:
        raise CannotStart("--cluster takes Redis's own parser: `pip install hiredis` into the same place.") from None
    for option in ("cluster", "cluster-read"):
        if options[option] != "off":
            endpoint(Clock(), option, options[option])


def redis(where: str, connect: Callable[[str], None] | None = None) -> Iterator[Finding]:
    """Whether somebody listens where Redis is said to be, as far as it is said by a host and a port, or a path.

    Args:
        where: What `--cluster` says.
        connect: Connects, and fails with OSError.
    """
    kind = where.partition(":")[0]
    if where == "off":
        yield ok("this server is alone")
    elif kind in ("tcp", "tls", "unix"):
        try:
            (connect or _connect)(where)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            yield wrong(f"--cluster {where}: nobody can be reached there: {reason}", "systemctl status redis-server")
        else:
            yield ok(f"--cluster {where}: somebody listens there")


def _connect(where: str) -> None:
    kind, rest = where.split(":", 1)
    if kind == "unix":
        with closing(socket.socket(socket.AF_UNIX)) as at_path:
            at_path.settimeout(CONNECT_SECONDS)
            at_path.connect(rest.partition(":")[0])
        return
    host, port, *_ = rest.replace("\\:", "\0").split(":")
    socket.create_connection((host.replace("\0", ":"), int(port)), CONNECT_SECONDS).close()
