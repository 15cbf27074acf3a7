"""Promise 1: nobody sees what is not stored. A real server is killed at any moment, again and again."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from support.measured import measured

from twistchat.bench.crash import Verdict

KILLS = 50


def bench(*options: str) -> tuple[int, dict[str, int]]:
    """Run the crash test in a process of its own; returns its exit status and its figures by name."""
    command = measured("-m", "twistchat", "bench", "crash", *options)
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=110)
    figures = {name: int(count) for name, count in re.findall(r"^(.*): ([0-9]+)$", done.stdout, re.M)}
    assert figures, done.stdout + done.stderr
    return done.returncode, figures


def test_whatever_anybody_saw_is_there_after_a_kill_once_and_in_order() -> None:
    status, figures = bench("--kills", str(KILLS), "--seed", "20261121")
    assert figures["kills"] == KILLS
    assert figures["lines received"] > 20 * KILLS
    assert figures["lines missing"] == figures["lines stored twice"] == 0
    assert figures["lines received in another order, or twice"] == 0
    assert status == 0


def test_power_durability_keeps_the_same_promise() -> None:
    """Each commit waits for the disk here, so that talk takes longer."""
    status, figures = bench("--kills", "5", "--seconds", "1", "--", "--durability=power")
    assert (status, figures["lines missing"]) == (0, 0)
    assert figures["lines received"] > 50


@pytest.mark.parametrize(
    ("seen", "stored", "is_good"),
    [
        ([["a", "b"], ["b", "c"]], ["a", "b", "c", "d"], True),
        ([["a", "b"]], ["a"], False),
        ([["a"]], ["a", "a"], False),
        ([["b", "a"]], ["a", "b"], False),
        ([["a", "a"]], ["a"], False),
    ],
)
def test_the_verdict_sees_what_is_missing_doubled_or_out_of_order(
    seen: list[list[str]], stored: list[str], is_good: bool
) -> None:
    assert Verdict(1, seen, stored).is_good is is_good
