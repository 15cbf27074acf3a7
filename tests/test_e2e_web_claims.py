"""A name of one's own in a browser: claimed, kept from another profile, and had there by a code that links it."""

from __future__ import annotations

import re

import pytest
from support.browser import KEYS, Browser, needs_chromium
from support.pages import Open, url
from support.server import LineClient, Server

pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]


def shown_code(browser: Browser) -> str:
    """The code in the dialog that shows it; it is closed then."""
    browser.waits(lambda: browser.runs("return document.querySelector('#secret').open"), "the code")
    code = browser.texts("#secret-alone")[0]
    browser.clicks("#secret .buttons button")
    browser.waits(lambda: not browser.runs("return document.querySelector('#secret').open"), "its end")
    return code


def is_in(browser: Browser) -> None:
    browser.waits(lambda: browser.runs("return !document.querySelector('#chat').hidden"), "the chat")


def content(browser: Browser) -> str:
    """All that stands in a page and its fields, and all that the browser keeps for it."""
    script = """
        const fields = [...document.querySelectorAll('input, textarea')].map(e => e.value);
        const kept = [localStorage, sessionStorage].flatMap(box => Object.values(box));
        return [document.body.textContent, ...fields, ...kept].join(' ')
    """
    return str(browser.runs(script))


def asks_for_a_code(browser: Browser) -> None:
    browser.sees("is claimed", "#refusal")
    browser.waits(lambda: browser.runs("return document.activeElement.id") == "code", "the field")


def test_a_claimed_name_is_kept_from_another_profile_until_a_link_lets_it_in(server: Server, opens: Open) -> None:
    pupil = opens("ada")
    pupil.says("/claim")
    code = shown_code(pupil)
    assert re.fullmatch(r"\d{4}(-\d{4}){3}", code)
    assert code not in content(pupil), "nothing of it stays"
    pupil.says("/link")
    link = shown_code(pupil)
    assert re.fullmatch(r"\d{4}-\d{4}", link)

    phone = opens("", 1)
    phone.goes_to(url(server))
    phone.types("#name", "ADA" + KEYS["enter"])
    asks_for_a_code(phone)
    assert phone.runs("const c = document.querySelector('#code'); return [c.type, c.autocomplete]") == [
        "password",
        "one-time-code",
    ]
    phone.types("#name", "x")
    assert phone.runs("return document.querySelector('#code-part').hidden"), "that is another name"
    phone.runs("document.querySelector('#name').value = ''")
    phone.types("#name", "ada" + KEYS["enter"])
    asks_for_a_code(phone)
    phone.types("#code", "0000-0000" + KEYS["enter"])
    phone.sees("not the code", "#refusal")
    assert phone.runs("return document.querySelector('#code').value") == ""
    phone.types("#code", link + KEYS["enter"])
    is_in(phone)
    pupil.sees("another tab", "#refusal")
    phone.goes_to(url(server))  # its key is bound: a reload needs nothing
    is_in(phone)
    phone.runs("sessionStorage.clear()")  # as in another tab, or after the browser was closed
    phone.goes_to(url(server))
    phone.types("#name", KEYS["enter"])
    is_in(phone)
    assert link not in content(phone)


def test_who_is_in_takes_a_claimed_name_by_its_code_which_is_typed_unseen(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.clicks("#settings-open")
    ada.clicks("#claim")
    code = shown_code(ada)
    ada.says("/quit")
    ada.sees("left", "#refusal")
    phone = opens("bob", 1)
    with LineClient(server, "eve") as eve:
        phone.says("/nick ada")
        phone.sees("is claimed", "#proof-asked")
        phone.types("#proof-code", "1111111111111111" + KEYS["enter"])
        phone.sees("not the code", "#proof-asked")
        phone.types("#proof-code", code + KEYS["enter"])
        phone.waits(lambda: phone.texts("#people .name") == ["ada", "eve"], "the name")
        assert eve.hears("is now called ada")
    assert code not in content(phone) and phone.field() == ""
    phone.clicks("#settings-open")
    phone.clicks("#link")
    phone.sees("Type on the other device", "#secret-text")
    phone.clicks("#secret-copy")
    phone.sees("Copied.", "#secret-done")


def test_another_name_is_chosen_at_the_door_as_ever(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.says("/claim")
    shown_code(ada)
    other = opens("", 1)
    other.goes_to(url(server))
    other.types("#name", "ada" + KEYS["enter"])
    asks_for_a_code(other)
    other.runs("document.querySelector('#name').value = ''")
    other.types("#name", "bob" + KEYS["enter"])
    is_in(other)
    assert ada.texts("#people .name") == ["ada", "bob"]
