"""Runs a command while its machine seems to stand still now and then, as a shared one does; a tool, no test.

python tests/standstill.py --seed 7 -- .venv/bin/pytest -q -n 2 tests/test_e2e_restart*.py

All of the command's processes are frozen at once for 3 s and longer (the kernel's freezer: root, and cgroups of either
version), and clocks go on. What fails by it holds a promise by the clock that no machine gives.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

LEAST_SECONDS = 3.0
"""Less is what any busy machine does."""

CGROUPS = Path("/sys/fs/cgroup")


class Freezer:
    """A group of processes that can be frozen."""

    def __init__(self) -> None:
        """Make it.

        Raises:
            OSError: There is no freezer here, or it is root's.
        """
        is_first = (CGROUPS / "freezer").is_dir()
        self._group = (CGROUPS / "freezer" if is_first else CGROUPS) / f"standstill-{os.getpid()}"
        self._switch = self._group / ("freezer.state" if is_first else "cgroup.freeze")
        self._words = ("FROZEN", "THAWED") if is_first else ("1", "0")
        self._group.mkdir()

    def enter(self) -> None:
        """Have this process be in it, and whatever it starts."""
        (self._group / "cgroup.procs").write_text(str(os.getpid()))

    def freeze(self, seconds: float) -> None:
        """Have all of them stand still."""
        self._switch.write_text(self._words[0])
        try:
            time.sleep(seconds)
        finally:
            self._switch.write_text(self._words[1])

    def close(self) -> None:
        """Remove it, if all of them have ended."""
        try:
            self._group.rmdir()
        except OSError:
            print(f"still running: {(self._group / 'cgroup.procs').read_text().split()}", file=sys.stderr)


def main(words: Sequence[str]) -> int:
    """Run it; the command's exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--between", type=float, default=10.0, metavar="S", help="seconds, about [default: 10]")
    parser.add_argument("--most", type=float, default=10.0, metavar="S", help="that it stands still [default: 10]")
    parser.add_argument("--seed", type=int, default=1, help="[default: 1]")
    parser.add_argument("command", nargs="+")
    given = parser.parse_args(words)
    chance, freezer, times, stood = random.Random(given.seed), Freezer(), 0, 0.0
    with subprocess.Popen(given.command, preexec_fn=freezer.enter) as running:
        while True:
            try:
                running.wait(given.between * chance.uniform(0.3, 1.7))
                break
            except subprocess.TimeoutExpired:
                seconds = chance.uniform(LEAST_SECONDS, max(LEAST_SECONDS, given.most))
                freezer.freeze(seconds)
                times, stood = times + 1, stood + seconds
    freezer.close()
    print(f"It stood still {times} times, for {stood:.0f} s.", file=sys.stderr)
    return running.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
