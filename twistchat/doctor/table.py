"""The checks: a new one is a function and a row here."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from twisted.logger import capturedLogs, formatEvent

from twistchat.adapters import own_addresses
from twistchat.doctor import clock, folder, keys, limits, ports, reach, running, starting, stored, text, unit, versions
from twistchat.doctor.finding import Finding, ok
from twistchat.doctor.ports import PortPlace
from twistchat.extras import Extra, is_here
from twistchat.interfaces.table import INTERFACES
from twistchat.log import lockfile
from twistchat.log.examining import Examined, examine
from twistchat.log.sqlite import LOG_FILE, SEARCH_FILE
from twistchat.options import Options
from twistchat.reach import hosts


@dataclass
class Examination:
    """What is looked at: a server's options, and the machine."""

    options: Options

    @cached_property
    def folder(self) -> Path:
        """The state folder."""
        return Path(self.options["state-dir"]).absolute()

    @cached_property
    def server(self) -> int | None:
        """The process that runs on it."""
        return lockfile.holder(self.folder / "lock")

    @cached_property
    def log(self) -> Examined | None:
        """What is seen of the log; None where there is none."""
        path = self.folder / LOG_FILE
        if self.options["log"] == "memory" or not path.exists():
            return None
        return examine(path, self.folder / SEARCH_FILE, self.server is not None)

    @property
    def given(self) -> Iterator[tuple[str, str]]:
        """The interfaces that are on, each with where it listens."""
        return ((row.name, self.options[row.name]) for row in INTERFACES if self.options[row.name] != "off")

    @property
    def places(self) -> Iterator[PortPlace]:
        """The ports that can be read of those."""
        for name, description in self.given:
            try:
                yield ports.place_of(name, description)
            except ValueError:
                continue

    def people_come_by(self) -> Sequence[PortPlace]:
        """The ports of people."""
        people = {row.name for row in INTERFACES if row.is_for_people}
        return [place for place in self.places if place.option in people]

    def page_port(self) -> int | None:
        """Where the page is, if it can be asked without TLS at this machine's loopback."""
        return next((p.port for p in self.places if p.option == "web" and p.port and _is_plain(p)), None)


def _is_plain(place: PortPlace) -> bool:
    return place.description.startswith(("tcp:", "tcp\\:")) or place.description.isdecimal()


class Check(NamedTuple):
    """A row of the table."""

    name: str
    run: Callable[[Examination], Iterable[Finding]]
    needs_options: bool = True
    """Whether it cannot be done where the options cannot be read."""


def _ports(it: Examination) -> Iterator[Finding]:
    return (ports.port(name, description, it.server) for name, description in it.given)


def _reach(it: Examination) -> Iterator[Finding]:
    has_proxy = bool(it.options["web-proxy"])
    return reach.reach(it.people_come_by(), it.options.near_only, hosts(own_addresses()), has_proxy)


def _limits(it: Examination) -> Iterator[Finding]:
    return limits.limits(*resource.getrlimit(resource.RLIMIT_NOFILE), has_udp=it.options["udp"] != "off")


def _clock(it: Examination) -> Iterator[Finding]:
    newest = None if it.log is None else it.log.newest
    return clock.clock(time.time(), newest, clock.is_kept_right())


def _keys(it: Examination) -> Iterator[Finding]:
    yield from keys.secrets(it.folder)
    if it.options["admin"] == "off" or not is_here(Extra.SSH):
        yield ok("no administrator can log in: the admin port is off")
        return
    from twistchat.interfaces.admin import key_places

    places: Any = key_places(it.options["admin"], it.options["admin-keys"], it.folder)
    from twistchat.interfaces.ssh.keyfile import KeyFiles

    with capturedLogs() as told:
        holders = [holder.label for holder in KeyFiles(places).holders()]
    yield from keys.administrators(holders, [formatEvent(event) for event in told], places.own)


CHECKS = (
    Check("options", lambda it: starting.refusals(it.options)),
    Check("versions", lambda _it: versions.versions(), needs_options=False),
    Check("server", lambda it: running.health(it.server, it.page_port(), it.folder)),
    Check("ports", _ports),
    Check("reach", _reach),
    Check("cluster", lambda it: starting.redis(it.options["cluster"])),
    Check("folder", lambda it: folder.folder(it.folder, it.server is not None)),
    Check("log", lambda it: stored.log(it.folder / LOG_FILE, it.options["log"], it.log)),
    Check("keys", _keys),
    Check("limits", _limits),
    Check("clock", _clock),
    Check("text", lambda _it: text.text(text.environment_given(), text.width_here()), needs_options=False),
    Check("systemd", lambda _it: unit.unit(), needs_options=False),
)
"""In the order in which they are told."""
