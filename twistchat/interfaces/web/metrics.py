"""Figures for those who watch the server, in Prometheus' format. docs/operations.md lists their names."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from twistchat import __version__
from twistchat.core.bans import CALL
from twistchat.core.clocks import DelayedCall, cancel
from twistchat.core.events import Entry
from twistchat.core.figures import TURN_BOUNDS, Figures
from twistchat.core.hub import Hub
from twistchat.core.names import EVERYWHERE
from twistchat.interfaces.responses import NOT_HERE, Response, said
from twistchat.interfaces.web.visit import OriginPolicy
from twistchat.wire.http import Head

BEAT_SECONDS = 1.0
"""How often it is looked how late the reactor is."""

BEATS_KEPT = 15
"""The worst of so many is told: as far apart as Prometheus mostly asks."""

_DELIVERIES = "Lines committed, each times the people in its room then (announced to everyone: all people)"


class Metrics:
    """Counts what is committed, and gathers the rest when it is asked."""

    def __init__(self, hub: Hub, policy: OriginPolicy, whom: str, timers: Callable[[], int]) -> None:
        """Begin to count.

        Args:
            hub: The chat.
            policy: Says who is on this machine.
            whom: Who may ask: `loopback`, `everyone` or `off`.
            timers: Tells how many timers are set.
        """
        self._hub = hub
        self._policy = policy
        self._whom = whom
        self._timers = timers
        self._lines: Counter[str] = Counter()
        self._deliveries = 0
        self._late: deque[float] = deque([0.0], maxlen=BEATS_KEPT)
        self._expected = 0.0
        self._beat: DelayedCall | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        hub.pipeline.watch(self._count)

    def start(self) -> None:
        """Begin to look how late the reactor is."""
        self._expected = self._hub.clock.seconds() + BEAT_SECONDS
        self._beat = self._hub.clock.callLater(BEAT_SECONDS, self._beats)

    def stop(self) -> None:
        """End that; idempotent."""
        cancel(self._beat)

    def answer(self, peer: str, head: Head) -> Response:
        """Answer a request for the figures."""
        if self._whom == "off":
            return NOT_HERE
        if self._whom == "loopback" and not self._policy.is_at_home(peer, head):
            return said(HTTPStatus.FORBIDDEN, "Only for this machine; --metrics everyone opens it.")
        return Response(HTTPStatus.OK, generate_latest(self._registry), CONTENT_TYPE_LATEST)

    def _beats(self) -> None:
        self._late.append(max(0.0, self._hub.clock.seconds() - self._expected))
        self.start()

    def _count(self, entries: Sequence[Entry]) -> None:
        rooms = self._hub.rooms
        for entry in entries:
            room = entry.event.room
            self._lines[entry.event.kind] += 1
            self._deliveries += self._people() if room is EVERYWHERE else len(rooms.get(room, ()))

    def _people(self) -> int:
        return sum(session.is_welcome and not session.is_gone for session in self._hub.everyone)

    def collect(self) -> Iterator[Metric]:
        """prometheus-client's hook: all figures as they are now."""
        hub, figures = self._hub, self._hub.figures
        yield _gauge("info", "The version, with the value 1", {__version__: 1}, "version")
        people = Counter(
            session.client.interface for session in hub.everyone if session.is_welcome and not session.is_gone
        )
        yield _gauge("people", "People who are in, by interface", people, "interface")
        yield _gauge("connections", "Connections, those without a name included", {"": len(hub.everyone)})
        yield _gauge("names", "People whose names are reserved", {"": len(hub.roster)})
        yield _gauge("rooms", "Open rooms", {"": len(hub.rooms)})
        held = sum(session.client.held for session in hub.everyone)
        yield _gauge("backlog_bytes", "Bytes kept for members who do not read", {"": held})
        yield _gauge("pending_events", "Events that wait for the log", {"": hub.pipeline.pending})
        yield _gauge("waiting_calls", "Connections and answers that wait for a turn's time", {"": hub.turn.waiting})
        yield _gauge("delayed_calls", "Timers that are set", {"": self._timers()})
        yield _gauge("reactor_delay_seconds", "The reactor's worst delay of 15 seconds", {"": max(self._late)})
        yield _gauge("longest_turn_seconds", "The longest turn since the start", {"": figures.longest_turn})
        yield _turns(figures)
        yield _counter("lines", "Lines committed, by kind", self._lines, "kind")
        yield _counter("deliveries", _DELIVERIES, {"": self._deliveries})
        yield _counter("commits", "Batches committed", {"": figures.commits})
        yield _counter("commit_seconds", "Time that commits took", {"": figures.commit_seconds})
        yield _counter("commit_failures", "Batches that could not be stored", {"": figures.failures})
        done = hub.calls.states  # of several servers one calls, and only that one knows
        states = {act.subject: done[act.number] for act in hub.programs.all(CALL) if act.number in done}
        behind = {name: float(state.behind) for name, state in states.items()}
        failures = {name: float(state.failures) for name, state in states.items()}
        yield _gauge("call_behind", "Entries of the log that a call has not dealt with, by call", behind, "name")
        yield _counter("call_failures", "Calls that were not taken, by call", failures, "name")
        yield _counter("refusals", "Refusals, by code", figures.refusals, "code")
        for name, text, value in figures.more():
            yield _gauge(name, text, {"": value})


def _turns(figures: Figures) -> Metric:
    counts = zip((*map(str, TURN_BOUNDS), "+Inf"), accumulate(figures.turns), strict=True)
    family = HistogramMetricFamily("twistchat_turn_seconds", "Turns of the reactor that brought lines, by their time")
    family.add_metric([], [*counts], figures.turn_seconds)
    return family


def _gauge(name: str, text: str, values: Counter[str] | dict[str, float], label: str = "") -> Metric:
    return _filled(GaugeMetricFamily(f"twistchat_{name}", text, labels=[label] if label else []), values, label)


def _counter(name: str, text: str, values: Counter[str] | dict[str, float], label: str = "") -> Metric:
    return _filled(CounterMetricFamily(f"twistchat_{name}", text, labels=[label] if label else []), values, label)


def _filled(
    family: GaugeMetricFamily | CounterMetricFamily, values: Counter[str] | dict[str, float], label: str
) -> Metric:
    for key, value in values.items():
        family.add_metric([key] if label else [], value)
    return family
