"""The state folder, and the disk that it is on."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from twistchat.doctor.finding import Finding, look, ok, wrong
from twistchat.errors import CannotStart
from twistchat.options import check_state_dir

MOUNTS = Path("/proc/self/mountinfo")

LEAST_FREE_BYTES = 1 << 30
LEAST_FREE_SHARE = 0.05
"""Where less is free, somebody should look before it is nothing."""

NETWORK = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "lustre",
    "davfs",
    "fuse.sshfs",
    "fuse.glusterfs",
)
"""File systems of other machines: SQLite's write-ahead log needs memory that is shared by all who use the file
(https://www.sqlite.org/wal.html)."""


def folder(path: Path, is_used: bool, mounts: Path = MOUNTS) -> Iterator[Finding]:
    """Look at a state folder.

    Args:
        path: The folder, which need not be there.
        is_used: Whether a server runs on it, which may be another user's.
        mounts: Where Linux lists file systems (proc_pid_mountinfo(5)).
    """
    if not path.is_dir():
        parent = next(each for each in path.absolute().parents if each.is_dir())
        if os.access(parent, os.W_OK):
            yield ok(f"{path} is not there yet; the first start makes it")
        else:
            yield wrong(f"{path} is not there, and cannot be made in {parent}", "--state-dir another folder")
        yield from _disk(parent, mounts)
        return
    try:
        if not is_used:
            check_state_dir(path)
    except CannotStart as error:
        yield wrong(str(error), f"ls -ln {shlex.quote(str(path))}")
    loose = [each for each in (path, *sorted(path.iterdir())) if not each.is_symlink() and each.stat().st_mode & 0o077]
    public = [each for each in loose if each.suffix != ".pub"]
    if public:
        names = ", ".join(str(each if each == path else each.name) for each in public[:5])
        modes = f"chmod 700 {shlex.quote(str(path))}; chmod -R go= {shlex.quote(str(path))}"
        yield look(f"others than its owner can look into {names}", modes)
    else:
        yield ok(f"{path} is its owner's alone")
    yield from _disk(path, mounts)


def _disk(path: Path, mounts: Path) -> Iterator[Finding]:
    about = os.statvfs(path)
    kind = _kind(path, mounts)
    if kind in NETWORK:
        yield wrong(
            f"{path} is on another machine's disk ({kind}), where SQLite's write-ahead log does not work",
            "--state-dir a folder on a disk of this machine",
        )
    if about.f_flag & os.ST_RDONLY:
        yield wrong(f"{path} is on a file system that is mounted read-only", "mount -o remount,rw, or --state-dir")
        return
    free = about.f_bavail * about.f_frsize
    share = about.f_bavail / about.f_blocks if about.f_blocks else 1.0
    found = f"{free / (1 << 30):.1f} GiB free, {share:.0%} of the disk of {path}"
    if about.f_blocks and free < 1 << 20:
        yield wrong(f"{found}: nothing can be stored", "make room, or --keep 90d to forget what is older")
    elif about.f_blocks and (free < LEAST_FREE_BYTES or share < LEAST_FREE_SHARE):
        yield look(found, "make room, or --keep 90d to forget what is older")
    else:
        yield ok(found)


def _kind(path: Path, mounts: Path) -> str:
    """The kind of file system that a path is on; empty where that is not known."""
    at, kind = "", ""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        fields, _, more = line.partition(" - ")
        mounted = fields.split()[4].encode().decode("unicode_escape")
        if path.absolute().is_relative_to(mounted) and len(mounted) >= len(at):
            at, kind = mounted, more.split()[0]
    return kind
