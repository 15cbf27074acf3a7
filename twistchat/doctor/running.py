"""Whether a server runs on a state folder, and whether it is well, seen without touching its lock."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

from twistchat.doctor.finding import Finding, ok, wrong

ANSWER_SECONDS = 3.0
"""How long the server has to answer; one that is well needs milliseconds."""


def health(pid: int | None, port: int | None, folder: Path) -> Iterator[Finding]:
    """Ask the server that runs, if one does.

    Args:
        pid: Its process.
        port: Where its page is on this machine; None where there is none that could be asked.
        folder: Its state folder.
    """
    if pid is None:
        yield ok(f"no server runs on {folder}")
        return
    if port is None:
        yield ok(f"process {pid} runs on {folder}; its page is off, so it cannot be asked")
        return
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        answer = connection.getresponse()
        text = answer.read(1000).decode("utf-8", "replace").strip()
    except (OSError, http.client.HTTPException) as error:
        yield wrong(
            f"process {pid} runs on {folder}, and does not answer at port {port}: {error or type(error).__name__}",
            f"look at its log; `kill {pid}` stops it, `kill -9 {pid}` where that does not",
        )
        return
    finally:
        connection.close()
    if answer.status == http.HTTPStatus.OK:
        yield ok(f"process {pid} runs on {folder}, and stores lines")
    else:
        yield wrong(f"process {pid} runs on {folder}: {text[:200]!r}", "look at its log, and at the rows below")
