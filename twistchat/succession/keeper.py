"""Keeps a process id for those who look at it, while another process is the server: a shell, a container, supervisord.

A server that has handed over becomes this, by execv(2), with `python -S -E keeper.py LOCK SERVER`. It imports nothing
of the project, so that it stays as small as it is, whatever version the server is of by now.

Rule 1: what is sent to this process goes on to the server.
Rule 2: it ends when the server does, with its status; a server that was killed by a signal is told as shells tell it.
Rule 3: a server that exits with 75 has handed over to another, whose process id is in the lock.
Rule 4: what a server was sent in its last moments, it may never have seen: the one behind it is sent that as well.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time

PASSED_ON = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2}
HANDED_OVER = 75
LOOK_SECONDS = 0.02
LAST_SECONDS = 60.0  # of a server; one that restarts for longer than that has passed on by itself what it was sent
REPEATED = PASSED_ON - {signal.SIGUSR2}  # that one may be what it handed over for
SI_KERNEL = 128  # sigaction(2): a terminal's, which the server has got itself
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def adopt() -> None:
    """Have what a server leaves behind be this process's; stays so over execv(2), which may take a while.

    A server that restarts meanwhile would leave its successor to init, and there would be nobody to wait for.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def keep(lock: str, server: int) -> int:
    """Wait for the end of whoever is the server.

    Args:
        lock: The state folder's file with the server's process id.
        server: Who it is now.

    Returns:
        The exit status.
    """
    adopt()
    waited_for = {*PASSED_ON, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    ended: dict[int, int] = {}
    sent: dict[int, float] = {}
    while True:
        has_children = reap(ended)
        if ended.get(server) == HANDED_OVER:
            after = server_after(lock, server, ended)
            others = [status for process, status in ended.items() if process != server]
            if after is None:
                return others[-1] if others else 1
            del ended[server]
            server = after
            lately = time.monotonic() - LAST_SECONDS
            for number, at in sent.items():
                if number in REPEATED and at > lately:
                    pass_on(server, number)
            continue
        if server in ended:
            return ended[server]
        if not has_children:
            return 1
        came = signal.sigwaitinfo(waited_for)
        if came.si_signo != signal.SIGCHLD and came.si_code != SI_KERNEL:
            sent[came.si_signo] = time.monotonic()
            pass_on(server, came.si_signo)


def reap(ended: "dict[int, int]") -> bool:
    """Note the exit statuses of those who have ended, by their process ids; false where nobody is left."""
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if not process:
            return True
        code = os.waitstatus_to_exitcode(status)
        ended[process] = code if code >= 0 else 128 - code


def server_after(lock: str, server: int, ended: "dict[int, int]") -> "int | None":
    """Who the server is after one that has handed over, as soon as the lock says so; None where none is left."""
    while (found := server_in(lock)) == server:
        if not reap(ended):
            return None
        time.sleep(LOOK_SECONDS)
    return found


def server_in(lock: str) -> int:
    """Who the server is."""
    with open(lock, encoding="ascii") as file:
        return int(file.read(64).split()[0])


def pass_on(server: int, number: int) -> None:
    """Send a signal on."""
    with contextlib.suppress(ProcessLookupError):  # it has just ended, and that is what comes next
        os.kill(server, number)


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1], int(sys.argv[2])))
