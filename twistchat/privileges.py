"""Acting as the user that `twistd --uid` names while the server's files are made: all of them are that user's then.

Rule 1: a process that root started has root as its real user until twistd changes it, after listening. Before that it
acts as the other user by its effective ids alone (setresuid(2)), wherever files are made in folders of that user's:
root following links there could be led anywhere.
Rule 2: certificates are read, and ports are opened, as who started the process: these may be root's alone.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import twisted
from twistchat.errors import CannotStart


class User(NamedTuple):
    """Who the server runs as."""

    uid: int
    gid: int


def user_of(twistd: Mapping[str, Any] | None) -> User | None:
    """Who twistd will change to; None where it stays who it is.

    Raises:
        CannotStart: It would not be allowed to, or there is no group to change to.
    """
    given = twistd or {}
    uid: int | None = given.get("uid")
    gid: int | None = given.get("gid")
    if (uid is None and gid is None) or (uid in (None, os.getuid()) and gid in (None, os.getgid())):
        return None
    if os.getuid() != 0:
        raise CannotStart("--uid and --gid: only root can change to another user. Leave them out, or start as root.")
    uid = 0 if uid is None else uid
    try:
        return User(uid, pwd.getpwuid(uid).pw_gid if gid is None else gid)
    except KeyError:
        raise CannotStart(f"--uid {uid}: no user has that number, so its group is not known. Give --gid too.") from None


@contextmanager
def acting_as(user: User | None) -> Iterator[None]:
    """Make files, and be refused them, as that user would be.

    Raises:
        CannotStart: That user cannot read the program, much of which is read once it is needed.
    """
    if user is None:
        yield
        return
    groups = os.getgroups()
    _take_groups(user)
    os.setegid(user.gid)
    os.seteuid(user.uid)
    try:
        _check_program(user)
        yield
    finally:
        os.seteuid(os.getuid())
        os.setegid(os.getgid())
        os.setgroups(groups)


@contextmanager
def as_started() -> Iterator[None]:
    """Do something as who started the process, within `acting_as`; elsewhere this changes nothing."""
    uid, gid = os.geteuid(), os.getegid()
    os.seteuid(os.getuid())
    os.setegid(os.getgid())
    try:
        yield
    finally:
        os.setegid(gid)
        os.seteuid(uid)


def _check_program(user: User) -> None:
    for file in (__file__, twisted.__file__, os.__file__):
        if not os.access(file, os.R_OK, effective_ids=True):
            raise CannotStart(
                f"--uid {user.uid}: that user cannot read {Path(file).parent}, where a part of the program is. "
                "Install it, and Python, where everybody can, such as in /opt."
            )


def _take_groups(user: User) -> None:
    try:
        os.initgroups(pwd.getpwuid(user.uid).pw_name, user.gid)
    except KeyError:  # a number that no user has
        os.setgroups([user.gid])
