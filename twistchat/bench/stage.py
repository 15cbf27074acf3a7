"""What a run works with: settings, servers and crowds that are cleaned up behind it, and the meters."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from twistchat.bench import machine, servers
from twistchat.bench.arrivals import Arrivals
from twistchat.bench.crowd import Crowd
from twistchat.bench.servers import Peer, Server

Figures = dict[str, float | str]
"""What a case measured, by the names that the report shows; a text is a remark."""


@dataclass(frozen=True)
class Settings:
    """What the command line says, as far as runs need it."""

    seconds: float = 3.0
    """How long a case goes on talking."""
    peer: Peer | None = None
    """The server to compare with; None for twistchat itself."""
    running: Server | None = None
    """A server that runs already, to use instead of a fresh one."""
    interface: str = "tcp"
    """What a fresh twistchat is spoken to by: tcp, web, irc or ssh."""
    options: Sequence[str] = ()
    """More options for a fresh twistchat."""
    name: str = "twistchat"
    """What the server is called in the report."""
    checkout: Path | None = None
    """A folder with another version of twistchat, which this Python is to run; None for the one that measures."""


class Case(NamedTuple):
    """One row of a run's table."""

    title: str
    play: Callable[[Stage], Figures]
    most: int = 0
    """Members that it brings; a peer that cannot hold them is left out."""


class Run(NamedTuple):
    """A row of the table of runs."""

    name: str
    explanation: str
    cases: Sequence[Case]
    compared: Sequence[str] = ()
    """Figures of which the ratio to a peer is shown; empty where only twistchat can be measured."""


_OPENED_BY = {
    "tcp": (),
    "web": ("--web=tcp:0:interface=127.0.0.1",),
    "ssh": ("--ssh=tcp:0:interface=127.0.0.1",),
    "irc": ("--irc=tcp:0:interface=127.0.0.1", "--irc-join=off"),
}
"""For what a fresh twistchat may be spoken to by, the options that it takes."""


@dataclass
class Stage:
    """One case's surroundings. What was started here ends with it."""

    settings: Settings
    progress: Callable[[str], None] = lambda text: None
    _ending: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    def folder(self) -> Path:
        """A fresh folder for a server's state."""
        return Path(self._ending.enter_context(tempfile.TemporaryDirectory(prefix="twistchat-bench-")))

    def server(self, *options: str, folder: Path | None = None) -> Server:
        """The server under test: a fresh one, unless the command line names one that runs.

        Args:
            options: For a twistchat; the command line's win.
            folder: For its state; a fresh one by default.

        Raises:
            CannotMeasure: It does not come up.
        """
        if self.settings.running is not None:
            return self.settings.running
        if self.settings.peer is not None:
            server = servers.start_peer(self.settings.peer, folder or self.folder())
        else:
            interface = self.settings.interface
            options = (*_OPENED_BY[interface], *options)
            server = servers.start_twistchat(
                folder or self.folder(), *options, *self.settings.options, checkout=self.settings.checkout
            )
            self._ending.callback(server.stop)
            return {"web": server.by_web, "irc": server.by_irc, "ssh": server.by_ssh}.get(interface, lambda: server)()
        self._ending.callback(server.stop)
        return server

    def crowd(self, server: Server, people: int = 0, arrivals: Arrivals | None = None) -> Crowd:
        """Members of a server, all in and at rest.

        Args:
            server: Which.
            people: How many.
            arrivals: As `Crowd` takes it.

        Raises:
            CannotMeasure: The server does not let them in.
        """
        crowd = self._ending.enter_context(Crowd(server, arrivals=arrivals))
        crowd.enter(people, self.progress)
        if people:
            crowd.settle()
        return crowd


class Meter:
    """Time and processor time of the server and of the generator, from its making on."""

    def __init__(self, server: Server, crowd: Crowd) -> None:
        self._pid = server.pid
        self._crowd = crowd
        self._server = self._spent()
        self._generator = self._worked()
        self._began = time.perf_counter()

    def _spent(self) -> float:
        return math.nan if self._pid is None else machine.cpu_seconds(self._pid)

    def _worked(self) -> float:
        return time.process_time() - self._crowd.idle_seconds

    def read(self, deliveries: int) -> Figures:
        """The figures so far, for so many deliveries.

        Returns:
            Also a remark where the load generator had less to spare than the server: the server can then do more.
        """
        seconds = time.perf_counter() - self._began
        server = self._spent() - self._server
        busy, generator = server / seconds, max(0.0, self._worked() - self._generator) / seconds
        figures: Figures = {"deliveries/s": deliveries / seconds}
        if not math.isnan(server):
            figures["deliveries/CPU-s"] = deliveries / max(server, 0.01)
            figures["server CPU %"] = 100 * busy
        figures["generator CPU %"] = 100 * generator
        if generator > max(0.9, 0.0 if math.isnan(busy) else busy):
            figures["limit"] = "the generator"
        return figures


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed; the values are sorted. 0 for none."""
    if not values:
        return 0.0
    return values[min(len(values) - 1, math.ceil(len(values) * percent / 100) - 1)]
