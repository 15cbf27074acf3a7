"""One connection to the web port: plain requests, or a member's WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from twisted.internet.interfaces import IAddress, IProtocolNegotiationFactory
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twistchat.core.clocks import cancel
from twistchat.core.hub import Hub
from twistchat.core.session import Session
from twistchat.interfaces.carried import ComesBack
from twistchat.interfaces.egress import Egress
from twistchat.interfaces.keepalive import ready_for_lines
from twistchat.interfaces.listening import ConnectionFactory
from twistchat.interfaces.responses import Reception, Response, TurnedAway, said
from twistchat.interfaces.sockets import SocketDialect
from twistchat.interfaces.talker import Talker
from twistchat.interfaces.web.errand import Errand, without_token
from twistchat.interfaces.web.member import WebMember
from twistchat.interfaces.web.refusals import NO_UPGRADE, Refusal, RefusalLog
from twistchat.interfaces.web.site import Site
from twistchat.interfaces.web.visit import Doorstep, OriginPolicy
from twistchat.wire.http import END_OF_HEAD, GO_ON, MOST_HEAD_BYTES, Head, may_be_request, parse_head, response
from twistchat.wire.language import Language
from twistchat.wire.packing import Written
from twistchat.wire.tls import is_tls

log = Logger()

HEAD_SECONDS = 10.0
"""Time for a whole request, and for the next one on the same connection (nginx: 60, and 75)."""

LINGER_SECONDS = 1.0
"""How long a body is taken in that nobody reads, so that its sender sees why."""

HTTP_1_1 = b"http/1.1"
"""What is spoken here, to a client that asks for it in its TLS (RFC 7301)."""

_BAD_REQUEST = said(HTTPStatus.BAD_REQUEST, "This is no request that could be understood.")
_BODY = said(HTTPStatus.BAD_REQUEST, "A request has no body here.")
_TOO_SLOW = said(HTTPStatus.REQUEST_TIMEOUT, f"A request with its body has to be here in {HEAD_SECONDS:.0f} seconds.")
_TOO_LONG = said(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"A request has {MOST_HEAD_BYTES} bytes at most here.")


class WebProtocol(ComesBack):
    """One connection to the web port: requests, until one of them makes it a member's WebSocket."""

    factory: WebFactory

    def connectionMade(self) -> None:
        self._hub = self.factory.hub
        self._unread = b""
        self._member: WebMember | None = None
        self._deadline: Any = None
        self._errand: Errand | None = None
        self._is_reading = self._is_answering = False
        self._is_over = False
        self._may_be_sealed = self.factory.tls is not None
        self._is_counted = False
        self.factory.connections.opened()
        self._peer = getattr(self.transport.getPeer(), "host", "")
        self._egress = Egress(self.transport, self._hub.clock, self._cap, self._overflowed)
        self._come()

    def _come_in(self) -> None:
        self.factory.visitors.add(self)
        self._is_counted = self.factory.doorstep.admits(self._peer)
        if self._is_counted:
            self._wait()
        else:
            self.hang_up()

    def _come_back(self, state: Written, session_of: Callable[[Talker], Session]) -> None:
        self._may_be_sealed = False
        ready_for_lines(self.transport)
        dialect = self.factory.dialect_called(state["dialect"])
        language, address = self.factory.language, state["address"]
        self._member = WebMember(self._hub, language, self.transport, self._egress, address, dialect)
        self._member.revive(state, session_of)
        if state["ingress"]["lost"]:
            self._is_over = True
            self.factory.connections.closed()
            self._egress.ended()

    def dataReceived(self, data: bytes) -> None:
        if self._member is not None:
            self._member.received(data)
        elif self._may_be_sealed and is_tls(data):
            self._seal(data)
        elif not self._is_over:
            self._may_be_sealed = False
            self._unread += data
            self._read()

    def _seal(self, hello: bytes) -> None:
        """Go on by TLS: the page by http and by https are at one port."""
        self._may_be_sealed = False
        self.transport.startTLS(self.factory.tls)
        self._egress = Egress(self.transport, self._hub.clock, self._cap, self._overflowed)
        self.transport.protocol.dataReceived(hello)  # to TLS, which gives what is in it to this protocol

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._is_over = True
        self._stop_waiting()
        self._leave_doorstep()
        self._egress.ended()
        self.factory.connections.closed()
        if self._member is not None:
            self._member.lost(reason)

    def hang_up(self) -> None:
        """End a connection that is no member's."""
        self._is_over = True
        self._stop_waiting()
        self._egress.close()

    def _cap(self) -> int:
        return self._hub.limits.backlog

    def _overflowed(self, cap: int) -> None:
        if self._member is not None:
            self._member.overflowed(cap)

    def _wait(self) -> None:
        self._stop_waiting()
        self._deadline = self._hub.clock.callLater(HEAD_SECONDS, self._time_is_up)

    def _time_is_up(self) -> None:
        if self._errand is not None:
            self._answer(None, _TOO_SLOW)
        else:
            self.hang_up()

    def _stop_waiting(self) -> None:
        cancel(self._deadline)

    def _leave_doorstep(self) -> None:
        self.factory.visitors.discard(self)
        if self._is_counted:
            self._is_counted = False
            self.factory.doorstep.leave(self._peer)

    # --- requests

    def _read(self) -> None:
        if self._is_reading:  # an answer came at once
            return
        self._is_reading = True
        try:
            while self._takes_requests and self._read_one():
                pass
        finally:
            self._is_reading = False
        if len(self._unread) <= MOST_HEAD_BYTES or self._is_over or self._member is not None:
            return
        if self._is_answering:
            self.hang_up()
        elif self._errand is None:
            self._answer(None, _TOO_LONG)

    @property
    def _takes_requests(self) -> bool:
        return not self._is_over and self._member is None and not self._is_answering

    def _read_one(self) -> bool:
        """Deal with one request; whether it was there."""
        if self._errand is not None:
            return self._run(self._errand)
        self._unread = self._unread.removeprefix(b"\r\n")  # RFC 9112 2.2: an empty line before a request is none of it
        if not may_be_request(self._unread):
            self._answer(None, _BAD_REQUEST)
            return True
        if END_OF_HEAD not in self._unread:
            return False
        raw, _, self._unread = self._unread.partition(END_OF_HEAD)
        head = parse_head(raw) if len(raw) <= MOST_HEAD_BYTES else None
        if head is None:
            self._answer(None, _BAD_REQUEST)
        elif self.factory.reception is not None and self.factory.reception.expects(head):
            self._receive(self.factory.reception, head)
        elif head.has_body:
            self._answer(None, _BODY)
        else:
            self._serve(raw, head)
        return True

    def _receive(self, reception: Reception, head: Head) -> None:
        try:
            self._errand = Errand(reception, self.factory.policy, self._peer, head)
        except TurnedAway as turned:
            self._turn_away(head, turned.answer)
        except Refusal as refusal:
            self.factory.refusals.note(self._peer, without_token(head.path), refusal, self._hub.clock.seconds())
            self._turn_away(head, refusal.answer)
        else:
            if head.waits and len(self._unread) < self._errand.length:
                self._egress.write(GO_ON)

    def _turn_away(self, head: Head, answer: Response) -> None:
        """Answer before the body was read; it is still taken in for a moment, as who sends might see no answer else."""
        if not head.has_body and answer.status is not HTTPStatus.LENGTH_REQUIRED:
            self._answer(head, answer)
            return
        self._stop_waiting()
        self._is_over = True
        now = self._hub.wall()
        self._egress.write(response(answer.status, answer.body, now=now, kind=answer.kind, more=answer.more))
        self._deadline = self._hub.clock.callLater(LINGER_SECONDS, self.hang_up)

    def _run(self, errand: Errand) -> bool:
        if len(self._unread) < errand.length:
            return False
        body, self._unread = self._unread[: errand.length], self._unread[errand.length :]
        self._errand, self._is_answering = None, True
        self._stop_waiting()
        errand.answer(body).addCallback(self._answered, errand.head)
        return True

    def _answered(self, answer: Response, head: Head) -> None:
        self._is_answering = False
        if not self._is_over:
            self._answer(head, answer)
            self._read()

    def _serve(self, raw: bytes, head: Head) -> None:
        try:
            self.factory.policy.check(self._peer, head)
            dialect = self.factory.dialect_of(head)
            if (dialect is not None or head.path == self.factory.site.socket_path) and head.method in ("GET", "HEAD"):
                self._open(raw, head, dialect)
            else:
                self._answer(head, self.factory.site.answer(self._peer, head))
        except Refusal as refusal:
            self.factory.refusals.note(self._peer, without_token(head.path), refusal, self._hub.clock.seconds())
            self._answer(None, refusal.answer)

    def _answer(self, head: Head | None, answer: Response) -> None:
        lasts = head is not None and head.lasts and answer.status is not HTTPStatus.METHOD_NOT_ALLOWED
        bare = head is not None and head.method == "HEAD"
        now = self._hub.wall()
        self._egress.write(
            response(answer.status, answer.body, now=now, kind=answer.kind, more=answer.more, lasts=lasts, bare=bare)
        )
        if lasts:
            self._wait()
        else:
            self.hang_up()

    def _open(self, raw: bytes, head: Head, dialect: SocketDialect | None) -> None:
        policy = self.factory.policy
        if not head.wants_websocket:
            raise Refusal(NO_UPGRADE, "Upgrade")
        policy.check_talk(self._peer, head)
        address = policy.address(self._peer, head)
        member = WebMember(self._hub, self.factory.language, self.transport, self._egress, address, dialect)
        status, problem = member.open(raw)
        if status is not HTTPStatus.SWITCHING_PROTOCOLS:
            answer = Response(status, problem, more={"Upgrade": "websocket", "Sec-WebSocket-Version": "13"})
            raise Refusal(answer, "handshake", problem.decode("utf-8", "replace").strip())
        self._stop_waiting()
        self._leave_doorstep()
        self._member = member
        ready_for_lines(self.transport)
        if self._unread:
            member.received(self._unread)


@implementer(IProtocolNegotiationFactory)
class WebFactory(ConnectionFactory[WebProtocol]):
    """Makes a protocol for each connection."""

    protocol = WebProtocol

    def __init__(
        self,
        hub: Hub,
        language: Language,
        site: Site,
        policy: OriginPolicy,
        dialects: Sequence[SocketDialect] = (),
        reception: Reception | None = None,
    ) -> None:
        super().__init__()
        self.reception = reception
        """Answers programs; None where there is nothing for them."""
        self._dialects = {site.below(dialect.path): dialect for dialect in dialects}
        self.hub = hub
        self.language = language
        self.site = site
        self.policy = policy
        self.doorstep = Doorstep(policy)
        self.refusals = RefusalLog(hub.clock.seconds())
        self.tls: Any = None
        """What a connection is sealed with that begins by TLS; None where none is."""
        self.visitors: set[WebProtocol] = set()
        """Connections that are no members' yet."""

    def dialect_of(self, head: Head) -> SocketDialect | None:
        """The dialect that a request is for: by its path, or at the page's path by a subprotocol that it offers."""
        found = self._dialects.get(head.path)
        if found is None and head.path == self.site.path and head.wants_websocket:
            offered = {each.strip() for each in head.headers.get("sec-websocket-protocol", "").split(",")}
            found = next((each for each in self._dialects.values() if offered & {*each.subprotocols}), None)
        return found

    def dialect_called(self, interface: str | None) -> SocketDialect | None:
        """The dialect of an interface; None where that is the page's own."""
        return next((each for each in self._dialects.values() if each.interface == interface), None)

    def state(self) -> Written:
        """What another process needs to go on, of what members have in common."""
        return {each.interface: each.common.state() for each in self._dialects.values()}

    def revive(self, state: Written) -> None:
        """Be where a state was written down."""
        for each in self._dialects.values():
            if each.interface in state:
                each.common.revive(state[each.interface])

    def revived(self, state: Written, session_of: Callable[[Talker], Session]) -> WebProtocol:
        """A protocol for a member's connection that came back."""
        made = self.buildProtocol(None)
        made.come_back_as(state, session_of)
        return made

    def acceptableProtocols(self) -> list[bytes]:
        """Twisted's hook, for endpoints with TLS: browsers ask, and OpenSSL 4.0 refuses them where nothing is said."""
        return [HTTP_1_1]

    def buildProtocol(self, addr: IAddress | None) -> WebProtocol:
        made = WebProtocol()
        made.factory = self
        return made
