"""Real IRC clients at terminals of their own: irssi, WeeChat, and a bot, Limnoria.

What a client has understood is read in its own log, which has no cursor movements in it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pexpect
import pytest
from support.patience import PATIENCE_SECONDS
from support.server import Server

IRSSI = """
settings = {
  core = { real_name = "Ada Lovelace"; };
  "fe-common/core" = {
    autolog = "yes"; autolog_path = "HOME/logs/$0.log"; autolog_level = "all"; log_timestamp = "";
    term_charset = "UTF-8"; autocreate_own_query = "no";
  };
  "irc/core" = { cmd_queue_speed = "10msec"; };
};
"""


class IrcTerminal:
    """A client at a terminal, and the logs that it writes."""

    def __init__(self, home: Path, command: list[str], log: Callable[[str], Path]) -> None:
        self.home = home
        self._log = log
        environment = {**os.environ, "HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        environment = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
        self.child: Any = pexpect.spawn(
            command[0], command[1:], env=environment, dimensions=(40, 160), encoding="utf-8", timeout=PATIENCE_SECONDS
        )
        self.drawn = b""
        """All that it has drawn. It is taken as it comes, or the client would stop at a full terminal."""
        self._taking = threading.Thread(target=self._take, daemon=True)
        self._taking.start()

    def _take(self) -> None:
        with suppress(OSError):  # the terminal of a client that is gone
            while drawn := os.read(self.child.child_fd, 65536):
                self.drawn += drawn

    def types(self, *lines: str) -> None:
        """Type lines, each followed by Enter."""
        for line in lines:
            self.child.send(f"{line}\r")

    def text(self, where: str) -> str:
        """What the log of a room or a person has."""
        path = self._log(where)
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def sees(self, where: str, wanted: str) -> str:
        """Wait until the log of a room or a person has something; return all of it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not re.search(wanted, self.text(where)):
            assert time.monotonic() < deadline, f"{wanted!r} never came in {where}:\n{self.text(where)}"
            time.sleep(0.05)
        return self.text(where)

    def draws(self, wanted: str) -> None:
        """Wait until the client has drawn something."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while wanted.encode() not in self.drawn:
            assert time.monotonic() < deadline, f"{wanted!r} was never drawn: {self.drawn!r}"
            time.sleep(0.05)

    def ends(self) -> None:
        """Wait until the client is gone."""
        self._taking.join(PATIENCE_SECONDS)
        assert not self._taking.is_alive()
        self.child.wait()
        self.child.close()

    def is_killed(self) -> None:
        """End the client as if its machine had failed."""
        self.child.kill(signal.SIGKILL)
        self.ends()


def irssi(folder: Path, server: Server, name: str) -> IrcTerminal:
    """Start irssi as the README has it."""
    home = folder / f"irssi-{name}"
    home.mkdir()
    (home / "config").write_text(IRSSI.replace("HOME", str(home)))
    command = ["irssi", "--home", str(home), "-c", "127.0.0.1", "-p", str(server.port("irc")), "-n", name]
    return IrcTerminal(home, command, lambda where: home / "logs" / f"{where}.log")


def weechat(folder: Path, server: Server, name: str) -> IrcTerminal:
    """Start WeeChat."""
    home = folder / f"weechat-{name}"
    home.mkdir()
    commands = (
        "/set logger.file.flush_delay 0;/set logger.file.auto_log on;"
        f"/server add chat 127.0.0.1/{server.port('irc')} -notls -nicks={name},{name}_;"
        "/set irc.server.chat.anti_flood_prio_high 0;/set irc.server.chat.anti_flood_prio_low 0;"
        f"/set irc.server.chat.autoreconnect_delay 1;/set irc.server.chat.ssl off;/connect chat"
    )
    return IrcTerminal(
        home,
        ["weechat", "-d", str(home), "-r", commands],
        lambda where: home / "logs" / f"irc.chat.{where}.weechatlog",
    )


LIMNORIA = """
supybot.nick: NAME
supybot.networks: chat
supybot.networks.chat.servers: 127.0.0.1:PORT
supybot.networks.chat.channels: #lobby
supybot.networks.chat.ssl: False
supybot.directories.conf: HOME/conf
supybot.directories.data: HOME/data
supybot.directories.log: HOME/logs
supybot.directories.backup: HOME/backup
supybot.reply.whenAddressedBy.chars: !
supybot.protocols.irc.throttleTime: 0.0
supybot.plugins: Owner Misc Utilities ChannelLogger
supybot.plugins.Owner: True
supybot.plugins.Misc: True
supybot.plugins.Utilities: True
supybot.plugins.ChannelLogger: True
supybot.plugins.ChannelLogger.flushImmediately: True
supybot.plugins.ChannelLogger.timestamp: False
supybot.log.level: DEBUG
"""


class Limnoria:
    """A bot that answers `!echo TEXT`, and logs what is said in the lobby."""

    def __init__(self, folder: Path, server: Server, name: str) -> None:
        """Start it, or skip the test where it is not installed."""
        if shutil.which("supybot") is None:
            pytest.skip("Limnoria is not installed here (Debian: limnoria)")
        self.home = folder / f"limnoria-{name}"
        self.home.mkdir()
        path = self.home / "bot.conf"
        port = str(server.port("irc"))
        path.write_text(LIMNORIA.replace("NAME", name).replace("PORT", port).replace("HOME", str(self.home)))
        with (self.home / "output").open("wb") as output:
            self._process = subprocess.Popen(
                ["supybot", "--allow-root", str(path)], cwd=self.home, stdout=output, stderr=subprocess.STDOUT
            )

    @property
    def text(self) -> str:
        """What was said in the lobby, as the bot has it."""
        return "".join(path.read_text("utf-8") for path in sorted(self.home.glob("logs/ChannelLogger/**/*.log")))

    @property
    def debug(self) -> str:
        """The bot's log of itself, with all lines that came and went."""
        return (self.home / "logs" / "messages.log").read_text("utf-8")

    def waits_for(self, wanted: str) -> None:
        """Wait until the bot has seen something."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while wanted not in self.text:
            assert time.monotonic() < deadline, f"{wanted!r} never came to the bot: {self.text!r}"
            time.sleep(0.05)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
