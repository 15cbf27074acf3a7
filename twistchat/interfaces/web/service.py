"""The web port at an endpoint: what it answers, and to whom."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any

from twisted.internet.defer import Deferred

from twistchat.core.hub import Hub
from twistchat.errors import NotStored, Overloaded
from twistchat.interfaces.context import Context
from twistchat.interfaces.descriptions import has_tls
from twistchat.interfaces.hooks.reception import ProgramReception
from twistchat.interfaces.listening import ListeningService
from twistchat.interfaces.responses import Response, said
from twistchat.interfaces.web.connection import HTTP_1_1, WebFactory
from twistchat.interfaces.web.metrics import Metrics
from twistchat.interfaces.web.poster import Poster
from twistchat.interfaces.web.site import Site, Source
from twistchat.interfaces.web.visit import origin_policy
from twistchat.wire.http import Head


class WebService(ListeningService):
    """Serves the web port while it runs."""

    _factory: WebFactory
    metrics: Metrics | None = None

    def prepare(self) -> None:
        """Make or read what connections are sealed with that begin by TLS; the others are not sealed."""
        if self._seal is not None:
            self._factory.tls = self._seal.options(HTTP_1_1)

    def startService(self) -> None:
        """Listen, and watch the reactor."""
        super().startService()
        if self.metrics is not None:
            self.metrics.start()

    def stopService(self) -> Deferred[None]:
        """Listen no more; members are the hub's to end, all others go now."""
        self.send_away()
        if self.metrics is not None:
            self.metrics.stop()
        return super().stopService()

    def send_away(self) -> None:
        """Close the connections that are no member's: browsers ask anew by themselves."""
        for visitor in list(self._factory.visitors):
            visitor.hang_up()


def health(hub: Hub, peer: str, head: Head) -> Response:
    """Say whether the server takes lines and stores them."""
    try:
        hub.pipeline.check_load()
        hub.pipeline.check_storing()
    except Overloaded:
        return said(HTTPStatus.SERVICE_UNAVAILABLE, "The log is too far behind.")
    except NotStored as error:
        return said(HTTPStatus.SERVICE_UNAVAILABLE, f"Nothing can be stored: {error.reason}.")
    return said(HTTPStatus.OK, "ok")


def _timers(reactor: Any) -> int:
    return len(reactor.getDelayedCalls())


def make_service(description: str, context: Context) -> WebService:
    """Serve the page and its WebSocket at an endpoint description.

    Raises:
        CannotStart: The description or one of the interface's options cannot be read, or it cannot be sealed.
    """
    options = context.options
    path = options.get("web-path") or "/"
    policy = origin_policy(
        options.get("web-proxy"),
        options.get("web-origin"),
        options.get("web-host"),
        context.machine,
        partial(context.reach.admits, "web"),
    )
    metrics = Metrics(context.hub, policy, options.get("metrics") or "loopback", partial(_timers, context.reactor))
    sources: dict[str, Source] = {
        "/healthz": partial(health, context.hub),
        "/metrics": metrics.answer,
        f"{path}qr": Poster(context.reach, context.language),
    }
    site = Site(path, sources, context.language.all, context.reach.name)
    dialects = [make(context) for make in context.sockets]
    reception = ProgramReception(context.hub, options.get("hooks") or "near", path)
    factory = WebFactory(context.hub, context.language, site, policy, dialects, reception)
    seal = context.seal_of("web", description)
    scheme = "https" if has_tls(description) else "http"
    also = "" if seal is None else f", or https://{{host}}:{{port}}{path}"
    how = f"{scheme}://{{host}}:{{port}}{path} in a browser{also}"
    near_only = "web" in context.reach.near_only
    service = WebService(context.reactor, "web", description, factory, how, near_only, seal)
    service.metrics = metrics
    return service
