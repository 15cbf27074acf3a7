"""A log that another process goes on with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_log_sqlite import Stage, result
from twisted.internet.task import Clock

from twistchat.core.events import Admitted, Joined, PrivateSet, Said, TopicSet
from twistchat.core.names import EVERYWHERE
from twistchat.log.memory import MemoryLog

ROOMS: list[Any] = ["lobby", "tea", EVERYWHERE]
SAID = [
    Joined("lobby", "ada"),
    Said("lobby", "ada", "你好"),
    TopicSet("tea", "ada", "ours"),
    PrivateSet("tea", "ada", "on"),
    Admitted("tea", "ada", "key:1", "operator"),
    *[Said("tea", "ada", str(number)) for number in range(30)],
]


def seen(log: MemoryLog) -> list[Any]:
    """All that can be asked of a log."""
    asked = [ask(room) for room in ROOMS for ask in (lambda room: log.latest(room, 9), log.terms)]
    return [result(each) for each in [*asked, log.history("tea", 100), log.after(0, 100)]]


@pytest.mark.parametrize("events", [[], SAID])
def test_what_is_in_memory_goes_along_and_is_numbered_on(events: list[Any]) -> None:
    clock = Clock()
    old, new = MemoryLog(clock.seconds), MemoryLog(clock.seconds)
    result(old.append(events))
    old.pause()
    new.revive(json.loads(json.dumps(old.portrait())))
    assert seen(new) == seen(old)
    for log in (old, new):
        result(log.append([Said("lobby", "ada", "next")]))
    assert seen(new) == seen(old)


def test_a_log_in_files_has_no_lock_held_and_counts_what_was_missed_from_the_first_start(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.say("one", "two")
    stage.log.pause()
    before = stage.log.portrait()
    result(stage.log.close())
    stage.opened().revive(before)
    assert stage.log.portrait() == before
    stage.log.revive({})
    assert stage.log.portrait() == before, "an older version writes nothing of it"
    stage.say("three")
    assert stage.texts() == ["one", "two", "three"]
    result(stage.log.close())
