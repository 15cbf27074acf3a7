"""The figures of a large log, from a small one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from support.measured import measured


def test_every_question_is_timed_and_the_log_is_kept_where_it_was_asked_for(tmp_path: Path) -> None:
    command = measured("-m", "twistchat", "bench", "log", "--lines", "3000", "--seconds", "0.2")
    done = subprocess.run([*command, "--folder", str(tmp_path)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    figures = dict(re.findall(r"^(.*?)  +(.*)$", done.stdout, re.M))
    assert figures["lines"] == "3,000"
    assert "median" in figures["a page for two Chinese characters"]
    assert "median" in figures["the reactor is late by, meanwhile"]
    assert (tmp_path / "log.db").stat().st_size > 100_000
