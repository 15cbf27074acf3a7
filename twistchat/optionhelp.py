"""The help of the server's options: by subject, each with an example, as one looks for what one wants to do."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

WIDTH = 80
_COLUMN = 26
"""Where explanations begin."""


class Row(NamedTuple):
    """An option that takes a value."""

    name: str
    default: str | None
    explanation: str

    @property
    def parameter(self) -> list[str | None]:
        """The row as Twisted has it; the default is ours to fill in, so that what was typed can be told apart."""
        return [self.name, None, None, self.explained]

    @property
    def explained(self) -> str:
        """What it is, and what it is unless it is given."""
        return self.explanation + (f" [default: {self.default}]" if self.default else "")


class Subject(NamedTuple):
    """Options that belong together."""

    title: str
    example: str
    """Words behind the command that can be typed as they are."""
    rows: Sequence[Row]
    is_flag: bool = False
    """Whether the options take no value."""


def as_typed() -> str:
    """What people typed before the options, as they would type it again."""
    name = Path(sys.argv[0]).name if sys.argv else ""
    return {"twistchat": "twistchat serve", "__main__.py": "python -m twisted twistchat"}.get(
        name, "twistd -n twistchat"
    )


def page(subjects: Iterable[Subject]) -> str:
    """The whole help."""
    begun = as_typed()
    head = [
        f"Usage: {begun} [OPTIONS]",
        "",
        fill(
            "A chat that people join by a browser, telnet, nc or datagrams, all in the same rooms; whoever runs it "
            "has a console by SSH. Without options only this machine can join: open http://127.0.0.1:7980/ in a "
            "browser, or type telnet 127.0.0.1 7976. README.md and docs/ have the rest.",
            WIDTH,
        ),
    ]
    return "\n".join([*head, *(_part(begun, subject) for subject in subjects), *_TAIL])


_TAIL = ("", "  --version               show the version and exit", "  --help                  show this and exit", "")


def _part(begun: str, subject: Subject) -> str:
    lines = [f"\n{subject.title}", f"  example: {begun} {subject.example}"]
    for row in subject.rows:
        option = f"  --{row.name}" + ("" if subject.is_flag else "=")
        indent = " " * _COLUMN
        first = f"{option:{_COLUMN}}" if len(option) < _COLUMN else f"{option}\n{indent}"
        lines.append(first + fill(row.explained, WIDTH - _COLUMN).replace("\n", f"\n{indent}"))
    return "\n".join(lines)
