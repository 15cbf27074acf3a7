"""The fuzzer of `fuzz.py`, led by which branches an input reaches: atheris, libFuzzer for Python.

    .venv/bin/pip install atheris
    nice -n 19 .venv/bin/python tests/fuzz_led.py irc --seconds 600

The same targets and rules; but an input that reaches a branch that none reached before is kept, and changed further.
Of an input the first two bytes decide how it is cut into reads and the like, so that it does the same again. What
breaks a rule ends the run with status 77, and is kept in the current folder as a file whose name begins with `crash-`;
`--again FILE` runs that one.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["twistchat"]):
    from fuzz import TARGETS, Rules

MOST_BYTES = 20_000


def main() -> None:
    """Read the command line and run it; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--again", type=Path, help="an input to run alone")
    given = parser.parse_args()
    rules = Rules(TARGETS[given.target])

    def one(data: bytes) -> None:
        rules.hold(data[2:], random.Random(data[:2]))

    if given.again is not None:
        one(given.again.read_bytes())
        return
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(TARGETS[given.target].seeds):
            (Path(folder) / str(number)).write_bytes(b"\0\0" + seed)
        words = [f"-max_total_time={given.seconds}", f"-max_len={MOST_BYTES}", "-print_final_stats=1", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *words, folder], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
