"""A server whose terminal is gone stops, as nobody could stop it any more; SIGHUP without that is a reload."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pexpect
import pytest
from support.patience import PATIENCE_SECONDS
from support.server import ANY, TWISTD, only, wait_for_file

from twistchat.hangup import OwnWindow

WORDS = ("-n", "--pidfile=", "twistchat", *only("--tcp", ANY))


@pytest.mark.parametrize(
    ("looks", "is_gone"),
    [((True, True), False), ((True, False), True), ((False, False), False), ((False, True), False)],
)
def test_a_terminal_is_gone_that_was_there_at_the_start(looks: tuple[bool, bool], is_gone: bool) -> None:
    each = iter(looks)
    assert OwnWindow(lambda: next(each)).is_gone is is_gone


def test_who_closes_the_window_stops_the_server_as_by_ctrl_c(tmp_path: Path) -> None:
    log = tmp_path / "chat.log"
    command, *before = TWISTD
    words = [*before, "--logfile", str(log), *WORDS, "--state-dir", str(tmp_path / "state")]
    window = pexpect.spawn(command, words, timeout=PATIENCE_SECONDS, encoding="utf-8")
    wait_for_file(log, "would open it")
    window.kill(signal.SIGHUP)
    wait_for_file(log, "limits read again")
    assert window.isalive()
    os.close(window.child_fd)  # what a window that is closed does; the kernel sends SIGHUP
    wait_for_file(log, "Server Shut Down")
    window.ptyproc.wait()
    assert "Traceback" not in log.read_text()
