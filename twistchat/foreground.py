"""The server in the foreground, as `twistchat serve` runs it and `twistchat bench crash` kills it."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def serve(words: Sequence[str]) -> int:
    """Run the server without a pid file until it is stopped.

    Args:
        words: The options of `twistd twistchat`.

    Returns:
        The exit status, where twistd does not exit by itself.
    """
    from twisted.scripts.twistd import run  # it imports the reactor, which nobody must have who forks

    sys.argv = ["twistchat", "--nodaemon", "--pidfile=", "twistchat", *words]
    run()
    return 0
