"""The page in a real Chromium, with telnet-like and WebSocket clients in the same room of a real server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.browser import KEYS, Driver, needs_chromium
from support.pages import Open, listen, url
from support.server import ANY, LineClient, Server, only
from support.ssh import Administrator, allow, make_key, needs_ssh

pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]


def test_two_windows_and_a_terminal_are_in_one_room(server: Server, opens: Open) -> None:
    ada, bob = opens("ada"), opens("bob", 1)
    with LineClient(server, "cid") as cid:
        ada.says("hello all")
        cid.says("hello 小明")
        bob.sees("hello 小明", "#log .said")
        bob.says("/me waves")
        bob.says("bye")
        cid.hears("ada: hello all\r\ncid: hello 小明\r\n* bob waves\r\nbob: bye\r\n")
        for browser in (ada, bob):
            browser.shows("ada hello all", "cid hello 小明", "bob bye")
            browser.waits(lambda b=browser: b.texts("#people .name") == ["ada", "bob", "cid"], "the people")
        assert ada.runs("return document.querySelectorAll('#log .own.said').length") == 1


def test_what_people_write_is_shown_as_text_and_runs_nothing(server: Server, opens: Open) -> None:
    attack = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
    link = 'javascript:alert(1) https://a.example/?"onmouseover=alert(1)//<b> http://b.example/x.'
    ada = opens("ada")
    with LineClient(server, "eve") as eve:
        eve.says(attack)
        eve.says(link)
        eve.says(f"/topic {attack}")
        eve.says("/nick <b>e</b>")
        eve.says(f"/msg ada {attack}")
        eve.says("/join <i>x</i>")
        eve.says("the end")
        ada.sees("the end", "#log .said")
        ada.sees("<img src=x", "#topic")
    assert ada.lines()[0] == f"eve {attack}"
    hrefs = ada.runs(
        "return [...document.querySelectorAll('#chat a:not(#invite)')].map(a => [a.protocol, a.rel, a.target])"
    )
    assert len(hrefs) == 2
    assert all(scheme in ("http:", "https:") and "noopener" in rel and to == "_blank" for scheme, rel, to in hrefs)
    assert ada.runs("return document.querySelectorAll('#chat img, #chat script, #chat [onmouseover]').length") == 0
    assert "hacked" not in ada.runs("return document.title")


def test_the_browser_itself_would_stop_a_script(opens: Open) -> None:
    ada = opens("ada")
    script = """
        const done = arguments[0], seen = [];
        document.addEventListener('securitypolicyviolation', e => seen.push(e.effectiveDirective));
        const img = document.createElement('img'); img.src = 'http://127.0.0.2:1/x'; document.body.append(img);
        const bad = document.createElement('script'); try { bad.textContent = '1'; } catch { seen.push('types'); }
        const isAll = () => ['img-src', 'types'].every(each => seen.includes(each));
        const look = (left) => left && !isAll() ? setTimeout(look, 20, left - 1) : done(seen);
        look(1000);
    """
    assert {"img-src", "types"} <= set(ada.runs_async(script))
    assert all("Content Security Policy" in text or "TrustedScript" in text for text in ada.complaints())


def test_enter_picks_the_word_while_an_input_method_composes(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.types("#text", "a")
    ada.cdp("Input.imeSetComposition", text="ni hao", selectionStart=6, selectionEnd=6)
    ada.cdp("Input.dispatchKeyEvent", type="keyDown", key="Process", windowsVirtualKeyCode=229)
    ada.runs(
        "document.querySelector('#text').dispatchEvent(new KeyboardEvent('keydown',"
        "{key: 'Enter', keyCode: 229, isComposing: true, bubbles: true, cancelable: true}))"
    )
    assert ada.runs("return document.querySelector('#text').value") == "ani hao"
    ada.cdp("Input.insertText", text="你好")
    assert ada.runs("return document.querySelector('#text').value") == "a你好"
    assert ada.lines() == []
    ada.types("#text", KEYS["enter"])
    ada.sees("a你好", "#log .said:not(.waiting)")


def test_after_a_restart_the_page_is_back_with_the_gap_filled_and_what_was_typed_sent_once(
    tmp_path: Path, server: Server, opens: Open
) -> None:
    ada = opens("ada")
    ada.says("before")
    ada.sees("before", "#log .said:not(.waiting)")
    ada.says("/join kitchen")
    ada.sees("kitchen", "#title")
    port = server.port("web")
    server.stops()
    ada.waits(lambda: ada.runs("return !document.querySelector('#status').hidden"), "the status")
    ada.says("typed meanwhile")
    ada.sees("typed meanwhile", "#log .waiting")
    without_web = only("--tcp", ANY, "--admin", ANY, "--flood", "off")
    with Server(tmp_path, listen=without_web) as meanwhile, LineClient(meanwhile, "bob") as bob:
        for number in range(130):
            bob.says(f"missed {number}")
        bob.hears("missed 129\r\n")
        meanwhile.stops()
    with Server(tmp_path, listen=listen(port)) as again:
        again.port("web")
        # It may come back by itself at any moment, and then the button is gone.
        retries = "const s = document.querySelector('#status'); s.hidden || s.querySelector('#retry').click();"
        ada.waits(lambda: ada.runs(f"{retries} return s.hidden"), "the server")
        ada.sees("typed meanwhile", "#log .said:not(.waiting)")
        assert ada.texts("#title") == ["kitchen"]
        ada.shows("ada typed meanwhile")
        ada.clicks("#rooms li:first-child button")
        ada.shows("ada before", *(f"bob missed {number}" for number in range(130)))
        assert ada.runs("return document.querySelector('#status').hidden")


def test_scrolled_up_the_view_stays_and_a_button_says_how_many_came(server: Server, opens: Open) -> None:
    ada = opens("ada", size=(320, 480))
    with LineClient(server, "bob") as bob:
        for number in range(30):
            bob.says(f"line {number}")
        ada.sees("line 29", "#log .said")
        ada.runs("document.querySelector('#log').scrollTop = 150")
        ada.waits(lambda: ada.runs("return document.querySelector('#log').scrollTop") == 150)
        for number in range(3):
            bob.says(f"new {number}")
        ada.sees("3 new lines", "#fresh")
        above = "const [a, b] = ['#fresh', '#say'].map(s => document.querySelector(s).getBoundingClientRect());"
        assert ada.runs(f"{above} return a.bottom <= b.top"), "it covers nothing that one writes"
        assert ada.runs("return document.querySelector('#log').scrollTop") == 150
        ada.waits(lambda: ada.runs("return document.title").startswith("(3) "), "the title")
        ada.clicks("#fresh")
        ada.waits(lambda: ada.runs("return document.querySelector('#fresh').hidden"))
        ada.waits(lambda: ada.runs("return document.title") == "lobby · twistchat", "the title")


def test_older_lines_come_when_one_scrolls_up_and_nothing_jumps(server: Server, opens: Open) -> None:
    with LineClient(server, "bob") as bob:
        for number in range(60):
            bob.says(f"line {number}")
        bob.hears("line 59\r\n")
        ada = opens("ada", size=(320, 480))
        ada.sees("line 59", "#log .said")
        assert len(ada.lines()) == 20
        before = ada.runs(
            "const e = document.querySelector('#log .said'); e.querySelector('.text').id = 'was';"
            "document.querySelector('#log').scrollTop = 0;"
            "return document.querySelector('#was').getBoundingClientRect().top"
        )
        ada.shows(*(f"bob line {number}" for number in range(60)))
        moved = ada.runs("return document.querySelector('#was').getBoundingClientRect().top")
        assert abs(moved - before) < 2


def test_who_is_in_another_tab_is_asked_where_to_go_on(server: Server, opens: Open) -> None:
    ada = opens("ada")
    first = ada.window()
    second = ada.opens_window()
    ada.goes_to(url(server))
    assert ada.runs("return document.querySelector('#name').value") == "ada"
    ada.types("#name", KEYS["enter"])
    ada.sees("is taken", "#refusal")
    ada.clicks("#takeover")
    ada.sees("ada", "#people")
    ada.switches_to(first)
    ada.sees("another tab", "#refusal")
    ada.clicks("#takeover")
    ada.sees("ada", "#people")
    ada.switches_to(second)
    ada.sees("another tab", "#refusal")
    ada.closes_window()
    ada.switches_to(first)
    ada.says("still one")
    ada.sees("still one", "#log .said:not(.waiting)")


def test_a_page_that_is_loaded_again_is_in_again(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.goes_to(url(server))
    ada.sees("ada", "#people")
    ada.says("/quit")
    ada.waits(lambda: ada.runs("return document.querySelector('#chat').hidden"), "the door")
    ada.goes_to(url(server))
    known = "return document.querySelector('#chat').hidden && document.querySelector('#name').value"
    ada.waits(lambda: ada.runs(known) == "ada", "the door that knows the name")


def test_private_messages_are_conversations_of_their_own(server: Server, opens: Open) -> None:
    ada = opens("ada")
    with LineClient(server, "bob") as bob:
        bob.says("/msg ada psst")
        ada.sees("1", "#privates .badge")
        assert ada.lines() == []
        ada.clicks("#privates .row")
        ada.sees("psst", "#log .whispered")
        ada.says("yes?")
        bob.hears("[private] ada to bob: yes?\r\n")
        ada.sees("yes?", "#log .own.whispered")
        ada.clicks("#privates .close")
        ada.sees("lobby", "#title")


def test_an_announcement_looks_like_nothing_that_people_can_say(opens: Open, server: Server) -> None:
    browser = opens("ada")
    script = """
        const done = arguments[0];
        const value = {kind: 'announced', name: '', room: '', time: 0, number: 1, text: 'Back at six'};
        import('/lines.js').then(m => {
            const node = m.lineNode(value), log = document.querySelector('#log ol');
            log.append(node);
            const said = m.lineNode({...value, kind: 'said', name: 'eve'});
            log.append(said);
            const border = (each) => getComputedStyle(each).borderInlineStartWidth;
            done([node.querySelector('.who').textContent, border(node), border(said), said.querySelector('.who')]);
        });
    """
    assert browser.runs_async(script) == [" Administrator · to everyone", "4px", "0px", None]


def test_mentions_search_and_commands(server: Server, opens: Open) -> None:
    ada = opens("ada")
    with LineClient(server, "bob") as bob:
        bob.says("tea, ADA?")
        bob.says("adage")
        ada.sees("adage", "#log .said")
        assert ada.texts("#log .mention .text") == ["tea, ADA?"]
    ada.types("#text", "/sea")
    ada.sees("/search", "#choices")
    ada.types("#text", KEYS["tab"] + "tea" + KEYS["enter"])
    ada.sees("tea, ADA?", "#found .said")
    for typed, note in (
        ("tea on:2026-02-30", "is no date"),
        ("tea before:today", "Nothing was found."),
        ("tea on:today", "1"),
    ):
        ada.runs("document.querySelector('#words').value = ''")
        ada.types("#words", typed + KEYS["enter"])
        ada.sees(note, "#found-note")
    ada.sees("tea, ADA?", "#found .said")
    ada.clicks("#search-close")
    ada.types("#text", "bo" + KEYS["tab"])
    assert ada.runs("return document.querySelector('#text').value") in ("bo", "bob: ")
    ada.runs("document.querySelector('#text').value = ''")
    ada.says("/nosuch")
    ada.sees("There is no /nosuch", "#log .refusal")
    assert ada.runs("return document.querySelector('#text').value") == "/nosuch"


def test_what_a_field_offers_stays_for_who_leaves_it_and_is_back_at_once(opens: Open) -> None:
    """As whoever presses a room's name and types on; who stays away is offered nothing more."""
    ada = opens("ada")
    ada.waits(lambda: (ada.types("#text", "/"), ada.texts("#choices li"))[1], "the commands")
    script = """
        const done = arguments[0], field = document.querySelector('#text'), list = document.querySelector('#choices');
        const later = (go) => setTimeout(go, 300);
        field.blur();
        field.focus();
        later(() => {
            const isOffered = !list.hidden;
            field.blur();
            later(() => done([isOffered, !list.hidden]));
        });
    """
    assert ada.runs_async(script) == [True, False]


def test_the_page_speaks_the_browsers_language(opens: Open, server: Server) -> None:
    browser = opens(language="zh-TW,en")
    browser.goes_to(url(server))
    browser.sees("你的暱稱", "#door")
    browser.enters(url(server), "小明")
    browser.types("#text", "/he")
    browser.waits(lambda: browser.texts("#choices b") == ["/help [指令]"], "the command")
    browser.types("#text", KEYS["escape"] + "\ue003" * 3)
    browser.says("/nosuch")
    browser.sees("沒有 /nosuch", "#log")


def test_the_first_language_that_there_is_is_chosen(opens: Open, server: Server) -> None:
    wanted = [["en-GB"], ["zh-CN", "en"], ["zh-Hant-HK"], ["zh-Hans-SG"], ["fr", "zh-TW"], ["fr"], []]
    browser = opens()
    browser.goes_to(url(server))
    script = "const done = arguments[0]; import('/words.js').then(m => done(%s.map(m.preferred)))"
    chosen = browser.runs_async(script % json.dumps(wanted))
    assert chosen == ["en", "zh_CN", "zh_TW", "zh_CN", "zh_TW", "en", "en"]


def test_times_and_days_are_written_in_the_pages_language(opens: Open, server: Server) -> None:
    browser = opens()
    browser.goes_to(url(server))
    script = """
        const done = arguments[0], midnight = new Date(2026, 10, 22, 0, 5) / 1000;
        import('/lines.js').then(({clock, day}) => done(['en', 'zh-CN', 'zh-TW'].map(lang => {
            document.documentElement.lang = lang;
            return [clock(midnight).textContent, day(midnight)];
        })));
    """
    assert browser.runs_async(script) == [
        ["00:05", "Sunday, November 22, 2026"],
        ["00:05", "2026年11月22日星期日"],
        ["00:05", "2026年11月22日 星期日"],
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_at_320_pixels_nothing_is_cut_off(server: Server, opens: Open, dark: bool) -> None:
    ada = opens("ada", size=(320, 480), dark=dark)
    with LineClient(server, "שלום") as bob:
        bob.says("x" * 300)
        bob.says("https://a.example/" + "y" * 300)
        ada.sees("yyy", "#log .said")
    cut = """
        return [...document.querySelectorAll('body *')].filter(e => {
            const box = e.getBoundingClientRect(), style = getComputedStyle(e);
            const isShown = box.width && style.visibility === 'visible' && !e.closest('.unseen');
            return isShown && (box.right > 321 || box.left < -1);
        }).map(e => e.outerHTML.slice(0, 80))
    """
    assert ada.runs(cut) == []
    ada.clicks("#side-open")
    ada.sees("lobby", "#rooms")
    ada.runs("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))")
    assert ada.runs("return getComputedStyle(document.querySelector('#side')).visibility") == "hidden"
    luminance = ada.runs("return getComputedStyle(document.body).backgroundColor")
    assert (min(map(int, re.findall(r"\d+", luminance)[:3])) < 128) is dark


def test_everything_that_can_be_pressed_has_a_name(opens: Open) -> None:
    ada = opens("ada")
    nameless = """
        return [...document.querySelectorAll('button, input, select, textarea, [role=region], nav, aside')].filter(e =>
            !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim())).map(e => e.outerHTML)
    """
    assert ada.runs(nameless) == []


def test_it_works_below_a_path(tmp_path: Path, driver: Driver) -> None:
    with Server(tmp_path, "--web-path", "/some/chat/", listen=listen()) as server, driver.browser() as browser:
        browser.enters(url(server, "/some/chat/"), "ada")
        browser.says("hi")
        browser.sees("hi", "#log .said:not(.waiting)")
        assert not browser.complaints()


def test_a_sound_is_heard_only_when_asked_for_and_only_while_one_looks_elsewhere(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.runs("""
        const Real = AudioContext;
        window.tones = [];
        window.AudioContext = class extends Real {
            constructor() { super(); tones.push(this); }
        };
        Object.defineProperty(document, "hidden", {get: () => window.isAway ?? false});
    """)

    def tones_after(text: str, away: bool) -> int:
        ada.runs("window.isAway = arguments[0]", away)
        bob.says(text)
        ada.sees(text, "#log .said")
        ada.runs("window.isAway = false")
        return int(ada.runs("return tones.length"))

    with LineClient(server, "bob") as bob:
        assert tones_after("ada, one", away=True) == 0
        ada.clicks("#settings-open")
        assert ada.runs("return document.querySelector('#sound').checked") is False
        ada.clicks("#sound")
        assert ada.runs("return tones.length") == 1  # what it will sound like
        ada.clicks("#settings .buttons button:last-child")
        assert tones_after("nobody, two", away=True) == 1
        assert tones_after("ada, three", away=True) == 2
        assert tones_after("ada, four", away=False) == 2
        ada.waits(lambda: ada.runs("return tones.every(each => each.state === 'closed')"), "the end of the tones")
    ada.goes_to(url(server))
    ada.sees("ada", "#people")
    assert ada.runs("return document.querySelector('#sound').checked") is True


@needs_ssh
def test_what_the_administrator_announces_is_unmistakable(tmp_path: Path, server: Server, opens: Open) -> None:
    """It comes by ssh, looks like nothing that people can say, and is read out at once; also to who comes later."""
    key = make_key(tmp_path)
    ada = opens("ada")
    allow(tmp_path, key)
    with LineClient(server, "eve") as eve:
        eve.says("📢 Administrator · to everyone Back at six")
        ada.sees("Back at six", "#log .said")
        assert ada.texts("#log .announced, #log .who, #alert p") == []
        result = Administrator(server, key).runs("announce 'Back at <b>six</b>'")
        assert result.returncode == 0, result.stderr
        eve.hears("Back at <b>six</b>\r\n")
    later = opens("bob", 1)
    for browser in (ada, later):
        browser.sees("Back at <b>six</b>", "#log li.announced")
        assert browser.texts("#log li.announced .who") == browser.texts("#log .who") == [" Administrator · to everyone"]
        assert browser.texts("#log li.announced .name") == []
    assert ada.texts("#alert[role=alert] p") == ["Administrator: Back at <b>six</b>"]


def test_a_mute_is_told_once_with_its_end_in_the_readers_zone_and_gives_the_text_back(
    tmp_path: Path, server: Server, opens: Open
) -> None:
    key = make_key(tmp_path)
    allow(tmp_path, key)
    ada = opens("ada")
    assert Administrator(server, key).runs("mute ada 2h 'too loud'").returncode == 0
    ada.sees("too loud", "#log .told")
    ada.says("hello")
    ada.waits(lambda: ada.runs("return document.querySelector('#chat textarea').value") == "hello", "the text is back")
    [told] = [text for text in ada.texts("#log .told") if "too loud" in text]
    assert not re.search(r"\d{4}-\d\d-\d\d", told), told
