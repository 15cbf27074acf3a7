"""How lines look in the page: heads, times, days, code, what is new, where it was said; and where the view stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.browser import KEYS, Browser, Driver, needs_chromium
from support.pages import Open, listen, url
from support.server import LineClient, Server
from support.ssh import Administrator, allow, make_key, needs_ssh

pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]

SHOWN = """
    const done = arguments[0];
    Promise.all([import('/lines.js'), import('/neighbours.js')]).then(([{lineNode}, {settle}]) => {
        const list = document.querySelector('#log ol');
        list.replaceChildren();
        for (const value of %s) {
            const node = lineNode({number: 0, room: 'lobby', kind: 'said', ...value});
            list.insertBefore(node, list.children[value.at ?? list.children.length] ?? null);
            settle(node);
        }
        done([...list.children].map(each => [each.querySelector('.text')?.textContent ?? '', each.className]));
    });
"""


def shown(browser: Browser, *values: dict[str, Any]) -> list[tuple[str, set[str]]]:
    """Lines put one after the other into the page, as texts and what they are marked as."""
    found = browser.runs_async(SHOWN % json.dumps(values))
    return [(text, {*marks.split()} - {"said"}) for text, marks in found]


def test_lines_of_one_person_in_a_row_are_under_one_head(opens: Open) -> None:
    ada = opens("ada")
    noon, day = 1_772_366_400, 86_400
    lines = shown(
        ada,
        {"name": "bob", "text": "one", "time": noon},
        {"name": "bob", "text": "two", "time": noon + 10},
        {"name": "cid", "text": "three", "time": noon + 20},
        {"name": "bob", "text": "four", "time": noon + 30},
        {"name": "bob", "text": "much later", "time": noon + 1000},
        {"name": "bob", "text": "next day", "time": noon + day},
    )
    assert [text for text, marks in lines if "more" in marks] == ["two"]
    assert [text for text, marks in lines if "newday" in marks] == ["one", "next day"]


def test_an_older_line_that_comes_later_takes_the_head(opens: Open) -> None:
    ada = opens("ada")
    lines = shown(
        ada,
        {"name": "bob", "text": "second", "time": 20},
        {"name": "bob", "text": "first", "time": 10, "at": 0},
    )
    assert lines == [("first", {"newday"}), ("second", {"more"})]


def test_times_stand_in_a_column(server: Server, opens: Open) -> None:
    ada = opens("ada", size=(390, 780))
    with LineClient(server, "bob") as bob:
        bob.says("hello")
        bob.says("/me waves")
        bob.says("x" * 100)
        ada.sees("xxx", "#log")
    edges = "return [...document.querySelectorAll('#log li %s')].map(e => Math.round(e.getBoundingClientRect().left))"
    assert len(set(ada.runs(edges % "time"))) == len(set(ada.runs(edges % ".body"))) == 1


def test_a_block_between_fences_is_code_whoever_speaks_meanwhile_and_ends_with_its_fence(opens: Open) -> None:
    ada = opens("ada")
    texts = [("bob", "```py"), ("bob", "x = `<b>1</b>`"), ("cid", "hm"), ("bob", "y"), ("bob", "```"), ("bob", "done")]
    lines = shown(ada, *({"name": name, "text": text, "time": at} for at, (name, text) in enumerate(texts)))
    assert [text for text, marks in lines if "code" in marks] == ["```py", "x = <b>1</b>", "y", "```"]
    assert ada.runs("return document.querySelectorAll('#log b:not(.name)').length") == 0
    assert shown(
        ada, {"name": "bob", "text": "```", "time": 0}, {"name": "bob", "text": "an hour later", "time": 3600}
    )[1] == ("an hour later", set())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("look at `x = 1` there", ["x = 1"]),
        ("```a `b` c```", ["a `b` c"]),
        ("`<img src=x onerror=alert(1)>`", ["<img src=x onerror=alert(1)>"]),
        ("`https://a.example/`", ["https://a.example/"]),
        ("a lone ` is none, and so is ``", []),
    ],
)
def test_code_is_shown_as_it_is_written_and_never_as_html(opens: Open, text: str, code: list[str]) -> None:
    ada = opens("ada")
    shown(ada, {"name": "bob", "text": text, "time": 0})
    assert ada.texts("#log code") == code
    assert ada.runs("return document.querySelectorAll('#log img, #log code a').length") == 0


@pytest.mark.parametrize(
    ("kind", "text", "is_one"),
    [
        ("said", "ada?", True),
        ("said", "@ada hi", True),
        ("acted", "looks at Ada", True),
        ("said", "adage and armada", False),
        ("said", "https://a.example/ada", False),
        ("said", "`ada = 1`", False),
        ("said", "https://a.example/ada, ada", True),
        ("topicset", "ada's tea", False),
    ],
)
def test_who_is_named_is_told_so_but_not_by_an_address_code_or_a_topic(
    opens: Open, server: Server, kind: str, text: str, is_one: bool
) -> None:
    browser = opens()
    browser.goes_to(url(server))
    value = json.dumps({"kind": kind, "text": text, "name": "bob"})
    script = f"const done = arguments[0]; import('/lines.js').then(m => done(m.concerns({value}, 'ada')))"
    assert browser.runs_async(script) is is_one


def test_a_line_divides_what_is_new_from_what_was_seen(server: Server, opens: Open) -> None:
    ada = opens("ada")
    with LineClient(server, "bob") as bob:
        bob.says("seen")
        ada.sees("seen", "#log .said")
        ada.says("/join kitchen")
        ada.sees("kitchen", "#title")
        bob.says("first new")
        bob.says("second new")
        ada.waits(lambda: ada.texts("#rooms .badge span:first-child") == ["2"], "the count")
        ada.clicks("#rooms li:first-child .row")
        ada.sees("second new", "#log .said")
        assert ada.texts("#log .newhere .text") == ["first new"]
        ada.says("an answer")
        ada.sees("an answer", "#log .said:not(.waiting)")
        assert ada.texts("#log .newhere") == []


def test_a_hit_leads_to_where_it_was_said(server: Server, opens: Open) -> None:
    with LineClient(server, "bob") as bob:
        for number in range(150):
            bob.says("the needle" if number == 20 else f"line {number}")
        bob.hears("line 149\r\n")
        ada = opens("ada")
        ada.sees("line 149", "#log .said")
        ada.clicks("#search-open")
        ada.types("#words", "needle" + KEYS["enter"])
        ada.sees("the needle", "#found")
        ada.clicks("#found .around")
        ada.sees("the needle", "#log .hit")
        place = """
            const hit = document.activeElement, log = document.querySelector('#log').getBoundingClientRect();
            const {top, bottom} = hit.getBoundingClientRect(), text = (e) => e.querySelector('.text').textContent;
            return [top > log.top && bottom < log.bottom, text(hit.previousSibling), text(hit), text(hit.nextSibling)];
        """
        assert ada.runs(place) == [True, "line 19", "the needle", "line 21"]
        assert ada.runs("return document.querySelector('#searching').hidden")


def test_at_another_size_of_the_window_the_end_stays_in_sight(server: Server, opens: Open) -> None:
    ada = opens("ada", size=(1280, 800))
    with LineClient(server, "bob") as bob:
        for number in range(60):
            bob.says(f"line {number} " + "word " * 30)
        ada.sees("line 59", "#log .said")
    ada.types("#text", "a draft of more than one row in a narrow window, ")
    field = "const t = document.querySelector('#text'); return [t.scrollHeight - t.clientHeight, t.clientHeight > 50]"
    rest = "const l = document.querySelector('#log'); return l.scrollHeight - l.scrollTop - l.clientHeight"
    for width, height in ((390, 780), (1280, 800), (320, 480)):
        ada.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        ada.waits(lambda w=width: ada.runs("return innerWidth") == w)
        ada.waits(lambda: ada.runs(rest) < 2, "the end")
        ada.waits(lambda w=width: ada.runs(field) == [0, w < 1000], "a field that is as high as its text")
    for _ in range(3):
        ada.types("#text", "and of more than that, ")
        ada.waits(lambda: ada.runs(rest) < 2, "the end, above a draft of several rows")
    ada.cdp("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)


def test_a_name_behind_an_at_is_completed_where_no_space_stands_before_it(server: Server, opens: Open) -> None:
    ada = opens("ada")
    with LineClient(server, "小明"):
        ada.sees("小明", "#people")
        ada.types("#text", "你好@小" + KEYS["tab"])
        assert ada.field() == "你好@小明 "


def test_at_a_name_of_the_network_without_tls_no_load_complains_and_notifications_are_explained(
    server: Server, driver: Driver, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("lan")
    with (
        driver.browser(hosts="MAP chat.lan 127.0.0.1") as ada,
        Server(folder, "--web-host", "chat.lan", listen=listen()) as lan,
    ):
        ada.goes_to(f"http://chat.lan:{lan.port('web')}/")
        ada.sees("Your name", "#door")
        assert ada.remarks() == []
        ada.runs("document.querySelector('#settings').showModal()")
        ada.clicks("#notify")
        ada.sees("only for pages over https", "#notify-why")
        assert ada.runs("return document.querySelector('#notify').checked") is False


def test_a_checkbox_stands_beside_its_words(opens: Open) -> None:
    ada = opens("ada", size=(390, 780))
    ada.runs("document.querySelector('#settings').showModal()")
    beside = """
        return ['notify', 'sound'].every(id => {
            const box = document.getElementById(id).getBoundingClientRect();
            const words = document.querySelector(`[data-t=${id}]`).getBoundingClientRect();
            return words.left >= box.right && words.top < box.bottom && box.top < words.bottom;
        });
    """
    assert ada.runs(beside) is True


def test_a_phone_that_allows_no_page_a_notification_says_so(server: Server, opens: Open) -> None:
    ada = opens("ada")
    ada.runs("""
        window.Notification = class { constructor() { throw new TypeError("Illegal constructor"); } };
        Notification.permission = "granted";
        Notification.requestPermission = () => Promise.resolve("granted");
    """)
    ada.clicks("#settings-open")
    ada.clicks("#notify")
    ada.sees("shows no notifications", "#notify-why")
    assert ada.runs("return document.querySelector('#notify').checked") is False


def test_the_picture_of_an_announcement_and_of_every_button_is_drawn_and_no_character(opens: Open) -> None:
    ada = opens("ada")
    script = """
        const all = (selector) => [...document.querySelectorAll(selector)];
        const bare = all('#chat button').filter(e => !e.querySelector('svg use, bdi'));
        const missing = all('use').filter(e => !document.querySelector(e.getAttribute('href')));
        const told = bare.filter(e => /[^\\p{L}\\p{P}\\s\\d]/u.test(e.textContent));
        return [...missing, ...told].map(e => e.outerHTML);
    """
    assert ada.runs(script) == []


@needs_ssh
def test_what_was_said_to_everyone_is_shown_where_it_stands(tmp_path: Path, server: Server, opens: Open) -> None:
    ada = opens("ada")
    key = make_key(tmp_path)
    allow(tmp_path, key)
    assert Administrator(server, key).runs("announce 'Back at six'").returncode == 0
    ada.sees("Back at six", "#log .announced")
    ada.clicks("#search-open")
    ada.types("#words", "six" + KEYS["enter"])
    ada.sees("Back at six", "#found")
    ada.clicks("#found .around")
    ada.waits(lambda: ada.texts("#log .hit.announced"), "the line")


def test_a_block_of_code_of_the_past_is_one_without_a_gap(server: Server, opens: Open) -> None:
    with LineClient(server, "bob") as bob:
        for line in ("before", "```", "<b>x</b>", "y", "```", "behind"):
            bob.says(line)
        bob.hears("behind\r\n")
        ada = opens("ada")
    ada.sees("behind", "#log")
    assert ada.texts("#log .code .text") == ["```", "<b>x</b>", "y", "```"]
    gaps = """
        const boxes = [...document.querySelectorAll('#log .code .text')].map(e => e.getBoundingClientRect());
        return boxes.slice(1).map((box, at) => box.top - boxes[at].bottom);
    """
    assert all(abs(gap) < 0.5 for gap in ada.runs(gaps)), ada.runs(gaps)


def test_a_command_can_be_touched(opens: Open) -> None:
    ada = opens("ada")
    ada.types("#text", "/wh")
    ada.sees("/who", "#choices")
    ada.clicks("#choices li")
    assert ada.field() == "/who "
    assert ada.runs("return document.activeElement.id") == "text"
