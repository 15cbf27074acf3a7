"""A process that has imported all of a server, and forks one whenever a test wants it: importing is most of a start.

For tests of what goes on in a chat. Those of how a server starts, is called or restarts start the program itself.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.patience import PATIENCE_SECONDS

_PROGRAM = """
import sys
sys.path.append({!r})
from support.template import main
sys.path.pop()
main()
"""


class Template:
    """The process; it ends with the tests' own."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._turn = threading.Lock()
        with theirs:
            words = [sys.executable, "-u", "-c", _PROGRAM.format(str(Path(__file__).parents[1])), str(theirs.fileno())]
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        atexit.register(self._end)

    def ask(self, request: dict[str, Any], *fds: int) -> int:
        """Have it fork, or wait for what it has forked; the process's id, or its exit status."""
        with self._turn:
            socket.send_fds(self._socket, [json.dumps(request).encode()], fds)
            return int(self._socket.recv(64))

    def _end(self) -> None:
        self._socket.close()
        self._process.wait(PATIENCE_SECONDS)


_templates: list[Template] = []


class Forked:
    """A server that was forked, as much of a `Popen` as tests ask for."""

    def __init__(self, words: list[str], cwd: Path, env: Mapping[str, str]) -> None:
        if not _templates:
            _templates.append(Template())
        reading, writing = os.pipe2(os.O_CLOEXEC)
        request = {"words": words, "folder": str(cwd), "environment": {**env}}
        self.pid = _templates[0].ask(request, writing)
        os.close(writing)
        self._ended = os.pidfd_open(self.pid)
        self.stdout = os.fdopen(reading, "rb")
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, once there is one."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status."""
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("a forked server", timeout or 0)
        return status

    def _look(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], seconds)[0]:
            self.returncode = _templates[0].ask({"ended": self.pid})
            os.close(self._ended)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


def _serve(asked: socket.socket) -> None:
    """Fork whenever it is asked for; comes back in each process that was forked."""
    while True:
        message, fds, _, _ = socket.recv_fds(asked, 1 << 20, 1)
        if not message:
            os._exit(0)
        request = json.loads(message)
        if "ended" in request:
            status = os.waitstatus_to_exitcode(os.waitpid(request["ended"], 0)[1])
            asked.send(b"%d" % status)
            continue
        pid = os.fork()
        if not pid:
            return _become(request, fds[0])
        os.close(fds[0])
        asked.send(b"%d" % pid)


def _become(request: dict[str, Any], output: int) -> None:
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["-c", *request["words"]]
    signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> None:
    """Import, and be a server once it is wanted."""
    import gc
    import time

    import twisted.scripts._twistd_unix  # noqa: F401
    from twisted.scripts.twistd import run

    import twistchat.service  # noqa: F401

    assert "twisted.internet.reactor" not in sys.modules, "each server has one of its own"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the tests' own
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        _serve(asked)
    time.tzset()
    run()
