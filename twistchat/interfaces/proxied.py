"""Connections of a proxy that says first whom it brings: HAProxy's PROXY protocol, `haproxy:` in a description."""

from __future__ import annotations

from typing import Any

from twisted.protocols.haproxy._wrapper import HAProxyProtocolWrapper, HAProxyWrappingFactory

PREFIX = "haproxy:"
"""What such a description begins with."""


class _Proxied(HAProxyProtocolWrapper):
    """Twisted's, which lets through what it stumbles over: whoever reaches the port could fill the log."""

    def dataReceived(self, data: bytes) -> None:
        """Twisted's hook. A port that is no number, or an address that is no text, ends the connection."""
        try:
            super().dataReceived(data)
        except (ValueError, LookupError):
            if self._proxyInfo is not None:  # it was read, and this is of what serves the connection
                raise
            self.loseConnection()


class _ProxiedFactory(HAProxyWrappingFactory):
    protocol = _Proxied  # type: ignore[assignment]  # it is annotated as the very class


def behind_proxy(factory: Any) -> Any:
    """What serves a proxy's connections, once it has said whom it brings."""
    return _ProxiedFactory(factory)
