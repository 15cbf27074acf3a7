"""irctest, the public suite of tests of IRC servers, against this one: `python tests/public_irc_suite.py FOLDER`.

FOLDER is a checkout of https://github.com/progval/irctest (b00c039) with an environment in its `v`:

    git clone https://github.com/progval/irctest && cd irctest && git checkout b00c039
    python3 -m venv v && v/bin/pip install -r requirements.txt pytest-timeout

Each group is run in parts of about a minute, one after another. Nothing of irctest is here but the names of its tests.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parent
GROUPS = {"core": 4, "operators": 1, "history": 1, "websocket": 1, "accounts": 1, "second": 1}
"""Each with its parts."""

_COUNT = re.compile(r"([0-9]+) (passed|failed|skipped|errors?|xfailed)")


def run(folder: Path, group: str, part: int, parts: int) -> tuple[Counter[str], str]:
    """Run a part of a group.

    Returns:
        How many tests ended how, and what pytest has written.
    """
    command = [str(folder / "v/bin/python"), "-m", "pytest", "-p", "no:cacheprovider", "-p", "support.publicirc_groups"]
    command += ["--timeout", "120", "--controller", "support.publicirc", "-q", "-rfEs", "irctest/server_tests"]
    with tempfile.TemporaryDirectory(prefix="irctest-") as temporary:
        env = os.environ | {
            "PYTHONPATH": f"{TESTS}:{folder}",
            "TMPDIR": temporary,
            "TWISTCHAT_PYTHON": sys.executable,
            "GROUP": group,
            "PART": str(part),
            "OF_PARTS": str(parts),
        }
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    last = done.stdout.rstrip().rpartition("\n")[2]
    return Counter({how: int(count) for count, how in _COUNT.findall(last)}), done.stdout


def main() -> int:
    """Run groups, and say how many of each passed; 0 where none failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the checkout")
    parser.add_argument("group", nargs="*", help=f"of {', '.join(GROUPS)}; all unless one is named")
    asked = parser.parse_args()
    folder, groups = asked.folder.resolve(), asked.group or list(GROUPS)
    if not set(groups) <= GROUPS.keys():
        parser.error(f"groups are {', '.join(GROUPS)}.")
    if not (folder / "v/bin/python").exists():
        parser.error(f"{folder} has no v/bin/python; see the beginning of {__file__}.")
    bad = 0
    for group in groups:
        total: Counter[str] = Counter()
        for part in range(GROUPS[group]):
            counts, written = run(folder, group, part, GROUPS[group])
            total += counts
            if counts.keys() - {"passed", "skipped"} or not counts:
                bad += 1
                print(written[-20_000:])
        print(f"{group}: {', '.join(f'{count} {how}' for how, count in total.items())}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
