"""Collecting in several processes: each rewrites the asserts of some files for all, and the longest tests are first."""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator

import pytest

LONGEST = (
    "test_e2e_cluster.py",
    "test_e2e_restart_faults.py",
    "test_bench_runs.py",
    "test_bench_cli.py",
    "test_bench_fanout.py",
    "test_e2e_crash.py",
    "test_e2e_admin.py",
)
"""Files with tests that wait for long. Whoever has them at the end keeps all others waiting."""


def pytest_configure(config: pytest.Config) -> None:
    """Have bytecode kept, also where Python is told to write none, as each process would make all of it anew."""
    sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, None, None]:
    """Look for no garbage meanwhile: what is made stays to the end, and looking is a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Have each process begin at other files, and find those already rewritten with which another one began.

    Rewriting is two thirds of collecting, and all would be at the same file at the same time.
    """
    report = yield
    mine = getattr(collector.config, "workerinput", None)
    if mine is not None and isinstance(collector, pytest.Dir) and report.result:
        begin = len(report.result) * int(mine["workerid"].removeprefix("gw")) // mine["workercount"]
        report.result = [*report.result[begin:], *report.result[:begin]]
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put all into the order that every process has."""
    items.sort(key=lambda item: (item.path.name not in LONGEST, str(item.path)))
