"""The command line of `twistchat bundle`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from twistchat.bundle import archive
from twistchat.bundle.contents import members
from twistchat.bundle.refusals import CannotBundle
from twistchat.bundle.targets import TARGETS, chosen
from twistchat.bundle.wheels import fetch
from twistchat.status import FAILED, OK, WRONG_USE

EPILOG = f"""\
It fetches the pinned versions by pip, checks their hashes, and writes the same file for the same input. Unless --for
says otherwise it has the compiled parts of {len(TARGETS)} pairs of platform and Python; others run it without SSH and
TLS."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        "twistchat bundle",
        epilog=EPILOG,
        description="Write all of twistchat into one file, for machines without network.",
    )
    made.add_argument("file", nargs="?", type=Path, default=Path("twistchat.pyz"), help="[default: %(default)s]")
    made.add_argument(
        "--for",
        dest="targets",
        action="append",
        default=[],
        metavar="PLATFORM[:PYTHON]",
        help="whose compiled parts to carry, such as x86_64-linux-gnu:3.11; may be given again [default: all]",
    )
    made.add_argument(
        "--wheels", type=Path, metavar="FOLDER", help="keep what is fetched here; what is there is not fetched again"
    )
    return made


def main(words: Sequence[str]) -> int:
    """Run `twistchat bundle`.

    Returns:
        The exit status.
    """
    arguments = parser().parse_args(words)
    try:
        targets = chosen(arguments.targets)
        seconds = archive.date_of_source(os.environ)
    except ValueError as error:
        print(f"twistchat: {error}", file=sys.stderr)
        return WRONG_USE
    try:
        with tempfile.TemporaryDirectory(prefix="twistchat-wheels-") as passing:
            found = members(fetch(targets, arguments.wheels or Path(passing)))
        archive.write(arguments.file, found, seconds)
    except (CannotBundle, OSError) as error:
        print(f"twistchat: {arguments.file} is not written: {error}", file=sys.stderr)
        return FAILED
    megabytes = arguments.file.stat().st_size / 1e6
    print(f"{arguments.file}: {megabytes:.1f} MB; anywhere with Python 3.11: python3 {arguments.file.name} serve")
    return OK
