"""Whether the terminal shows Chinese as the console and `twistchat join` reckon."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import tty
from collections.abc import Iterator, Mapping
from pathlib import Path

from twistchat.doctor.finding import Finding, look, ok

ANSWER_SECONDS = 0.5
"""How long the terminal has to say where its cursor is; one that is far away needs a tenth."""

_REPORT = re.compile(rb"\x1b\[[0-9]+;([0-9]+)R")


def text(environment: Mapping[str, str], columns: int | None) -> Iterator[Finding]:
    """Look at the locale, and at how wide a character is.

    Args:
        environment: Its LC_ALL, LC_CTYPE or LANG, of which the first that is there counts (locale(7)).
        columns: That 你 takes at this terminal; None where it is none, or does not say.
    """
    locale = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "C")
    if re.search(r"utf-?8", locale, re.IGNORECASE) is None:
        yield look(f"the locale {locale} is not of UTF-8, so that some programs garble Chinese", "export LANG=C.UTF-8")
    else:
        yield ok(f"the locale is {locale}")
    if columns is not None and columns != 2:
        yield look(
            f"this terminal gives a Chinese character {columns} columns in place of 2",
            "another font, or a terminal of UTF-8; in PuTTY: Window, Translation, UTF-8",
        )


def environment_given() -> Mapping[str, str]:
    """This process's environment as it was given: Python sets LC_CTYPE to UTF-8 where the locale is C (PEP 538), which
    nothing else that is started there has.
    """
    try:
        given = Path("/proc/self/environ").read_bytes()
    except OSError:  # no Linux
        return os.environ
    pairs = (entry.partition(b"=") for entry in given.split(b"\0") if entry)
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


def width_here() -> int | None:
    """How many columns 你 takes at the terminal of this process: it is printed, and the cursor asked for, then gone."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    return width_at(sys.stdin.fileno(), sys.stdout.fileno())


def width_at(read: int, write: int) -> int | None:
    """How many columns 你 takes; None where the terminal does not say.

    Args:
        read: A file descriptor of a terminal.
        write: Another.
    """
    before = termios.tcgetattr(read)
    try:
        tty.setcbreak(read)
        os.write(write, "\r你\x1b[6n".encode())
        got = b""
        while _REPORT.search(got) is None and select.select([read], [], [], ANSWER_SECONDS)[0]:
            got += os.read(read, 64)
        os.write(write, b"\r\x1b[K")
    finally:
        termios.tcsetattr(read, termios.TCSADRAIN, before)
    report = _REPORT.search(got)
    return None if report is None else int(report[1]) - 1
