"""The server in the foreground, as `twistchat serve` runs it and `twistchat bench crash` kills it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from twisted.python.util import gidFromString, uidFromString

from twistchat.status import WRONG_USE


def serve(words: Sequence[str], logfile: str = "") -> int:
    """Run the server without a pid file until it is stopped.

    Args:
        words: The options of `twistd twistchat`, and twistd's own `--uid` and `--gid`.
        logfile: Where the operator's log goes; empty for standard output.

    Returns:
        The exit status, where twistd does not exit by itself.
    """
    from twisted.scripts.twistd import run  # it imports the reactor, which nobody must have who forks

    try:
        whose, others = whose_server(words)
    except ValueError as error:
        print(f"twistchat: {error}", file=sys.stderr)
        return WRONG_USE
    log = [f"--logfile={logfile}"] if logfile else []
    sys.argv = ["twistchat", "--nodaemon", "--pidfile=", *log, *whose, "twistchat", *others]
    run()
    return 0


def whose_server(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Take out who the server is to run as: a name that there is not would be a traceback in twistd.

    Returns:
        What twistd is told of it, and the other words.

    Raises:
        ValueError: There is no such user or group; the text says so.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--uid", nargs="?", const="")
    parser.add_argument("--gid", nargs="?", const="")
    given, others = parser.parse_known_args(words)
    whose = []
    for option, name, found, kind in (
        ("uid", given.uid, uidFromString, "user"),
        ("gid", given.gid, gidFromString, "group"),
    ):
        if name is not None:
            whose.append(f"--{option}={_number(option, name, found, kind)}")
    return whose, others


def _number(option: str, name: str, found: Callable[[str], int], kind: str) -> int:
    try:
        return found(name)
    except KeyError:
        raise ValueError(
            f"--{option} {name}: there is no such {kind} on this machine. Give one that there is."
        ) from None
