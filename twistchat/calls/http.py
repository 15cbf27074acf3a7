"""Posting to a URL: by Twisted's Agent, to an address that was checked, within limits.

Rule 1: a name is resolved here, each address is checked, and that very address is connected to. So a name that leads
    elsewhere at a second look leads nowhere.
Rule 2: redirects are not followed: where they lead nobody has checked.
Rule 3: 5 seconds to connect, 10 in all; of an answer 4 KiB are read, and nobody is shown them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.defer import TimeoutError as DeadlineError
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, ConnectionRefusedError, DNSLookupError, TCPTimedOutError
from twisted.internet.interfaces import IHostResolution, IProtocol, IResolutionReceiver, IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, BrowserLikePolicyForHTTPS, HTTPConnectionPool, ResponseFailed
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory, IBodyProducer, IPolicyForHTTPS
from zope.interface import implementer

from twistchat import __version__
from twistchat.calls.queue import Answered
from twistchat.core.addresses import Network, parsed
from twistchat.core.outreach import may_be_called
from twistchat.errors import CannotStart
from twistchat.extras import Extra, is_here, why_missing
from twistchat.wire.calls import asked_wait

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 10.0
IDLE_SECONDS = 60
"""How long a connection is kept that nothing goes over."""

MOST_BODY_BYTES = 4 * 1024
"""Of an answer that are read; what has more is cut off."""

MOST_ANSWER_BYTES = 64 * 1024
"""Of an answer, its head included, that come before the connection is cut."""

MOST_ADDRESSES = 4
"""Of a name that are tried."""

Resolve = Callable[[str, int], Deferred[Sequence[str]]]
"""Gives the addresses of a host."""


class NotCallable(Exception):
    """Where a name leads may not be called; the text says why."""


class _Bounded(ProtocolWrapper):
    """A connection that is cut where more comes for one request than any answer has."""

    _came = 0

    def write(self, data: bytes) -> None:
        """Send: another answer begins."""
        self._came = 0
        super().write(data)

    def writeSequence(self, data: Any) -> None:
        """Send: another answer begins."""
        self._came = 0
        super().writeSequence(data)

    def dataReceived(self, data: bytes) -> None:
        """Twisted's hook."""
        self._came += len(data)
        if self._came > MOST_ANSWER_BYTES:
            self.abortConnection()
        else:
            super().dataReceived(data)


@implementer(IStreamClientEndpoint)
class CheckedEndpoint:
    """Connects to a host by those of its addresses that may be called."""

    def __init__(self, reactor: Any, host: str, port: int, listed: Sequence[Network], resolve: Resolve) -> None:
        self._reactor = reactor
        self._host = host
        self._port = port
        self._listed = listed
        self._resolve = resolve

    def connect(self, factory: Any) -> Deferred[IProtocol]:
        """Twisted's hook: connect."""
        return Deferred.fromCoroutine(self._connected(factory))

    async def _connected(self, factory: Any) -> Any:
        at = parsed(self._host)
        found = [str(at)] if at is not None else await self._resolve(self._host, self._port)
        addresses = [address for address in found if may_be_called(address, self._listed)][:MOST_ADDRESSES]
        if not addresses:
            raise NotCallable(f"{found[0]} is not called; --calls-to {found[0]} allows it" if found else "no such host")
        seconds = CONNECT_SECONDS / len(addresses)
        for address in addresses[:-1]:
            try:
                return await self._one(address, seconds).connect(factory)
            except ConnectError:
                continue
        return await self._one(addresses[-1], seconds).connect(factory)

    def _one(self, address: str, seconds: float) -> Any:
        kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
        return kind(self._reactor, address, self._port, timeout=seconds)


@implementer(IStreamClientEndpoint)
class _BoundedEndpoint:
    def __init__(self, endpoint: Any) -> None:
        self._endpoint = endpoint

    def connect(self, factory: Any) -> Deferred[IProtocol]:
        wrapping: Any = WrappingFactory(factory)
        wrapping.noisy = False
        wrapping.protocol = _Bounded
        connecting: Deferred[Any] = self._endpoint.connect(wrapping)
        return connecting.addCallback(lambda made: made.wrappedProtocol)


@implementer(IAgentEndpointFactory)
class CheckedEndpoints:
    """Gives the Agent its endpoints."""

    def __init__(self, reactor: Any, listed: Sequence[Network], resolve: Resolve, policy: IPolicyForHTTPS) -> None:
        self._reactor = reactor
        self._listed = listed
        self._resolve = resolve
        self._policy = policy

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """Twisted's hook: the endpoint of a URL."""
        endpoint: Any = CheckedEndpoint(
            self._reactor, uri.host.decode().strip("[]"), uri.port, self._listed, self._resolve
        )
        if uri.scheme == b"https":
            endpoint = wrapClientTLS(self._policy.creatorForNetloc(uri.host, uri.port), endpoint)
        return _BoundedEndpoint(endpoint)


@implementer(IBodyProducer)
class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self.length = len(body)

    def startProducing(self, consumer: Any) -> Deferred[None]:
        consumer.write(self._body)
        return succeed(None)

    def stopProducing(self) -> None:
        """Nothing is left to be stopped."""

    pauseProducing = resumeProducing = stopProducing


class _Rest(Protocol):
    """Reads an answer's body to its end, so that its connection can be used again, or cuts it off."""

    def __init__(self, reactor: Any) -> None:
        self._deadline = reactor.callLater(WHOLE_SECONDS, self._cut)
        self._came = 0

    def dataReceived(self, data: bytes) -> None:
        self._came += len(data)
        if self._came > MOST_BODY_BYTES:
            self._cut()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._deadline.active():
            self._deadline.cancel()

    def _cut(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


class HttpPost:
    """Posts to URLs."""

    def __init__(self, reactor: Any, listed: Sequence[Network], policy: IPolicyForHTTPS, resolve: Resolve) -> None:
        """Be ready to post.

        Args:
            reactor: What to connect with.
            listed: Networks that may be called beside all but this machine's own.
            policy: Whom to believe who they are.
            resolve: Gives the addresses of hosts.
        """
        self._reactor = reactor
        self._pool = HTTPConnectionPool(reactor)
        self._pool.maxPersistentPerHost = 1
        self._pool.cachedConnectionTimeout = IDLE_SECONDS
        self._pool.retryAutomatically = False
        endpoints = CheckedEndpoints(reactor, listed, resolve, policy)
        self._agent = Agent.usingEndpointFactory(reactor, endpoints, self._pool)

    async def __call__(self, url: str, fields: dict[str, str], body: bytes) -> Answered:
        """Post, and say what came of it."""
        headers = Headers({name: [value] for name, value in fields.items()})
        headers.setRawHeaders("User-Agent", [f"twistchat/{__version__}"])
        try:
            posting = Deferred.fromCoroutine(self._posted(url.encode("ascii"), headers, body))
            return await posting.addTimeout(WHOLE_SECONDS, self._reactor)
        except Exception as error:  # whatever networks, names and certificates may bring
            return Answered(None, why(error))

    async def _posted(self, url: bytes, headers: Headers, body: bytes) -> Answered:
        response = await self._agent.request(b"POST", url, headers, _Body(body))
        response.deliverBody(_Rest(self._reactor))
        after = response.headers.getRawHeaders("Retry-After", [""])[0]
        return Answered(response.code, again=asked_wait(response.code, after, time.time()))

    def close(self) -> Deferred[None]:
        """Close the connections that are kept."""
        closing: Deferred[None] = self._pool.closeCachedConnections()
        return closing


def why(error: BaseException) -> str:
    """Why a request had no answer, without its URL."""
    if isinstance(error, ResponseFailed) and error.reasons:
        return why(error.reasons[0].value)
    if isinstance(error, NotCallable):
        return str(error)
    if isinstance(error, DNSLookupError):
        return "no such host"
    if isinstance(error, DeadlineError | CancelledError | TCPTimedOutError):
        return f"no answer within {WHOLE_SECONDS:.0f} seconds"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if type(error).__module__ == "OpenSSL.SSL":
        return f"no TLS that is trusted: {error}"
    return type(error).__name__


def resolver(reactor: Any) -> Resolve:
    """What asks the system for addresses, in a thread."""

    def resolve(host: str, port: int) -> Deferred[Sequence[str]]:
        resolution = _Resolution()
        reactor.nameResolver.resolveHostName(resolution, host, port)
        return resolution.found

    return resolve


@implementer(IResolutionReceiver)
class _Resolution:
    def __init__(self) -> None:
        self.found: Deferred[Sequence[str]] = Deferred(lambda _: None)
        self._addresses: list[str] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """Twisted's hook: nothing is known yet."""

    def addressResolved(self, address: Any) -> None:
        """Twisted's hook: one more is known."""
        self._addresses.append(address.host)

    def resolutionComplete(self) -> None:
        """Twisted's hook: these are all."""
        if not self.found.called:
            self.found.callback(self._addresses)


@implementer(IPolicyForHTTPS)
class _NoTls:
    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        """Twisted's hook: nothing can be had."""
        raise NotCallable(why_missing(Extra.TLS))


def trusted(authorities: str | None) -> IPolicyForHTTPS:
    """Whom to believe who they are: the system's authorities, or those in a file.

    Args:
        authorities: A file of certificates in PEM.

    Raises:
        CannotStart: It cannot be read.
    """
    if not is_here(Extra.TLS):
        return _NoTls()
    if authorities is None:
        return BrowserLikePolicyForHTTPS()
    from twisted.internet.ssl import Certificate, trustRootFromCertificates

    try:
        found = [Certificate.loadPEM(each) for each in _CERTIFICATE.findall(Path(authorities).read_bytes())]
    except Exception as error:  # whatever OpenSSL says of a damaged one
        raise CannotStart(
            f"--calls-ca {authorities}: cannot be read: {getattr(error, 'strerror', None) or error}."
        ) from error
    if not found:
        raise CannotStart(f"--calls-ca {authorities}: there is no certificate in it. Give a file in PEM.")
    return BrowserLikePolicyForHTTPS(trustRootFromCertificates(found))


_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
