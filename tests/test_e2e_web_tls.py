"""The page by https with a certificate that nobody has signed, in a Chromium whose person has accepted it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.browser import Browser, Driver, needs_chromium
from support.certificates import key_and_certificate
from support.server import ANY, LineClient, Server, only

pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]

HOST = "chat.test"
"""Not loopback, which browsers take for secure by http, too."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    listen = only("--tcp", ANY, "--web", ANY, "--web-tls", "auto", "--web-host", HOST)
    with Server(tmp_path, listen=listen) as server:
        yield server


@pytest.fixture
def browser(driver: Driver) -> Iterator[Browser]:
    with driver.browser(hosts=f"MAP {HOST} 127.0.0.1", accepts=True) as browser:
        yield browser


def ticks_notify(browser: Browser) -> None:
    """Ask for notifications."""
    browser.clicks("#settings-open")
    browser.clicks("#notify")


def notify(browser: Browser) -> tuple[bool, str]:
    """Whether the box is ticked, and what is said below it."""
    ticked, why = browser.runs(
        "return [document.querySelector('#notify').checked, document.querySelector('#notify-why').textContent]"
    )
    return bool(ticked), str(why)


def test_by_https_people_talk_are_asked_for_notifications_and_copy(server: Server, browser: Browser) -> None:
    origin = f"https://{HOST}:{server.port('web')}"
    for permission in ("notifications", "clipboard-read", "clipboard-write"):
        browser.cdp("Browser.setPermission", permission={"name": permission}, setting="granted", origin=origin)
    browser.enters(f"{origin}/", "ada")
    assert browser.runs("return [isSecureContext, location.protocol]") == [True, "https:"]
    with LineClient(server, "bob") as bob:
        bob.says("hello by lines")
        browser.sees("hello by lines", "#log .said")
        browser.says("hello by https")
        bob.hears("ada: hello by https")
    browser.runs(
        "const real = Notification.requestPermission.bind(Notification);"
        "window.asked = window.answered = 0;"
        "Notification.requestPermission = () => (window.asked++, real().finally(() => window.answered++));"
    )
    ticks_notify(browser)
    browser.waits(lambda: browser.runs("return window.answered"), "the answer")
    assert notify(browser) == (True, "")
    assert browser.runs("return window.asked") == 1
    browser.cdp("Emulation.setFocusEmulationEnabled", enabled=True)
    copied = browser.runs_async(
        "const done = arguments[0];"
        "navigator.clipboard.writeText('小明 copied').then(() => navigator.clipboard.readText())"
        ".then(done, error => done(`${error}`));"
    )
    assert copied == "小明 copied"
    assert browser.complaints() == []


def test_by_http_the_same_port_has_the_page_and_says_what_it_lacks(server: Server, browser: Browser) -> None:
    browser.enters(f"http://{HOST}:{server.port('web')}/", "ada")
    assert browser.runs("return [isSecureContext, navigator.clipboard === undefined]") == [False, True]
    ticks_notify(browser)
    browser.sees("https", "#notify-why")
    assert not notify(browser)[0]


def test_a_certificate_that_an_endpoint_names_is_spoken_to_browsers_too(tmp_path: Path, browser: Browser) -> None:
    key_and_certificate(tmp_path)
    web = f"ssl:0:interface=127.0.0.1:privateKey={tmp_path}/key.pem:certKey={tmp_path}/cert.pem"
    (tmp_path / "other").mkdir()
    with Server(tmp_path / "other", "--web-host", HOST, listen=only("--web", web)) as server:
        browser.enters(f"https://{HOST}:{server.port('web')}/", "ada")


def test_a_browser_whose_person_has_not_accepted_it_shows_its_own_warning_in_place_of_the_page(
    server: Server, driver: Driver
) -> None:
    with driver.browser(hosts=f"MAP {HOST} 127.0.0.1") as wary:
        wary.goes_to(f"https://{HOST}:{server.port('web')}/")
        assert "ERR_CERT_AUTHORITY_INVALID" in wary.runs("return document.body.textContent")
        assert wary.runs("return document.querySelector('#chat') === null")
