"""Processes that are kept running until their supervisor is told to stop, and are then stopped in their order.

Rule 1: whoever stops is told so and waited for; a server stores that its people have left, which needs Redis. So what
    was started first is stopped last.
Rule 2: what ends by itself is started again, after a pause that doubles; but where the first server cannot start at
    all, nothing goes on, as its sentence says what to do.
Rule 3: a server that hands over to a new process keeps that one's place here: its process id goes on to stand for both.
Rule 4: Ctrl-C is the supervisor's alone: the others are in sessions of their own. If it is killed, the kernel stops
    them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from twistchat.succession import notify

STOP_SECONDS = 6.0
"""How long a process has to stop: twice what a server promises."""

PAUSES = (0.5, 30.0)
"""Seconds before what ended is started again: at first, and at most."""

NOTIFIED = "NOTIFY_SOCKET"
"""By which systemd is told of the process that it started, which is the supervisor alone (sd_notify(3))."""

LAST_LINES_SECONDS = 2.0
"""For which the last lines of a process that has ended are waited for: what it started may have its output still."""

SETTLED_SECONDS = 60.0
"""After how long a process counts as one that runs, so that its next end is its first again."""

_PR_SET_PDEATHSIG = 1  # prctl(2)
_TOLD = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2, signal.SIGCHLD}


@dataclass
class Child:
    """One process."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    is_labelled: bool = True
    """Whether its name stands before each line that it writes; otherwise it writes where the supervisor does."""
    is_essential: bool = False
    """Whether nothing goes on where it ends by itself before it has settled."""
    before: Callable[[], object] = bool
    """Called each time before it is started."""
    is_ready: Callable[[Child], bool] | None = None
    """Whether the next may be started; None where that need not wait."""
    hears_hangup: bool = True
    """Whether SIGHUP is handed on."""
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = PAUSES[0]
    again_at: float | None = None
    copying: threading.Thread | None = None
    """What puts the name before its lines."""

    def start(self) -> None:
        """Run it."""
        self.before()
        out = subprocess.PIPE if self.is_labelled else None
        self.began, self.again_at = time.monotonic(), None
        self.process = subprocess.Popen(
            self.command,
            env={**{name: os.environ[name] for name in os.environ if name != NOTIFIED}, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT if out else None,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        if self.process.stdout is not None:
            self.copying = threading.Thread(target=_copy, args=(self.name, self.process.stdout), daemon=True)
            self.copying.start()

    @property
    def is_running(self) -> bool:
        """Whether it is there."""
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.process is not None and self.is_running:
            self.process.send_signal(number)

    def stop(self, seconds: float) -> None:
        """Have it end, and wait for that."""
        if self.process is None:
            return
        self.send(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.copying is not None:
            self.copying.join(LAST_LINES_SECONDS)


class Supervisor:
    """Keeps processes running."""

    def __init__(
        self, children: Sequence[Child], ready_seconds: float = 15.0, restart: Sequence[str] | None = None
    ) -> None:
        """Run nothing yet.

        Args:
            children: In the order in which they are started.
            ready_seconds: How long one that the next waits for may take.
            restart: What has them hand over to new processes, one after another, at SIGUSR2.
        """
        self._restart = restart
        self._restarting: subprocess.Popen[bytes] | None = None
        self._children = children
        self._ready_seconds = ready_seconds
        self._status: int | None = None

    def run(self) -> int:
        """Start all, and keep them running until a signal says to stop; the process is to end then.

        Returns:
            The exit status: 0, or that of an essential process that could not run.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _TOLD)
        try:
            for child in self._children:
                child.start()
                self._await(child)
                if self._status is not None:
                    break
            notify.tell("READY=1")
            while self._status is None:
                self._go_on(self._next_start())
        finally:
            for child in reversed(self._children):
                child.stop(STOP_SECONDS)
            for number in _TOLD - {signal.SIGCHLD}:
                signal.signal(number, signal.SIG_IGN)  # who stops it twice, as by Ctrl-C, has it end as once
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD)
        return self._status or 0

    def _await(self, child: Child) -> None:
        deadline = time.monotonic() + self._ready_seconds
        while self._status is None and child.is_ready is not None and not child.is_ready(child):
            if time.monotonic() >= deadline:
                return
            self._go_on(0.05)

    def _next_start(self) -> float:
        now = time.monotonic()
        waits = [child.again_at - now for child in self._children if child.again_at is not None]
        return max(0.0, min(waits, default=3600.0))

    def _go_on(self, seconds: float) -> None:
        """Wait for a signal, so long at most, and do what is due."""
        told = signal.sigtimedwait(_TOLD, seconds)
        number = None if told is None else told.si_signo
        if number in (signal.SIGTERM, signal.SIGINT):
            self._status = 0
            return
        if number == signal.SIGHUP:
            for child in self._children:
                if child.hears_hangup:
                    child.send(signal.SIGHUP)
        if number == signal.SIGUSR2:
            self._restart_all()
        self._look_after()

    def _restart_all(self) -> None:
        """Have it begin; it says itself what came of it. Where one is going on another changes nothing."""
        is_going_on = self._restarting is not None and self._restarting.poll() is None
        if self._restart is not None and not is_going_on:
            self._restarting = subprocess.Popen(self._restart, stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent)

    def _look_after(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.again_at is not None:
                if now >= child.again_at:
                    child.start()
            elif child.process is not None and not child.is_running:
                self._ended(child, child.process.returncode, now)

    def _ended(self, child: Child, status: int, now: float) -> None:
        has_settled = now - child.began >= SETTLED_SECONDS
        if child.is_essential and not has_settled and status > 0:
            self._status = status
            return
        first, most = PAUSES
        child.pause = first if has_settled else min(child.pause * 2, most)
        child.again_at = now + child.pause
        told = f"by signal {-status}" if status < 0 else f"with status {status}"
        print(f"{child.name} ended {told}; it is started again in {child.pause:g} s", file=sys.stderr, flush=True)


def _copy(name: str, lines: IO[bytes]) -> None:
    for line in lines:
        sys.stderr.buffer.write(b"[%s] %s" % (name.encode(), line))
        sys.stderr.buffer.flush()


def _end_with_parent() -> None:
    """In the new process, before its program: end with the supervisor, hear what it blocks, share no files."""
    os.umask(0o077)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
