"""How irctest starts this server, and has names claimed: a controller of its own kind; see `tests/public_irc_suite.py`.

Its tests choose passwords, and here a code is given. So what a test takes for the password of an account is noted, and
stands for the code in what its clients send for SASL PLAIN. Whatever else they send is sent as it is.
"""

from __future__ import annotations

import os
import re
import socket
from base64 import b64decode, b64encode
from typing import Any

from irctest import patma
from irctest.basecontrollers import BaseServerController, DirectoryBasedController
from irctest.client_mock import ClientMock
from irctest.runner import NotImplementedByController
from support.patience import PATIENCE_SECONDS

SERVER = "My.Little.Server"
"""So the tests call it."""

OPTIONS = (
    *("--tcp=off", "--udp=off", "--ssh=off", "--admin=off"),
    *("--flood=off", "--per-address=off", "--per-address-often=off"),  # the tests talk fast and often
    "--name-chars=40",  # their rooms are called `#chan` and 24 digits: 28 characters
    "--history=off",  # the past is asked for by CHATHISTORY, and must not be there unasked
    "--irc-join=off",  # they expect to be nowhere after registration
    *(f"--irc-name={SERVER}", "--irc-network=testnet"),
    "--web-host=0.0.0.0",  # as the WebSocket's tests call it
)

_CODE = re.compile(rb"\b[0-9]{4}(?:-[0-9]{4}){3}\b")
_codes: dict[tuple[str, str], str] = {}


class TwistchatController(BaseServerController, DirectoryBasedController):  # type: ignore[misc]
    """Runs one server for one test."""

    software_name = "twistchat"
    _port_wait_interval = 0.05
    supports_sts = False
    supported_sasl_mechanisms = frozenset({"PLAIN"})
    capabilities: frozenset[Any] = frozenset()
    optional_behaviors: frozenset[Any] = frozenset()
    isupport = {
        "CASEMAPPING": "ascii",
        "CHANTYPES": "#",
        "NETWORK": "testnet",
        "UTF8ONLY": None,
        "NICKLEN": patma.StrRe("[0-9]+"),
        "TOPICLEN": patma.StrRe("[0-9]+"),
    }

    def run(self, hostname: str, port: int, **how: Any) -> None:
        """Start it on a port; `websocket_port` is where the web's is to be."""
        if how["password"] is not None:
            raise NotImplementedByController("a password of the server's")
        if how["ssl"]:
            raise NotImplementedByController("TLS")
        self.hostname, self.port = hostname, port
        self.create_config()
        web = how["websocket_port"]
        self.proc = self.execute(
            [
                *(os.environ["TWISTCHAT_PYTHON"], "-m", "twistchat", "serve", *OPTIONS),
                f"--state-dir={self.directory / 'state'}",
                f"--irc=tcp:{port}:interface=127.0.0.1",
                f"--web=tcp:{web}:interface=127.0.0.1" if web else "--web=off",
            ],
            proc_name="twistchat",
            cwd=self.directory,
        )

    def wait_for_services(self) -> None:
        """There are none."""

    def registerUser(self, case: Any, username: str, password: str | None = None) -> None:
        """Come in by a name, claim it, and go."""
        self.wait_for_port()
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS) as made:
            made.sendall(f"NICK {username}\r\nUSER u 0 * :u\r\nCLAIM\r\nQUIT\r\n".encode())
            came = b"".join(iter(lambda: made.recv(65536), b""))
        found = _CODE.search(came)
        assert found is not None, came
        _codes[username, password or ""] = found[0].decode()


def _with_code(line: str) -> str:
    """A line to be sent; a proof with the code in place of the password."""
    word, _, proof = line.partition(" ")
    try:
        wanted, name, password = b64decode(proof, validate=True).decode().split("\0") if word == "AUTHENTICATE" else ()
    except ValueError:
        return line
    code = _codes.get((name, password))
    return line if code is None else f"{word} {b64encode(chr(0).join((wanted, name, code)).encode()).decode()}"


def _send_with_codes(send: Any) -> Any:
    return lambda client, line: send(client, _with_code(line) if isinstance(line, str) else line)


ClientMock.sendLine = _send_with_codes(ClientMock.sendLine)


def get_irctest_controller_class() -> type[TwistchatController]:
    """irctest's hook."""
    return TwistchatController
