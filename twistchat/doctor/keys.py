"""The keys by which the server is known, and those of who may log in."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from twistchat.core.text import counted
from twistchat.doctor.finding import Finding, look, ok, wrong

SECRETS = ("ssh_host_ed25519_key", "tls_key.pem")

CALLS = "calls.key"
"""What calls are signed with; a new one has new secrets, which their receivers have to be given."""


def secrets(folder: Path) -> Iterator[Finding]:
    """Whether what only the server may know is readable by nobody else.

    Args:
        folder: The state folder.
    """
    for name in SECRETS:
        path = folder / name
        if path.exists():
            if path.stat().st_mode & 0o077:
                yield wrong(f"{path} can be read by others, so it is no secret", f"rm {shlex.quote(str(path))}")
            else:
                yield ok(f"{name} is its owner's alone")
    path = folder / CALLS
    if path.exists() and path.stat().st_mode & 0o077:
        yield wrong(
            f"{path} can be read by others, who can sign as this server's calls do",
            f"chmod 600 {shlex.quote(str(path))}; where somebody may have read it, remove it and make the calls anew",
        )


def administrators(holders: Sequence[str], complaints: Sequence[str], own: Path) -> Iterator[Finding]:
    """Whether anybody may log in at the admin port.

    Args:
        holders: Whose keys are taken.
        complaints: What is wrong with the files of keys.
        own: Where keys are listed.
    """
    file = shlex.quote(str(own))
    for complaint in complaints:
        yield look(complaint, f"chmod 600 {file}, or mend that line")
    if holders:
        yield ok(f"{counted(len(holders), 'key', 'keys')} may log in as administrators")
    else:
        mend = f"cat ~/.ssh/id_ed25519.pub >> {file}; `ssh-keygen -t ed25519` makes a key"
        yield look("no key may log in as an administrator", mend)
