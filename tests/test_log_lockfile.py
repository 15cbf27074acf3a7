"""One server on one folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from support.standin import stand_in

from twistchat.errors import CannotStart
from twistchat.log import lockfile
from twistchat.log.lockfile import LOOKS, FolderLock, holder


def test_the_second_server_is_told_the_firsts_process(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.take()
    with pytest.raises(CannotStart, match=rf"^Another twistchat, process {os.getpid()}, uses {tmp_path}\. Stop it"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_taking_it_again_notes_the_process_anew(tmp_path: Path) -> None:
    """A daemon's is another than the one that was started."""
    lock = FolderLock(tmp_path)
    lock.take()
    (tmp_path / "lock").write_text("123456789\n")
    lock.take()
    assert (tmp_path / "lock").read_text() == f"{os.getpid()} usr2\n"
    lock.release()
    lock.release()


def test_a_process_that_has_not_written_its_number_yet_is_said_to_be_unknown(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.take()
    (tmp_path / "lock").write_text("")
    with pytest.raises(CannotStart, match="process unknown"):
        FolderLock(tmp_path).take()
    lock.release()


def test_whatever_stands_in_the_lock_is_said_as_far_as_it_is_text(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.take()
    (tmp_path / "lock").write_bytes(b"12\xff\n")
    with pytest.raises(CannotStart, match="process 12\ufffd, uses"):
        FolderLock(tmp_path).take()
    lock.release()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="cannot be written: No such file or directory"):
        FolderLock(tmp_path / "nowhere").take()


# --- from one process to another


def test_a_lock_that_another_has_taken_is_had_by_its_descriptor_and_names_that_one_until_it_is_taken_over(
    tmp_path: Path,
) -> None:
    before, after = FolderLock(tmp_path), FolderLock(tmp_path)
    before.take()
    (tmp_path / "lock").write_text("123456789 usr2\n")
    after.have(os.dup(before.descriptor))
    assert after.path == tmp_path / "lock"
    assert after.names(123456789)
    before.release()
    with pytest.raises(CannotStart):
        FolderLock(tmp_path).take()
    after.take_over("all went well")
    assert (tmp_path / "lock").read_text() == f"{os.getpid()} usr2\nall went well\n"
    assert after.names(os.getpid())
    after.release()
    third = FolderLock(tmp_path)
    third.take()
    third.release()


def test_a_disk_that_is_full_does_not_keep_a_server_from_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = FolderLock(tmp_path)
    lock.take()

    def is_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    stand_in(monkeypatch, lockfile, "os", ftruncate=is_full, pwrite=is_full, write=is_full)
    lock.tell("it is done")
    monkeypatch.undo()
    assert "it is done" not in (tmp_path / "lock").read_text()
    lock.release()


class Leaky:
    """The kernel's list, of which some looks leave something out."""

    def __init__(self, blind: int) -> None:
        self.looks, self._blind = 0, blind

    def read_text(self, encoding: str) -> str:
        self.looks += 1
        return Path("/proc/locks").read_text(encoding) if self.looks > self._blind else ""


def test_a_holder_that_the_kernels_list_leaves_out_once_is_there_all_the_same(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.take()
    leaky: Any = Leaky(LOOKS - 1)
    assert holder(lock.path, leaky) == os.getpid()
    nobody: Any = Leaky(LOOKS)
    assert holder(lock.path, nobody) is None
    assert nobody.looks == LOOKS
    lock.release()


def test_behind_a_fork_the_lock_is_the_process_that_has_it_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = FolderLock(tmp_path)
    lock.take()
    stand_in(monkeypatch, lockfile, "os", getpid=lambda: 4711)
    lock.take()
    monkeypatch.undo()
    assert (tmp_path / "lock").read_text() == "4711 usr2\n"
    with pytest.raises(CannotStart, match="process 4711, uses"):
        FolderLock(tmp_path).take()
    lock.release()


def test_the_kernel_tells_who_holds_a_folder_and_that_nobody_does(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    assert holder(tmp_path / "lock") is None
    lock.take()
    assert holder(tmp_path / "lock") == os.getpid()
    lock.release()
    assert holder(tmp_path / "lock") is None


def test_a_lock_that_is_had_by_its_descriptor_can_be_taken_by_whoever_has_it(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.take()
    second.have(os.dup(first.descriptor))
    first.release()
    (tmp_path / "lock").write_text("123456789\n")
    second.take()
    assert second.names(os.getpid())
    second.release()
