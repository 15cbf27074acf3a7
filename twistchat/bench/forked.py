"""A server that is forked from this process, which has imported its code but no reactor."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from twistchat.foreground import serve


def forked(output: Path, options: Sequence[str]) -> int:
    """Start a server.

    Args:
        output: Behind what stands in this file it tells its operator what it does.
        options: Those of `twistchat serve`.

    Returns:
        Its process id; whoever starts it waits for its end.
    """
    pid = os.fork()
    if not pid:
        _serve(output, options)
    return pid


def _serve(output: Path, options: Sequence[str]) -> NoReturn:
    """Be the server, in the child; nothing of the parent's goes on there."""
    try:
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
        serve(options)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(1)
