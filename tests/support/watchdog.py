"""One thread for all tests that ends a run in which a test takes too long, as pytest-timeout's method `thread` does.

That one starts a thread for each test and waits for its end, which takes 3 ms: half a minute of ten thousand tests.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import pytest_timeout

LOOK_SECONDS = 1.0


class Watchdog:
    """Looks each second whether the present test's time is up."""

    def __init__(self) -> None:
        self._due: tuple[float, pytest.Item, Any] | None = None
        self._thread: threading.Thread | None = None

    @pytest.hookimpl
    def pytest_timeout_set_timer(self, item: pytest.Item, settings: Any) -> bool | None:
        """Note when a test has to be over; nothing for tests that ask for another method."""
        if settings.method != "thread":
            return None
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
            self._thread.start()
        self._due = time.monotonic() + settings.timeout, item, settings
        return True

    @pytest.hookimpl
    def pytest_timeout_cancel_timer(self) -> bool | None:
        """Forget the test that is over."""
        was_due, self._due = self._due, None
        return None if was_due is None else True

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            due = self._due
            if due is not None and time.monotonic() >= due[0]:
                pytest_timeout.timeout_timer(*due[1:])
