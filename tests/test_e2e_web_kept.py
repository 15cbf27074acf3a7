"""Nobody's text vanishes from the page, and a reload takes nothing away."""

from __future__ import annotations

import pytest
from support.browser import KEYS, Browser, Driver, needs_chromium
from support.pages import Open, listen, url
from support.server import LineClient, Server

pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]


def reloads(browser: Browser, server: Server) -> None:
    """Load the page again, and wait until one is in again."""
    browser.goes_to(url(server))
    browser.waits(lambda: browser.runs("return !document.querySelector('#chat').hidden"), "the chat")


def test_what_is_typed_where_no_room_is_stays_in_the_field(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.clicks("#rooms .close")
    ada.sees("You are in no room", "#log")
    ada.says("is anybody there")
    ada.sees("You are in no room", "#log .refusal")
    assert ada.field() == "is anybody there"
    assert ada.runs("return document.querySelector('#fresh').hidden")
    ada.runs("document.querySelector('#text').value = ''")
    ada.says("/join kitchen")
    ada.sees("kitchen", "#title")


def test_whoever_reads_further_up_sees_what_came_of_a_line_of_theirs_and_how_much_is_unread(
    server: Server, opens: Open
) -> None:
    ada = opens("ada", size=(320, 480))
    up = "const log = document.querySelector('#log'); log.scrollTop = 150; return log.scrollTop"
    with LineClient(server, "bob") as bob:
        for number in range(30):
            bob.says(f"line {number}")
        ada.sees("line 29", "#log .said")
        ada.waits(lambda: ada.runs(up) == 150)
        ada.says("/nosuch")
        ada.sees("There is no /nosuch", "#log .refusal")
        reached = (
            "const [a, b] = ['#log .refusal', '#log'].map(s => document.querySelector(s).getBoundingClientRect());"
        )
        ada.waits(lambda: ada.runs(f"{reached} return a.bottom <= b.bottom"), "the refusal in sight")
        ada.runs("document.querySelector('#text').value = ''")
        ada.says("/join kitchen")
        ada.sees("kitchen", "#title")
        ada.runs("document.querySelector('#rooms .row').click()")
        ada.waits(lambda: ada.runs(up) == 150)
        ada.runs("document.querySelectorAll('#rooms .row')[1].click()")
        for number in range(30, 33):
            bob.says(f"line {number}")
        ada.sees("3", "#elsewhere")
        ada.runs("document.querySelector('#rooms .row').click()")
        ada.sees("3 new lines", "#fresh")
        ada.clicks("#fresh")
        ada.waits(lambda: not ada.texts("#rooms .badge"), "all is read")


def test_a_private_message_that_is_refused_is_given_back(server: Server, opens: Open) -> None:
    ada = opens("ada")
    with LineClient(server, "bob") as bob:
        bob.says("/msg ada psst")
        ada.sees("1", "#privates .badge")
        ada.clicks("#privates .row")
        ada.sees("psst", "#log .whispered")
    ada.says("are you there")
    ada.sees("bob", "#log .refusal")
    ada.waits(lambda: ada.field() == "are you there", "the text")
    assert ada.texts("#log .waiting") == []


def test_what_cannot_be_given_back_to_the_field_is_named(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.runs(
        "const f = document.querySelector('#text'); f.value = '/nosuch';"
        "document.querySelector('#say').requestSubmit(); f.value = 'already something else'"
    )
    ada.sees("Not sent: /nosuch", "#log .refusal")
    assert ada.field() == "already something else"


def test_rooms_drafts_and_private_messages_survive_a_reload(server: Server, opens: Open) -> None:
    ada = opens("ada")
    with LineClient(server, "bob") as bob, LineClient(server, "cid") as cid:
        ada.says("/join kitchen")
        ada.sees("kitchen", "#title")
        bob.says("/msg ada first secret")
        cid.says("/msg ada second secret")
        ada.waits(lambda: len(ada.texts("#privates .badge")) == 2, "both")
        ada.clicks("#privates li:nth-child(2) .row")
        ada.sees("second secret", "#log .whispered")
        ada.types("#text", "half an answer")
        ada.clicks("#rooms li:nth-child(2) .row")
        ada.sees("kitchen", "#title")
        ada.types("#text", "half a line")
        reloads(ada, server)
        ada.sees("kitchen", "#title")
        assert [each.strip() for each in ada.texts("#rooms bdi")] == ["lobby", "kitchen"]
        assert ada.field() == "half a line"
        assert ada.texts("#privates .row") == ["bob 11 unread", "cid"]  # the second is for ears alone
        ada.clicks("#privates li:nth-child(2) .row")
        ada.sees("second secret", "#log .whispered")
        assert ada.field() == "half an answer"
        ada.clicks("#privates li:nth-child(1) .row")
        ada.sees("first secret", "#log .whispered")


def test_what_was_said_while_the_page_was_loaded_again_is_unread(server: Server, opens: Open) -> None:
    ada = opens("ada")
    with LineClient(server, "bob") as bob:
        bob.says("before")
        ada.sees("before", "#log .said")
        ada.goes_to("about:blank")
        bob.hears("ada left!\r\n")
        for number in range(30):
            bob.says(f"meanwhile {number}")
        bob.hears("meanwhile 29\r\n")
        reloads(ada, server)
        ada.sees("meanwhile 29", "#log .said")
        assert ada.lines() == ["bob before", *(f"bob meanwhile {number}" for number in range(30))]


def test_who_leaves_finds_nothing_private_when_the_next_one_comes(server: Server, opens: Open) -> None:
    ada = opens("ada")
    with LineClient(server, "bob") as bob:
        bob.says("/msg ada secret")
        ada.sees("1", "#privates .badge")
        ada.says("/quit")
        ada.waits(lambda: ada.runs("return document.querySelector('#chat').hidden"), "the door")
        assert "secret" not in ada.runs("return JSON.stringify([{...sessionStorage}, {...localStorage}])")
        ada.enters(url(server), "ada")
        assert ada.texts("#privates .row") == []


def test_what_waits_to_be_sent_is_named_at_the_door_to_who_leaves(server: Server, opens: Open) -> None:
    ada = opens("ada")
    server.stops()
    ada.waits(lambda: ada.runs("return !document.querySelector('#status').hidden"), "the status")
    ada.says("never sent")
    ada.sees("never sent", "#log .waiting")
    ada.runs("document.querySelector('#quit').click()")
    ada.sees("Not sent: never sent", "#refusal")


def test_the_next_person_at_a_tab_finds_no_draft_of_the_one_before(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.types("#text", "half a secret")
    ada.runs("document.querySelector('#quit').click()")
    ada.waits(lambda: ada.runs("return document.querySelector('#chat').hidden"), "the door")
    ada.runs("document.querySelector('#name').value = ''")
    ada.types("#name", "eve" + KEYS["enter"])
    ada.sees("eve", "#people")
    assert ada.field() == ""
    assert "secret" not in ada.runs("return JSON.stringify({...sessionStorage})")


def test_who_left_finds_the_draft_again_under_the_same_name(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.types("#text", "half a line")
    ada.runs("document.querySelector('#quit').click()")
    ada.waits(lambda: ada.runs("return document.querySelector('#chat').hidden"), "the door")
    ada.types("#name", KEYS["enter"])
    ada.sees("ada", "#people")
    assert ada.field() == "half a line"


def test_a_websocket_that_is_refused_is_told_from_a_server_that_is_gone(
    driver: Driver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with driver.browser(hosts="MAP chat.lan 127.0.0.1") as ada:
        with Server(tmp_path_factory.mktemp("lan"), "--web-host", "chat.lan", listen=listen()) as server:
            port = server.port("web")
            ada.goes_to(f"http://chat.lan:{port}/")
            ada.sees("Your name", "#door")
        with Server(tmp_path_factory.mktemp("other"), listen=listen(port)) as server:
            assert server.port("web") == port
            ada.types("#name", "ada" + KEYS["enter"])
            ada.sees("no chat comes through at chat.lan", "#refusal")
        ada.sees("does not answer", "#refusal")


def test_in_a_browser_that_keeps_nothing_for_sites_the_page_works_and_says_so(server: Server, driver: Driver) -> None:
    with driver.browser(keeps=False) as ada:
        ada.goes_to(url(server))
        ada.sees("keeps nothing", "#unkept")
        ada.types("#name", "ada" + KEYS["enter"])
        ada.sees("ada", "#people")
        ada.says("hello")
        ada.sees("hello", "#log .said:not(.waiting)")
        assert not ada.complaints()


def test_several_lines_are_pasted_as_they_are_and_sent_as_several_messages(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.runs("document.querySelector('#text').focus()")
    ada.cdp("Input.insertText", text="for x in y:\n\tprint(x)\n\u3000\u3000缩进\n/usr")
    ada.sees("4 lines", "#several")
    ada.types("#text", KEYS["enter"])
    ada.sees("/usr", "#log .said:not(.waiting)")
    texts = ada.texts("#log .said:not(.waiting) .text")
    assert texts == ["for x in y:", "    print(x)", "\u3000\u3000缩进", "/usr"]


def test_enter_on_a_phones_keyboard_sends_though_it_composes_all_the_time(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.types("#text", "hello")
    ada.runs(
        "document.querySelector('#text').dispatchEvent(new KeyboardEvent('keydown',"
        "{key: 'Enter', keyCode: 13, isComposing: true, bubbles: true, cancelable: true}))"
    )
    ada.sees("hello", "#log .said:not(.waiting)")
