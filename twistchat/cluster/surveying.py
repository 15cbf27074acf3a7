"""What Redis says of all servers."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import FirstError, gatherResults
from twisted.python.failure import Failure

from twistchat.cluster.link import RedisLink
from twistchat.cluster.scripts import ABOUT, LEASES, STATE

Survey = tuple[dict[str, dict[str, Any]], dict[str, float], int, float]
"""What the servers say of themselves, when their leases end, the last number, and the time, as Redis has it."""


async def survey(link: RedisLink) -> Survey:
    """Ask.

    Raises:
        ConnectionGone, CommandRefused: It does not say.
    """
    questions = [
        link.call("HGETALL", ABOUT),
        link.call("ZRANGE", LEASES, 0, -1, "WITHSCORES"),
        link.call("HGET", STATE, "number"),
        link.call("TIME"),
    ]
    about, leases, number, (seconds, _) = await gatherResults(questions, consumeErrors=True).addErrback(_first)
    told = {server.decode(): json.loads(text) for server, text in about.items()}
    return told, {server.decode(): score for server, score in leases}, int(number or 0), float(seconds)


def _first(failure: Failure) -> Failure:
    """What went wrong first, of several questions."""
    return failure.value.subFailure if isinstance(failure.value, FirstError) else failure
