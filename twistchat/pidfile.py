"""twistd's pid file: none in the foreground unless it is asked for, and a sentence where it is in the way.

The lock in the state folder keeps a second server away from what the first one has, by a means that ends with its
process. A pid file outlives a crash and then may name any process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from twisted.python import usage


def arrange(twistd: usage.Options, words: Sequence[str]) -> None:
    """Settle what twistd does about its pid file.

    Args:
        twistd: Its options; they are changed.
        words: The command line that they come from.

    Raises:
        usage.UsageError: The file cannot be had; the text says why and what to do.
    """
    if "pidfile" not in twistd:  # `python -m twisted` has none
        return
    is_asked_for = any(word.startswith("--pid") for word in words)
    if not is_asked_for and (twistd["nodaemon"] or twistd["debug"]):
        twistd["pidfile"] = ""
    if twistd["pidfile"]:
        _check(Path(twistd["pidfile"]))


def _check(path: Path) -> None:
    advice = "Remove it if no server of yours runs there, or give twistd another --pidfile."
    try:
        text = path.read_text("ascii", "replace")
    except FileNotFoundError:
        _check_folder(path)
        return
    except OSError as error:
        raise usage.UsageError(f"--pidfile {path}: {error.strerror}. Give another.") from None
    if not text.strip().isdecimal():
        raise usage.UsageError(f"--pidfile {path}: there is no number of a process in it. {advice}")
    if _is_alive(int(text)):
        raise usage.UsageError(f"--pidfile {path}: process {text.strip()}, which it names, is running. {advice}")
    if not os.access(path, os.W_OK):
        raise usage.UsageError(f"--pidfile {path}: it cannot be written to. Give another.")


def _check_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise usage.UsageError(f"--pidfile {path}: there is no folder {path.parent}. Give another.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise usage.UsageError(f"--pidfile {path}: {path.parent} cannot be written to. Give another.")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # another user's
    return True
