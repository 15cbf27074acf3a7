"""What one process of a server hands over to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from twistchat.core.hub import Hub
from twistchat.core.portrait import Values
from twistchat.succession.mandate import Mandate


class CarriedLog(Protocol):
    """The log, as far as it has to be written down."""

    @property
    def trouble(self) -> str | None:
        """Why nothing is stored at present."""
        ...

    def portrait(self) -> Values:
        """What another process needs to go on, beside the files."""
        ...

    def pause(self) -> None:
        """Hold no lock of a file."""
        ...

    def resume(self) -> None:
        """Go on after all, with what was there before another process may have brought it up to date."""
        ...


class CarriedCluster(Protocol):
    """The server's part in a cluster, as far as another process goes on with it."""

    @property
    def trouble(self) -> str | None:
        """Why nothing is stored at present."""
        ...

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is on its way to the others or from them."""
        ...

    @property
    def transport(self) -> Any:
        """What the connection goes by that is handed over, where it can be."""
        ...

    def hold(self, seconds: float) -> None:
        """Have the others wait so long for this server."""
        ...

    def release(self) -> None:
        """Go on here after all."""
        ...

    def portrait(self) -> Values:
        """What another process needs to go on."""
        ...


@dataclass(frozen=True)
class House:
    """What is handed over."""

    hub: Hub
    services: Callable[[], Iterable[Any]]
    log: CarriedLog
    lock: Any
    """The state folder's, of `twistchat.log.lockfile`."""
    reactor: Any
    command: Sequence[str]
    """What starts the new process, and in which folder."""
    folder: Path
    mandate: Mandate | None
    """What this process was started for itself."""
    logfile: str = ""
    pidfile: str = ""
    is_ending: Callable[[], bool] = lambda: False
    """Whether the server is being stopped."""
    cluster: CarriedCluster | None = None

    @property
    def trouble(self) -> str | None:
        """Why nothing is stored at present."""
        return (self.cluster or self.log).trouble

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing that was begun is on its way."""
        return self.hub.is_at_rest and (self.cluster is None or self.cluster.is_at_rest)
