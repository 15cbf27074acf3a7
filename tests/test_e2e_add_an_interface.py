"""A newcomer adds an interface: one file and one row, and its option, its service and its people are there."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.server import LOOPBACK, LineClient, Server

import twistchat

FILE = '''"""Lines in capitals, for a test."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from twistchat.interfaces.context import Context
from twistchat.interfaces.listening import ConnectionFactory, ListeningService
from twistchat.wire.line import LineFormat


class Loud(LineOnlyReceiver):
    """One connection; the core's `Client`."""

    delimiter = b"\\n"
    interface, one_try, held = "loud", False, 0

    def __init__(self, context: Context, address: str, connections: Any) -> None:
        self._context, self.address, self._connections = context, address, connections
        self.format = LineFormat(context.language)

    def connectionMade(self) -> None:
        self._connections.opened()
        self.session = self._context.hub.connect(self)

    def lineReceived(self, line: bytes) -> None:
        self.session.receive(line.decode())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._connections.closed()
        self.session.close()

    def send(self, frame: bytes) -> None:
        self.transport.write(frame.upper())

    def hold(self, seconds: float) -> bool:
        return False

    def disconnect(self) -> None:
        self.transport.loseConnection()


class Loudness(ConnectionFactory[Loud]):
    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context

    def buildProtocol(self, addr: Any) -> Loud:
        return Loud(self._context, addr.host, self.connections)


def make_service(description: str, context: Context) -> ListeningService:
    """Serve it at an endpoint description."""
    return ListeningService(context.reactor, "loud", description, Loudness(context), "nc {host} {port}")
'''

ROW = '    Interface("loud", "capitals: an endpoint description, or off", "off", loud.make_service),\n'


def test_an_interface_is_one_file_and_one_row(tmp_path: Path) -> None:
    package = tmp_path / "twistchat"
    shutil.copytree(Path(twistchat.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "interfaces" / "loud.py").write_text(FILE)
    table = package / "interfaces" / "table.py"
    text = table.read_text()
    text = text.replace("from twistchat.interfaces import admin\n", "from twistchat.interfaces import admin, loud\n")
    table.write_text(text.replace("INTERFACES = (\n", f"INTERFACES = (\n{ROW}"))

    listen = (*LOOPBACK, "--loud", "tcp:0:interface=127.0.0.1")
    environment = {"PYTHONPATH": str(tmp_path)}
    with Server(tmp_path, listen=listen, environment=environment) as server, LineClient(server) as eve:
        eve.says("eve")
        eve.hears("Connected to server!\r\n")
        with LineClient(server, interface="loud") as ada:
            ada.says("ada")
            ada.hears("CONNECTED TO SERVER!\r\n")
            ada.says("hello from a new way in")
            eve.hears("ada: hello from a new way in\r\n")
            eve.says("/whois ada")
            eve.hears("ada: by loud, ")
            eve.says("hello back")
            ada.hears("EVE: HELLO BACK\r\n")
        eve.hears("ada left!\r\n")
