"""Fixtures: a real server, and Chromium with the page open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.browser import Browser, Driver
from support.server import ANY, Server, only

from twistchat.bench.ports import free_port

Open = Callable[..., Browser]


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    with Driver(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture(scope="session")
def browsers(driver: Driver) -> Iterator[dict[Any, Browser]]:
    """Browsers that all tests share, as starting one takes seconds; each test finds them empty, and of its own size."""
    kept: dict[Any, Browser] = {}
    yield kept
    for browser in kept.values():
        browser.closes()


@pytest.fixture
def opens(driver: Driver, browsers: dict[Any, Browser], server: Server) -> Iterator[Open]:
    """Opens the page in a browser; at the end none of them has complained."""
    used: list[Browser] = []

    def open_(
        name: str = "",
        which: int = 0,
        path: str = "/",
        size: tuple[int, int] = (1200, 800),
        dark: bool = False,
        language: str = "en-US",
    ) -> Browser:
        key = (which, language)
        browser = browsers.get(key) or browsers.setdefault(key, driver.browser(language=language))
        used.append(browser)
        browser.shows_as(size, dark)
        browser.forgets(url(server))
        browser.complaints()
        if name:
            browser.enters(url(server, path), name)
        return browser

    yield open_
    for browser in used:
        expected = (
            "ERR_CONNECTION_REFUSED",
            "/favicon.ico",
        )  # a server that is gone; a picture without a page around it
        complaints = [text for text in browser.complaints() if not any(each in text for each in expected)]
        browser.goes_to("about:blank")
        assert not complaints


def listen(port: int | None = None) -> tuple[str, ...]:
    """Where it listens, with the page at a port, and that people there may talk as fast as they like.

    One that nobody gets by chance who asks for any, as some tests have another server take it.
    """
    web = f"tcp:{port or free_port()}:interface=127.0.0.1"
    return only("--tcp", ANY, "--admin", ANY, "--web", web, "--flood", "off")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, listen=listen()) as server:
        yield server


def url(server: Server, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.port('web')}{path}"
