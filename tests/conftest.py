"""What every test gets: a deadline if it is async, and a failure if an error was logged behind its back.

Nothing here imports the reactor at module level: this file is read before pytest-twisted installs one.
"""

from __future__ import annotations

import compileall
import functools
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_twisted
from support import adapters, catalogs, unheard
from support.chat import Chat
from support.watchdog import Watchdog

from twistchat.interfaces.table import INTERFACES

pytest_plugins = [
    "support.collecting",
    "support.journal",
    "support.logfiles",
    "support.pages",
    "support.redis",
    "support.cluster",
]

DEADLINE_SECONDS = 60.0
"""pytest-timeout cannot end a test that waits for a Deferred without ending the whole run."""

FlushErrors = Callable[..., list[BaseException]]

PHASES = [phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain]
"""Explaining traces each line once more, which takes minutes of a state machine, and then the test's time is up."""

hypothesis.settings.register_profile(  # a busy machine is no failure
    "shared", deadline=None, phases=PHASES, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(  # ten times as many, see examples.py
    "long", hypothesis.settings.get_profile("shared"), max_examples=1000
)
hypothesis.settings.load_profile("shared")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, as a quarter of the time goes by waiting for other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have who is done take over from who is not, as tests that start servers stand side by side and take the longest.

    Handed out in equal numbers, as is the default, they kept one process busy for as long again as all others were.
    """
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log) if config.getoption("dist") == "load" else None


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # once for all workers, before they start
        catalogs.compile_all()
        compile_package()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as under nohup: tests send one, also to children
        signal.signal(signal.SIGINT, signal.default_int_handler)
    unheard.note_failures()
    config.pluginmanager.register(Watchdog())
    pytest_twisted.blockon_default = functools.partial(in_a_turn_of_its_own, pytest_twisted.blockon_default)
    config.addinivalue_line("markers", "deadline(seconds): give up on this async test after so long")


def compile_package() -> None:
    """Have the package's bytecode beside it, also where Python is told to write none (PYTHONDONTWRITEBYTECODE).

    Each of the hundreds of servers that tests start would compile all of it anew, which is a third of its start.
    """
    for name in ("twistchat", "twisted"):
        compileall.compile_dir(Path(__file__).parents[1] / name, quiet=2)


def in_a_turn_of_its_own(block_on: Callable[[Any], Any], deferred: Any) -> Any:
    """Wait for a Deferred, and go on in the test while none of the package's functions is half done in the reactor.

    The test and the reactor are two greenlets. Where a switch between them happens inside a function, coverage mixes up
    whose lines come next, unless it asks at each line in which greenlet it is, which makes it half as slow again.
    """
    from twisted.internet import defer, reactor

    later: defer.Deferred[Any] = defer.Deferred()
    deferred.addBoth(lambda result: reactor.callLater(0, later.callback, result) and None)  # type: ignore[attr-defined]
    return block_on(later)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        test = getattr(item, "obj", None)
        if getattr(test, "_pytest_twisted_mark", None) == "async_test":
            mark = item.get_closest_marker("deadline")
            item.obj = _with_deadline(test, mark.args[0] if mark else DEADLINE_SECONDS)  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Count no lines that a property runs: what only luck covers is not covered, and counting is a third of its time.

    Those of state machines are marked as Hypothesis marks what has `given`.
    """
    counting = sys.gettrace()
    if pyfuncitem.get_closest_marker("hypothesis") is None or counting is None:
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(counting)


@pytest.fixture(autouse=True, scope="session")
def only_free_ports() -> Iterator[None]:
    """Fail a test that takes a default port in this process, also for a moment: a server of one's own may have it.

    `support.server` sees to those that are started as processes of their own.
    """
    theirs = {int(row.default.split(":")[1]) for row in INTERFACES if row.default != "off"}
    bind = socket.socket.bind

    def taking(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[1] in theirs:
            pytest.fail(f"a test may not take the default port {address[1]}: give 0")
        bind(self, address)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket.socket, "bind", taking)
        yield


@pytest.fixture(autouse=True, scope="module")
def settled_heap() -> None:
    """Let collecting after a test look at its module's objects alone; at all of them it takes 40 ms for each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def steady_adapters(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let no test that plugs in a network disturb one that has a browser."""
    has_browser = "driver" in request.fixturenames
    plugs_in = "other" in request.fixturenames
    with adapters.change() if has_browser and plugs_in else adapters.stay() if has_browser else nullcontext():
        yield


def _with_deadline(test: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    @functools.wraps(test)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from twisted.internet import defer, reactor

        return defer.ensureDeferred(test(*args, **kwargs)).addTimeout(seconds, reactor)

    wrapper._pytest_twisted_mark = None  # type: ignore[attr-defined]
    return wrapper


@pytest.fixture(autouse=True)
def flush_errors() -> Iterator[FlushErrors]:
    """Fail the test if a failure was logged, as in a lost Deferred, a `callLater` or a `dataReceived`.

    The fixture's value takes expected ones away: `flush_errors(ValueError)` returns and forgets them.
    """
    from twisted.logger import globalLogPublisher

    failures: list[Any] = []

    def observe(event: dict[str, Any]) -> None:
        if event.get("log_failure") is not None:
            failures.append(event["log_failure"])

    def flush(*types: type[BaseException]) -> list[BaseException]:
        gc.collect()
        taken = [failure for failure in failures if not types or failure.check(*types)]
        failures[:] = [failure for failure in failures if failure not in taken]
        return [failure.value for failure in taken]

    globalLogPublisher.addObserver(observe)
    yield flush
    gc.collect(2 if unheard.is_any() else 1)  # all there is takes 8 ms after a thousand tests, and is seldom needed
    globalLogPublisher.removeObserver(observe)
    if failures:
        pytest.fail("logged:\n" + "\n".join(failure.getTraceback() for failure in failures), pytrace=False)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What came to the operator's log since the test began, an event a line."""
    from twisted.logger import formatEvent, globalLogPublisher

    lines: list[str] = []

    def observe(event: dict[str, Any]) -> None:
        lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


@pytest.fixture
def chat() -> Chat:
    """A chat without a network, whose time stands still until the test advances it."""
    return Chat()
