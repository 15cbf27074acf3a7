"""`twistchat doctor`: the command line, and how findings are told."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from twisted.python import usage

from twistchat.doctor.finding import Finding, Severity, ok, wrong
from twistchat.doctor.table import CHECKS, Check, Examination
from twistchat.options import Options
from twistchat.wire.text import escaped

STATUS = {Severity.OK: 0, Severity.LOOK: 1, Severity.WRONG: 2}
"""Exit statuses: of the worst finding."""


class Told(NamedTuple):
    """A finding, and the check that it is of."""

    check: str
    finding: Finding


def main(words: Sequence[str]) -> int:
    """Look at everything, and say what is not as it should be.

    Args:
        words: The options of the server that is to be looked at, such as `--config` and `--state-dir`; and `--json`.

    Returns:
        0 where all is well, 1 where somebody should look at something, 2 where something is wrong.
    """
    parser = argparse.ArgumentParser(
        prog="twistchat doctor",
        description="Say what keeps a server from running as you want, and what to type. Nothing is changed; a server "
        "may run. Give it the same options as the server: --config FILE, --state-dir DIR, --open ...",
        epilog="Exit status: 0 all is well, 1 somebody should look at something, 2 something is wrong.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object with all findings, for programs")
    given, others = parser.parse_known_args(words)
    told = [*examined(others)]
    if given.json:
        rows = [{"check": each.check, **each.finding._asdict(), "verdict": each.finding.verdict.value} for each in told]
        print(json.dumps({"findings": rows}, ensure_ascii=False, indent=1))
    else:
        sys.stdout.writelines(_lines(told))
    return max(STATUS[each.finding.verdict] for each in told)


def examined(words: Sequence[str]) -> Iterator[Told]:
    """Run the checks, those that can be run.

    Args:
        words: The options of the server.
    """
    options = Options()
    try:
        usage.Options.parseOptions(options, list(words))
    except usage.UsageError as error:
        yield Told("options", wrong(str(error), "twistchat serve --help"))
        readable = False
    else:
        config = options["config"]
        whence = f"read, with {config}" if config else "read; no --config"
        yield Told("options", ok(whence))
        readable = True
    for check in CHECKS:
        if readable or not check.needs_options:
            yield from (Told(check.name, finding) for finding in _run(check, Examination(options)))


def _run(check: Check, it: Examination) -> Iterator[Finding]:
    """Run a check, whatever the machine refuses it."""
    try:
        yield from check.run(it)
    except (OSError, sqlite3.Error) as error:
        name = Path(getattr(error, "filename", None) or "it").name
        yield wrong(f"{name} cannot be looked at: {error}", "sudo twistchat doctor")


def _lines(told: Iterable[Told]) -> Iterator[str]:
    found = {verdict: 0 for verdict in Severity}
    for check, finding in told:
        found[finding.verdict] += 1
        yield f"{finding.verdict.value:6}{check:10}{escaped(finding.found)}\n"
        if finding.advice:
            yield f"{'':16}-> {escaped(finding.advice)}\n"
    count = [f"{found[Severity.WRONG]} wrong", f"{found[Severity.LOOK]} to look at"]
    yield f"\n{'All is well.' if not (found[Severity.WRONG] or found[Severity.LOOK]) else ', '.join(count) + '.'}\n"
