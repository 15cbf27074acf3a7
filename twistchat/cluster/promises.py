"""What survives what, as Redis is set up."""

from __future__ import annotations

from twisted.logger import Logger

log = Logger()

PROMISES = {
    "off": "if all servers end with it, it has nothing; give it `appendonly yes` and `appendfsync no`, or `always`",
    "no": "what was stored survives the end of every process, not of every machine",
    "always": "what was stored survives the end of every machine",
    "everysec": "this is no promise: while its disk is slow it answers before it has written. Give `no` or `always`",
}
"""What Redis's settings mean, by `appendfsync`."""


def tell(settings: dict[bytes, bytes]) -> None:
    """Say in the operator's log what survives what.

    Args:
        settings: What Redis says of `append*`.
    """
    how = settings.get(b"appendfsync", b"?").decode() if settings.get(b"appendonly") == b"yes" else "off"
    log.info(
        "cluster: Redis keeps its file by `{how}`: {promise}", how=how, promise=PROMISES.get(how, "not known here")
    )
