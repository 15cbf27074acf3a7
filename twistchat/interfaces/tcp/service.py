"""Line chat at an endpoint."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IAddress

from twistchat.core.hub import Hub
from twistchat.core.session import Session
from twistchat.interfaces.context import Context
from twistchat.interfaces.descriptions import has_tls
from twistchat.interfaces.listening import ConnectionFactory, ListeningService
from twistchat.interfaces.talker import Talker
from twistchat.interfaces.tcp.connection import ChatLineProtocol
from twistchat.wire.language import Language
from twistchat.wire.packing import Written


class ChatFactory(ConnectionFactory[ChatLineProtocol]):
    """Makes a protocol for each connection."""

    def __init__(self, hub: Hub, language: Language) -> None:
        super().__init__()
        self._hub = hub
        self._language = language

    def buildProtocol(self, addr: IAddress | None) -> ChatLineProtocol:
        return ChatLineProtocol(self._hub, getattr(addr, "host", ""), self._language, self.connections)

    def revived(self, state: Written, session_of: Callable[[Talker], Session]) -> ChatLineProtocol:
        """A protocol for a connection that comes back, as soon as it has its transport."""
        protocol = ChatLineProtocol(self._hub, state["address"], self._language, self.connections)
        protocol.come_back_as(state, session_of)
        return protocol


def make_service(description: str, context: Context) -> ListeningService:
    """Serve line chat at an endpoint description.

    Raises:
        CannotStart: The description cannot be read, or it cannot be sealed.
    """
    factory = ChatFactory(context.hub, context.language)
    seal = context.seal_of("tcp", description)
    is_tls = seal is not None or has_tls(description)
    how = "twistchat join tls://{host}:{port}" if is_tls else "telnet {host} {port}"
    near_only = "tcp" in context.reach.near_only
    return ListeningService(context.reactor, "tcp", description, factory, how, near_only, seal)
