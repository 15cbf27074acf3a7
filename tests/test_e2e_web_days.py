"""What was said on a day long ago, in the page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from support.browser import KEYS, Browser, needs_chromium
from support.pages import Open, listen
from support.server import LineClient, Server, run

pytestmark = [needs_chromium, pytest.mark.xdist_group("chromium")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose lobby has 60 lines of each day from the first to the thirtieth of June 2020, at noon."""
    at = "2020-06-{day:02}T12:00:00Z"
    lines = (
        {"time": at.format(day=day), "room": "lobby", "kind": "said", "name": "bob", "text": f"{day}: {number}"}
        for day in range(1, 31)
        for number in range(60)
    )
    folder = tmp_path_factory.mktemp("old")
    (folder / "old.txt").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    tool = (sys.executable, "-m", "twistchat")
    ended = run("import", "--state-dir", "state", "old.txt", folder=folder, command=tool)
    assert ended.returncode == 0, ended.stderr
    with Server(folder, listen=listen()) as server:
        yield server


def goes_to_day(browser: Browser, day: str) -> None:
    browser.runs("document.querySelector('#searching').hidden && document.querySelector('#search-open').click()")
    browser.runs("document.querySelector('#day').value = arguments[0]", day)
    browser.clicks("#days button")


def test_one_can_go_to_a_day(opens: Open) -> None:
    ada = opens("ada")
    goes_to_day(ada, "2020-06-27")
    ada.waits(lambda: ada.texts("#log .hit .text") == ["27: 0"], "the day's first line")
    assert ada.runs("return document.activeElement.querySelector('.text').textContent") == "27: 0"
    goes_to_day(ada, "2020-06-02")
    ada.sees("2: 0", "#found .said")
    assert ada.texts("#found .text") == [f"2: {number}" for number in range(60)]
    assert ada.texts("#found-note") == ["60 found"]
    goes_to_day(ada, "2999-01-01")
    ada.sees("0 found", "#found-note")


def test_a_hit_that_is_too_far_back_is_shown_with_what_stood_around_it(opens: Open) -> None:
    eve = opens("eve")
    eve.clicks("#search-open")
    eve.types("#words", '"3: 15"' + KEYS["enter"])
    eve.waits(lambda: "3: 15" in eve.texts("#found .text"), "the hit")
    eve.runs("[...document.querySelectorAll('#found li')].at(-1).querySelector('.around').click()")
    eve.waits(lambda: eve.texts("#found .mention .text") == ["3: 15"], "what stood around it")
    assert eve.texts("#found .text") == [f"3: {number}" for number in range(5, 25)]
    assert eve.runs("return document.querySelector('#searching').hidden") is False


def test_in_a_private_conversation_a_day_is_looked_for_in_what_is_here(server: Server, opens: Open) -> None:
    cid = opens("cid")
    with LineClient(server, "bob") as bob:
        bob.says("/msg cid psst")
        cid.sees("1", "#privates .badge")
        cid.clicks("#privates .row")
        goes_to_day(cid, "2020-06-20")
        cid.waits(lambda: cid.texts("#log .hit .text") == ["psst"], "the line")
        goes_to_day(cid, "2999-01-01")
        cid.sees("0 found", "#found-note")
