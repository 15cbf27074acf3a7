"""The common log passes the suite of the log on disk, as far as that is about a log and not about its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import test_log_sqlite as suite
from support.cluster import Servers
from twisted.internet.defer import Deferred

from twistchat.core.events import Entry, Event


class ClusterStage(suite.Stage):
    """A server's common log, where the suite has one on disk."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._node: Any = None
        self.brought: list[Entry] = []
        self.folder = servers.folder / "one"
        self.file = self.folder / "log.db"
        self.clock = servers.clock
        self.log = self.opened()

    def opened(self, **options: Any) -> Any:
        if self._node is not None:
            self._node.kill()
            self._servers.run(12)
        self._node = self._servers.starts("one")
        self._servers.run(1)
        self.log = self._node.chat.log
        self.log.follow(lambda parts: self.brought.extend(entry for part in parts for entry in part.entries))
        return self.log

    def store(self, events: Sequence[Event]) -> list[Entry]:
        before = len(self.brought)
        appended: Deferred[None] = self.log.append(events)
        self._servers.run()
        suite.result(appended)
        return self.brought[before:]


@pytest.fixture
def stage(servers: Servers) -> Iterator[ClusterStage]:
    yield ClusterStage(servers)


OF_ANY_LOG = (
    suite.test_every_kind_of_event_comes_back_as_it_was,
    suite.test_what_cannot_be_stored_at_all_fails_and_the_next_is_stored,
    suite.test_what_was_stored_is_there_after_a_restart,
)
"""The other tests of the suite are about the file, its threads, or a clock that jumps."""


@pytest.mark.parametrize("test", OF_ANY_LOG, ids=lambda test: test.__name__)
def test_the_log_suite(test: Callable[[Any], None], stage: ClusterStage) -> None:
    test(stage)


@pytest.mark.parametrize("count", [1, 100, 101, 300])
def test_a_batch_of_any_size_is_stored_in_its_order(stage: ClusterStage, count: int) -> None:
    suite.test_a_batch_of_any_size_is_stored_in_its_order(stage, count)


def test_the_folder_is_that_of_one_server(stage: ClusterStage, tmp_path: Path) -> None:
    assert stage.file.exists()
