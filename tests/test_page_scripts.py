"""The page's scripts without a browser: Node's own test runner on the tests in `page/`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from support.patience import PATIENCE_SECONDS

TESTS = sorted((Path(__file__).parent / "page").glob("*.test.js"))
OLDEST_NODE = (20, 19)
"""The first that sees by itself that a script is a module; the page's have no package.json that says so."""


def node_version() -> tuple[int, ...]:
    """The version of the installed Node.js; empty where there is none."""
    if shutil.which("node") is None:
        return ()
    version = subprocess.check_output(["node", "--version"], text=True)
    return tuple(int(number) for number in version.strip().removeprefix("v").split("."))


@pytest.mark.skipif(node_version() < OLDEST_NODE, reason="Node.js 20.19 is not installed (Debian: nodejs)")
@pytest.mark.parametrize("script", TESTS, ids=lambda script: script.name.removesuffix(".test.js"))
def test_the_pages_scripts_do_without_a_browser_what_their_tests_say(script: Path) -> None:
    ran = subprocess.run(
        ["node", "--test", str(script)], capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
