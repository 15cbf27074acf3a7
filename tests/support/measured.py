"""Programs that tests start, counted for coverage where the tests themselves are."""

from __future__ import annotations

import sys
from pathlib import Path

import coverage

RULES = Path(__file__).parents[2] / "pyproject.toml"


def measured(*words: str) -> list[str]:
    """How Python is started with these words, such as `-m twistchat`, if what it runs is to be counted.

    What it starts in turn is not.
    """
    counting = coverage.Coverage.current()
    if counting is None:
        return [sys.executable, *words]
    file = counting.get_data().base_filename()
    return [sys.executable, "-m", "coverage", "run", "-p", f"--rcfile={RULES}", f"--data-file={file}", *words]
