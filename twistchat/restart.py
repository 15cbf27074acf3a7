"""`twistchat restart`: the server of a state folder hands over to a new process, and nobody is dropped."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from twistchat.log.whoserves import CannotAsk
from twistchat.processes.restarting import locks_of, restart_each
from twistchat.statefolder import STATE_DIR
from twistchat.status import FAILED, OK
from twistchat.succession.asking import ask


def asked(lock: Path) -> tuple[str, bool]:
    """What comes of it where one server is asked."""
    return ask(lock, say=lambda sentence: print(f"twistchat: {sentence}", file=sys.stderr))


def restart(words: Sequence[str]) -> int:
    """Have the server of a state folder hand over, and say what came of it.

    Returns:
        The exit status.
    """
    parser = argparse.ArgumentParser(
        prog="twistchat restart",
        description="Have a server hand over to a new process, such as after an upgrade: who is connected stays so. "
        "Who came by TLS or SSH has to come again. Where it cannot be done the server goes on as it was.",
    )
    parser.add_argument("--state-dir", metavar="DIR", type=Path, default=Path(STATE_DIR), help="default: %(default)s")
    locks = locks_of(parser.parse_args(words).state_dir)
    try:
        said, is_done = asked(locks[0]) if len(locks) == 1 else restart_each(locks, asked)
    except CannotAsk as error:
        said, is_done = f"twistchat: {error}", False
    print(said, file=sys.stdout if is_done else sys.stderr)
    return OK if is_done else FAILED
