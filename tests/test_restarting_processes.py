"""Restarting several servers of a state folder: which there are, and what is said of all."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest

from twistchat.log.whoserves import CannotAsk
from twistchat.processes.restarting import locks_of, restart_each
from twistchat.succession.outcome import told


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """One with three servers, of which the third does not run, and with Redis's."""
    held = []
    for name in (".", "processes/2", "processes/10", "processes/3", "processes/redis"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "lock").write_text("1 usr2\n")
        if name != "processes/3":
            held.append((tmp_path / name / "lock").open())
            fcntl.flock(held[-1], fcntl.LOCK_EX)
    yield tmp_path
    for file in held:
        file.close()


def said(lock: Path, kept: int, **again: int) -> tuple[str, bool]:
    facts = {"before": "1.0", "kept": kept, "again": again, "still": kept / 100}
    lock.write_text("1 usr2\n" + told("Restarted.", is_done=True, **facts))
    return "Restarted.", True


def test_those_that_run_are_asked_in_their_order(folder: Path) -> None:
    names = [str(lock.relative_to(folder)) for lock in locks_of(folder)]
    assert names == ["lock", "processes/2/lock", "processes/10/lock"]


def test_one_sentence_tells_of_all(folder: Path) -> None:
    counts = iter([(3, {"TLS": 1}), (4, {}), (5, {"TLS": 1, "SSH": 1})])

    def asked(lock: Path) -> tuple[str, bool]:
        kept, again = next(counts)
        return said(lock, kept, **again)

    sentence, is_done = restart_each(locks_of(folder), asked)
    assert is_done
    assert sentence.startswith("Restarted 3 servers, one after another: 1.0 → ")
    assert sentence.endswith("12 people kept, 3 have to come again (2 by TLS, 1 by SSH), stood still for 0.05 s.")


@pytest.mark.parametrize(
    ("failing", "before"), [("lock", "None was restarted before."), ("processes/2/lock", "Restarted before: 1.")]
)
def test_the_first_that_cannot_is_the_last_that_is_asked(folder: Path, failing: str, before: str) -> None:
    asked_of = []

    def asked(lock: Path) -> tuple[str, bool]:
        asked_of.append(lock)
        return ("It went on: why.", False) if lock == folder / failing else said(lock, 1)

    sentence, is_done = restart_each(locks_of(folder), asked)
    number = "1" if failing == "lock" else "2"
    assert (sentence, is_done) == (f"Server {number}: It went on: why. {before}", False)
    assert asked_of[-1] == folder / failing


def test_one_that_cannot_be_asked_is_said_too(folder: Path) -> None:
    def asked(lock: Path) -> tuple[str, bool]:
        raise CannotAsk("no server runs there.")

    assert restart_each(locks_of(folder), asked) == (
        "Server 1: no server runs there. None was restarted before.",
        False,
    )
