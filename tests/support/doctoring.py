"""Running `twistchat doctor`, and reading what it found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.patience import PATIENCE_SECONDS
from support.server import only

TWISTCHAT = (sys.executable, "-m", "twistchat")

can_mount = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root can make a file system of its own"
)

Rows = dict[str, list[dict[str, str]]]


def doctor(
    state: Path, *words: str, before: tuple[str, ...] = (), stdin: int = subprocess.DEVNULL, **environment: str
) -> tuple[int, Rows]:
    """Run it with `--json`, and give its status and the findings by check.

    Args:
        state: The state folder.
        words: Options; interfaces that they do not name are off.
        before: What is typed before it, such as `unshare`.
        stdin: Standard input of what is typed before it.
        environment: Variables beside those that there are.
    """
    ran = subprocess.run(
        [*before, *TWISTCHAT, "doctor", "--json", "--state-dir", str(state), *only(*words)],
        env={**os.environ, "LANG": "C.UTF-8", **environment},
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        stdin=stdin,
    )
    assert b"Traceback" not in ran.stderr, ran.stderr
    assert ran.stdout, ran.stderr
    rows: Rows = {}
    for row in json.loads(ran.stdout)["findings"]:
        rows.setdefault(row["check"], []).append(row)
    return ran.returncode, rows


def says(rows: Rows, check: str, verdict: str, found: str, advice: str) -> None:
    """Expect a finding."""
    assert any(
        row["verdict"] == verdict and found in row["found"] and advice in row["advice"] for row in rows[check]
    ), rows[check]
