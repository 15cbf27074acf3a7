"""A server that changes its user makes its files as that user, and reads certificates as who started it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.server import LOOPBACK, run
from support.standin import stand_in

from twistchat import operatorlog, privileges
from twistchat.errors import CannotStart
from twistchat.privileges import User, acting_as, as_started, user_of

CHAT = User(1007, 1008)


class System:
    """What the kernel and /etc/passwd would say, for a process that root started."""

    def __init__(self) -> None:
        self.uid = self.gid = self.euid = self.egid = 0
        self.groups = [0, 4]
        self.unreadable_to: int | None = None

    getuid = property(lambda self: lambda: self.uid)
    getgid = property(lambda self: lambda: self.gid)
    geteuid = property(lambda self: lambda: self.euid)
    getegid = property(lambda self: lambda: self.egid)
    getgroups = property(lambda self: lambda: self.groups)
    R_OK = os.R_OK
    __file__ = os.__file__

    def seteuid(self, uid: int) -> None:
        assert self.euid == 0 or uid in (self.uid, self.euid), "only root may become another"
        self.euid = uid

    def setegid(self, gid: int) -> None:
        assert self.euid == 0 or gid in (self.gid, self.egid)
        self.egid = gid

    def setgroups(self, groups: list[int]) -> None:
        assert self.euid == 0
        self.groups = groups

    def initgroups(self, name: str, gid: int) -> None:
        assert (self.euid, name) == (0, "chat")
        self.groups = [gid, 77]

    def access(self, _path: str, _mode: int, *, effective_ids: bool) -> bool:
        assert effective_ids
        return self.euid != self.unreadable_to


def getpwuid(uid: int) -> SimpleNamespace:
    return {CHAT.uid: SimpleNamespace(pw_name="chat", pw_gid=CHAT.gid), 0: SimpleNamespace(pw_name="root", pw_gid=0)}[
        uid
    ]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    made = System()
    monkeypatch.setattr(privileges, "os", made)
    monkeypatch.setattr(privileges, "pwd", SimpleNamespace(getpwuid=getpwuid))
    yield made
    assert (made.euid, made.egid, made.groups) == (made.uid, made.gid, [0, 4]), "all is as it was"


def test_files_are_made_as_the_user_and_certificates_read_as_who_started_it(system: System) -> None:
    with acting_as(CHAT):
        assert (system.euid, system.egid, system.groups) == (1007, 1008, [1008, 77])
        with as_started():
            assert (system.euid, system.egid) == (0, 0)
        assert (system.euid, system.egid) == (1007, 1008)


def test_who_is_refused_meanwhile_is_root_again(system: System) -> None:
    with pytest.raises(CannotStart), acting_as(CHAT), as_started():
        raise CannotStart("no")


def test_a_number_that_no_user_has_gets_its_group_alone(system: System) -> None:
    with acting_as(User(5000, 6000)):
        assert system.groups == [6000]


def test_without_a_user_nothing_changes(system: System) -> None:
    with acting_as(None), as_started():
        assert (system.euid, system.egid) == (0, 0)


def test_a_user_who_cannot_read_the_program_is_refused_in_a_sentence(system: System) -> None:
    system.unreadable_to = CHAT.uid
    with (
        pytest.raises(CannotStart, match=r"--uid 1007: that user cannot read .*twistchat, where a part"),
        acting_as(CHAT),
    ):
        raise AssertionError


@pytest.mark.parametrize(
    ("given", "user"),
    [
        (None, None),
        ({}, None),
        ({"uid": None, "gid": None}, None),
        ({"uid": 0, "gid": 0}, None),
        ({"uid": 1007, "gid": None}, CHAT),
        ({"uid": 1007, "gid": 5}, User(1007, 5)),
        ({"uid": None, "gid": 5}, User(0, 5)),
        ({"uid": 5000, "gid": 5}, User(5000, 5)),
    ],
)
def test_the_user_is_who_twistd_will_change_to(
    system: System, given: dict[str, int | None] | None, user: User | None
) -> None:
    assert user_of(given) == user


def test_a_number_of_no_user_needs_a_group(system: System) -> None:
    with pytest.raises(CannotStart, match=r"--uid 5000: .* Give --gid too"):
        user_of({"uid": 5000, "gid": None})


def test_only_root_can_change_and_everybody_may_stay(system: System) -> None:
    system.uid = system.euid = CHAT.uid
    system.gid = system.egid = CHAT.gid
    assert user_of({"uid": CHAT.uid, "gid": CHAT.gid}) is None
    with pytest.raises(CannotStart, match="only root can change"):
        user_of({"uid": 0, "gid": None})


def test_a_new_log_file_is_the_users_and_one_that_was_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[Path, int, int]] = []
    stand_in(
        monkeypatch,
        operatorlog,
        "os",
        chown=lambda path, uid, gid, follow_symlinks: given.append((path, uid, gid)),
    )
    monkeypatch.setattr(operatorlog._Current, "path", None)
    monkeypatch.setattr(operatorlog._Current, "log", None)
    monkeypatch.setattr(operatorlog._Current, "user", None)
    for _ in range(2):
        operatorlog.write_to(str(tmp_path / "chat.log"), CHAT)
        operatorlog.opened()._stream.close()
    assert given == [(tmp_path / "chat.log", *CHAT)]


def test_a_user_that_cannot_be_had_is_a_sentence_before_anything_is_made(tmp_path: Path) -> None:
    """Who runs the tests may be root, for whom a number without a user lacks a group, or may not change at all."""
    ended = run("-n", "--uid", "54321", "twistchat", *LOOPBACK, "--state-dir", "state", folder=tmp_path)
    assert ended.returncode in (1, 2)
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("twistchat: --uid ")
    assert not list(tmp_path.iterdir())
