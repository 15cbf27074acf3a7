"""Who cannot see the page, or not well: axe finds nothing, names are readable, everything is large enough to touch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.browser import KEYS, Browser, needs_chromium
from support.pages import Open, listen, url
from support.server import LineClient, Server

AXE = Path(__file__).parent / "page" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm ci --prefix tests/page)")

SIZES = {"phone": (390, 780), "desktop": (1280, 800)}
TOUCH = 44
"""Pixels of whatever can be pressed (Apple's guidelines; WCAG 2.2, 2.5.5)."""


def findings(browser: Browser) -> list[Any]:
    """What axe has to say of all that it knows, experiments and advice included."""
    if not browser.runs("return Boolean(window.axe)"):
        browser.runs(AXE.read_text())
    found = browser.runs_async("""
        const done = arguments[0];
        const how = {rules: {'label-content-name-mismatch': {enabled: true}, 'css-orientation-lock': {enabled: true}}};
        const told = (each) => [each.id, each.nodes.map(node => node.html)];
        axe.run(document, how).then(({violations}) => done(violations.map(told)));
    """)
    return list(found)


def small(browser: Browser) -> list[Any]:
    """What can be pressed, is shown, and is too small for a finger; links in a text aside."""
    script = """
        const pressed = 'button, input:not([type=checkbox]), select, textarea, dialog label, [role=option]';
        return [...document.querySelectorAll(pressed)].filter(e => {
            const {width, height} = e.getBoundingClientRect();
            const isShown = width && getComputedStyle(e).visibility === 'visible';
            return isShown && (width < arguments[0] || height < arguments[0]);
        }).map(e => e.outerHTML)
    """
    return list(browser.runs(script, TOUCH))


def talks(ada: Browser, bob: LineClient) -> None:
    """Bring every kind of line into the lobby."""
    for line in ("ada, `x = 1` and https://a.example/", "```", "def f():", "```", "/me waves", "/topic tea for `ada`"):
        bob.says(line)
    bob.says("/msg ada psst")
    ada.says("hello")
    ada.says("/nosuch")
    ada.sees("There is no /nosuch", "#log .refusal")
    ada.runs("document.querySelector('#text').value = ''")
    ada.says("/join kitchen")
    ada.sees("kitchen", "#title")
    bob.says("ada, more")
    ada.waits(lambda: ada.texts("#rooms .badge"), "what is unread")


@needs_axe
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_and_all_is_large_enough_to_touch(server: Server, opens: Open, size: str, dark: bool) -> None:
    ada = opens(size=SIZES[size], dark=dark)
    ada.cdp("Page.setBypassCSP", enabled=True)  # axe's own styles, which measure
    ada.goes_to(url(server))
    ada.sees("twistchat", "#door")
    states = {"door": (findings(ada), small(ada))}
    ada.enters(url(server), "ada")
    with LineClient(server, "bob") as bob:
        talks(ada, bob)
        if size == "phone":
            ada.clicks("#side-open")
            states["drawer"] = (findings(ada), small(ada))
        ada.clicks("#rooms li:first-child .row")
        ada.sees("ada, more", "#log .newhere")
        ada.types("#text", "/")
        ada.sees("/help", "#choices")
        states["chat"] = (findings(ada), small(ada))
        ada.types("#text", KEYS["escape"])
        ada.clicks("#search-open")
        ada.types("#words", "waves" + KEYS["enter"])
        ada.sees("waves", "#found")
        states["search"] = (findings(ada), small(ada))
        ada.clicks("#search-close")
        ada.runs("document.querySelector('#settings').showModal()")
        states["settings"] = (findings(ada), small(ada))
        ada.runs("document.querySelector('#settings').close(); document.querySelector('#text').value = ''")
        ada.says("/leave")
        ada.says("/leave")
        ada.sees("You are in no room", "#log")
        states["no room"] = (findings(ada), small(ada))
        ada.says("/join lobby")
        ada.says("/claim")
        ada.sees("is not shown again", "#secret")
        states["code"] = (findings(ada), small(ada))
        ada.clicks("#secret .buttons button")
        ada.says("/quit")
        ada.sees("left", "#refusal")
        ada.runs("localStorage.clear(); sessionStorage.clear()")
        ada.types("#name", KEYS["enter"])
        ada.sees("is claimed", "#refusal")
        states["claimed"] = (findings(ada), small(ada))
        ada.enters(url(server), "cid")
        ada.says("/nick ada")
        ada.sees("is claimed", "#proof")
        states["proof"] = (findings(ada), small(ada))
    ada.goes_to(url(server, "/qr"))
    states["qr"] = (findings(ada), small(ada))
    ada.cdp("Page.setBypassCSP", enabled=False)
    assert states == dict.fromkeys(states, ([], []))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_name_can_be_read_wherever_it_stands(server: Server, opens: Open, dark: bool) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1, in all colours that names have, on all that they stand on."""
    ada = opens(dark=dark)
    ada.goes_to(url(server))
    script = """
        const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
        const light = (colour) => {
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(
                (each) => (each /= 255) <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b;
        };
        const style = getComputedStyle(document.documentElement), name = document.createElement('b');
        name.className = 'name';
        document.body.append(name);
        const found = [];
        for (let hue = 0; hue < 360; hue += 20) {
            name.style.setProperty('--hue', hue);
            const ink = light(getComputedStyle(name).color);
            for (const ground of ['paper', 'side', 'own', 'mention', 'loud', 'line']) {
                const paper = light(style.getPropertyValue('--' + ground));
                const ratio = (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
                if (ratio < 4.5) found.push([hue, ground, ratio]);
            }
        }
        return found;
    """
    assert ada.runs(script) == []


def test_what_is_read_out_is_what_is_shown(server: Server, opens: Open) -> None:
    ada = opens("ada")
    with LineClient(server, "bob") as bob:
        for line in ("/me waves", "one", "two", "three", "four", "/msg ada psst", "/join kitchen"):
            bob.says(line)
        ada.says("/join kitchen")
        ada.sees("kitchen", "#title")
        bob.says("/join lobby")
        bob.says("are you here, ada")
        bob.says("never mind")
        wanted = ["bob waves", *(f"bob: {each}" for each in ("one", "two", "three", "four"))]
        wanted += ["Private message from bob: psst", "lobby, bob: are you here, ada", "lobby: 2 unread"]
        ada.waits(lambda: set(wanted) <= set(ada.texts("#live p")), json.dumps(wanted))
        assert [each for each in ada.texts("#live p") if each in wanted] == wanted


def test_after_joining_a_room_on_a_phone_the_focus_is_in_the_conversation(server: Server, opens: Open) -> None:
    ada = opens("ada", size=(390, 780))
    ada.cdp("Emulation.setEmulatedMedia", features=[{"name": "hover", "value": "none"}])
    ada.clicks("#side-open")
    ada.types("#join-name", "kitchen" + KEYS["enter"])
    ada.sees("kitchen", "#title")
    ada.waits(lambda: ada.runs("return document.activeElement.id") == "log", "the focus")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_load_says_anything_at_the_console(server: Server, opens: Open, host: str) -> None:
    ada = opens()
    for _ in range(2):
        ada.goes_to(f"http://{host}:{server.port('web')}/")
        ada.sees("Your name", "#door")
    assert ada.remarks() == []


def test_an_open_drawer_keeps_the_focus_in_it_and_gives_it_back(server: Server, opens: Open) -> None:
    ada = opens("ada", size=(390, 780))
    focused = "return document.activeElement.closest('#side, #people-part, #room')?.id"
    for button, part in (("side-open", "side"), ("people-open", "people-part")):
        ada.clicks(f"#{button}")
        for _ in range(12):
            ada.cdp("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
            assert ada.runs(focused) in (part, None), "what is behind it cannot be reached"
        ada.runs("document.querySelector(arguments[0]).querySelector('button, h2').focus()", f"#{part}")
        if part == "people-part":
            ada.runs("document.querySelector('#people-part').focus()")
        ada.cdp("Input.dispatchKeyEvent", type="keyDown", key="Escape", code="Escape", windowsVirtualKeyCode=27)
        assert ada.runs("return document.activeElement.id") == button
        assert ada.runs("return document.activeElement.ariaExpanded") == "false"


def test_in_a_wide_window_the_button_says_whether_the_people_are_seen(opens: Open) -> None:
    ada = opens("ada", size=(1280, 800))
    expanded = "return document.querySelector('#people-open').ariaExpanded"
    ada.clicks("#people-open")
    assert ada.runs(expanded) == "false"
    ada.clicks("#people-open")
    assert ada.runs(expanded) == "true"


def test_escape_in_the_settings_closes_them_alone_and_the_focus_is_where_it_was(opens: Open) -> None:
    ada = opens("ada", size=(390, 780))
    ada.clicks("#side-open")
    ada.clicks("#settings-open")
    ada.cdp("Input.dispatchKeyEvent", type="keyDown", key="Escape", code="Escape", windowsVirtualKeyCode=27)
    ada.waits(lambda: ada.runs("return document.activeElement.id") == "settings-open", "the focus")
    assert ada.runs("return document.querySelector('#side').classList.contains('open')") is True


def test_the_focus_stays_in_a_list_when_the_row_that_has_it_goes(server: Server, opens: Open) -> None:
    ada = opens("ada")
    focused = "return document.activeElement.closest('#people, #people-part')?.id + document.activeElement.textContent"
    with LineClient(server, "bob"):
        with LineClient(server, "cid"):
            ada.sees("cid", "#people")
            ada.runs("[...document.querySelectorAll('#people .row')].at(-1).focus()")
            assert ada.runs(focused) == "peoplecid"
        ada.waits(lambda: ada.texts("#people .name") == ["ada", "bob"], "the people")
        assert ada.runs(focused) == "peoplebob"
    ada.waits(lambda: ada.texts("#people .name") == ["ada"], "the people")
    assert ada.runs(focused).startswith("people-part")


def test_a_connection_that_is_gone_is_read_out_once_and_not_at_each_second(
    tmp_path: Path, server: Server, opens: Open
) -> None:
    ada = opens("ada")
    port = server.port("web")
    server.stops()
    waits = "return document.querySelector('#status-text').textContent"
    seen: set[str] = set()
    ada.waits(lambda: seen.add(ada.runs(waits)) or len(seen) > 3, "several seconds")
    gone = [text for text in ada.texts("#live p") if "Next try" in text]
    assert len(gone) == 1
    assert ada.runs("return document.querySelector('#status').closest('[role], [aria-live]')") is None
    with Server(tmp_path, listen=listen(port)) as again:
        again.port("web")
        ada.waits(lambda: "Connected again." in ada.texts("#live p"), "the connection")


def test_the_space_bar_scrolls_the_conversation_and_letters_go_into_the_field(opens: Open) -> None:
    ada = opens("ada")
    for key, where in ((" ", "log"), ("a", "text")):
        ada.runs("document.querySelector('#log').focus()")
        ada.cdp("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        assert ada.runs("return document.activeElement.id") == where


def test_a_long_topic_can_be_read_as_a_whole(server: Server, opens: Open) -> None:
    ada = opens("ada", size=(390, 780))
    with LineClient(server, "bob") as bob:
        bob.says("/topic " + "a long topic " * 10)
        ada.sees("a long topic", "#topic")
    is_cut = "const t = document.querySelector('#topic'); return t.scrollWidth > t.clientWidth"
    assert ada.runs(is_cut) is True
    ada.clicks("#topic")
    assert ada.runs(is_cut) is False
